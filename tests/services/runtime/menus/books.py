"""The menus of the whole program, with every course of the library open, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.health.conversation.commands import programme_commands as of_programmes
from services.health.conversation.member import ActiveProgramme
from services.health.format.parser import read_programme
from services.health.versions.store import shipped_text
from services.livestock.sms_commands import HANDLERS as OF_LIVESTOCK
from services.messaging.commands import HANDLERS as OF_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.grammar import Phrase
    from gateway.menu_book import MenuBook

COURSES = ("ageing", "breathing", "cervical", "diabetes", "hypertension", "tb", "tobacco")


def published(*codes: str) -> dict[str, ActiveProgramme]:
    """Courses of the library, open in both languages."""
    made = {}
    for code in codes:
        programme = read_programme(shipped_text(code))
        languages = ("en", "tpi")
        made[code] = ActiveProgramme(
            code, dict.fromkeys(languages, 1), dict.fromkeys(languages, programme)
        )
    return made


def phrases_of(programmes: Mapping[str, ActiveProgramme], *, members: bool = True) -> list[Phrase]:
    """Every phrase of every service."""
    courses = of_programmes(programmes, members=members)
    return [one.phrase for one in (*courses, *OF_LIVESTOCK, *OF_MESSAGES)]


class Spelled(NamedTuple):
    """One form filled in, and the SMS that says the same.

    Attributes:
        form: code of the screen.
        answers: what is typed on it, key after key.
        sms: as a person writes it.
    """

    form: str
    answers: tuple[str, ...]
    sms: str


# Numbers of pigs, of a mob and of a place; new tags.
A, B, M, P = "1262", "1359", "1456", "1165"
TAG, TAG2 = "598000000000025", "598000000000033"
LIVESTOCK = (
    Spelled("pigs.ok", (A, "9", "9", "1"), f"OK {A}"),
    Spelled("pigs.ok", (A, B, "9", "70000002", "2"), f"OK {A} {B} 70000002 tomorrow"),
    Spelled("pigs.move", (A, "9", P, "1", "1"), f"MOVE {A} {P}"),
    Spelled("pigs.move", (f"{A} {B}", "9", P, "2", "1"), f"MOVE {A} {B} {P} yesterday"),
    Spelled("pigs.move", (A, "9", "70000002", "3", "24/11", "1"), f"MUVIM {A} 70000002 24/11"),
    Spelled("pigs.arrive", (A, "9", "9", "1", "1"), f"ARRIVE {A}"),
    Spelled("pigs.arrive", (A, "9", "70000002", "2", "1"), f"ARRIVE {A} 70000002 yesterday"),
    Spelled("pigs.register.one", (TAG, "1", "1", "1"), f"REG {TAG} female"),
    Spelled("pigs.register.one", (TAG, "4", "2", "1"), f"REG {TAG} yesterday"),
    Spelled("pigs.register.several", (TAG, TAG2, "9", "2", "1", "1"), f"REG {TAG} {TAG2} male"),
    Spelled("pigs.register.of_mob", (TAG, M, "3", "1", "1"), f"REG {TAG} castrated MOB {M}"),
    Spelled("pigs.trace", (A,), f"TRACE {A}"),
    Spelled("pigs.list", (), "LIST"),
    Spelled("pigs.place", ("Kudjip, Jiwaka", "1"), "PLACE Kudjip, Jiwaka"),
    Spelled("pigs.receipt", ("7KQ2-M9XA-P4TD-WZ3C",), "RECEIPT 7KQ2-M9XA-P4TD-WZ3C"),
    Spelled("pigs.root", (), "ROOT"),
    Spelled("pigs.helpers.phone", ("70000002",), "ADD PHONE 70000002"),
    Spelled("pigs.helpers.recorder", ("70000002",), "ACCEPT 70000002"),
    Spelled("pigs.helpers.recorder", ("20468",), "ACCEPT 20468"),
    Spelled("pigs.helpers.end", ("70000002", "1"), "REMOVE 70000002"),
    Spelled("pigs.wrong", ("7KQ2M9XAP4TDWZ3C", "1"), "WRONG 7KQ2-M9XA-P4TD-WZ3C"),
    Spelled("pigs.sick.numbers", (A, B, "9", "1", "1"), f"SICK {A} {B} fever"),
    Spelled("pigs.sick.counted", ("3", "3", "1"), "SICK 3 red skin"),
    Spelled("pigs.sick.counted", ("9", "8", "1"), "SICK 9"),
    Spelled(
        "pigs.sick.numbers",
        (A, "9", "7", "fever, blue skin, yesterday", "1"),
        f"SICK {A} fever, blue skin, yesterday",
    ),
    Spelled("pigs.sick.many", ("2", "1"), "MANY PIGS ARE SICK not eating"),
    Spelled("pigs.dead.numbers", (A, "9", "1", "1"), f"DEAD {A} sick"),
    Spelled("pigs.dead.numbers", (A, "9", "7", "dogs asde", "1"), f"DEAD {A} dogs asde"),
    Spelled("pigs.dead.counted", ("9", "4", "1"), "DEAD 9 pigs old"),
    Spelled("pigs.dead.of_mob", (M, "2", "6", "1"), f"DEAD 2 pigs MOB {M}"),
    Spelled("pigs.treated", (A, "9", "ivomec", "1", "28", "1", "1"), f"TREAT {A} ivomec 28"),
    Spelled("pigs.treated", (A, "9", "IVOMEC", "2", "2", "1"), f"TREAT {A} IVOMEC yesterday"),
    Spelled("pigs.weighed", (A, "84", "1", "1"), f"WEIGH {A} 84"),
    Spelled("pigs.fed", (A, "9", "kaukau", "2", "1"), f"FEED {A} kaukau yesterday"),
    Spelled("pigs.condition", (A, "3", "1", "1"), f"CONDITION {A} 3"),
    Spelled("pigs.vaccinated", (A, "9", "CSF vaccine", "1", "1"), f"VACC {A} CSF vaccine"),
    Spelled("pigs.born.untagged", ("6", A, "1", "1"), f"BORN 6 {A}"),
    Spelled("pigs.born.untagged", ("9", "9", "2", "1"), "BORN 9 yesterday"),
    Spelled("pigs.born.tagged", (TAG, TAG2, "9", A, "1", "1"), f"BORN {TAG} {TAG2} MOTHER {A}"),
    Spelled("pigs.mob.new", ("1", "14", "1", "1"), "MOB 14"),
    Spelled("pigs.mob.new", ("2", "1", "1"), "MOB"),
    Spelled("pigs.mob.count", (M, "12", "1", "1"), f"MOB {M} 12"),
    Spelled("pigs.mob.move", (M, "1", P, "1", "1"), f"MOVE MOB {M} {P}"),
    Spelled("pigs.mob.move", (M, "2", "9", P, "2", "1"), f"MOVE MOB {M} 9 {P} yesterday"),
    Spelled("pigs.pork", ("40.5", P, "1", "1"), f"PORK 40.5 KG {P}"),
    Spelled("pigs.tag.lost", (A, "1", "1"), f"LOST TAG {A}"),
    Spelled("pigs.tag.new", (A, TAG, "2", "1"), f"RETAG {A} {TAG} yesterday"),
    Spelled("pigs.slaughter.ok", (A, "9", "1"), f"OK {A} kill"),
    Spelled("pigs.slaughter.done", (A, "9", "2", "1", "1"), f"KILL {A} feast"),
    Spelled("pigs.sell.sell", (A, "9", "70000002", "3", "1"), f"SELL {A} 70000002"),
    Spelled("pigs.sell.sell", (A, "9", "70000002", "1", "1"), f"SELL {A} 70000002 good"),
    Spelled("pigs.sell.give", (A, B, "9", P, "3", "2", "1"), f"GIVE {A} {B} {P} yesterday"),
    Spelled("pigs.sell.give", (A, B, "9", P, "2", "2", "1"), f"GIVE {A} {B} {P} bad yesterday"),
    Spelled("pigs.permit.ask", (A, P, "2", "1"), f"PERMIT {A} {P} tomorrow"),
    Spelled("pigs.permit.ask", ("9", P, "1", "1"), f"PERMIT 9 {P}"),
    Spelled("pigs.permit.look", (A,), f"PERMIT {A}"),
    Spelled("pigs.theft.stolen", (A, "9", "1", "1"), f"STOLEN {A}"),
    Spelled("pigs.theft.stolen", (A, B, "9", "2", "1"), f"STOLEN {A} {B} yesterday"),
    Spelled("pigs.theft.back", (A, "9", "1"), f"FOUND {A}"),
    Spelled("work.check", (A, B, "9"), f"CHECK {A} {B}"),
    Spelled("work.pass", ("1",), "PASS"),
    Spelled("work.back", ("1",), "TANIM BEK"),
    Spelled("work.seize", ("1",), "SEIZE"),
    Spelled("work.post", (P,), f"POST {P}"),
    Spelled("work.permit", (A, "1", "1"), f"PERMIT {A} YES"),
    Spelled("work.permit", (A, "2", "1"), f"PEMIT {A} NOGAT"),
    Spelled("work.permit", (A, "3", "1"), f"PERMIT {A} BACK"),
    Spelled("work.register", (TAG, P, "1", "1", "1"), f"REG {TAG} female {P}"),
)
OWN = (
    Spelled("my.answer", ("1",), "1"),
    Spelled("my.answer", ("5",), "NOGAT"),
    Spelled("my.me", (), "ME"),
    Spelled("my.english", (), "INGLIS"),
    Spelled("my.tok_pisin", (), "TOK PISIN"),
    Spelled("my.stop.course", ("1",), "STOP"),
    Spelled("my.stop.all", ("1",), "STOP ALL"),
    Spelled("my.start", (), "START"),
    Spelled("my.forget", ("1",), "FORGET"),
    Spelled("my.box.on", (), "BOX ON"),
    Spelled("my.box.off", (), "BOX OFF"),
    Spelled("help.1", (), "HELP"),
    Spelled("help.2", (), "HELPIM 2"),
    Spelled("help.3", (), "HELP 3"),
)
HEALTH = (
    Spelled("course.tobacco.join", (), "JOIN tobacco"),
    Spelled("course.tobacco.word.crave", (), "CRAVE"),
    Spelled("course.tobacco.word.mood", (), "BEL I HEVI"),
    Spelled("course.tobacco.word.slip", ("1",), "SLIP"),
    Spelled("course.tobacco.word.medicine", (), "GUM"),
    Spelled("course.tobacco.word.tb", ("1",), "TB"),
    Spelled("course.tobacco.pause", ("1",), "PAUSE tobacco"),
    Spelled("course.tobacco.stop", ("1",), "STOP tobacco"),
    Spelled("health.date", ("25/12", "1"), "DATE 25/12"),
    Spelled("health.call", (), "CALL ME"),
)


class Reach:
    """How each screen of a book is reached: its keys, from the first screen."""

    def __init__(self, book: MenuBook) -> None:
        self.keys: dict[str, tuple[str, ...]] = {"home": ()}
        waiting = ["home"]
        while waiting:
            code = waiting.pop(0)
            screen = book.screens[code]
            for place, option in enumerate(getattr(screen, "options", ()), start=1):
                if option.to not in self.keys:
                    self.keys[option.to] = (*self.keys[code], str(place))
                    waiting.append(option.to)
