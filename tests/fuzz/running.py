"""Runs targets in chunks on all cores, and measures each input."""

from __future__ import annotations

import gc
import traceback
from array import array
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.fuzz.targets import Target

CHUNK = 500
_AGAIN = 3


class Slowest(NamedTuple):
    """The input that took longest, and seconds of CPU."""

    seconds: float = 0.0
    given: str = ""


@dataclass
class Found:
    """What came of one target: seconds of CPU of each input, and what failed."""

    name: str
    times: array[float] = field(default_factory=lambda: array("d"))
    slowest: Slowest = field(default_factory=Slowest)
    failures: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        return len(self.times)

    def percentile(self, part: float) -> float:
        """Seconds within which this part of the inputs was read."""
        ordered = sorted(self.times)
        return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else 0.0

    def add(self, other: Found) -> None:
        self.times.extend(other.times)
        self.slowest = max(self.slowest, other.slowest)
        self.failures += other.failures


def run_chunk(target: Target, number: int, examples: int = CHUNK) -> Found:
    """Run a target on the inputs of a seed; the same seed gives the same inputs."""
    found = Found(target.name)

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(target.inputs)
    def read(value: object) -> None:
        if not found.times:
            # What is made once for all inputs is no input's own time.
            target(value)
        taken = _timed(target, value)
        found.times.append(taken)
        found.slowest = max(found.slowest, Slowest(taken, repr(value)))
        if taken > target.bound:
            # A collection of garbage, or another process, may fall into one measurement.
            taken = min(_timed(target, value) for _ in range(_AGAIN))
            assert taken <= target.bound, (
                f"it took longer than {target.bound} s of CPU: {taken:.3f}"
            )

    gc.collect()
    gc.freeze()
    try:
        read()
    except BaseException as error:  # noqa: BLE001 — whatever it raises is what is looked for
        found.failures.append(_told(target, number, error))
    return found


def run_all(
    targets: Sequence[Target],
    inputs: int,
    workers: int,
    first: int = 0,
    tell: Callable[[Found], object] = lambda _: None,
) -> list[Found]:
    """Run targets on so many inputs, shared out evenly, in so many processes (0: in this one)."""
    chunks = max(1, -(-inputs // (len(targets) * CHUNK)))
    share = -(-inputs // (len(targets) * chunks))
    jobs = [(target, first + number, share) for number in range(chunks) for target in targets]
    results = {target.name: Found(target.name) for target in targets}
    for one in _results(jobs, workers):
        results[one.name].add(one)
        tell(one)
    return list(results.values())


def _results(jobs: list[tuple[Target, int, int]], workers: int) -> Iterable[Found]:
    if not workers:
        return [run_chunk(*job) for job in jobs]
    return _in_processes(jobs, workers)


def _in_processes(jobs: list[tuple[Target, int, int]], workers: int) -> Iterable[Found]:
    named = [(target.name, number, share) for target, number, share in jobs]
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_run_named, *zip(*named, strict=True))


def _run_named(name: str, number: int, share: int) -> Found:
    return run_chunk(next(one for one in TARGETS if one.name == name), number, share)


def _timed(target: Target, value: Any) -> float:
    started = process_time()
    target(value)
    return process_time() - started


def _told(target: Target, number: int, error: BaseException) -> str:
    notes = "\n".join(getattr(error, "__notes__", ()))
    where = "".join(traceback.format_tb(error.__traceback__)[-2:])
    again = f".venv/bin/python -m tests.fuzz --target {target.name} --seed {number}"
    return f"{target.name}: {type(error).__name__}: {error}\n{notes}\n{where}again: {again}"
