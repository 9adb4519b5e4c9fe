"""The labelled texts: a text, its language, who sends it, and what must happen.

The files are described in the README beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.corpus.stage import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parent
# Beside these, `health_*` hold texts of another form.
KINDS = ("development", "texts", "unseen")
UNSEEN = frozenset({"disease", "red_flags", "harmless"})
"""Subjects that measure how much is noticed; no list may be made with a look at them."""
DEVELOPMENT = frozenset({"disease_signs", "danger_signs", "look_alikes"})
"""Subjects of the same kind that lists may be made with."""
LANGUAGES = ("en", "tpi", "mixed")

# By act: what may stand behind its colon, and which fields it may have.
_OF_PIGS = {"tags", "count", "day", "place"}
RECORDS: Mapping[str, set[str]] = {
    "arrive": _OF_PIGS,
    "birth": _OF_PIGS | {"dam", "sire"},
    "check": _OF_PIGS | {"outcome"},
    "condition": _OF_PIGS | {"score"},
    "count": _OF_PIGS,
    "death": _OF_PIGS | {"cause"},
    "depart": _OF_PIGS,
    "feed": _OF_PIGS | {"product", "kilograms"},
    "permit": _OF_PIGS,
    "premises": set(),
    "register": _OF_PIGS | {"sex", "kilograms"},
    "retag": _OF_PIGS | {"new"},
    "sample": _OF_PIGS | {"specimen", "sample"},
    "sickness": _OF_PIGS | {"sign", "suspicion"},
    "slaughter": _OF_PIGS,
    "stolen": _OF_PIGS,
    "tag_lost": _OF_PIGS,
    "transfer": _OF_PIGS,
    "treatment": _OF_PIGS | {"product", "wait"},
    "vaccination": _OF_PIGS | {"product", "wait"},
    "void": set(),
    "weight": _OF_PIGS | {"kilograms"},
    "post": {"place"},
    "start": set(),
    "joined": {"programme"},
    "answered": {"value", "day"},
    "slip": set(),
    "paused": set(),
    "hour": {"hour"},
    "dated": {"day"},
    "call": set(),
    # A clinician is told of an answer or a word.
    "answer": set(),
}
QUESTIONS = (
    "choice", "code", "count", "day", "days", "place", "product", "receipt", "tag", "which", "yes",
)  # fmt: skip
ACTS: Mapping[str, set[str]] = {
    "answer": {"tags", "place", "word"},
    "alarm": set(),
    "danger": set(),
    "calm": set(),
    "help": set(),
    "close": set(),
    "silent": set(),
    "opt_out": {"scope"},
    "language": {"to"},
}
"""Acts without a colon and their fields; those with one are `record:` and `ask:`."""
EFFECTS = {"record", "opt_out", "language", "close"}
"""Acts that change something, so that a text which only looks like one must stand beside it."""


class Label(NamedTuple):
    """What must happen: an act, what of it, and the fields that must be read."""

    act: str
    what: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """One text; one of `labels` must happen."""

    subject: str
    family: str
    labels: tuple[Label, ...]
    written: str
    language: str
    situation: str
    speaks: str
    text: str

    @property
    def effect(self) -> bool:
        """Whether something must change."""
        return self.labels[0].act in EFFECTS


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry of every file, in order."""
    paths = sorted(path for folder in KINDS for path in (FOLDER / folder).glob("*.tsv"))
    return tuple(entry for path in paths for entry in _read(path))


def _read(path: Path) -> Iterator[Entry]:
    family = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            family = line.removeprefix("## ")
        elif line:
            try:
                label, language, sender, text = line.split("\t")
                situation, _, chosen = sender.partition(":")
                assert situation in SITUATIONS, situation
                assert language in LANGUAGES, language
                labels = tuple(map(read_label, label.split("|")))
            except (AssertionError, ValueError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error
            speaks = chosen or {"mixed": "tpi"}.get(language, language)
            yield Entry(path.stem, family, labels, label, language, situation, speaks, text)


def read_label(written: str) -> Label:
    """Read one of an entry's labels, such as `record:death tags=1359 day=-1`."""
    first, *more = written.split()
    act, _, what = first.partition(":")
    fields = dict(field.split("=") for field in more)
    if act == "record":
        assert what in RECORDS, what
        allowed = RECORDS[what]
    elif act == "ask":
        assert what in QUESTIONS, what
        allowed = set()
    else:
        assert first in ACTS, first
        allowed = ACTS[first]
    assert fields.keys() <= allowed, f"{first} has no {fields.keys() - allowed}"
    return Label(act, what, fields)
