"""Examples of what people write, told to be danger or none: what the second reader learns from.

Files `library/lexicon/examples/FOLDER/LANGUAGE_LABEL.tsv`: a line is a text; `##` begins a danger,
or the subject of ordinary texts.
"""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple
from zlib import crc32

DANGER, TWIN, ORDINARY = LABELS = ("danger", "twin", "ordinary")
_HELD_OUT_OF = 3


class Example(NamedTuple):
    """A text, its label, and the danger that it tells of or only looks like, or its subject."""

    text: str
    label: str
    subject: str


@cache
def examples_of(language: str) -> tuple[Example, ...]:
    """Return every example in a language."""
    return tuple(
        example
        for label in LABELS
        for file in _files(language, label)
        for example in read_examples(file, label)
    )


def read_examples(file: Traversable, label: str) -> Iterator[Example]:
    """Read the texts of one file."""
    subject = ""
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("## "):
            subject = line.removeprefix("## ")
        elif line:
            yield Example(line, label, subject)


def examples_digest(language: str) -> bytes:
    """Return the digest of all examples in a language."""
    found = sha256()
    for label in LABELS:
        for file in _files(language, label):
            found.update(sha256(file.read_bytes()).digest())
    return found.digest()


def is_held_out(text: str) -> bool:
    """Tell whether who mends the rules must not look at an example: every third, by its words."""
    return crc32(text.encode()) % _HELD_OUT_OF == 0


def weights_file(language: str) -> Traversable:
    """Return where the weights are that a language's examples give."""
    return _folder() / f"{language}_weights.tsv"


def _files(language: str, label: str) -> list[Traversable]:
    every = (one / f"{language}_{label}.tsv" for one in _folder().iterdir() if one.is_dir())
    return sorted((one for one in every if one.is_file()), key=str)


def _folder() -> Traversable:
    return files("services.health") / "library" / "lexicon" / "examples"
