"""How well the second reader does on examples that it did not learn from; takes minutes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from services.health.danger.danger_lexicon import limits_of
from services.health.danger.danger_words import weighed
from services.health.danger.examples import DANGER, LABELS, examples_of, is_held_out
from services.health.danger.learning import row_of, weigh_danger, weigh_kinds
from services.health.danger.rule_reading import read_by_rules
from services.health.danger.second_reader import SecondReader, Weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.health.danger.danger_words import DangerText
    from services.health.danger.examples import Example

_COLUMNS = ("rules", "told", "asked")
_PARTS = 3
# Neighbours in a file are of one writer and one danger, and often alike: they stay together.
_NEIGHBOURS = 20


def second_table(language: str) -> str:
    """Write what rules hear, and both readers, of texts that neither was made from."""
    counts: Counter[tuple[str, str]] = Counter()
    for example, heard in _heard(language):
        code = heard.code if heard else None
        counts[example.label, "all"] += 1
        counts[example.label, "rules"] += read_by_rules(example.text).code is not None
        counts[example.label, "told"] += code is not None and not heard.asks
        counts[example.label, "asked"] += code is not None and heard.asks
        counts[example.label, "fitting"] += code == example.subject
    lines = [f"{language}, held out{'texts':>12}{'rules':>9}{'told':>9}{'asked':>9}"]
    for label in LABELS:
        whole = counts[label, "all"]
        shares = "".join(f"{counts[label, one] / whole:9.1%}" for one in _COLUMNS)
        lines.append(f"{label:15}{whole:9}{shares}")
    lines.append(f"the same danger as its writer: {counts[DANGER, 'fitting']}")
    return "\n".join(lines)


def _heard(language: str) -> Iterator[tuple[Example, DangerText | None]]:
    """Yield each example that is held out, and what a reader of the other parts hears in it."""
    examples = examples_of(language)
    rows = [row_of(one, language) for one in examples]
    parts = [place // _NEIGHBOURS % _PARTS for place in range(len(examples))]
    for part in range(_PARTS):
        others = [place for place, its in enumerate(parts) if its != part]
        danger = weigh_danger([rows[place] for place in others])
        kinds = weigh_kinds([examples[place] for place in others], language)
        reader = SecondReader(language, Weights("", danger, kinds))
        for example, its in zip(examples, parts, strict=True):
            if its == part and is_held_out(example.text):
                told = read_by_rules(example.text)
                yield example, weighed(example.text, told, reader, limits_of(language))
