"""`python -m tests.model`: many random histories told to the program; see `make model`.

Each process has a database of its own. What differs from the rules is shown with its smallest
history, and the process ends with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from services.core.settings import Settings
from services.storage.database import Database
from tests.model.comparing import Disagreement, compare, differing
from tests.model.drawing import drawn_from
from tests.model.history import written
from tests.model.shrinking import shortest, shrink
from tests.support import environment
from tests.support.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOGETHER = 1000
_SHOWN = 5


class Portion(NamedTuple):
    """Histories of one process: the seeds from `first` on."""

    first: int
    count: int
    postgres: bool
    shown: int


class Outcome(NamedTuple):
    """What came of a portion."""

    counts: Counter[str]
    differing: Counter[str]
    examples: list[Disagreement]
    seeds: dict[int, str]
    """By seed of a history that differs, what its difference is about."""


def main() -> int:
    """Tell histories, print how they were and what differs."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--histories", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--postgres", action="store_true", help="on BILUM_TEST_POSTGRES_URL")
    asked.add_argument("--shown", type=int, default=_SHOWN, help="examples that are made small")
    told = asked.parse_args()
    started, end = perf_counter(), told.seed + told.histories
    portions = [
        Portion(first, min(_TOGETHER, end - first), told.postgres, told.shown)
        for first in range(told.seed, end, _TOGETHER)
    ]
    counts, differs, examples = Counter[str](), Counter[str](), list[Disagreement]()
    with ProcessPoolExecutor(cpu_count()) as pool:
        for one in pool.map(play, portions):
            counts += one.counts
            differs += one.differing
            examples += one.examples
            for seed, about in one.seeds.items():
                print(f"seed {seed} differs: {about}", flush=True)
            print(f"{counts['histories']:,} histories, {differs.total()} differ", flush=True)
    for example in shortest(examples)[: told.shown]:
        print(f"{example}\n{written(example.history)}\n")
    told_of = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    share = counts["irregular"] / max(counts["histories"], 1)
    print(f"{share:.0%} of histories late, doubled, contradictory or corrected")
    spent = perf_counter() - started
    print(f"seed {told.seed}: {told_of}; {spent:.0f} s")
    print("program and rules agree" if not differs else f"they differ: {dict(differs)}")
    return 1 if differs else 0


def play(portion: Portion) -> Outcome:
    """Tell the histories of a portion to a database of their own."""
    seeds = range(portion.first, portion.first + portion.count)
    drawn = {seed: drawn_from(seed).history for seed in seeds}
    histories = [one for one in drawn.values() if one.said]
    counts = Counter({"histories": len(histories)})
    counts["reports"] = sum(len(one.said) for one in histories)
    for name in ("late", "double", "wrong"):
        counts[name] = sum(any(getattr(said, name) for said in one.said) for one in histories)
    counts["corrected"] = sum(any(said.of is not None for said in one.said) for one in histories)
    counts["irregular"] = sum(one.irregular for one in histories)
    with _database(postgres=portion.postgres) as database:
        # Several reports of one history at once are told as a program's list of events is.
        at_once = 1 + portion.first // _TOGETHER % 3
        found = compare(database, histories, at_once=at_once)
        examples = [shrink(database, one, at_once) for one in shortest(found)[: portion.shown]]
    about = {one.history: ", ".join(sorted(one.about)) for one in found}
    told = {seed: about[history] for seed, history in drawn.items() if history in about}
    return Outcome(counts, Counter(differing(found)), examples, told)


@contextmanager
def _database(*, postgres: bool) -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        told = {"BILUM_DATA_DIR": str(Path(folder) / "data")}
        if not postgres:
            yield from _opened(told)
            return
        assert environment.POSTGRES_URL, "BILUM_TEST_POSTGRES_URL names no PostgreSQL server"
        with fresh_database(environment.POSTGRES_URL) as url:
            yield from _opened(told | {"BILUM_DATABASE_URL": url})


def _opened(told: dict[str, str]) -> Iterator[Database]:
    database = Database.from_settings(Settings.from_env(told))
    database.upgrade()
    try:
        yield database
    finally:
        database.close()


if __name__ == "__main__":
    sys.exit(main())
