"""What a person is told whose report of an event cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "missing.heads": {
        "en": "How many pigs? Send it like this: {example}",
        "tpi": "Hamas pik? Salim olsem: {example}",
    },
    "missing.new": {
        "en": "The number of the tag is missing: 15 digits. Send it like this: {example}",
        "tpi": "Namba long yau i no stap: em i gat 15 mak. Salim olsem: {example}",
    },
    "missing.mob": {
        "en": "The number of the mob is missing. Send it like this: {example}",
        "tpi": "Namba bilong lain i no stap. Salim olsem: {example}",
    },
    "missing.dam": {
        "en": "How many, and of which mother? Send it like this: {example}",
        "tpi": "Hamas, na husat i mama? Salim olsem: {example}",
    },
    "missing.product": {
        "en": "Which medicine? Write its name, like: {example}",
        "tpi": "Wanem marasin? Raitim nem bilong en, olsem: {example}",
    },
    "missing.kilograms": {
        "en": "How many kilograms? Send it like this: {example}",
        "tpi": "Hamas kilo? Salim olsem: {example}",
    },
    "error.not_your_place": {
        "en": "{number} is not your place. Its keeper or a village recorder must register pigs "
        "there. For your own place, leave out the number.",
        "tpi": "{number} em i no ples bilong yu. Papa bilong ples o man bilong raitim long ples i "
        "mas raitim. Long ples bilong yu, no ken raitim namba.",
    },
    "error.not_a_mob": {
        "en": "{number} is not the number of a mob. To register a mob, send: MOB 14",
        "tpi": "{number} em i no namba bilong lain. Long raitim lain, salim: LAIN 14",
    },
    "error.number_taken": {
        "en": "The number {number} belongs to another pig or place. Look at the tag and send "
        "again.",
        "tpi": "Namba {number} em i bilong narapela pik o ples. Lukim gen namba na salim gen.",
    },
    "error.unknown_report": {
        "en": "We do not know that receipt. Look at the message that we sent you and send again.",
        "tpi": "Mipela no save long dispela risit. Lukim gen mesej bilong mipela na salim gen.",
    },
    "error.not_your_report": {
        "en": "Another person sent that report. Only that person or an officer can say that it is "
        "wrong.",
        "tpi": "Narapela man i salim dispela ripot. Em yet o ofisa tasol i ken tok olsem i rong.",
    },
    "error.already_void": {
        "en": "That report is marked as wrong already. Nothing more is needed.",
        "tpi": "Mipela makim pinis dispela ripot olsem i rong. Em tasol.",
    },
    "error.not_voidable": {
        "en": "That cannot be marked as wrong by message. Call an officer.",
        "tpi": "Mesej i no ken makim dispela olsem i rong. Ringim ofisa.",
    },
}
