"""The measure: every text through the real door, and a table of how they ended."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from tests.corpus.entries import DEVELOPMENT, UNSEEN, entries
from tests.corpus.judging import Verdict, judge
from tests.corpus.observing import compare, look
from tests.corpus.stage import SITUATIONS, Door, open_stage
from tests.support.migrated import with_schema
from tests.support.routes import make_routes_once
from tests.support.shortcuts import take_shortcuts
from tests.support.statements import compile_statements_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tests.corpus.entries import Entry
    from tests.corpus.observing import Observed, State


FLOOR = Path(__file__).with_name("floor.tsv")
PARTS = 4


@dataclass(frozen=True)
class Measured:
    """One entry, what happened, and how it ended."""

    entry: Entry
    seen: Observed
    verdict: Verdict


def measure(wanted: Sequence[Entry] | None = None) -> Iterator[Measured]:
    """Send every text, each before a database that knows of no other; those of a language first."""
    chosen = entries() if wanted is None else wanted
    with open_door() as door:
        for language in ("en", "tpi"):
            door.let_all_speak(language)
            door.keep()
            before = look(door.world.runtime.database)
            for entry in chosen:
                if entry.speaks == language:
                    yield sent(door, before, entry)
                    door.reset()


def sent(door: Door, before: State, entry: Entry) -> Measured:
    """Send one text, and tell what it did."""
    sender = SITUATIONS[entry.situation]
    door.send(door.fill(entry.text, sender), sender)
    seen = compare(before, look(door.world.runtime.database, before), sender)
    return Measured(entry, seen, judge(entry, seen))


@contextmanager
def open_door() -> Iterator[Door]:
    """Play the story in a folder of its own; give the door before it."""
    with tempfile.TemporaryDirectory() as made:
        folder = with_schema(Path(made) / "data")
        world = open_stage(folder)
        with closing(sqlite3.connect(":memory:")) as before:
            yield Door(world, folder / "bilum.db", before)
        world.runtime.close()


def hurry() -> None:
    """Spare this process what tests are spared."""
    make_routes_once()
    compile_statements_once()
    take_shortcuts()


def part(number: int) -> list[Entry]:
    """A quarter of all entries by its number, 0 to 3: what CI measures of one commit."""
    return [entry for entry in entries() if _part_of(entry) == number]


def _part_of(entry: Entry) -> int:
    return crc32(entry.text.encode()) // 12 % PARTS


def by_subject(measured: Iterable[Measured]) -> dict[str, Counter[Verdict]]:
    """Count how the texts of each subject ended."""
    counts: dict[str, Counter[Verdict]] = {}
    for one in measured:
        counts.setdefault(one.entry.subject, Counter())[one.verdict] += 1
    return dict(sorted(counts.items()))


def read_floor() -> dict[str, dict[str, int]]:
    """Read the score that must be reached, by subject and column."""
    head, *lines = (line.split("\t") for line in FLOOR.read_text("utf-8").splitlines())
    rows = (dict(zip(head, line, strict=True)) for line in lines)
    return {row.pop("subject"): {name: int(value) for name, value in row.items()} for row in rows}


def write_floor(measured: Sequence[Measured]) -> None:
    """Make the score measured now the one to be reached: whole and of each part."""
    whole = by_subject(measured)
    parts = [
        by_subject(one for one in measured if _part_of(one.entry) == number)
        for number in range(PARTS)
    ]
    names = [f"part{number}_right" for number in range(PARTS)]
    lines = ["\t".join(["subject", "right", "effect", *names])]
    for subject, counts in whole.items():
        found = [counts[name] for name in (Verdict.RIGHT, Verdict.EFFECT)]
        found += [each.get(subject, Counter())[Verdict.RIGHT] for each in parts]
        lines.append("\t".join([subject, *map(str, found)]))
    FLOOR.write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(measured: Sequence[Measured]) -> str:
    """Write the score: a row a subject, a line below each folder, and the corpus as a whole."""
    head = f"{'subject':16}{'texts':>7}" + "".join(f"{name:>13}" for name in Verdict)
    lines = [head]
    for folder, subjects in _GROUPS:
        counts = by_subject(one for one in measured if subjects(one.entry.subject))
        lines += [_row(name, count) for name, count in counts.items()]
        if counts:
            lines += ["-" * len(head), _row(folder, sum(counts.values(), Counter()))]
    return "\n".join(lines)


_GROUPS: Sequence[tuple[str, Callable[[str], bool]]] = (
    ("all of these", lambda subject: subject not in UNSEEN | DEVELOPMENT),
    ("unseen", UNSEEN.__contains__),
    ("development", DEVELOPMENT.__contains__),
)
_RECALL = (
    ("disease", "unseen texts of disease of pigs"),
    ("disease_signs", "development texts of disease of pigs"),
    ("red_flags", "unseen texts of danger to people"),
    ("danger_signs", "development texts of danger to people"),
)
_CALM = (
    ("harmless", "unseen look-alikes"),
    ("look_alikes", "development look-alikes"),
)


def summary(measured: Sequence[Measured]) -> str:
    """Write how many dangers were noticed, how many wrong alarms there were, and wrong effects."""
    lines = [_rate("noticed", measured, *one, called=True) for one in _RECALL]
    lines += [_rate("called somebody for", measured, *one, called=False) for one in _CALM]
    lines.append(_others(measured))
    wrong = [one for one in measured if one.verdict is Verdict.EFFECT]
    spoken = sum("language" in one.seen.kinds and _speaks_alone(one) for one in wrong)
    if wrong:
        lines.append(f"with effect: {len(wrong)}, of which {spoken} changed the language alone")
    return "\n".join(filter(None, lines))


def _rate(verb: str, measured: Sequence[Measured], subject: str, what: str, *, called: bool) -> str:
    found = [one.verdict is Verdict.RIGHT for one in measured if one.entry.subject == subject]
    return _share(verb, found.count(called), len(found), what)


def _others(measured: Sequence[Measured]) -> str:
    """Tell of how many texts about anything else somebody was called for."""
    alarming = {"alarm", "danger", "calm", "record"}
    others = [one for one in measured if not any(e.act in alarming for e in one.entry.labels)]
    called = sum(one.seen.called for one in others)
    return _share("called somebody for", called, len(others), "other texts that report nothing")


def _share(verb: str, count: int, whole: int, what: str) -> str:
    return f"{verb} {count} of {whole} {what}: {100 * count / whole:.1f} %" if whole else ""


def _speaks_alone(one: Measured) -> bool:
    """Tell whether all would be right, had the sender's language not been changed."""
    effects = [effect for effect in one.seen.effects if effect.kind != "language"]
    return judge(one.entry, replace(one.seen, effects=effects)) is not Verdict.EFFECT


def _row(name: str, counts: Counter[Verdict]) -> str:
    whole = counts.total()
    shares = (f"{counts[each]:6}{100 * counts[each] / whole:6.1f}%" for each in Verdict)
    return f"{name:16}{whole:7}" + "".join(shares)
