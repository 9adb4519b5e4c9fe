"""Answers to what happened to pigs; `.flagged`: something is odd, so an officer will look."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "herd.one": {"en": "1 pig", "tpi": "1 pik"},
    "herd.many": {"en": "{heads} pigs", "tpi": "{heads} pik"},
    "herd.of": {"en": "{heads} of {pigs}", "tpi": "{heads} bilong {pigs}"},
    "herd.named": {"en": "pig {pigs}", "tpi": "pik {pigs}"},
    "herd.some": {"en": "pigs", "tpi": "pik"},
    "registered.flagged": {
        "en": "We wrote down pig {pig} at place {place}. Something is odd, an officer will look. "
        "Receipt {receipt}",
        "tpi": "Mipela raitim pik {pig} long ples {place}. Wanpela samting i no stret, ofisa bai "
        "lukim. Risit {receipt}",
    },
    "registered_several": {
        "en": "We wrote down {heads} pigs at place {place}: {pigs}. Keep this message. "
        "Receipt {receipt}",
        "tpi": "Mipela raitim pinis {heads} pik long ples {place}: {pigs}. Holim gut dispela "
        "mesej. Risit {receipt}",
    },
    "registered_several.flagged": {
        "en": "{heads} pigs at place {place}: {pigs}. Something is odd, an officer will look. "
        "Receipt {receipt}",
        "tpi": "{heads} pik long ples {place}: {pigs}. Wanpela samting i no stret, ofisa bai "
        "lukim. Risit {receipt}",
    },
    "move.flagged": {
        "en": "Pig {pigs} left place {place} for {other}, {day}. An officer will look. "
        "Receipt {receipt}",
        "tpi": "Pik {pigs} i lusim ples {place} i go long {other}, {day}. Ofisa bai lukim. "
        "Risit {receipt}",
    },
    "arrive.flagged": {
        "en": "Pig {pigs} came to place {place}, {day}. An officer will look. Receipt {receipt}",
        "tpi": "Pik {pigs} i kamap long ples {place}, {day}. Ofisa bai lukim. Risit {receipt}",
    },
    "born": {
        "en": "We wrote down: {heads} born at place {place}, {day}. Together they have the number "
        "{pig}. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: {heads} i kamap nupela long ples {place}, {day}. Namba bilong "
        "ol em {pig}. Risit {receipt}",
    },
    "born_tagged": {
        "en": "We wrote down: pig {pigs} was born at place {place}, {day}. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: mama i karim pik {pigs} long ples {place}, {day}. "
        "Risit {receipt}",
    },
    "born_tagged.flagged": {
        "en": "Pig {pigs}: we knew it before. We kept your report, an officer will look. "
        "Receipt {receipt}",
        "tpi": "Pik {pigs}: mipela save pinis long en. Mipela kisim ripot, ofisa bai lukim. "
        "Risit {receipt}",
    },
    "mob": {
        "en": "We wrote down {heads} pigs at place {place}. Their number is {pig}. When the count "
        "changes, send: MOB {pig} count. Receipt {receipt}",
        "tpi": "Mipela raitim {heads} pik long ples {place}. Namba bilong lain em {pig}. Sapos "
        "lain i senis, salim: LAIN {pig} hamas. Risit {receipt}",
    },
    "mob.uncounted": {
        "en": "We wrote down pigs at place {place}. Their number is {pig}. Count them and send: "
        "MOB {pig} count. Receipt {receipt}",
        "tpi": "Mipela raitim pik long ples {place}. Namba bilong lain em {pig}. Kaunim ol na "
        "salim: LAIN {pig} hamas. Risit {receipt}",
    },
    "mob.counted": {
        "en": "We wrote down: mob {pig} has {heads} pigs, {day}. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: lain {pig} i gat {heads} pik, {day}. Risit {receipt}",
    },
    "mob.counted.flagged": {
        "en": "We wrote down: mob {pig} has {heads} pigs, {day}. Something is odd, an officer will "
        "look. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: lain {pig} i gat {heads} pik, {day}. Ofisa bai lukim. "
        "Risit {receipt}",
    },
    "move_part": {
        "en": "{heads} pigs of mob {mob} left place {place} for {other}, {day}. Their number now "
        "is {pig}. Receipt {receipt}",
        "tpi": "{heads} pik bilong lain {mob} i lusim ples {place} i go long {other}, {day}. "
        "Nupela namba em {pig}. Risit {receipt}",
    },
    "move_part.flagged": {
        "en": "{heads} of mob {mob} left place {place} for {other}, {day}, as {pig}. Something is "
        "odd, an officer will look. Receipt {receipt}",
        "tpi": "{heads} bilong lain {mob} i lusim {place} i go long {other}, {day}. Nupela namba "
        "{pig}. Ofisa bai lukim. Risit {receipt}",
    },
    "pork": {
        "en": "{kilograms} kg of pork left place {place} for {other}, {day}. Its number is {pig}: "
        "show it at the roadblock. Receipt {receipt}",
        "tpi": "{kilograms} kg mit i lusim ples {place} i go long {other}, {day}. Namba bilong mit "
        "em {pig}: soim long rotblok. Risit {receipt}",
    },
    "pork.flagged": {
        "en": "{kilograms} kg of pork left place {place} for {other}, {day}, number {pig}. An "
        "officer will look. Receipt {receipt}",
        "tpi": "{kilograms} kg mit i lusim ples {place} i go long {other}, {day}, namba {pig}. "
        "Ofisa bai lukim. Risit {receipt}",
    },
    "treatment": {
        "en": "Pig {pigs} got {product}, {day}. DO NOT slaughter or eat it before {until} is over. "
        "Receipt {receipt}",
        "tpi": "NO KEN kilim yet. Pik {pigs} i kisim {product}, {day}. Wet inap {until} i pinis. "
        "Risit {receipt}",
    },
    "treatment.flagged": {
        "en": "Pig {pigs} got {product}, {day}. DO NOT slaughter before {until} is over. "
        "An officer will look. {receipt}",
        "tpi": "NO KEN kilim yet. Pik {pigs} i kisim {product}, {day}. Wet inap {until} i pinis. "
        "Ofisa bai lukim. {receipt}",
    },
    "treatment.no_days": {
        "en": "Pig {pigs} got {product}, {day}. Ask how many days you must not slaughter it. "
        "Receipt {receipt}",
        "tpi": "Pik {pigs} i kisim {product}, {day}. Askim: hamas de yu no ken kilim? "
        "Risit {receipt}",
    },
    "treatment.no_days.flagged": {
        "en": "Pig {pigs} got {product}, {day}. Something is odd, an officer will look. "
        "Receipt {receipt}",
        "tpi": "Pik {pigs} i kisim {product}, {day}. Ofisa bai lukim. Risit {receipt}",
    },
    "vaccination": {
        "en": "We wrote down: pig {pigs} got the vaccine {product}, {day}. Receipt {receipt}",
        "tpi": "Mipela raitim: pik {pigs} i kisim vaksin {product}, {day}. Risit {receipt}",
    },
    "vaccination.flagged": {
        "en": "Pig {pigs} got the vaccine {product}, {day}. An officer will look. "
        "Receipt {receipt}",
        "tpi": "Pik {pigs} i kisim vaksin {product}, {day}. Ofisa bai lukim. Risit {receipt}",
    },
    "sickness": {
        "en": "Thank you. Report: {what} sick, place {place}. Do not move pigs or pork. "
        "An officer will call you. Receipt {receipt}",
        "tpi": "Tenkyu. Mipela kisim ripot: {what} i sik, ples {place}. No ken muvim pik o mit. "
        "Ofisa bai ringim yu. Risit {receipt}",
    },
    "sickness.none": {
        "en": "We wrote down nothing. If pigs are sick, send how many and what you see, like: "
        "SICK 3 fever",
        "tpi": "Mipela i no raitim wanpela samting. Sapos pik i sik, salim hamas na wanem mak yu "
        "lukim, olsem: SIK 3 skin hot",
    },
    "death": {
        "en": "We wrote down: {what} died, place {place}, {day}. Bury it deep, do not eat or sell "
        "it. Receipt {receipt}",
        "tpi": "Mipela raitim: {what} i dai, ples {place}, {day}. Planim daunbilo, no ken kaikai o "
        "salim. Risit {receipt}",
    },
    "death.flagged": {
        "en": "We wrote down: {what} died, place {place}, {day}. Something is odd, an officer "
        "will look. Receipt {receipt}",
        "tpi": "Mipela raitim: {what} i dai, ples {place}, {day}. Ofisa bai lukim. Risit {receipt}",
    },
    "death.alarm": {
        "en": "Report: {what} died, place {place}. Bury them, do not move pigs or pork. "
        "An officer will call you. Receipt {receipt}",
        "tpi": "Mipela kisim ripot: {what} i dai, ples {place}. Planim ol, no ken muvim pik o mit. "
        "Ofisa bai ringim yu. Risit {receipt}",
    },
    "retag": {
        "en": "We wrote down: pig {pig} now has the tag {number}. Its old number stays good. "
        "Receipt {receipt}",
        "tpi": "Mipela raitim: pik {pig} i gat nupela namba long yau {number}. Olpela namba i "
        "stap yet. Risit {receipt}",
    },
    "retag.flagged": {
        "en": "We wrote down: pig {pig} now has the tag {number}. Something is odd, an officer "
        "will look. Receipt {receipt}",
        "tpi": "Mipela raitim: pik {pig} i gat nupela namba long yau {number}. Ofisa bai lukim. "
        "Risit {receipt}",
    },
    "tag_lost": {
        "en": "We wrote down: pig {pig} lost the tag {number}. With a new tag, send: "
        "RETAG {pig} new tag. Receipt {receipt}",
        "tpi": "Mipela raitim: namba {number} bilong pik {pig} i lus. Sapos i gat nupela, salim: "
        "NIUPELA NAMBA {pig} namba. Risit {receipt}",
    },
    "tag_lost.flagged": {
        "en": "We wrote down: pig {pig} lost the tag {number}. Something is odd, an officer will "
        "look. Receipt {receipt}",
        "tpi": "Mipela raitim: namba {number} bilong pik {pig} i lus. Ofisa bai lukim. "
        "Risit {receipt}",
    },
    "wrong": {
        "en": "We marked your report {wrong} as wrong. Send what is right as a new message. "
        "Receipt {receipt}",
        "tpi": "Mipela makim pinis: ripot {wrong} i rong. Salim stretpela tok long nupela mesej. "
        "Risit {receipt}",
    },
    "me": {
        "en": "Your place has the number {place}. Pigs there in our book: {heads}. More: HELP",
        "tpi": "Namba bilong ples bilong yu em {place}. Pik i stap long buk: {heads}. Moa: HELPIM",
    },
    "language": {
        "en": "We answer you in English now. For Tok Pisin, send: TOK PISIN",
        "tpi": "Nau mipela bekim yu long Tok Pisin. Sapos yu laikim Inglis, salim: INGLIS",
    },
    "languages": {
        "en": "Send INGLIS for English or TOK PISIN for Tok Pisin.",
        "tpi": "Salim TOK PISIN o salim INGLIS.",
    },
}
