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
from services.health.conversation.danger_matcher import PlainDanger, RedFlagMatcher
from services.health.conversation.member import ActiveProgramme
from services.health.format.parser import read_programme
from services.health.versions.store import shipped, shipped_text
from services.livestock.domain.movement_decision import Policy
from services.messaging.command_router import CommandContext
from services.runtime.command_catalogue import make_conversation
from services.storage.models import Party
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault
from tests.corpus.health_slips import slips
from tests.corpus.health_texts import (
    DANGER,
    DEVELOPMENT,
    FRESH,
    LANGUAGES,
    ORDINARY,
    ROUNDABOUT,
    TWIN,
    development_texts,
    health_texts,
    is_held_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.corpus.health_texts import HealthText

FLOOR = Path(__file__).with_name("health_floor.tsv")
ASKED = "asked"
GROUPS = ("by_hand", "misspelt", TWIN, ORDINARY, ASKED)
"""Columns of the floor: dangers heard, by who wrote them, then false alarms; last, ordinary texts
whose writers are asked.
"""
FITTING = {
    danger: frozenset(codes.split())
    for danger, codes in {
        "abnormal_bleeding": "woman_bleeding bleeding",
        "bleeding": "bleeding coughing_blood injury violence",
        "breathless": "breathless cannot_speak no_relief short_of_breath blue_lips",
        "chest_pain": "chest_pain tight_chest",
        "child_abuse": "child_abuse rape violence",
        "child_breathing": "child_breathing breathless cannot_speak blue_lips child",
        "convulsion": "convulsion unconscious",
        "delirium": "delirium unconscious malaria urgent",
        "eyes": "eyes stroke urgent",
        "fall_fracture": "fall injury unconscious",
        "fever_after_treatment": "fever_after belly_fever bleeding woman_bleeding urgent",
        "foot": "foot_danger foot_sore",
        "high_sugar": "high_sugar very_high",
        "low_sugar": "low_sugar very_low unconscious",
        "newborn": "child child_breathing urgent",
        "nicotine_child": "child_poison poison",
        "no_insulin": "no_insulin high_sugar very_high",
        "poison": "poison child_poison",
        "pregnancy_danger": "pregnancy bleeding woman_bleeding convulsion unconscious",
        "pregnancy_loss": "loss pregnancy",
        "rape": "rape child_abuse",
        "self_neglect": "self_neglect violence delirium urgent",
        "severe_reaction": "severe_reaction breathless cannot_speak urgent",
        "snake_bite": "snake_bite",
        "sorcery_accusation": "sorcery violence",
        "stroke": "stroke",
        "suicide": "suicide",
        "unconscious": "unconscious breathless cannot_speak",
        "violence": "violence injury bleeding",
    }.items()
}
"""By class, the dangers whose advice does its writer good."""


class Heard(NamedTuple):
    """A text, and the code of the danger that was heard in it; None: nothing was.

    `asked`: nobody is told of it, and its writer is asked.
    """

    text: HealthText
    code: str | None
    asked: bool = False

    @property
    def told(self) -> bool:
        """True if somebody is told of a danger."""
        return self.code is not None and not self.asked


@cache
def score() -> tuple[Heard, ...]:
    """Listen to every text."""
    return tuple(map(listen, health_texts()))


def listen(text: HealthText) -> Heard:
    """Listen to a text, as a member's SMS."""
    told = heard(text.text, text.language)
    maybe = _matcher().may_tell(text.text, _book().parse(text.text, text.language))
    return Heard(text, told or maybe, asked=told is None and maybe is not None)


def heard(text: str, language: str) -> str | None:
    """Return the code of the danger in a member's text that somebody is told of at once."""
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
    return CommandContext(
        unit=unit,
        party=party,
        number="+67570000001",
        index=b"",
        language=language,
        arguments={},
        channel="sms",
        key="1",
        now=sent,
    )


def development_table() -> str:
    """Write the score on the texts that the lexicon is mended with, apart from those held out."""
    parts = [f"{part}, {how}" for part in ("looked at", "held out") for how in ("told", "asked")]
    head = "".join(f"{one:>21}" for one in parts)
    return "\n".join(
        line
        for folder, name in ((DEVELOPMENT, "texts of development"), (ROUNDABOUT, "said roundabout"))
        for line in (f"{name:26}{head}", *_parts_of(folder))
    )


def fresh_table() -> str:
    """Write the score on the texts that were written when all was done; dangers misspelt too."""
    head = "".join(f"{one:>21}" for one in ("told", "asked"))
    return "\n".join([f"{'the fresh measure':26}{head}", *_fresh()])


def _fresh() -> Iterator[str]:
    for language in LANGUAGES:
        texts = list(development_texts(language, FRESH))
        texts += slips([one for one in texts if one.label == DANGER])
        found = list(map(listen, texts))
        for group, name in _NAMES:
            if group != ASKED:
                yield f"{language}: {name:22}{_both(found, group)}"


def _parts_of(folder: Path) -> Iterator[str]:
    for language in LANGUAGES:
        found = list(map(listen, development_texts(language, folder)))
        parts = [[one for one in found if is_held_out(one.text) == out] for out in _PARTS]
        for group, name in _NAMES:
            if found and group not in {"misspelt", ASKED}:
                yield f"{language}: {name:22}" + "".join(_both(part, group) for part in parts)


def _both(found: Iterable[Heard], group: str) -> str:
    """Write how many texts of a group are told, and how many asked about."""
    mine = [one for one in found if _group(one.text) == group]
    both = (sum(one.told for one in mine), sum(one.asked for one in mine))
    return "".join(_share((hits, len(mine))) for hits in both)


def counted(found: Iterable[Heard]) -> dict[str, dict[str, tuple[int, int]]]:
    """Count the texts of each column of the floor by language, and all of their kind.

    A danger counts whether it is told or asked about: its writer has help in hand and is one digit
    away from a clinician. A harmless text counts where somebody is told for nothing.
    """
    made = {language: dict.fromkeys(GROUPS, (0, 0)) for language in LANGUAGES}
    for one in found:
        hit = one.code is not None if one.text.label == DANGER else one.told
        counts = {_group(one.text): hit}
        if one.text.label == ORDINARY:
            counts[ASKED] = one.asked
        for group in counts.keys() & GROUPS:
            hits, whole = made[one.text.language][group]
            made[one.text.language][group] = (hits + counts[group], whole + 1)
    return made


def _group(text: HealthText) -> str:
    if text.label != DANGER:
        return text.label
    return "misspelt" if text.slip else "by_hand"


def health_table(told: Sequence[Heard]) -> str:
    """Write recall by class and language, then all of it with the false alarms."""
    dangers = [one for one in told if one.text.label == DANGER]
    head = f"{'danger told or asked':24}" + "".join(f"{language:>21}" for language in LANGUAGES)
    by_class = [
        _row(danger, [_of_class(dangers, danger, each) for each in LANGUAGES])
        for danger in sorted(FITTING)
    ]
    counts = counted(told)
    whole = [_row(name, [counts[each][group] for each in LANGUAGES]) for group, name in _NAMES]
    whole += [
        _row(f"{name}, told", [_told(dangers, group, each) for each in LANGUAGES])
        for group, name in _NAMES[:2]
    ]
    fitting = [_fitting(dangers, each) for each in LANGUAGES]
    return "\n".join([head, *by_class, "-" * len(head), *whole, _row("fitting advice", fitting)])


def _told(dangers: Iterable[Heard], group: str, language: str) -> tuple[int, int]:
    """Count the dangers of a group that somebody is told of at once, and all."""
    mine = [one for one in dangers if (_group(one.text), one.text.language) == (group, language)]
    return sum(one.told for one in mine), len(mine)


_PARTS = (False, True)
_NAMES = (
    ("by_hand", "written by hand"),
    ("misspelt", "misspelt"),
    (TWIN, "false alarms: twins"),
    (ORDINARY, "false alarms: ordinary"),
    (ASKED, "asked: ordinary"),
)


def _row(name: str, found: Iterable[tuple[int, int]]) -> str:
    return f"{name:24}" + "".join(map(_share, found))


def _fitting(dangers: Iterable[Heard], language: str) -> tuple[int, int]:
    """Count the dangers heard whose advice fits, and all that were heard."""
    told = [one for one in dangers if one.text.language == language and one.code]
    return sum(one.code in FITTING[one.text.danger] for one in told), len(told)


def _of_class(dangers: Iterable[Heard], danger: str, language: str) -> tuple[int, int]:
    found = Counter(
        one.code is not None
        for one in dangers
        if (one.text.danger, one.text.language) == (danger, language)
    )
    return found[True], found.total()


def _share(found: tuple[int, int]) -> str:
    hits, whole = found
    return f"{hits:6} of {whole:4} {hits / max(whole, 1):7.1%}"


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
