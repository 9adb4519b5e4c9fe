"""What a person is told whose message cannot be acted on."""

from __future__ import annotations

from collections.abc import Mapping

_NO_PIG = {
    "en": "The number of the pig is missing. Send it like this: {example}",
    "tpi": "Namba bilong pik i no stap. Salim olsem: {example}",
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "not_understood": {
        "en": "Sorry, we do not understand. Send HELP to see what you can write.",
        "tpi": "Sori, mipela no save long dispela tok. Salim HELPIM na bai yu lukim olsem wanem "
        "long raitim.",
    },
    "parts_missing": {
        "en": "A part of your long message did not come, so we did nothing. Send it again in "
        "short messages, or send HELP.",
        "tpi": "Wanpela hap bilong longpela mesej bilong yu i no kam, na mipela i no mekim "
        "wanpela samting. Salim gen long sotpela mesej.",
    },
    "nearest": {
        "en": "Sorry, we do not understand. Send it like this: {example} Or send HELP",
        "tpi": "Sori, mipela no save long dispela tok. Salim olsem: {example} O salim HELPIM",
    },
    "missing": {
        "en": "Something is missing. Send it like this: {example}",
        "tpi": "Wanpela samting i no stap. Salim olsem: {example}",
    },
    "missing.tag": _NO_PIG,
    "missing.tags": _NO_PIG,
    "missing.place": {
        "en": "The place is missing: where does the pig go? Write the number of the place or the "
        "phone of the buyer, like: {example}",
        "tpi": "Namba bilong ples i no stap. Pik i go we? Raitim namba bilong ples o fon bilong "
        "man i kisim, olsem: {example}",
    },
    "missing.tags.death": {
        "en": "Which pig died, or how many? Send it like this: {example} or DEAD 3 pigs",
        "tpi": "Wanem pik i dai, o hamas pik? Salim olsem: {example} o DAI 3 pik",
    },
    "missing.heads.birth": {
        "en": "How many piglets? Send it like this: {example}",
        "tpi": "Hamas pikinini pik? Salim olsem: {example} Sapos yu laik muvim pik, salim: MUVIM",
    },
    "missing.gone": {
        "en": "Is the tag of the pig lost? Send it like this: {example}",
        "tpi": "Namba bilong pik i lus? Salim olsem: {example}",
    },
    "missing.roadblock": {
        "en": "The number of the roadblock is missing. Send it like this: {example}",
        "tpi": "Namba bilong rotblok i no stap. Salim olsem: {example}",
    },
    "missing.name": {
        "en": "The name of your place is missing. Send it like this: {example}",
        "tpi": "Nem bilong ples i no stap. Salim olsem: {example}",
    },
    "missing.receipt": {
        "en": "The receipt is missing: 16 letters and digits. Send it like this: {example}",
        "tpi": "Risit i no stap: em i gat 16 mak. Salim olsem: {example}",
    },
    "leftover": {
        "en": "We do not understand the end of your message. Send it like this: {example}",
        "tpi": "Mipela no save long las hap bilong mesej. Salim olsem: {example}",
    },
    "mistake.check_digits": {
        "en": "The number is not right: a digit is wrong or two are swapped. Look at it and send "
        "again, like: {example}",
        "tpi": "Sori, namba i no stret: wanpela mak i rong o tupela i senisim ples. Lukim gen na "
        "salim gen, olsem: {example}",
    },
    "mistake.length": {
        "en": "The number has {count} digits. A tag has 15, a short number 4 to 10. Send again, "
        "like: {example}",
        "tpi": "Dispela namba i gat {count} mak. Namba long yau i gat 15, sotpela namba 4 inap "
        "10. Salim gen, olsem: {example}",
    },
    "mistake.letter": {
        "en": "Character {place} of the number is not a digit. Look at it and send again, "
        "like: {example}",
        "tpi": "Leta i stap long ples {place} bilong namba. Raitim namba tasol, olsem: {example}",
    },
    "mistake.leading_zero": {
        "en": "A short number never begins with 0. Look at it and send again, like: {example}",
        "tpi": "Sotpela namba i no save stat long 0. Lukim gen na salim gen, olsem: {example}",
    },
    "mistake.country": {
        "en": "A tag never begins with 000. Look at it and send again, like: {example}",
        "tpi": "Namba long yau i no save stat long 000. Lukim gen na salim gen, olsem: {example}",
    },
    "mistake.national": {
        "en": "The last 12 digits are too high for a tag. Look at it and send again, "
        "like: {example}",
        "tpi": "Las 12 mak bilong namba i go antap tumas. Lukim gen na salim gen, olsem: {example}",
    },
    "mistake.not_animal": {
        "en": "That tag is not for animals. Look at the ear of the pig and send again, "
        "like: {example}",
        "tpi": "Dispela namba i no bilong animal. Lukim yau bilong pik na salim gen, "
        "olsem: {example}",
    },
    "mistake.mobile": {
        "en": "That is a phone number. Give the number of the pig, like: {example}",
        "tpi": "Em i namba bilong fon. Givim namba bilong pik, olsem: {example}",
    },
    "mistake.unprintable": {
        "en": "The number is too long or has signs that no number has. Send again, like: {example}",
        "tpi": "Dispela namba i longpela tumas o i gat narakain mak. Salim gen, olsem: {example}",
    },
    "mistake.receipt_length": {
        "en": "A receipt has 16 letters and digits, this one has {count}. Send: {example}",
        "tpi": "Risit i gat 16 mak, dispela i gat {count}. Salim: {example}",
    },
    "mistake.receipt_letter": {
        "en": "Character {place} of the receipt is wrong: it has digits and letters, but no U. "
        "Send: {example}",
        "tpi": "Mak {place} bilong risit i no stret: risit i gat namba na leta, i no gat U. "
        "Salim: {example}",
    },
    "mistake.no_such_day": {
        "en": "There is no such day. Day first, then month, like: {example} 25/11",
        "tpi": "Dispela de i no stap. De i go pas, bihain mun, olsem: {example} 25/11",
    },
    "mistake.other": {
        "en": "The number is not right. Look at it and send again, like: {example}",
        "tpi": "Sori, namba i no stret. Lukim gen na salim gen, olsem: {example}",
    },
    "error.unknown_number": {
        "en": "We do not know the number {number}. Look at it and send it again.",
        "tpi": "Mipela no save long namba {number}. Lukim gen na salim gen.",
    },
    "error.wrong_kind_of_number.animal": {
        "en": "{number} is not the number of a pig. Look at it and send it again, or send HELP.",
        "tpi": "{number} em i no namba bilong pik. Lukim gen na salim gen, o salim HELPIM.",
    },
    "error.wrong_kind_of_number.premises": {
        "en": "{number} is not the number of a place. First the pig, then the place. "
        "Send HELP to see how.",
        "tpi": "{number} em i no namba bilong ples. Pik i go pas, bihain ples. Salim HELPIM.",
    },
    "error.ambiguous_number": {
        "en": "{number} can mean more than one. Write animal: or premises: before it.",
        "tpi": "{number} i ken makim planti samting. Raitim animal: o premises: i go pas.",
    },
    "error.future_day": {
        "en": "That day has not come yet. Send it again when it has happened.",
        "tpi": "Dispela de i no kamap yet. Salim gen taim em i kamap pinis.",
    },
    "error.only_an_example.animal": {
        "en": "{number} is only an example. Write the number of your pig.",
        "tpi": "{number} em i piksa tasol. Raitim namba bilong pik bilong yu.",
    },
    "error.only_an_example.premises": {
        "en": "{number} is only an example. Write the number of the place that the pig goes to.",
        "tpi": "{number} em i piksa tasol. Raitim namba bilong ples we pik i go long en.",
    },
    "error.same_place": {
        "en": "{number} is your own place, where the pig is now. Write the number of the place "
        "that it goes to.",
        "tpi": "{number} em i ples bilong yu yet. Raitim namba bilong ples we pik i go long en.",
    },
    "error.too_many": {
        "en": "Too many numbers in one message. Send at most {most}.",
        "tpi": "Planti namba tumas long wanpela mesej. Salim {most} tasol.",
    },
}
