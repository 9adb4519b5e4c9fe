"""Acts, and the authority that each needs: ties, roles, and strength of proof; pure.

Every event type and every command that changes something has its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from services.core.roles import HEALTH, OFFICERS, Role
from services.livestock.domain.actors import Strength, Tie
from services.livestock.domain.model import EventType


class CommandAct(StrEnum):
    """Act that begins or decides something before, or without, an event.

    OVERRULE: PASS at a roadblock against the book's NO. SHOW_COURSE: the end of a sensitive
    course's privacy. SUSPECT: a sickness that makes its animals suspect.
    RECOVER: the end of a theft. UNREGISTER: a registration, a birth or a new tag is taken back.
    COUNT_HERD: the answer to a census, of a keeper's whole herd.
    """

    KILL = "kill"
    SELL = "sell"
    GIVE = "give"
    DECIDE_PERMIT = "decide_permit"
    OVERRULE = "overrule"
    SEIZE = "seize"
    ADD_PHONE = "add_phone"
    FORGET = "forget"
    SUSPECT = "suspect"
    COUNT_HERD = "count_herd"
    RECOVER = "recover"
    UNREGISTER = "unregister"
    SHOW_COURSE = "show_course"
    CHANGE_ROLE = "change_role"
    ERASE = "erase"


ActType = EventType | CommandAct


class Otherwise(Enum):
    """Consequence of an act without a tie."""

    ALLOWED = "allowed"
    EVIDENCE = "evidence"
    CONSENT = "consent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ActRule:
    """Authority that one act needs.

    Attributes:
        ties: any of them gives it effect.
        roles: who may do it at all.
        strength: proof without which it has no effect.
        otherwise: what it is for somebody without a tie.
        agreed: proof by which a keeper or an officer agrees to it as evidence; see
            `authority.proof_to_agree`.
        anywhere: roles that need no tie.
    """

    ties: frozenset[Tie]
    roles: frozenset[Role] = frozenset(Role)
    strength: Strength = Strength.NUMBER
    otherwise: Otherwise = Otherwise.EVIDENCE
    agreed: Strength = Strength.CODE
    anywhere: frozenset[Role] = frozenset()


_KEEPERS = frozenset({Role.KEEPER, Role.RECORDER, Role.POLICE, *HEALTH})
_HUSBANDRY = _KEEPERS | OFFICERS
_ABATTOIR = frozenset({Role.ABATTOIR})
_FOR_A_KEEPER = frozenset({Tie.OWNER, Tie.DUTY, Tie.RECORDER, Tie.FAMILY})
_HOLDING = _FOR_A_KEEPER | {Tie.HERE}
_HUSBANDRY_TIES = _HOLDING | {Tie.ANNOUNCED, Tie.FREE}
# A relative's phone may be stolen: it reports, and neither gives away nor lifts a hold.
_WITHOUT_FAMILY = _FOR_A_KEEPER - {Tie.FAMILY}

_REPORT = ActRule(_HUSBANDRY_TIES, _HUSBANDRY)
_CARE = replace(_REPORT, agreed=Strength.NUMBER)
_BEGINNING = ActRule(_HOLDING | {Tie.FREE}, _HUSBANDRY)
_FINDING = ActRule(frozenset(), OFFICERS, anywhere=OFFICERS)
_AUTHORITY = ActRule(frozenset(), OFFICERS, Strength.SIGNED, Otherwise.REFUSED, anywhere=OFFICERS)
_DISPOSING = ActRule(
    # Duty is no tie here: an officer decides for a keeper who cannot be asked, and for nobody else.
    (_WITHOUT_FAMILY - {Tie.DUTY}) | {Tie.FREE},
    strength=Strength.CODE,
    otherwise=Otherwise.CONSENT,
)
_SETTLING = ActRule(_HOLDING, otherwise=Otherwise.REFUSED)
_OF_ONESELF = ActRule(frozenset({Tie.OWNER}), strength=Strength.CODE, otherwise=Otherwise.REFUSED)

ACTS: Mapping[ActType, ActRule] = {
    EventType.REGISTER: _BEGINNING,
    EventType.BIRTH: _BEGINNING,
    EventType.RETAG: _REPORT,
    EventType.TAG_LOST: _REPORT,
    EventType.COUNT: _REPORT,
    EventType.DEPART: _REPORT,
    EventType.ARRIVE: ActRule(_HUSBANDRY_TIES, _HUSBANDRY | _ABATTOIR),
    EventType.TREATMENT: _CARE,
    EventType.VACCINATION: _CARE,
    EventType.WEIGHT: _CARE,
    EventType.FEED: _CARE,
    EventType.CONDITION: _CARE,
    EventType.SICKNESS: ActRule(
        _HUSBANDRY_TIES, strength=Strength.ANYBODY, otherwise=Otherwise.ALLOWED
    ),
    EventType.DEATH: ActRule(_HUSBANDRY_TIES),
    EventType.SLAUGHTER: ActRule(
        _HUSBANDRY_TIES - {Tie.FAMILY}, _HUSBANDRY | _ABATTOIR, Strength.CODE
    ),
    EventType.TRANSFER: ActRule(_WITHOUT_FAMILY | {Tie.FREE}, strength=Strength.CODE),
    # It is worth what its speaker is: nobody else gives it for them.
    EventType.DECLARATION: ActRule(_FOR_A_KEEPER),
    EventType.CHECK: ActRule(_HUSBANDRY_TIES | {Tie.CAME}, OFFICERS | _ABATTOIR, anywhere=OFFICERS),
    EventType.SAMPLE: _FINDING,
    # A result closes places and opens them.
    EventType.RESULT: replace(_FINDING, strength=Strength.CODE),
    EventType.STATUS: _FINDING,
    EventType.STOLEN: ActRule(_FOR_A_KEEPER),
    # Whoever lifts it sets the thief free, so a forged number is not enough.
    EventType.RECOVERED: ActRule(_WITHOUT_FAMILY, strength=Strength.CODE),
    EventType.DECISION: ActRule(
        frozenset(), strength=Strength.ANYBODY, otherwise=Otherwise.ALLOWED
    ),
    EventType.PREMISES: ActRule(_FOR_A_KEEPER, _HUSBANDRY, otherwise=Otherwise.REFUSED),
    EventType.VOID: ActRule(
        frozenset({Tie.REPORTER}), anywhere=OFFICERS, otherwise=Otherwise.REFUSED
    ),
    EventType.AGREE: _SETTLING,
    EventType.OBJECT: _SETTLING,
    EventType.ALLOCATION: _AUTHORITY,
    EventType.ORDER: _AUTHORITY,
    EventType.OUTBREAK: _AUTHORITY,
    EventType.NOTICE: _AUTHORITY,
    EventType.NOTIFICATION: _AUTHORITY,
    EventType.CENSUS: _AUTHORITY,
    # Anybody asks for a permit; who decides on it needs a code.
    EventType.PERMIT: ActRule(frozenset(), strength=Strength.NUMBER, otherwise=Otherwise.ALLOWED),
    CommandAct.KILL: _DISPOSING,
    CommandAct.SELL: _DISPOSING,
    CommandAct.GIVE: _DISPOSING,
    CommandAct.DECIDE_PERMIT: ActRule(
        frozenset({Tie.DUTY}),
        frozenset({Role.VETERINARY_OFFICER, Role.ADMINISTRATOR}),
        Strength.CODE,
        Otherwise.REFUSED,
        anywhere=frozenset({Role.ADMINISTRATOR}),
    ),
    CommandAct.OVERRULE: ActRule(
        frozenset(), OFFICERS, Strength.CODE, Otherwise.REFUSED, anywhere=OFFICERS
    ),
    CommandAct.SEIZE: ActRule(
        frozenset(), OFFICERS, Strength.CODE, Otherwise.REFUSED, anywhere=OFFICERS
    ),
    CommandAct.SUSPECT: ActRule(_HUSBANDRY_TIES),
    CommandAct.COUNT_HERD: ActRule(_FOR_A_KEEPER, otherwise=Otherwise.REFUSED),
    CommandAct.RECOVER: ActRule(
        _WITHOUT_FAMILY, strength=Strength.CODE, otherwise=Otherwise.CONSENT
    ),
    # Whoever takes a registration back hands the animal to who registers it next.
    CommandAct.UNREGISTER: _DISPOSING,
    CommandAct.ADD_PHONE: _OF_ONESELF,
    CommandAct.FORGET: _OF_ONESELF,
    CommandAct.SHOW_COURSE: _OF_ONESELF,
    CommandAct.CHANGE_ROLE: _AUTHORITY,
    CommandAct.ERASE: _AUTHORITY,
}
"""Every event type, and every command that changes something."""
