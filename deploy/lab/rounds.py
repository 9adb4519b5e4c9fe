"""One round of a drill: a part breaks while people report, and what they noticed of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from deploy.lab.phones import PhoneAnswer
from deploy.lab.waiting import wait_for

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from deploy.lab.country import Country
    from deploy.lab.hosts import Host
    from deploy.lab.phones import Crowd

STANDING_SECONDS = 900
# Patroni tells the others of its database every two seconds: before, they know of no failure.
_TOLD_SECONDS = 3.0
_FELT_SECONDS = 2.0


class Scene(NamedTuple):
    """All that a round needs: the lab, the phones, and what is left to chance."""

    country: Country
    crowd: Crowd
    chance: random.Random


Failure: TypeAlias = "Callable[[Scene], Round]"
"""Breaks something and mends it; returns once phones are answered, and what was noticed."""


@dataclass(frozen=True)
class Round:
    """Outcome of one failure, as people noticed it.

    Attributes:
        what: that broke.
        back: seconds from the blow until the phone that waited longest was answered; None: nobody
        noticed anything.
        waited: seconds that this phone waited, from the blow at the earliest.
        acknowledged, refused: answers and refusals from the blow until the part was mended, or
        until *back* where that came later.
    """

    what: str
    back: float | None
    waited: float
    acknowledged: int
    refused: int

    def __str__(self) -> str:
        back = "nobody noticed" if self.back is None else f"back after {self.back:.1f} s"
        return f"{self.what}: {back}; {self.acknowledged} acknowledged, {self.refused} refused"


def measure(what: str, crowd: Crowd, began: float, mended: float) -> Round:
    """Return what people noticed of a failure, after which phones are answered again."""
    answers = [
        PhoneAnswer(one.at, min(one.waited, one.at - began))
        for one in [*crowd.answers]
        if one.at >= began
    ]
    refused = [one for one in [*crowd.refused_at] if one >= began]
    longest = max(answers, key=lambda one: one.waited, default=PhoneAnswer(began, 0.0))
    over = max(mended, longest.at)
    return Round(
        what,
        longest.at - began if refused or longest.waited >= _FELT_SECONDS else None,
        longest.waited,
        sum(one.at <= over for one in answers),
        sum(one <= over for one in refused),
    )


def finish(scene: Scene, what: str, began: float, *, standing: bool = True) -> Round:
    """Wait until phones are answered again, and three databases stand; return the round.

    Called when the part is mended, or mends itself.

    Args:
        scene: of the round.
        what: broke.
        began: the moment of the blow.
        standing: False: no database was struck.
    """
    mended = time.monotonic()
    scene.crowd.wait_until_answered(STANDING_SECONDS)
    if standing:
        time.sleep(max(0.0, began + _TOLD_SECONDS - time.monotonic()))
        wait_until_standing(scene.country)
    return measure(what, scene.crowd, began, mended)


def wait_until_standing(country: Country) -> None:
    """Return once three databases follow each other.

    Raises:
        RuntimeError: they do not within a quarter of an hour.
    """
    wait_for(country.cluster.standing, "three databases again", STANDING_SECONDS)


def first_of(country: Country) -> Host:
    """Return the host whose database writes, once there is one."""
    return wait_for(country.cluster.primary, "a database that writes", STANDING_SECONDS)
