"""Access table: what each role sees, and what it reports where; pure.

Everyone may know whether an animal lives, and its province. Numbers of premises are for people who
work with them. Names, points, keepers and owners are for the keeper and for officers only, since
thieves read too. Evidence from an allowed reporter is never refused for its content.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from typing import NamedTuple

from services.core.roles import HEALTH, Role
from services.livestock.domain.model import EventType


class Sight(IntEnum):
    """Level of detail of an animal or premises; each includes the ones before it."""

    STATUS = 1
    NUMBERS = 2
    FULL = 3


class Tie(StrEnum):
    """Relation of a party to an animal or premises.

    OWNER: the party owns it. HERE: it is at the party's premises. AGREED: it is there not only by
    the party's word (registered there, or reported by its sender), or the premises are the party's.
    CAME: it came there once. ANNOUNCED: it is on its way there. DUTY: in the province of duty.
    """

    OWNER = "owner"
    HERE = "here"
    AGREED = "agreed"
    CAME = "came"
    ANNOUNCED = "announced"
    DUTY = "duty"


class Reach(Enum):
    """Premises at which a role may report."""

    NOWHERE = "nowhere"
    OWN = "own"
    DUTY = "duty"
    ANYWHERE = "anywhere"


class Viewer(NamedTuple):
    """Person or token that asks or reports, with their role.

    `party_id` is a database key; `province` is the one of duty. None: of nobody, of no province.
    """

    role: Role
    party_id: int | None = None
    province: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Rights of one role.

    Attributes:
        neighbours: sight of others' premises in the history of a visible animal.
    """

    anything: Sight
    ties: Mapping[Tie, Sight] = field(default_factory=dict)
    neighbours: Sight = Sight.STATUS
    reports: frozenset[EventType] = frozenset()
    reach: Reach = Reach.NOWHERE
    purposes: frozenset[str] = frozenset()


_SLAUGHTER_CHECKS = frozenset({"ante_mortem", "post_mortem"})
_ALL_CHECKS = _SLAUGHTER_CHECKS | {"roadblock", "inspection"}
_HUSBANDRY = frozenset(
    {
        EventType.REGISTER, EventType.BIRTH, EventType.RETAG, EventType.TAG_LOST, EventType.COUNT,
        EventType.DEPART, EventType.ARRIVE, EventType.TREATMENT, EventType.VACCINATION,
        EventType.WEIGHT, EventType.FEED, EventType.CONDITION, EventType.SICKNESS,
        EventType.DEATH, EventType.SLAUGHTER,
    }
)  # fmt: skip
_OFFICIAL = _HUSBANDRY | {EventType.CHECK, EventType.SAMPLE, EventType.RESULT}
_AT_ABATTOIR = frozenset({EventType.ARRIVE, EventType.CHECK, EventType.SLAUGHTER})
_OFFICER = Rule(
    Sight.FULL,
    neighbours=Sight.FULL,
    reports=_OFFICIAL,
    reach=Reach.ANYWHERE,
    purposes=_ALL_CHECKS,
)

_KEEPER = Rule(
    Sight.STATUS,
    {Tie.OWNER: Sight.FULL, Tie.AGREED: Sight.FULL},
    reports=_HUSBANDRY,
    reach=Reach.OWN,
)

RULES: Mapping[Role, Rule] = {
    Role.KEEPER: _KEEPER,
    # A nurse may keep pigs, too.
    **dict.fromkeys(HEALTH, _KEEPER),
    Role.RECORDER: Rule(
        Sight.STATUS,
        {Tie.OWNER: Sight.FULL, Tie.AGREED: Sight.FULL, Tie.DUTY: Sight.NUMBERS},
        reports=_HUSBANDRY,
        reach=Reach.DUTY,
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
        reports=_AT_ABATTOIR,
        reach=Reach.OWN,
        purposes=_SLAUGHTER_CHECKS,
    ),
    Role.AUDITOR: Rule(Sight.NUMBERS, neighbours=Sight.NUMBERS),
    Role.INSPECTOR: _OFFICER,
    Role.VETERINARY_OFFICER: _OFFICER,
    Role.ADMINISTRATOR: _OFFICER,
}

# Ties that let a keeper report an animal. An animal that has left counts: the report may be late.
REPORTING_TIES = frozenset({Tie.OWNER, Tie.HERE, Tie.CAME, Tie.ANNOUNCED})
# Events that themselves say how the animal came to be there.
CLAIMS = frozenset({EventType.REGISTER, EventType.BIRTH, EventType.ARRIVE})


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


def may_report(viewer: Viewer, kind: EventType) -> bool:
    """Tell whether `viewer` may report events of a type at all."""
    return kind in RULES[viewer.role].reports


def may_report_at(viewer: Viewer, keeper_id: int | None, province: str | None) -> bool:
    """Tell whether `viewer` may report at premises, from their keeper and province."""
    reach = RULES[viewer.role].reach
    own = keeper_id is not None and keeper_id == viewer.party_id
    duty = reach is Reach.DUTY and on_duty(viewer, province)
    return reach is Reach.ANYWHERE or (reach is not Reach.NOWHERE and own) or duty


def may_report_of(viewer: Viewer, ties: Iterable[Tie]) -> bool:
    """Tell whether `viewer` may report a registered animal, from their ties to it."""
    return RULES[viewer.role].reach is not Reach.OWN or not REPORTING_TIES.isdisjoint(ties)


def may_name_owners(viewer: Viewer) -> bool:
    """Tell whether `viewer` may register an animal for another owner."""
    return RULES[viewer.role].reach in {Reach.DUTY, Reach.ANYWHERE}


def may_check(viewer: Viewer, purpose: str) -> bool:
    """Tell whether `viewer` may report a check for a purpose."""
    return purpose in RULES[viewer.role].purposes
