"""Answers about animals, places, movements and receipts."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "registered": {
        "en": "We wrote down your pig {pig} at place {place}. Keep this message. Receipt {receipt}",
        "tpi": "Mipela raitim pinis pik {pig} bilong yu long ples {place}. "
        "Holim gut dispela mesej. Risit {receipt}",
    },
    "registered_twice": {
        "en": "Pig {pig} was written down before. We kept your report, an officer will look. "
        "Receipt {receipt}",
        "tpi": "Pik {pig} i stap long buk pinis. Mipela kisim ripot bilong yu, ofisa bai lukim. "
        "Risit {receipt}",
    },
    "place": {
        "en": "Your place has the number {place}. Give it to people who send you pigs. "
        "Receipt {receipt}",
        "tpi": "Namba bilong ples bilong yu em {place}. Givim dispela namba long ol man i bringim "
        "pik long yu. Risit {receipt}",
    },
    "place.nowhere": {
        "en": "Your place has the number {place}. In which province is it? Send it like this: "
        "PLACE Kudjip, Jiwaka. Receipt {receipt}",
        "tpi": "Namba bilong ples bilong yu em {place}. Em i stap long wanem provins? Salim "
        "olsem: PLES Kudjip, Jiwaka. Risit {receipt}",
    },
    "move": {
        "en": "We wrote down: pig {pigs} left place {place} for {other}, {day}. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: pik {pigs} i lusim ples {place} i go long {other}, {day}. "
        "Risit {receipt}",
    },
    "arrive": {
        "en": "We wrote down: pig {pigs} came to place {place}, {day}. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: pik {pigs} i kamap long ples {place}, {day}. Risit {receipt}",
    },
    "trace": {
        "en": "Pig {pig}: {stays}. Reports: {records}, in the record book: {recorded}",
        "tpi": "Stori bilong pik {pig}: {stays}. Ripot: {records}, long bikpela buk: {recorded}",
    },
    "trace.nowhere": {"en": "no place known", "tpi": "mipela no save long ples"},
    "trace.until": {"en": "{place} to {day}", "tpi": "{place} inap {day}"},
    "trace.now": {"en": "{place} since {day}", "tpi": "{place} stat long {day}"},
    "trace.unknown_place": {"en": "a place", "tpi": "wanpela ples"},
    "receipt.on chain": {
        "en": "Receipt {receipt} is in the record book (ledger): record {index}, of {size}.",
        "tpi": "Risit {receipt} i stap long bikpela buk: rekot {index}, long {size} olgeta.",
    },
    "receipt.waiting": {
        "en": "We have receipt {receipt}. It waits to be written in the record book. "
        "Ask again later.",
        "tpi": "Mipela holim risit {receipt}. Bihain em i go long bikpela buk. Askim gen bihain.",
    },
    "receipt.omitted": {
        "en": "We do not know receipt {receipt}. Read it again. If it is right, tell an officer: "
        "something is missing.",
        "tpi": "Mipela no save long risit {receipt}. Lukim gen. Sapos em i stret, tokim ofisa: "
        "wanpela samting i lus.",
    },
    "root": {
        "en": "The record book (ledger) has {size} records. Root: {root}",
        "tpi": "Bikpela buk i gat {size} rekot olgeta. Rut: {root}",
    },
    "root.none": {
        "en": "Nothing is in the record book (ledger) yet. Ask again later.",
        "tpi": "I no gat rekot long bikpela buk yet. Askim gen bihain.",
    },
    "help": {
        "en": "PLACE name / REG tag / MOVE pig place / ARRIVE pig / SICK 3 / DEAD pig / OK pig / "
        "SELL pig phone. Example: MOVE {pig} {place} More: HELP 2",
        "tpi": "PLES nem / RAITIM pik / MUVIM pik ples / KAMAP pik / SIK 3 / DAI pik / ORAIT pik / "
        "SALIM pik fon. Olsem: MUVIM {pig} {place} Moa: HELPIM 2",
    },
    "help.2": {
        "en": "PERMIT pig place / GIVE pig phone / KILL pig / BORN 6 / MOB 14 / MOVE MOB pig 5 "
        "place / PORK 40 KG place / TREAT pig medicine days / VACC pig name. More: HELP 3",
        "tpi": "PEMIT pik ples / GIVIM pik fon / KILIM pik / KARIM 6 / LAIN 14 / MUVIM LAIN pik 5 "
        "ples / MIT 40 KG ples / MARASIN pik nem de / VAKSIN pik nem. Moa: HELPIM 3",
    },
    "help.3": {
        "en": "TRACE pig / ME / LOST TAG pig / RETAG pig tag / WRONG receipt / RECEIPT code / "
        "LANG. Roadblock: POST place, CHECK pig, then PASS, BACK or SEIZE",
        "tpi": "STORI pik / MI / NAMBA I LUS pik / NIUPELA NAMBA pik namba / RONG risit / RISIT "
        "kod / LANG. Rotblok: POS ples, SEKIM pik, PASIM, TANIM BEK o HOLIM",
    },
}
