"""`python -m tests.fuzz`: every target on many inputs; see `make fuzz`."""

from __future__ import annotations

import argparse
import os
import sys
from time import perf_counter

from tests.fuzz.running import CHUNK, Found, run_all, run_chunk
from tests.fuzz.targets import TARGETS

_SHOWN = 48
_TOLD_EACH = 50_000


def main() -> int:
    """Run, print a table, and fail where anything failed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--inputs", type=int, default=1_000_000, help="over all targets")
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--target", choices=[one.name for one in TARGETS], help="one alone")
    asked.add_argument("--seed", type=int, help="the chunk of one target that failed")
    told = asked.parse_args()
    targets = [one for one in TARGETS if told.target in {None, one.name}]
    started = perf_counter()
    if told.seed is not None:
        found = [run_chunk(one, told.seed) for one in targets]
    else:
        found = run_all(targets, told.inputs, told.workers, tell=_Progress().tell)
    _print(found)
    total = sum(one.inputs for one in found)
    print(f"{total:,} inputs in {perf_counter() - started:.0f} s on {told.workers} cores")
    return 1 if any(one.failures for one in found) else 0


class _Progress:
    """Tells each failure at once, and now and then how far it is."""

    def __init__(self) -> None:
        self._inputs = 0

    def tell(self, one: Found) -> None:
        for failure in one.failures:
            print(f"\nFAILED {failure}\n", file=sys.stderr, flush=True)
        before, self._inputs = self._inputs, self._inputs + one.inputs
        if before // _TOLD_EACH < self._inputs // _TOLD_EACH:
            print(f"{self._inputs:,} inputs", file=sys.stderr, flush=True)


def _print(found: list[Found]) -> None:
    print(f"\nmilliseconds of CPU an input, seeds from 0, {CHUNK} inputs a seed")
    print(f"{'target':24}{'inputs':>9}{'p50':>8}{'p99':>8}{'max':>8}  slowest")
    for one in found:
        times = (one.percentile(0.5), one.percentile(0.99), one.slowest.seconds)
        shown = "".join(f"{1000 * seconds:8.3f}" for seconds in times)
        print(f"{one.name:24}{one.inputs:9,}{shown}  {one.slowest.given[:_SHOWN]}")


if __name__ == "__main__":
    sys.exit(main())
