"""Authority: who may say what of which animal, and with which strength of proof; pure.

Every road asks here: SMS, USSD, readers, village boxes, the API, partners' documents. A tie gives a
report its effect. Without one it is evidence: kept whole, and without any effect until a keeper or
an officer agrees. A weaker road never gives what a stronger one would refuse.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from services.core.roles import OFFICERS, Role
from services.livestock.domain.actors import Actor, Strength, Tie
from services.livestock.domain.acts import ACTS, ActRule, ActType, CommandAct, Otherwise
from services.livestock.domain.model import EventType


class Reach(Enum):
    """Premises at which a role may report."""

    NOWHERE = "nowhere"
    OWN = "own"
    DUTY = "duty"
    ANYWHERE = "anywhere"


class Subject(NamedTuple):
    """Subject of an act: the actor's ties to it, and whether its keeper can be reached."""

    ties: AbstractSet[Tie] = frozenset()
    reachable: bool = True


class Decider(StrEnum):
    """Person whose word gives an act its effect."""

    SENDER = "sender"
    KEEPER = "keeper"
    OFFICER = "officer"


class Reason(StrEnum):
    """Reason why an act has no effect at once."""

    NOT_THE_KEEPER = "not_the_keeper"
    NOT_PROVEN = "not_proven"
    WRONG_ROLE = "wrong_role"


class Allowed(NamedTuple):
    """The act takes effect at once."""


class NeedsConsent(NamedTuple):
    """The act waits, and nothing is recorded before a person proves that they want it."""

    of: Decider
    how: Strength


class Evidence(NamedTuple):
    """The report is kept, and changes nothing until its decider agrees."""

    reason: Reason
    decider: Decider


class Refused(NamedTuple):
    """The act is not for this person."""

    reason: Reason


Verdict = Allowed | NeedsConsent | Evidence | Refused


_REACH: Mapping[Role, Reach] = {
    **dict.fromkeys(Role, Reach.OWN),
    Role.RECORDER: Reach.DUTY,
    Role.AUDITOR: Reach.NOWHERE,
    **dict.fromkeys(OFFICERS, Reach.ANYWHERE),
}
_SLAUGHTER_CHECKS = frozenset({"ante_mortem", "post_mortem"})
_ALL_CHECKS = _SLAUGHTER_CHECKS | {"roadblock", "inspection"}
BY_OTHERS = frozenset(
    {
        EventType.PREMISES, EventType.ALLOCATION, EventType.TRANSFER, EventType.ORDER,
        EventType.PERMIT, EventType.OUTBREAK, EventType.NOTICE, EventType.DECISION,
        EventType.VOID, EventType.AGREE, EventType.OBJECT, EventType.NOTIFICATION,
        EventType.CENSUS,
    }
)  # fmt: skip
"""Events that no report makes: each has a command of its own."""


def may_act(actor: Actor, act: ActType, subject: Subject) -> Verdict:
    """Decide whether an act takes effect, waits, is evidence, or is refused."""
    rule = ACTS[act]
    if actor.role not in rule.roles:
        return Refused(Reason.WRONG_ROLE)
    if rule.otherwise is Otherwise.ALLOWED and actor.strength >= rule.strength:
        return Allowed()
    tied = actor.role in rule.anywhere or not rule.ties.isdisjoint(subject.ties)
    tied = tied or _received(actor, act)
    if not tied:
        return _without_tie(actor, rule, subject)
    if actor.strength >= rule.strength:
        return Allowed()
    return _unproven(actor, rule, subject)


def _received(actor: Actor, act: ActType) -> bool:
    """Tell whether an abattoir or market says what arrived, by more than a phone number."""
    at_abattoir = actor.role is Role.ABATTOIR and act is EventType.ARRIVE
    return at_abattoir and actor.strength >= Strength.CODE


def _without_tie(actor: Actor, rule: ActRule, subject: Subject) -> Verdict:
    keeper = Decider.KEEPER if subject.reachable else Decider.OFFICER
    if rule.otherwise is Otherwise.REFUSED:
        return Refused(Reason.NOT_THE_KEEPER)
    if rule.otherwise is Otherwise.CONSENT:
        # An officer of the province decides for a keeper who cannot be asked, and for nobody else.
        decides = keeper is Decider.OFFICER and actor.role in OFFICERS and Tie.DUTY in subject.ties
        return NeedsConsent(Decider.SENDER if decides else keeper, rule.strength)
    return Evidence(Reason.NOT_THE_KEEPER, keeper)


