"""From a seed to a schedule; pure."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.flow.schedules.actions import (
    BackUp,
    Drop,
    Empty,
    Fill,
    Kill,
    LoseSending,
    Mine,
    Reorganize,
    Report,
    Restart,
    Restore,
    Resurface,
    Spike,
    Step,
    TakeOver,
    UseNonce,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.flow.schedules.actions import Action

FEWEST, MOST = 16, 30
DEEPEST = 8
_MOST_POINTS = 16
_MOST_OLD = 12


def _report(dice: random.Random) -> Action:
    return Report(dice.randint(1, 4))


def _step(dice: random.Random) -> Action:
    return Step(flush=dice.random() < 0.7)


def _empty(dice: random.Random) -> list[Action]:
    """Let an empty wallet be tried, and be filled again."""
    meanwhile: list[Action] = [Report(1), Step(flush=True), Mine(1), Step(flush=True)]
    return [Empty(), *meanwhile[: dice.randint(1, 4)], Fill()]


# How to draw what comes next, and how often beside the others.
_DRAW: dict[Callable[[random.Random], list[Action]], int] = {
    lambda dice: [_report(dice)]: 6,
    lambda dice: [_report(dice), _step(dice)]: 22,
    lambda dice: [_step(dice)]: 10,
    lambda dice: [Mine(dice.randint(1, 4))]: 14,
    lambda dice: [Wait(dice.choice([2, 10, 61]))]: 5,
    lambda dice: [_report(dice), Kill(dice.randint(1, _MOST_POINTS), flush=True)]: 6,
    lambda dice: [Kill(dice.randint(1, _MOST_POINTS), flush=dice.random() < 0.8)]: 6,
    lambda dice: [LoseSending(dice.randint(1, 2), answer=dice.random() < 0.7)]: 6,
    lambda dice: [Restart(step_while_down=dice.random() < 0.5)]: 3,
    lambda dice: [Reorganize(dice.randint(1, DEEPEST), returns=dice.random() < 0.5)]: 8,
    lambda dice: [Drop(dice.randrange(4))]: 4,
    lambda dice: [Spike(dice.choice([5, 20, 60]))]: 4,
    lambda dice: [UseNonce(beyond=dice.random() < 0.3)]: 5,
    _empty: 2,
    lambda dice: [_report(dice), BackUp()]: 4,
    lambda dice: [_step(dice), BackUp()]: 3,
    lambda dice: [TakeOver(dice.randint(1, _MOST_POINTS), wakes=dice.random() < 0.6)]: 4,
}


def plan(seed: int) -> list[Action]:
    """Return the schedule of a seed, the same each time."""
    dice = random.Random(seed)  # noqa: S311 — to be drawn again, not to be secret
    actions: list[Action] = [_report(dice), Step(flush=True)]
    draw, weights = list(_DRAW), list(_DRAW.values())
    many = dice.randint(FEWEST, MOST)
    while len(actions) < many:
        actions += dice.choices(draw, weights)[0](dice)
    return _with_restores(actions, dice)


def _restore(which: int, dice: random.Random) -> list[Action]:
    """Put a backup back; sometimes what was sent before, and this node forgot, comes again."""
    if dice.random() < 0.5:
        return [*([Mine(dice.randint(1, 3))] if dice.random() < 0.5 else []), Restore(which)]
    sent: list[Action] = [Report(dice.randint(3, 8)), Step(flush=True)]
    lost = [Restart(step_while_down=False), Restore(which)]
    return [*sent, *lost, *sent, Resurface(dice.getrandbits(_MOST_OLD)), Mine(1)]


def _with_restores(actions: list[Action], dice: random.Random) -> list[Action]:
    """Put back most of the backups, soon or late; what came after some is in blocks by then."""
    planned: list[Action] = []
    due: dict[int, list[Action]] = {}
    backups = 0
    for place, action in enumerate(actions):
        planned.append(action)
        if isinstance(action, BackUp):
            if dice.random() < 0.9:
                at = min(place + dice.choice([2, 3, 4, 6, 10]), len(actions) - 1)
                due[at] = [*due.get(at, []), *_restore(backups, dice)]
            backups += 1
        planned += due.get(place, [])
    return planned
