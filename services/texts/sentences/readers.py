"""What is told on the spot to who holds an RFID reader.

Beside the values of each sentence: `line` is that of the text or file, `pig` the number of the tag.
"""

from __future__ import annotations

from collections.abc import Mapping

# Why a line gives no tag, in English and in Tok Pisin.
_FAULTS: Mapping[str, tuple[str, str]] = {
    "no_tag": ("there is no tag in it.", "namba i no stap."),
    "unreadable": (
        "it is not the number of a tag. Scan the pig again.",
        "em i no namba long yau. Skenim pik gen.",
    ),
    "half": (
        "it has {count} digits: a part is missing or doubled. Scan the pig again.",
        "em i gat {count} mak: hap i no stap o i kamap tupela taim. Skenim pik gen.",
    ),
    "crc": (
        "the reader read the tag wrong. Scan the pig again.",
        "rida i ritim namba i no stret. Skenim pik gen.",
    ),
    "frame": (
        "the reader read the tag wrong. Scan the pig again.",
        "rida i ritim namba i no stret. Skenim pik gen.",
    ),
    "not_animal": (
        "that tag is not for animals. Look at the ear of the pig.",
        "dispela namba i no bilong animal. Lukim yau bilong pik.",
    ),
    "country": ("a tag never begins like this.", "namba long yau i no save stat olsem."),
    "national": (
        "the last 12 digits are too high for a tag.",
        "las 12 mak bilong namba i go antap tumas.",
    ),
    "rounded": (
        "Excel has cut the number. Take the file from the reader again, and do not open it before.",
        "Excel i katim namba. Kisim fail long rida gen, na no ken opim pastaim.",
    ),
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    **{
        f"scan.{code}": {"en": f"Line {{line}}: {en}", "tpi": f"Lain {{line}}: {tpi}"}
        for code, (en, tpi) in _FAULTS.items()
    },
    "reader.clock_ahead": {
        "en": "The clock of the reader is {time} ahead. Set it.",
        "tpi": "Klok bilong rida i go pas {time}. Stretim.",
    },
    "reader.clock_behind": {
        "en": "The clock of the reader is {time} behind. Set it.",
        "tpi": "Klok bilong rida i stap bihain {time}. Stretim.",
    },
    "reader.days": {"en": "{count} days", "tpi": "{count} de"},
    "reader.hours": {"en": "{count} hours", "tpi": "{count} aua"},
    "reader.minutes": {"en": "{count} minutes", "tpi": "{count} minit"},
    "reader.other_day": {
        "en": "By the clock of the reader, {count} of the pigs were not scanned on {day}.",
        "tpi": "Klok bilong rida i tok: {count} pik i no sken long {day}.",
    },
    "reader.future_scans": {
        "en": "By the clock of the reader, {count} of the pigs were scanned on a day that has not "
        "come yet.",
        "tpi": "Klok bilong rida i tok: {count} pik i sken long wanpela de i no kamap yet.",
    },
    "reader.not_yours": {
        "en": "Pig {pig} is not yours. Write first that it came to your place: ARRIVE {pig}",
        "tpi": "Pik {pig} i no bilong yu. Raitim pastaim olsem em i kamap: KAMAP {pig}",
    },
    "reader.elsewhere": {
        "en": "Our book says that pig {pig} is at another place.",
        "tpi": "Buk bilong mipela i tok pik {pig} i stap long narapela ples.",
    },
    "reader.not_announced": {
        "en": "Nobody told us that pig {pig} is coming.",
        "tpi": "I no gat man i tokim mipela olsem pik {pig} i kam.",
    },
    "reader.not_born_yet": {
        "en": "Our book says that pig {pig} was born after that day.",
        "tpi": "Buk bilong mipela i tok mama i karim pik {pig} bihain long dispela de.",
    },
    "reader.ante_mortem": {
        "en": "The inspector did not pass pig {pig} before slaughter.",
        "tpi": "Inspekta i no orait long pik {pig} pastaim long kilim.",
    },
}
