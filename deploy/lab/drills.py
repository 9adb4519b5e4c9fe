"""Drills: a part breaks again and again while people report, and then every report is counted."""

from __future__ import annotations

import math
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

from chain.errors import LedgerError
from deploy.lab.account import Account, take_account
from deploy.lab.certificates import end_certificates
from deploy.lab.country import running_country
from deploy.lab.evidence import keep_evidence
from deploy.lab.failures import (
    black_out,
    break_broker,
    fail_disk,
    fail_over,
    fill_disk,
    mend_all,
    partition,
    set_clock,
    set_database_clock,
    slow_disk,
    slow_down,
)
from deploy.lab.kills import kill
from deploy.lab.names import break_names
from deploy.lab.network import Network
from deploy.lab.parts import Parts
from deploy.lab.phones import Crowd
from deploy.lab.rounds import Failure, Round, Scene, wait_until_standing
from services.core.errors import ServiceError

_WARM_UP_SECONDS = 3

DRILLS: dict[str, Failure] = {
    "kill": kill,
    "fail-over": fail_over,
    "partition": partition,
    "disk-full": fill_disk,
    "disk-error": fail_disk,
    "slow-disk": slow_disk,
    "blackout": black_out,
    "clock": set_clock,
    "database-clock": set_database_clock,
    "slow-network": slow_down,
    "broker": break_broker,
    "dns": break_names,
    "certificates": end_certificates,
}
_FEW = {"kill": 5, "broker": 2, "certificates": 2}
SMALL = {name: _FEW.get(name, 1) for name in DRILLS}
FULL = {
    "kill": 1_000,
    "fail-over": 100,
    "partition": 90,
    "disk-full": 100,
    "disk-error": 100,
    "slow-disk": 60,
    "blackout": 20,
    "clock": 60,
    "database-clock": 60,
    "slow-network": 60,
    "broker": 60,
    "dns": 60,
    "certificates": 25,
}


@dataclass
class Result:
    """One drill's outcome.

    Attributes:
        planned: rounds that there should have been.
        rounds: what people noticed of each that came to its end.
        broken: what kept the drill from going on, or from being counted.
        account: None: nothing could be counted.
        longest: seconds that a phone waited for its answer, at most.
        refusals: what phones got instead of an answer.
        evidence: folder with what is left to look at, where something is wrong.
    """

    name: str
    seed: int
    planned: int
    rounds: list[Round] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    account: Account | None = None
    longest: float = 0.0
    refusals: dict[str, int] = field(default_factory=dict)
    evidence: str | None = None

    @property
    def clean(self) -> bool:
        """True if every round that began came to its end, and nothing is wrong with any report."""
        return not self.broken and self.account is not None and self.account.clean

    @property
    def blows(self) -> Counter[str]:
        """Number of times that each thing broke."""
        return Counter(one for each in self.rounds for one in each.what.split("+"))

    def __str__(self) -> str:
        again = sorted(one.back for one in self.rounds if one.back is not None)
        back = f"; back after {median(again):.1f} s, {again[-1]:.1f} s at most" if again else ""
        blows = ", ".join(f"{many} {what}" for what, many in self.blows.most_common())
        wrong = "".join(f"\n  {one}" for one in (*self.broken, *self._to_look_at()))
        return (
            f"{self.name}: {len(self.rounds)} of {self.planned} rounds, seed {self.seed}: "
            f"{self.account or 'nothing was counted'}{back}; {len(self.rounds) - len(again)} "
            f"rounds without effect; a phone waited {self.longest:.1f} s at most; {blows}{wrong}"
        )

    def _to_look_at(self) -> Iterator[str]:
        if self.account and not self.account.clean:
            yield f"unrecorded: {self.account.unrecorded}; unanswered: {self.account.unanswered}"
            yield from self.account.findings
        if self.evidence:
            yield f"to look at: {self.evidence}"


class LabSettings(NamedTuple):
    """Settings of a drill's lab.

    Attributes:
        seed: of what is left to chance.
        durable: False: no database flushes anything, which a blackout must show.
        network: None: one of its own.
        reports: folder for evidence of what went wrong; None: one of its own.
        minutes: after which no further round begins; None: all that were planned.
    """

    seed: int
    durable: bool = True
    network: Network | None = None
    reports: Path | None = None
    minutes: float | None = None


def run_drill(name: str, failures: Sequence[Failure], lab: LabSettings) -> Result:
    """Let one thing after another break while people report; then count every report.

    A failure that is not recovered from ends the drill, and is counted all the same.

    Args:
        name: of the result.
        failures: in this order.
        lab: its settings.
    """
    result = Result(name, lab.seed, len(failures))
    parts = Parts(
        clocks=set_clock in failures,
        database_clocks=set_database_clock in failures,
        broker=break_broker in failures,
        disks=not {fail_disk, slow_disk}.isdisjoint(failures),
        names=break_names in failures,
        certificates=end_certificates in failures,
    )
    with running_country(durable=lab.durable, parts=parts, network=lab.network) as country:
        crowd = Crowd(country.public_url, country.authority)
        # A drill is repeated by its seed.
        scene = Scene(country, crowd, random.Random(lab.seed))  # noqa: S311
        crowd.start()
        time.sleep(_WARM_UP_SECONDS)
        _break_all(scene, failures, result, lab.minutes)
        crowd.stop()
        with _noting(result, "recovery"):
            wait_until_standing(country)
        with _noting(result, "account"):
            result.account = take_account(country, crowd)
        result.longest, result.refusals = crowd.longest, dict(crowd.refusals)
        if not result.clean:
            result.evidence = str(keep_evidence(country, crowd, lab.reports))
    return result


def _break_all(
    scene: Scene, failures: Sequence[Failure], result: Result, minutes: float | None
) -> None:
    end = time.monotonic() + (math.inf if minutes is None else minutes * 60)
    for number, failure in enumerate(failures, 1):
        if time.monotonic() >= end:
            return
        with _noting(result, f"round {number}"):
            result.rounds.append(failure(scene))
            print(f"{number}: {result.rounds[-1]}", file=sys.stderr, flush=True)
        if result.broken:
            with _noting(result, "mending"):
                mend_all(scene.country)
            return


@contextmanager
def _noting(result: Result, when: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, OSError, ServiceError, LedgerError) as error:
        result.broken.append(f"{when}: {type(error).__name__}: {error}")
