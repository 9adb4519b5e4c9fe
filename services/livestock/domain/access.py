"""Access table: what each role sees; pure. What it may report is in `authority`.

Everyone may know whether an animal lives, and its province. Numbers of premises are for people who
work with them. Names, points, keepers and owners are for the keeper and for officers only, since
thieves read too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from services.core.roles import HEALTH, Role
from services.livestock.domain.actors import Actor, Strength, Tie


class Sight(IntEnum):
    """Level of detail of an animal or premises; each includes the ones before it."""

    STATUS = 1
    NUMBERS = 2
    FULL = 3


class Viewer(NamedTuple):
    """Person or token that asks or reports, with their role.

    `party_id` is a database key; `province` is the one of duty. None: of nobody, of no province.
    """

    role: Role
    party_id: int | None = None
    province: str | None = None

    def acting(self, strength: Strength) -> Actor:
        """Return the same person as somebody who reports."""
        return Actor(self.role, self.party_id, self.province, strength)


@dataclass(frozen=True, slots=True)
class Rule:
    """Rights of one role.

    Attributes:
        neighbours: sight of others' premises in the history of a visible animal.
    """

    anything: Sight
    ties: Mapping[Tie, Sight] = field(default_factory=dict)
    neighbours: Sight = Sight.STATUS


_OFFICER = Rule(
    Sight.FULL,
    neighbours=Sight.FULL,
)

_KEEPER = Rule(
    Sight.STATUS,
    {Tie.OWNER: Sight.FULL, Tie.AGREED: Sight.FULL},
)

RULES: Mapping[Role, Rule] = {
    Role.KEEPER: _KEEPER,
    # A nurse or a policeman may keep pigs, too.
    **dict.fromkeys((*HEALTH, Role.POLICE), _KEEPER),
    Role.RECORDER: Rule(
        Sight.STATUS,
        {Tie.OWNER: Sight.FULL, Tie.AGREED: Sight.FULL, Tie.DUTY: Sight.NUMBERS},
    ),
    Role.ABATTOIR: Rule(
        Sight.STATUS,
        {
            Tie.OWNER: Sight.FULL,
            Tie.HERE: Sight.FULL,
            Tie.AGREED: Sight.FULL,
            Tie.CAME: Sight.FULL,
            Tie.ANNOUNCED: Sight.FULL,
        },
        neighbours=Sight.NUMBERS,
    ),
    Role.AUDITOR: Rule(Sight.NUMBERS, neighbours=Sight.NUMBERS),
    Role.INSPECTOR: _OFFICER,
    Role.VETERINARY_OFFICER: _OFFICER,
    Role.ADMINISTRATOR: _OFFICER,
}


def sight_of(viewer: Viewer, ties: Iterable[Tie]) -> Sight:
    """Return how much `viewer` sees of an animal with these ties."""
    rule = RULES[viewer.role]
    return max([rule.anything, *(rule.ties[tie] for tie in ties if tie in rule.ties)])


def sight_of_place(viewer: Viewer, keeper_id: int | None, province: str | None) -> Sight:
    """Return how much `viewer` sees of premises, from their keeper and province."""
    ties = {
        Tie.AGREED: keeper_id is not None and keeper_id == viewer.party_id,
        Tie.DUTY: on_duty(viewer, province),
    }
    return sight_of(viewer, [tie for tie, holds in ties.items() if holds])


def sight_in_history(viewer: Viewer, keeper_id: int | None, province: str | None) -> Sight:
    """Return how much `viewer` sees of premises in the history of a visible animal."""
    return max(RULES[viewer.role].neighbours, sight_of_place(viewer, keeper_id, province))


def on_duty(viewer: Viewer, province: str | None) -> bool:
    """Tell whether `viewer` works in a province; without one of duty, in the whole country."""
    return viewer.province is None or viewer.province == province
