"""The score of the lexicon of dangers on texts that it was not made from.

`heard` is the one bridge to the matcher: texts go the way of a member's SMS, without a database.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.orm import Session

from gateway.phrases import PhraseBook
from services.health.conversation.member import ActiveProgramme
from services.health.conversation.red_flags import PlainDanger, RedFlagMatcher
from services.health.format.parser import read_programme
from services.health.versions.store import shipped, shipped_text
from services.livestock.domain.movement_decision import Policy
from services.messaging.command_router import CommandContext
from services.runtime.command_catalogue import make_conversation
from services.storage.models import Party
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault
from tests.corpus.health_texts import DANGER, LANGUAGES, ORDINARY, TWIN, health_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.corpus.health_texts import HealthText

FLOOR = Path(__file__).with_name("health_floor.tsv")
GROUPS = ("by_hand", "misspelt", TWIN, ORDINARY)
"""Columns of the floor: dangers heard, by who wrote them, then false alarms."""


class Heard(NamedTuple):
    """A text, and the code of the danger that was heard in it; None: nothing was."""

    text: HealthText
    code: str | None


@cache
def score() -> tuple[Heard, ...]:
    """Listen to every text."""
    return tuple(Heard(one, heard(one.text, one.language)) for one in health_texts())


def heard(text: str, language: str) -> str | None:
    """Return the code of the danger that is heard in a member's text."""
    found = _book().parse(text, language)
    flagged = _matcher().hear(text, _context(language), found)
    if flagged is None:
        return None
    return flagged.code if isinstance(flagged, PlainDanger) else flagged.flag.code


@cache
def _programmes() -> Mapping[str, ActiveProgramme]:
    """Read every shipped programme, open in both languages."""
    read = ((code, read_programme(shipped_text(code))) for code in shipped())
    return {
        code: ActiveProgramme(
            code, dict.fromkeys(LANGUAGES, number), dict.fromkeys(LANGUAGES, programme)
        )
        for number, (code, programme) in enumerate(read)
    }


@cache
def _book() -> PhraseBook:
    router = make_conversation(Policy(), _programmes(), members=False)
    return PhraseBook(router.phrases, router.fillers)


@cache
def _matcher() -> RedFlagMatcher:
    # With members their rows would be looked up; every programme is watched in any case.
    return RedFlagMatcher(_programmes(), members=False)


@cache
def _context(language: str) -> CommandContext:
    """Make the context of an SMS; its session has no database, so that none can be asked."""
    unit = Unit(Session(), Vault(bytes(32)))
    party = Party(language=language)
    sent = datetime(2026, 11, 25, 1, tzinfo=UTC)
    return CommandContext(unit, party, "+67570000001", b"", language, {}, "sms", "1", sent)


def counted(told: Iterable[Heard]) -> dict[str, dict[str, tuple[int, int]]]:
    """Count by language and group the texts in which a danger is heard, and all of them."""
    made = {language: dict.fromkeys(GROUPS, (0, 0)) for language in LANGUAGES}
    for one in told:
        group = _group(one.text)
        if group in GROUPS:
            hits, whole = made[one.text.language][group]
            made[one.text.language][group] = (hits + (one.code is not None), whole + 1)
    return made


def _group(text: HealthText) -> str:
    if text.label != DANGER:
        return text.label
    return "misspelt" if text.slip else "by_hand"


def health_table(told: Sequence[Heard]) -> str:
    """Write recall by class and language, then all of it with the false alarms."""
    classes = sorted({one.text.danger for one in told if one.text.label == DANGER})
    head = f"{'danger':22}" + "".join(f"{language:>18}" for language in LANGUAGES)
    by_class = [
        f"{danger:22}" + "".join(_share(_of_class(told, danger, each)) for each in LANGUAGES)
        for danger in classes
    ]
    counts = counted(told)
    names = {"by_hand": "heard, by hand", "misspelt": "heard, misspelt"}
    names |= {TWIN: "false, twins", ORDINARY: "false, ordinary"}
    whole = [
        f"{names[group]:22}" + "".join(_share(counts[each][group]) for each in LANGUAGES)
        for group in GROUPS
    ]
    return "\n".join([head, *by_class, "-" * len(head), *whole])


def _of_class(told: Sequence[Heard], danger: str, language: str) -> tuple[int, int]:
    found = Counter(
        one.code is not None
        for one in told
        if (one.text.label, one.text.danger, one.text.language) == (DANGER, danger, language)
    )
    return found[True], found.total()


def _share(found: tuple[int, int]) -> str:
    hits, whole = found
    return f"{hits:5} of {whole:4} {hits / whole:5.1%}" if whole else f"{'-':>18}"


def read_health_floor() -> dict[str, dict[str, int]]:
    """Read what must be reached, by language and group; of false alarms, the most there may be."""
    head, *lines = (line.split("\t") for line in FLOOR.read_text("utf-8").splitlines())
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    return {row["language"]: {group: int(row[group]) for group in GROUPS} for row in rows}


def write_health_floor(told: Sequence[Heard]) -> None:
    """Make the score of today the one that must be reached."""
    lines = ["\t".join(["language", *GROUPS])]
    for language, groups in counted(told).items():
        lines.append("\t".join([language, *(str(groups[group][0]) for group in GROUPS)]))
    FLOOR.write_text("\n".join(lines) + "\n", encoding="utf-8")
