"""Answers at a roadblock, and about permits."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "yes.counted": {
        "en": "OK. Permit {permit}: {count} pigs may go from {place} to {other} on {day}. "
        "Count them.",
        "tpi": "ORAIT. Pemit {permit}: {count} pik i ken lusim {place} i go long {other} long "
        "{day}. Kaunim ol.",
    },
    "check.passed": {
        "en": "Written down: {pigs} passed. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: {pigs} i go pinis. Risit {receipt}",
    },
    "check.turned_back": {
        "en": "Written down: {pigs} sent back. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: {pigs} i go bek. Risit {receipt}",
    },
    "check.seized": {
        "en": "Written down: {pigs} seized. Receipt {receipt}",
        "tpi": "Mipela raitim pinis: gavman i holim {pigs}. Risit {receipt}",
    },
    "check.passed.against": {
        "en": "Written down: {pigs} passed. But our book says NO: {list}. Receipt {receipt}",
        "tpi": "Raitim pinis: {pigs} i go. Tasol buk i tok NO KEN: {list}. Risit {receipt}",
    },
    "post": {
        "en": "You are at roadblock {place}. Permits expected tomorrow: {count}. "
        "Send the number of a pig or a permit to check it.",
        "tpi": "Yu stap long rotblok {place}. Pemit bilong tumora: {count}. "
        "Salim namba bilong pik o pemit na bai mipela bekim yu.",
    },
    "evening": {
        "en": "Roadblock {place}, {day}: {list}",
        "tpi": "Rotblok {place}, {day}: {list}",
    },
    "evening.none": {
        "en": "Roadblock {place}, {day}: no permit leads past you.",
        "tpi": "Rotblok {place}, {day}: i no gat pemit i go long rot bilong yu.",
    },
    "overdue": {
        "en": "Pig {pig} left place {place} for you ({other}) on {day}. "
        "When it comes, send: ARRIVE {pig}. If it is lost, call NAQIA 1801332.",
        "tpi": "Pik {pig} i lusim ples {place} long {day} bilong kam long {other}. "
        "Em i kamap, salim: KAMAP {pig}. Em i lus? Ringim NAQIA 1801332.",
    },
    "permit.asked": {
        "en": "We asked an officer for permit {permit}: {pigs} to {other}, {day}. "
        "Wait for the answer. Receipt {receipt}",
        "tpi": "Mipela askim ofisa long pemit {permit}: {pigs} i go long {other}, {day}. "
        "Wetim bekim. Risit {receipt}",
    },
    "permit.to_officer": {
        "en": "Permit {permit} asked: {pigs} from {place} to {other}, {day}. "
        "Answer: PERMIT {permit} YES or PERMIT {permit} NO",
        "tpi": "Ol i askim pemit {permit}: {pigs} long {place} i go long {other}, {day}. "
        "Bekim: PEMIT {permit} YES o PEMIT {permit} NOGAT",
    },
    "permit.asked_for": {
        "en": "Permit {permit}: {pigs} to {other}, {first} to {last}. It waits for an officer.",
        "tpi": "Pemit {permit}: {pigs} i go long {other}, {first} inap {last}. Em i wetim ofisa.",
    },
    "permit.issued": {
        "en": "OK. Permit {permit}: {pigs} may go to {other}, {first} to {last}. "
        "Show its number at the roadblock.",
        "tpi": "ORAIT. Pemit {permit}: {pigs} i ken go long {other}, {first} inap {last}. "
        "Soim namba bilong pemit long rotblok.",
    },
    "permit.refused": {
        "en": "NO. An officer refused permit {permit}: {pigs} to {other}. "
        "Questions: call NAQIA 1801332.",
        "tpi": "NO KEN. Ofisa i tok nogat long pemit {permit}: {pigs} i go long {other}. "
        "Sapos yu gat askim, ringim NAQIA 1801332.",
    },
    "permit.revoked": {
        "en": "NO. An officer took back permit {permit}: {pigs} to {other}. "
        "Questions: call NAQIA 1801332.",
        "tpi": "NO KEN. Ofisa i rausim pemit {permit}: {pigs} i go long {other}. "
        "Sapos yu gat askim, ringim NAQIA 1801332.",
    },
    "permit.closed": {
        "en": "Permit {permit}: {pigs} to {other} is used: its journey is over.",
        "tpi": "Pemit {permit}: {pigs} i go long {other} i mekim wok pinis.",
    },
    "permit.code": {
        "en": "Permit {permit}, {pigs} to {other}: {state}. To confirm send the code {digits} "
        "within 30 minutes. If somebody else sent it, do nothing.",
        "tpi": "Pemit {permit}, {pigs} i go long {other}: {state}. Bekim kod {digits} long 30 "
        "minit. Sapos narapela man i salim, larim tasol.",
    },
    "permit.pin": {
        "en": "Permit {permit}, {pigs} to {other}: {state}.",
        "tpi": "Pemit {permit}, {pigs} i go long {other}: {state}.",
    },
    "permit.decided": {
        "en": "Done. Permit {permit} is {state}. The keeper was told. Receipt {receipt}",
        "tpi": "Orait. Pemit {permit}: {state}. Mipela tokim papa bilong pik pinis. "
        "Risit {receipt}",
    },
    "word.issued": {"en": "issued", "tpi": "i orait"},
    "word.refused": {"en": "refused", "tpi": "nogat"},
    "word.revoked": {"en": "taken back", "tpi": "i go bek"},
    "word.pig": {"en": "pig {number}", "tpi": "pik {number}"},
    "word.pigs": {"en": "{count} pigs", "tpi": "{count} pik"},
    "missing.place.permit": {
        "en": "The place is missing: where do the pigs go? Send it like this: {example}",
        "tpi": "Namba bilong ples i no stap. Pik i go we? Salim olsem: {example}",
    },
    "error.past_day": {
        "en": "That day is over. Ask about today or a day that comes.",
        "tpi": "Dispela de i pinis. Askim long tude o wanpela de i kam.",
    },
    "error.officers_only": {
        "en": "Only officers may send this. Questions: call NAQIA 1801332.",
        "tpi": "Ofisa tasol i ken salim dispela. Sapos yu gat askim, ringim NAQIA 1801332.",
    },
    "error.permit_decided": {
        "en": "Permit {number} has its answer already, or is used. Send PERMIT {number} to see it.",
        "tpi": "Pemit {number} i gat bekim pinis o i mekim wok pinis. Salim PEMIT {number}.",
    },
    "error.same_officer": {
        "en": "You asked for it yourself: another officer must answer.",
        "tpi": "Yu yet yu askim: narapela ofisa i mas bekim.",
    },
    "error.no_post": {
        "en": "Tell us first at which roadblock you are. Send: POST and its number.",
        "tpi": "Tokim mipela pastaim long wanem rotblok yu stap. Salim: POS na namba bilong en.",
    },
    "error.nothing_checked": {
        "en": "Which pig? Send the number with it, like: PASS {pig}",
        "tpi": "Wanem pik? Salim wantaim namba, olsem: PASIM {pig}",
    },
    "error.not_a_roadblock": {
        "en": "{number} is not the number of a roadblock. Look at it and send it again.",
        "tpi": "{number} em i no namba bilong rotblok. Lukim gen na salim gen.",
    },
}
