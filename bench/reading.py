"""the readers of a text: the grammar and the words of danger, in CPU time of one text.

Needs nothing. Each limit is what a reader may take of the work on one incoming message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import process_time

from bench._figures import p50_p99
from services.health.danger.danger_lexicon import lexicon_languages
from services.health.danger.danger_words import read_danger
from services.health.danger.examples import examples_of
from tests.gateway.phrase_book import BOOK

# Seconds of CPU: a text of one segment, and one of the longest that most phones send.
LIMITS = {160: 0.001, 480: 0.003}
TEXTS = 500
SENT = ("MOVE 104276 330577 TO 20468 25/11", "RIATIM 104276", "gut moning tru ol lain", "STOP")


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    _measure("commands", SENT * (TEXTS // len(SENT)), _parse, LIMITS[160])
    for language in lexicon_languages():
        for length, limit in LIMITS.items():
            texts = _texts(language, length)
            _measure(f"danger in {language}, {length} characters", texts, read_danger, limit)


def _texts(language: str, length: int) -> list[str]:
    said = [one.text for one in examples_of(language)]
    together = (". ".join(said[at : at + 9]) for at in range(0, len(said) - 9, 3))
    return [text[:length] for text in together if len(text) >= length][:TEXTS]


def _parse(text: str) -> object:
    return BOOK.parse(text, None)


def _measure(what: str, texts: Sequence[str], read: Callable[[str], object], limit: float) -> None:
    # The first reads the lexicon.
    read(texts[0])
    took = []
    for text in texts:
        began = process_time()
        read(text)
        took.append(process_time() - began)
    p50, p99 = p50_p99(took)
    print(
        f"{what}: median {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms; "
        f"{p50 / limit:.2f} of the limit"
    )


if __name__ == "__main__":
    main()
