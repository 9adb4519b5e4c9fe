"""Texts of members of health courses that the lexicon of dangers was not made from.

The files are described in the README beside.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import services.health
from services.health.danger import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("health_unseen")
FRESH = Path(__file__).with_name("health_fresh")
"""Texts that were written when all was done, and measured once: `LANGUAGE_LABEL.tsv`."""
EXAMPLES = Path(services.health.__file__).parent / "library" / "lexicon" / "examples"
DEVELOPMENT = EXAMPLES / "plain"
"""Texts of the same kinds that the lexicon is mended with: `LANGUAGE_LABEL.tsv`."""
ROUNDABOUT = EXAMPLES / "roundabout"
"""The same, said as few people say it: with a story before it, by its effect, with shame."""
LANGUAGES = ("en", "tpi")
DANGER, TWIN, ORDINARY, UNSURE = LABELS = ("danger", "twin", "ordinary", "unsure")
SLIPS = "slips"
"""The file of dangers that a script misspelt; see `health_slips`."""


class HealthText(NamedTuple):
    """One text, what it is, and the class of danger that it tells of or only looks like.

    `slip`: what a script changed in a text of the same label; empty where a person wrote it.
    """

    language: str
    label: str
    danger: str
    text: str
    slip: str = ""


@cache
def health_texts() -> tuple[HealthText, ...]:
    """Read every text: those written by hand, then the misspelt ones."""
    return tuple(one for language in LANGUAGES for one in _of_language(language))


def written_by_hand(language: str, label: str) -> Iterator[HealthText]:
    """Read the texts of one file that the lexicon is measured with."""
    return _texts(FOLDER / language / f"{label}.tsv", language, label)


def development_texts(language: str, folder: Path = DEVELOPMENT) -> Iterator[HealthText]:
    """Read the texts that a language's lexicon is mended with; there may be none."""
    for label in (DANGER, TWIN, ORDINARY):
        path = folder / f"{language}_{label}.tsv"
        if path.is_file():
            yield from _texts(path, language, label)


def is_held_out(text: HealthText) -> bool:
    """Tell whether who mends the lexicon must not look at a text: every third, by its words."""
    return examples.is_held_out(text.text)


def _texts(path: Path, language: str, label: str) -> Iterator[HealthText]:
    """Read the texts of one file; `##` begins a class."""
    danger = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            danger = line.removeprefix("## ")
        elif line:
            yield HealthText(language, label, danger, line)


def slips_file(language: str) -> Path:
    """Return where the misspelt dangers of a language are kept."""
    return FOLDER / language / f"{SLIPS}.tsv"


def _of_language(language: str) -> Iterator[HealthText]:
    for label in LABELS:
        yield from written_by_hand(language, label)
    for line in slips_file(language).read_text(encoding="utf-8").splitlines():
        danger, slip, text = line.split("\t")
        yield HealthText(language, DANGER, danger, text, slip)
