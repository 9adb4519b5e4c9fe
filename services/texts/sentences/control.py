"""Alarms to officers, notices to keepers, and the words that they are made of."""

from __future__ import annotations

from collections.abc import Mapping

# English and Tok Pisin.
_WORDS: Mapping[str, tuple[str, str]] = {
    "disease.african_swine_fever": ("ASF", "ASF"),
    "disease.classical_swine_fever": ("CSF", "CSF"),
    "disease.foot_and_mouth": ("FMD", "FMD"),
    "disease.anthrax": ("anthrax", "antraks"),
    "disease.none": ("disease", "nogut"),
    "alarm.no_province": ("province not known", "provins mipela no save"),
    "sign.fever": ("fever", "skin i hat"),
    "sign.not_eating": ("not eating", "i no kaikai"),
    "sign.weak": ("weak", "i no strong"),
    "sign.red_skin": ("red skin", "skin i ret"),
    "sign.blue_skin": ("blue skin", "skin i blu"),
    "sign.vomiting": ("vomiting", "i traut"),
    "sign.diarrhoea": ("diarrhoea", "pekpek wara"),
    "sign.bleeding": ("bleeding", "blut i kamaut"),
    "sign.cough": ("cough", "i kus"),
    "sign.abortion": ("abortion", "i lusim pikinini"),
    "sign.lameness": ("lame", "lek nogut"),
    "sign.sudden_death": ("sudden death", "i dai wantu"),
    "sign.other": ("other", "narapela mak"),
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    **{code: {"en": en, "tpi": tpi} for code, (en, tpi) in _WORDS.items()},
    "alarm.suspicion": {
        "en": "ALARM {disease}? Sick pigs: {count}, place {place}, {province}: {signs}. "
        "Outbreak {outbreak}. Receipt {receipt}",
        "tpi": "ALAM {disease}? Pik i sik: {count}, ples {place}, {province}: {signs}. "
        "Autbrek {outbreak}. Risit {receipt}",
    },
    "alarm.sickness": {
        "en": "ALARM. Sick pigs: {count}, place {place}, {province}: {signs}. Receipt {receipt}",
        "tpi": "ALAM. Pik i sik: {count}, ples {place}, {province}: {signs}. Risit {receipt}",
    },
    "alarm.death": {
        "en": "ALARM. Dead pigs: {count}, place {place}, {province}. Receipt {receipt}",
        "tpi": "ALAM. Pik i dai: {count}, ples {place}, {province}. Risit {receipt}",
    },
    "notice.quarantine": {
        "en": "Quarantine at {area} from {day}, {disease}. No pigs or pork may go in or out. "
        "Order {order}. Questions: call NAQIA 1801332.",
        "tpi": "Kwarantin long {area}, stat long {day}. Sik {disease}. I tambu long muvim pik o "
        "mit i go o kam. Oda {order}. Ringim NAQIA 1801332.",
    },
    "notice.infected": {
        "en": "{disease} is in {area}. From {day} no pigs or pork may go in or out. Tell us of "
        "sick pigs. Order {order}. Call NAQIA 1801332.",
        "tpi": "Sik {disease} i stap long {area}. Stat long {day} i tambu long muvim pik o mit i "
        "go o kam. Oda {order}. Ringim NAQIA 1801332.",
    },
    "notice.restricted": {
        "en": "From {day} pigs and pork need a permit to move in, into or out of {area}. "
        "{disease}. Order {order}. Call NAQIA 1801332.",
        "tpi": "Stat long {day} yu mas kisim pemit pastaim long muvim pik o mit long {area}. "
        "Sik {disease}. Oda {order}. Ringim NAQIA 1801332.",
    },
    "notice.free": {
        "en": "{area} is free of {disease}. From {day} pigs and pork need a permit to come in. "
        "Order {order}. Call NAQIA 1801332.",
        "tpi": "Sik {disease} i no stap long {area}. Stat long {day} pik o mit i mas gat pemit "
        "long kam insait. Oda {order}. Ringim NAQIA 1801332.",
    },
}
