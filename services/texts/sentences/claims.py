"""Questions that wait for an answer, and what became of the answer.

To anybody but the seller himself, a person is the number of a place: never a name or a phone.
"""

from __future__ import annotations

from collections.abc import Mapping

_ALREADY = {
    "en": "We have your answer already and did as you said. It counts once.",
    "tpi": "Mipela kisim pinis bekim bilong yu na mekim olsem yu tok. Em i wok wanpela taim tasol.",
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "kill.code": {
        "en": "Slaughter of pig {pigs}, {day}: to write it down send the code {digits} within 30 "
        "minutes. If somebody else sent it, do nothing.",
        "tpi": "Kilim pik {pigs}, {day}: bekim kod {digits} long 30 minit na bai mipela raitim. "
        "Sapos narapela man i salim, larim tasol.",
    },
    "kill.code_withdrawal": {
        "en": "NOT YET. Pig {pigs} has medicine until {until}. If it is slaughtered already send "
        "{digits}. If somebody else sent this, do nothing.",
        "tpi": "NO KEN kilim yet. Pik {pigs} i kisim marasin, wet inap long {until}. Yu kilim "
        "pinis, bekim {digits}. Narapela i salim, larim.",
    },
    "kill.pin": {
        "en": "Slaughter of pig {pigs}, {day}.",
        "tpi": "Kilim pik {pigs}, {day}.",
    },
    "kill.pin_withdrawal": {
        "en": "NOT YET. Pig {pigs} has medicine until {until}. Only if it is slaughtered already:",
        "tpi": "NO KEN kilim yet. Pik {pigs} i kisim marasin, wet inap long {until}. Sapos yu "
        "kilim pinis:",
    },
    "kill.owner": {
        "en": "Place {other} says your pig {pigs} is slaughtered, {day}. If you agree send "
        "{digits} within 30 minutes. Else do nothing.",
        "tpi": "Ples {other} i tok ol i kilim pik {pigs} bilong yu, {day}. Yu orait, bekim "
        "{digits} long 30 minit. Nogat, larim tasol.",
    },
    "kill.owner_withdrawal": {
        "en": "Place {other} says your pig {pigs} is slaughtered. It has medicine until {until}. "
        "If you agree send {digits}. Else do nothing.",
        "tpi": "Ples {other} i tok ol i kilim pik {pigs} bilong yu. Marasin i stap inap {until}. "
        "Yu orait, bekim {digits}. Nogat, larim.",
    },
    "kill.asked": {
        "en": "Pig {pigs} has another owner in our book. We asked the owner. When the owner "
        "agrees, we write it down and tell you.",
        "tpi": "Narapela man i papa bilong pik {pigs} long buk. Mipela askim em. Taim em i orait, "
        "mipela raitim na tokim yu.",
    },
    "slaughtered": {
        "en": "We wrote down: pig {pigs} was slaughtered at place {place}, {day}. "
        "Receipt {receipt}",
        "tpi": "Mipela raitim pinis: ol i kilim pik {pigs} long ples {place}, {day}. "
        "Risit {receipt}",
    },
    "sell.ask": {
        "en": "Pig {pigs} goes to {other}. Reply 1: I sold it for money. 2: I gave it free. "
        "3: I only move it, it is still mine.",
        "tpi": "Pik {pigs} i go long {other}. Bekim 1: mi salim long mani. 2: mi givim nating. "
        "3: mi muvim tasol, pik i bilong mi yet.",
    },
    "sell.ask_again": {
        "en": "A new question, the old one is off. Pig {pigs} goes to {other}. Reply 1: sold for "
        "money. 2: given free. 3: only moved.",
        "tpi": "Nupela askim, olpela i pinis. Pik {pigs} i go long {other}. Bekim 1: salim long "
        "mani. 2: givim nating. 3: muvim tasol.",
    },
    "sell.consent": {
        "en": "Place {place} wants to pass your pig {pigs} to place {other}. If you agree send "
        "{digits} in 30 minutes. Else do nothing.",
        "tpi": "Ples {place} i laik givim pik {pigs} bilong yu long ples {other}. Yu orait, bekim "
        "{digits} long 30 minit. Nogat, larim.",
    },
    "sell.asked_owner": {
        "en": "Pig {pigs} has another owner in our book. We asked the owner, who goes on from "
        "here.",
        "tpi": "Narapela man i papa bilong pik {pigs} long buk. Mipela askim em, na em yet bai "
        "bekim.",
    },
    "offered": {
        "en": "We wrote down: pig {pigs} left for {other}. The owner changes when {other} "
        "replies 1. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: pik {pigs} i go long {other}. Taim {other} i bekim 1, em i "
        "papa. Risit {receipt}",
    },
    "offered.there": {
        "en": "We asked {other} about pig {pigs}. The owner changes when {other} replies 1. "
        "We will tell you.",
        "tpi": "Mipela askim {other} long pik {pigs}. Taim {other} i bekim 1, em i papa. "
        "Bai mipela tokim yu.",
    },
    "take.sold": {
        "en": "Bilum: place {place} says it sold pig {pigs} to you. Reply 1: I take it, it is "
        "mine. 2: I do not take it.",
        "tpi": "Bilum: ples {place} i tok em i salim pik {pigs} long yu long mani. Bekim 1: mi "
        "kisim, i bilong mi. 2: mi no kisim.",
    },
    "take.given": {
        "en": "Bilum: place {place} says it gave pig {pigs} to you. Reply 1: I take it, it is "
        "mine. 2: I do not take it.",
        "tpi": "Bilum: ples {place} i tok em i givim nating pik {pigs} long yu. Bekim 1: mi "
        "kisim, i bilong mi. 2: mi no kisim.",
    },
    "taken": {
        "en": "We wrote down: pig {pigs} is yours now. When it comes, send ARRIVE and its number. "
        "Receipt {receipt}",
        "tpi": "Mipela raitim pinis: pik {pigs} i bilong yu nau. Taim em i kamap, salim KAMAP na "
        "namba. Risit {receipt}",
    },
    "sold.taken": {
        "en": "{other} takes pig {pigs} and is its owner now. Keep this message. Receipt {receipt}",
        "tpi": "{other} i kisim pik {pigs}, em i papa bilong en nau. Holim gut dispela mesej. "
        "Risit {receipt}",
    },
    "refused": {
        "en": "All right. In our book pig {pigs} still belongs to who sent it.",
        "tpi": "Orait. Long buk pik {pigs} i bilong man i salim yet.",
    },
    "sold.refused": {
        "en": "{other} does not take pig {pigs}. It is still yours. When it is back, send ARRIVE "
        "and its number.",
        "tpi": "{other} i no kisim pik {pigs}. Em i bilong yu yet. Taim em i kam bek, salim KAMAP "
        "na namba.",
    },
    "answer.none": {
        "en": "No question of ours waits for your answer. Send HELP to see what you can write.",
        "tpi": "I no gat askim bilong mipela i wetim bekim bilong yu. Salim HELPIM na lukim ol "
        "tok yu ken raitim.",
    },
    "answer.code_wanted": {
        "en": "We wait for a code: send the 4 digits that are in our message.",
        "tpi": "Mipela wetim kod: salim 4-pela namba i stap long mesej bilong mipela.",
    },
    "answer.wrong_code": {
        "en": "The code is wrong. Send the 4 digits that are in our message. "
        "You can try {count} times more.",
        "tpi": "Kod i no stret. Salim 4-pela namba i stap long mesej bilong mipela. "
        "Yu ken traim {count} taim moa.",
    },
    "answer.done": _ALREADY,
    "answer.refused": _ALREADY,
    "answer.expired": {
        "en": "Too late: the time for this answer is over and nothing was changed. Whoever began "
        "it must send it again.",
        "tpi": "Taim bilong bekim i pinis, mipela i no senisim wanpela samting. Man i stat pastaim "
        "i mas salim gen.",
    },
    "answer.replaced": {
        "en": "That question is off: a newer one took its place. Answer the newest message that "
        "you have.",
        "tpi": "Dispela askim i pinis, nupela i kisim ples bilong en. Bekim nupela mesej yu gat.",
    },
    "answer.spent": {
        "en": "Wrong too often: this code is dead and nothing was changed. Send the command again "
        "to get a new code.",
        "tpi": "Kod i rong planti taim: em i dai pinis na mipela i no senisim wanpela samting. "
        "Salim tok gen na kisim nupela kod.",
    },
    "missing.answer": {
        "en": "The number of your answer is missing. Look at our message, then write it like "
        "this: {example}",
        "tpi": "Namba bilong bekim i no stap. Lukim mesej bilong mipela na raitim olsem: {example}",
    },
    "error.no_phone": {
        "en": "Place {number} has no phone in our book. Send it again with the phone of who takes "
        "the pig, in place of that number.",
        "tpi": "Ples {number} i no gat fon long buk bilong mipela. Salim gen wantaim namba bilong "
        "fon bilong man i kisim pik.",
    },
    "error.mixed_owners": {
        "en": "These pigs have different owners. Send one message for each owner.",
        "tpi": "Ol dispela pik i gat narapela narapela papa. Salim wanpela mesej long wanwan papa.",
    },
    "error.too_many_codes": {
        "en": "Too many wrong codes came from the phone of the owner. Send it again tomorrow, or "
        "tell an officer.",
        "tpi": "Planti kod i no stret i kam long fon bilong papa. Salim gen tumora, o tokim ofisa.",
    },
    "error.owner_changed": {
        "en": "The pig has another owner in our book by now. Nothing was changed.",
        "tpi": "Pik i gat narapela papa long buk nau. Mipela i no senisim wanpela samting.",
    },
    "error.already_done": _ALREADY,
}
