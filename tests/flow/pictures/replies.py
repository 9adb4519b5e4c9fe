"""Every sentence that is a whole SMS, with values as they are on a real day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from services.texts.catalogue import LANGUAGES, day_and_month, help_words, sentences, template
from sms.encoding import units
from tests.flow.phones import CODE, PHRASES, RECEIPT
from tests.flow.pictures.phone import Pair, Screen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What stands on a screen of USSD alone: `tests.flow.pictures.answers` shows it.
ON_SCREENS = ("ussd.", "kill.pin", "sell.pin", "give.pin", "permit.pin", "check.pin", "forget.pin")
_SENT = "ussd.pin_code"
# Words and parts that other sentences are made of.
PARTS = (
    *("word.", "sign.", "short.", "disease.", "herd.", "trace.", "alarm.no_", "office.", "said."),
    *("promise.", "odd.why.", "alarm.call", "alarm.signs", "permit.keeper"),
    *("task.kind.", "task.alarm.", "task.flag.", "task.zoonosis", "task.no_province", "task.call"),
    *("task.free", "task.yours", "task.taken", "task.ended"),
    *("programme.course", "village.barred", "village.nowhere", "village.state."),
    *("village.age", "village.fresh", "month."),
    # On the page /scan, in the command and on the passport alone.
    *("reader.", "scan.", "label.", "event.", "value.", "flag.", "condition."),
    # On the console's pages, which have pictures of their own, and the link to them.
    *("console.", "invitation."),
    # Around the simulator's phones.
    *("phone.", "terminal.", "first."),
)
TITLES = {
    "reports": "SMS: what was written down",
    "decisions": "SMS: may it move, and why not",
    "roadblock": "SMS: roadblocks and permits",
    "claims": "SMS: codes, sales and answers",
    "alarms": "SMS: alarms and notices",
    "mistakes": "SMS: what cannot be read",
    "refusals": "SMS: reports that cannot be taken",
    "messages": "SMS: stopping, starting, being forgotten, a PIN",
    "health": "SMS: courses",
    "tasks": "SMS: tasks of officers and health workers",
    "village": "SMS: what a village's box says by itself",
}
# The code in the catalogues from which on sentences are of a group.
_FIRST = {
    "programme.course": "health",
    "registered": "reports",
    "no.dead": "decisions",
    "yes.counted": "roadblock",
    "kill.code": "claims",
    "disease.african_swine_fever": "alarms",
    "missing.heads": "refusals",
    "not_understood": "mistakes",
    "stop.programme": "messages",
    "system.channel": "alarms",
    "task.kind.alarm": "tasks",
    "village.kept": "village",
}
_EXAMPLES = {
    "missing.tag": "trace",
    "missing.tags": "ok",
    "missing.tags.death": "death",
    "missing.heads": "deaths_alone",
    "missing.heads.birth": "birth",
    "missing.place.permit": "permit",
    "missing.answer": "answer",
    "missing.new": "retag",
    "missing.mob": "move_mob",
    "missing.dam": "birth_of",
    "missing.product": "treatment",
    "missing.kilograms": "pork",
    "missing.score": "condition",
    "missing.condemned": "condemn",
    "missing.product.feed": "feed",
    "missing.gone": "tag_of_lost",
    "missing.roadblock": "post",
    "missing.name": "place",
    "missing.receipt": "receipt",
    "treatment.no_days": "treatment",
    "error.future_day.move": "permit",
    "mistake.receipt_length": "receipt",
    "mistake.receipt_letter": "receipt",
}
_BY_LANGUAGE = {
    "en": {
        "state": "issued", "province": "Jiwaka", "signs": "fever, blue skin", "what": "3 pigs",
        "list": "1553 no permit, 1359 medicine", "title": "Quit tobacco", "word": "SLIP",
        "titles": "Quit tobacco, Breathe freely", "words": "CRAVE, MOOD, SLIP",
        "stays": "1165 Goroka to 14 Nov; 1068 Kudjip since 14 Nov", "disease": "ASF",
        "status": "alive", "barred": " It must not move.", "age": "23 Nov, 2 days old",
        "office": "veterinary officer", "look": "An officer will look.",
        "call": "An officer will call you.", "told": "We told an officer.", "against": "medicine",
        "declared": "They say: healthy, no medicine, no swill.",
        "phone": "Call 70000001 now.", "answer": "Wash the tray, then call us.",
        "reports": "3 reports, 2 in the record book",
        "why": "In two places at once", "who": "A phone ending in 821",
        "tasks": "task 1005: sick pigs, task 1102: permit asked for", "then": "Send TAKE 1005",
        "programme": "Quit tobacco", "area": "Anglimp-South Waghi",
    },
    "tpi": {
        "state": "i orait", "province": "Jiwaka", "signs": "skin i hat, skin i blu",
        "what": "3 pik", "list": "1553 no gat pemit, 1359 marasin i stap yet",
        "title": "Lusim simuk", "titles": "Lusim simuk, Pulim win isi", "word": "MI SIMUK GEN",
        "words": "BIKPELA LAIK, BEL I HEVI, MI SIMUK GEN", "disease": "ASF",
        "stays": "1165 Goroka inap 14 Nov; 1068 Kudjip stat long 14 Nov",
        "office": "vet ofisa", "look": "Ofisa bai lukim.", "call": "Ofisa bai ringim yu.",
        "phone": "Ringim 70000001 nau.", "answer": "Wasim tre, na ringim mipela.",
        "told": "Mipela tokim ofisa.", "against": "marasin",
        "declared": "Em i tok: no sik, no marasin, no pipia.",
        "tasks": "wok 1005: pik i sik, wok 1102: askim bilong pemit",
        "then": "Salim KISIM WOK 1005",
        "reports": "3 ripot, 2 i stap long bikpela buk",
        "why": "Long tupela ples wantaim", "who": "Fon we pinis long 821",
        "status": "i stap laip", "barred": " I tambu long muvim.", "age": "23 Nov, 2 de i go pinis",
        "programme": "Lusim simuk", "area": "Anglimp-South Waghi",
    },
}  # fmt: skip
_VALUES = {
    "pig": "1553", "pigs": "1553", "place": "1068 Kudjip", "other": "1165", "to": "1165",
    "number": "1553", "receipt": RECEIPT, "wrong": "4HTR-8W2N-Q6YB-E1AZ", "records": "3",
    "recorded": "2", "index": "41", "size": "57", "root": "9f3c" * 16, "count": "4", "most": "20",
    "digits": CODE, "heads": "14",
    "mob": "1456", "product": "IVOMEC", "kilograms": "40", "may": "3", "permit": "1941",
    "order": "Z-2026-12", "outbreak": "2038", "channel": "kannel", "since": "25 Nov 08:10",
    "error": "sms.unreachable", "waiting": "57",  "least": "1", "clock": "14:05", "cost": "412",
    "ceiling": "500", "box": "Kudjip", "score": "3",
    "task": "1005", "known": "12", "places": "212", "before": "11", "which": "1359",
    "tag": "598000000000017", "when": "today between 8am and 4pm",
    "years": "34", "where": "Kudjip, Jiwaka", "answers": "daily; low mood",
    "hospital": "Mount Hagen hospital",
}  # fmt: skip
_DAYS = {
    "day": date(2026, 11, 25),
    "until": date(2026, 12, 16),
    "first": date(2026, 11, 25),
    "last": date(2026, 12, 1),
}
# Where the same name of a value is something else.
_OTHERWISE: Mapping[str, dict[str, str]] = {
    "concern.": {"what": "chest pain", "number": "+67570000001"},
    "take.": {"place": "1068"},
    "sell.": {"place": "1068", "other": "70000002"},
    "offered": {"other": "70000002"},
    "error.offer": {"other": "70000002", "count": "3"},
    "sold.": {"other": "70000002"},
    "slaughtered": {"place": "1068"},
    "kill.owner": {"other": "1068"},
    "permit.": {"place": "1068"},
    "permit.to_officer": {"place": "1068 Kudjip", "other": "1165 Goroka, Eastern Highlands"},
    "permit.keeper": {"other": "70000001"},
    "retag": {"number": "598000000000025"},
    "taken_back.result": {"number": "S-17"},
    "tag_lost": {"number": "598000000000025"},
    "registered_several": {"heads": "3", "pigs": "1553, 1359, 1650"},
    "village.promised": {"tag": "598000000000017"},
    "village.promised_several": {"heads": "3", "pigs": "1553, 1359, 1650"},
    "mistake.length": {"count": "7"},
    "mistake.receipt": {"count": "15"},
    "answer.wrong_code": {"count": "4"},
    "too_many_answers": {"count": "20"},
    "born": {"heads": "6", "pig": "1456"},
    "mob": {"pig": "1456"},
    "move_part": {"heads": "5", "pig": "1747"},
    "pork.": {"pig": "1844"},
    "death": {"what": "pig 1553"},
    "help": {"pig": "104276", "place": "20468"},
    "error.only_an_example": {"number": "104276"},
    "error.not_your_place": {"number": "1165"},
    "error.same_place": {"number": "1068"},
    "error.no_phone": {"number": "1165"},
    "error.permit_decided": {"number": "1941"},
    "error.not_a_roadblock": {"number": "1165"},
    "error.nothing_checked": {"pig": "104276"},
    "programme.hour": {"hour": "7"},
    "programme.again_number": {"least": "0", "most": "20"},
    "no.permit_too_many": {"count": "14"},
    "no.standstill": {"count": "21"},
    "error.unknown_task": {"number": "1005"},
    "error.task": {"number": "1005"},
    "evening": {"place": "1262"},
    "post": {"place": "1262"},
}
EXAMPLES = {phrase.code: phrase.examples for phrase in PHRASES}


def replies(group: str) -> list[Pair]:
    """Return the messages of a group, in the order of the catalogues."""
    return [
        _pair(code)
        for code, its_group in _groups()
        if its_group == group and (code == _SENT or not code.startswith((*PARTS, *ON_SCREENS)))
    ]


def _groups() -> Iterator[tuple[str, str]]:
    group = ""
    for code in sentences("en"):
        group = _FIRST.get(code, group)
        yield code, group


def said(code: str, language: str, example: str = "") -> str:
    """Return a sentence with its values; what is too long is not cut, as it is where it is said."""
    values = _VALUES | _BY_LANGUAGE[language] | help_words(language, "Jiwaka")
    values |= {name: day_and_month(day, language) for name, day in _DAYS.items()}
    for opening, others in _OTHERWISE.items():
        values |= others if code.startswith(opening) else {}
    values |= {name: said(made, language) for name, made in _made(code)}
    example = example or EXAMPLES[_EXAMPLES.get(code, "move")][language]
    return template(code, language).format(example=example, **values)


def _made(code: str) -> Iterator[tuple[str, str]]:
    """The values of a sentence that are sentences of their own."""
    if code.endswith(".flagged"):
        yield "why", "odd.why.departure_elsewhere"
    if code in {"alarm.sickness", "alarm.suspicion"}:
        yield "signs", "alarm.signs"
    if code == "permit.to_officer":
        yield "phone", "permit.keeper"


def _pair(code: str) -> Pair:
    texts = (said(code, language) for language in LANGUAGES)
    return Pair(code, *(Screen(text, units(text)) for text in texts))
