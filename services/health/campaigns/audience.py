"""The audience and reach of a campaign as data, and the reasons for excluding people; pure."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.core.geography import BOUGAINVILLE_ZONE, PROVINCES, zone_of
from services.health.errors import BadCampaign
from services.texts.catalogue import LANGUAGES
from sms.local_time import DEFAULT_ZONE

SEXES = ("f", "m")
# Without `opted_out`: those people get no more messages.
STATES = (
    "invited",
    "screened",
    "consented",
    "active",
    "paused",
    "completed",
    "ineligible",
    "lost",
)
OLDEST = 120
_MANY = ("provinces", "districts", "languages", "cohorts", "states", "lists")

INVITE_AGAIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Audience:
    """Conditions on each person; an empty one or None is no condition.

    Of several values one is enough. Ages are whole years, counted by the year of birth alone.
    Cohorts and states (empty: active) are those of the subscription of `programme`; lists are
    imported.
    """

    provinces: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    sex: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    languages: tuple[str, ...] = ()
    programme: str | None = None
    cohorts: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    @property
    def zones(self) -> tuple[str, ...]:
        """Time zones in which its people may live."""
        if not self.provinces:
            return DEFAULT_ZONE, BOUGAINVILLE_ZONE
        return tuple(sorted({zone_of(province) for province in self.provinces}))

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON, without empty conditions."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}


def read_audience(data: Mapping[str, Any]) -> Audience:
    """Read an audience.

    Raises:
        BadCampaign: unknown provinces, languages or states, ages in the wrong order, or cohorts and
            states without a programme.
    """
    one = {name: data.get(name) for name in ("sex", "age_from", "age_to", "programme")}
    values: dict[str, Any] = {name: tuple(data.get(name) or ()) for name in _MANY} | one
    found = Audience(**values)
    faults = _faults(found)
    if faults:
        raise BadCampaign("The audience has faults: see the fields", {"audience": faults})
    return found


def _faults(found: Audience) -> dict[str, list[str]]:
    faults = {
        "provinces": _unknown(found.provinces, PROVINCES),
        "languages": _unknown(found.languages, LANGUAGES),
        "states": _unknown(found.states, STATES),
        "sex": _unknown((found.sex,) if found.sex else (), SEXES),
    }
    first, last = found.age_from or 0, OLDEST if found.age_to is None else found.age_to
    if not 0 <= first <= last <= OLDEST:
        faults["age_from"] = [f"ages must be from 0 to {OLDEST}, the lower one first"]
    if (found.cohorts or found.states) and not found.programme:
        faults["programme"] = ["cohorts and states belong to a programme: name it"]
    return {name: values for name, values in faults.items() if values}


def _unknown(values: Collection[str], known: Collection[str]) -> list[str]:
    return [f"{one} is none of {', '.join(known)}" for one in values if one not in known]


class Reach(NamedTuple):
    """The people whom a campaign reaches.

    Attributes:
        programme: whose members they are, or to which they are invited; None: neither.
        members: whether they are members in the audience's states and cohorts; otherwise they are
            invited.
        languages: with a text.
        revealing: languages whose text reveals what a discreet member hides.
        last_listed_id: database key of the last list entry in time; None: all count.
    """

    audience: Audience
    programme: str | None
    members: bool
    languages: Collection[str]
    revealing: Collection[str] = ()
    last_listed_id: int | None = None


class Reached(NamedTuple):
    """A person of an audience.

    Attributes:
        person_id: None: health programmes know nothing of them.
        name: opened only if asked for; so is `number` where no programme is asked about.
        number_index: the ordinary one.
        subscription_id, version_id: of a member.
        reason: code of the exclusion; None: included.
    """

    party_id: int
    public_id: UUID
    person_id: int | None
    name: str | None
    language: str
    province: str | None
    number: str
    number_index: bytes
    zone: str
    subscription_id: int | None
    version_id: int | None
    reason: str | None


class Stretch(NamedTuple):
    """Parties by their keys: after one, and up to another; None: all that follow."""

    after: int = 0
    last: int | None = None


EVERY_PARTY = Stretch()


class ExclusionReasons(NamedTuple):
    """Codes of the reasons for excluding a person; stable."""

    stopped_all: str = "stopped_all"
    dead_number: str = "dead_number"
    gone: str = "gone"
    opted_out: str = "opted_out"
    carrier_opt_out: str = "carrier_opt_out"
    no_consent: str = "no_consent"
    discreet: str = "discreet"
    member: str = "member"
    invited: str = "invited"
    language: str = "language"
    no_route: str = "no_route"


REASONS = ExclusionReasons()
SENTENCES: Mapping[str, str] = {
    REASONS.stopped_all: "stopped all messages",
    REASONS.dead_number: "the operator says that the number no longer exists",
    REASONS.gone: "a programme was told that the person died, or lost the phone",
    REASONS.opted_out: "opted out of the programme",
    REASONS.carrier_opt_out: "opted out at the operator",
    REASONS.no_consent: "has not agreed to the programme",
    REASONS.discreet: "is in discreet mode, and the text reveals the programme's subject",
    REASONS.member: "is in the programme already",
    REASONS.invited: f"was invited within {INVITE_AGAIN.days} days",
    REASONS.language: "the campaign has no text in the person's language",
    REASONS.no_route: "no channel serves the number",
}