def _unproven(actor: Actor, rule: ActRule, subject: Subject) -> Verdict:
    """Decide on an act of the right person by a road that proves too little."""
    if actor.strength is Strength.ANYBODY:
        keeper = Decider.KEEPER if subject.reachable else Decider.OFFICER
        refused = rule.otherwise is Otherwise.REFUSED
        return Refused(Reason.NOT_PROVEN) if refused else Evidence(Reason.NOT_PROVEN, keeper)
    return NeedsConsent(Decider.SENDER, rule.strength)


def needs_tie(kind: EventType) -> bool:
    """Tell whether an event of animals has its effect by a tie to them."""
    return ACTS[kind].otherwise is Otherwise.EVIDENCE


def proof_to_agree(kind: EventType, details: Mapping[str, Any]) -> Strength:
    """Return the proof by which a keeper or an officer agrees to evidence.

    What harms an animal, gives it away or keeps it from sale wants more than a number: whoever
    made the evidence may forge the number, too.
    """
    return Strength.CODE if details.get("withdrawal_days") else ACTS[kind].agreed


_HOLDS = frozenset({EventType.STOLEN, EventType.SAMPLE, EventType.STATUS})
_TAKEN_BACK_BY: Mapping[EventType, CommandAct] = {
    EventType.REGISTER: CommandAct.UNREGISTER,
    EventType.BIRTH: CommandAct.UNREGISTER,
    EventType.RETAG: CommandAct.UNREGISTER,
    EventType.STOLEN: CommandAct.RECOVER,
}


def proof_to_void(
    kind: EventType, details: Mapping[str, Any], *, binds: bool = False, settled: bool = False
) -> Strength:
    """Return the proof by which a report is declared wrong by who made it, or by an officer.

    What took a code is not undone by a number, which can be forged; nor is what holds animals, or
    says whose they are: a thief reads the receipt of a theft or a registration on the passport.

    Args:
        kind: of the report.
        details: of the report.
        binds: whether it had a standing by which it held animals or a place.
        settled: whether it is no typo of today any more; it matters where a number is given.
    """
    holds = binds or kind in _HOLDS or details.get("withdrawal_days")
    named = settled and act_of_void(kind) is CommandAct.UNREGISTER
    return max(ACTS[kind].strength, Strength.CODE if holds or named else Strength.NUMBER)


def act_of_void(kind: EventType) -> CommandAct | None:
    """Return the act by whose row it is decided whose word takes a report of others back.

    None: that of who reported it is enough.
    """
    return _TAKEN_BACK_BY.get(kind)


def reports_of(role: Role) -> frozenset[EventType]:
    """Return the types of events that a role may report, in a report of events."""
    return frozenset(
        kind
        for kind in EventType
        if kind not in BY_OTHERS and role in ACTS[kind].roles and _REACH[role] is not Reach.NOWHERE
    )


def reach_of(role: Role) -> Reach:
    """Return the premises at which a role may report."""
    return _REACH[role]


def may_report_at(actor: Actor, keeper_id: int | None, province: str | None) -> bool:
    """Tell whether `actor` may report at premises, from their keeper and province."""
    reach = _REACH[actor.role]
    own = keeper_id is not None and keeper_id == actor.party_id
    duty = reach is Reach.DUTY and actor.province in {None, province}
    return reach is Reach.ANYWHERE or (reach is not Reach.NOWHERE and own) or duty


def may_name_owners(actor: Actor) -> bool:
    """Tell whether `actor` may register an animal for another owner."""
    return _REACH[actor.role] in {Reach.DUTY, Reach.ANYWHERE}


def may_check(actor: Actor, purpose: str) -> bool:
    """Tell whether `actor` may report a check for a purpose."""
    if actor.role in OFFICERS:
        return purpose in _ALL_CHECKS
    return actor.role is Role.ABATTOIR and purpose in _SLAUGHTER_CHECKS
