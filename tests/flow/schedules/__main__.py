"""Run schedules by their seeds: `python -m tests.flow.schedules 17 20-39 --shorten`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.flow.schedules.planning import plan
from tests.flow.schedules.running import opened_world, run, template
from tests.support.environment import POSTGRES_URL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.flow.schedules.actions import Action
    from tests.flow.schedules.running import Template


def main() -> None:
    """Print each seed with what came of it; exit 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="+", type=_seeds)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, else SQLite")
    parser.add_argument("--tell", action="store_true", help="what happened, also where it passed")
    parser.add_argument("--shorten", action="store_true", help="leave out what is not needed")
    given = parser.parse_args()
    logging.getLogger("bilum").addHandler(logging.NullHandler())
    server = POSTGRES_URL if given.postgres else None
    failed = 0
    with tempfile.TemporaryDirectory() as folder, template(Path(folder) / "data", server) as made:
        for seed in (seed for seeds in given.seeds for seed in seeds):
            failed += _try(made, seed, given)
    sys.exit(bool(failed))


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _try(made: Template, seed: int, given: argparse.Namespace) -> bool:
    actions = plan(seed)
    begun = time.monotonic()
    told, failed = _told(made, actions)
    print(f"seed {seed}: {'failed' if failed else 'passed'}, {time.monotonic() - begun:.1f} s")
    if failed and given.shorten:
        told, _ = _told(made, _shortened(made, actions))
    if failed or given.tell:
        print("  " + told.replace("\n", "\n  "), flush=True)
    return failed


def _told(made: Template, actions: Sequence[Action]) -> tuple[str, bool]:
    """Run a schedule; return what happened, and whether it failed."""
    try:
        with opened_world(made, postgres=made.server is not None) as world:
            return str(run(world, actions)), False
    except AssertionError as error:
        return "\n".join([repr(error), *error.__notes__]), True


def _shortened(made: Template, actions: Sequence[Action]) -> list[Action]:
    """Leave out action after action, as long as it still fails."""
    kept = list(actions)
    for action in reversed(actions):
        place = max(place for place, each in enumerate(kept) if each is action)
        tried = kept[:place] + kept[place + 1 :]
        if _told(made, tried)[1]:
            kept = tried
    return kept


if __name__ == "__main__":
    main()
