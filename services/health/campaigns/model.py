"""Kinds, states, roles and texts of campaigns, and their look-up.

A text, in each language, is the same for everybody but for the name.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.campaigns.audience import Reach, read_audience
from services.health.errors import BadCampaign, NotAPlanner, UnknownCampaign, WrongState
from services.health.format.model import NAME_LETTERS, given_name
from services.health.versions.store import approved_languages
from services.storage.models import Campaign, Party
from services.texts.catalogue import LANGUAGES
from sms.encoding import Encoding, count, plain, shorten, simplify, split

MOST_SEGMENTS = 3
NAME = "{name}"
NAMELESS = {"en": "friend", "tpi": "pren"}
"""Replace an unknown name, unless the programme has its own word."""

_KEPT = 65_536
_LONGEST_NAME = "M" * NAME_LETTERS
_WIDEST_NAMES = "\u33d8" * NAME_LETTERS, "\U0001f437" * NAME_LETTERS
"""Of letters that take the most units: written in GSM-7 (`p.m.`), and in UCS-2."""


class CampaignKind(StrEnum):
    """BROADCAST: a text of the planner's own. INVITATION: the text of a programme."""

    BROADCAST = "broadcast"
    INVITATION = "invitation"


class CampaignState(StrEnum):
    """State of a campaign. FINISHED: all texts were sent, or the window is over."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


PLANS = frozenset({Role.PLANNER})
APPROVES = frozenset({Role.APPROVER})
STOPS = PLANS | APPROVES
READS = STOPS | {Role.HEALTH_ANALYST}


def require_role(session: Session, party_id: int, roles: Collection[Role]) -> None:
    """Raise NotAPlanner unless a party has one of some roles."""
    if session.get_one(Party, party_id).role not in roles:
        names = " or ".join(sorted(role.value for role in roles))
        raise NotAPlanner(f"Only a person with the role {names} may do this")


def find_campaign(session: Session, public_id: UUID) -> Campaign:
    """Return a campaign, or raise UnknownCampaign."""
    found = session.scalars(select(Campaign).where(Campaign.public_id == public_id)).first()
    if found is None:
        raise UnknownCampaign("There is no such campaign: see the list of campaigns")
    return found


def lock_campaign(session: Session, public_id: UUID, states: Collection[CampaignState]) -> Campaign:
    """Return a campaign, locked until the transaction ends.

    Raises:
        UnknownCampaign, WrongState: it is in none of these states.
    """
    found = find_campaign(session, public_id)
    session.refresh(found, with_for_update=True)
    if found.state not in states:
        raise WrongState(f"The campaign is {found.state}, which does not allow this")
    return found


def list_campaigns(session: Session) -> Sequence[Campaign]:
    """Return all campaigns, newest first."""
    return session.scalars(select(Campaign).order_by(Campaign.id.desc())).all()


def reach_of(session: Session, campaign: Campaign) -> Reach:
    """Return the reach of a campaign; a language whose approval was withdrawn has no text."""
    wording = wording_of(campaign)
    inviting = campaign.kind == CampaignKind.INVITATION
    languages = set(wording.say)
    if inviting:
        approved = approved_languages(session)
        languages = {one for one, version in wording.versions.items() if (version, one) in approved}
    return Reach(
        audience=read_audience(campaign.audience),
        programme=campaign.programme,
        members=campaign.programme is not None and not inviting,
        languages=frozenset(languages),
        revealing=wording.revealing,
        last_listed_id=campaign.last_listed_id,
    )


class Wording(NamedTuple):
    """The texts of a campaign.

    Attributes:
        say: by language; `{name}` is the person's name.
        nameless: by language: stands for an unknown name.
        versions: by language, of an invitation: database key of the version it comes from.
        revealing: languages whose text reveals what a discreet member hides.
    """

    say: Mapping[str, str]
    nameless: Mapping[str, str]
    versions: Mapping[str, int] = {}
    revealing: tuple[str, ...] = ()

    @property
    def sized_by_name(self) -> bool:
        """True where the name may decide how many segments a text takes."""
        return any(
            count(render(self, language, name)).segments > 1
            for language in self.say
            for name in _WIDEST_NAMES
        )

    def as_text(self) -> str:
        """Return it as stored in the table."""
        return json.dumps(self._asdict())


class TextSize(NamedTuple):
    """Size of a text; `parts`: number of texts on a channel without concatenation."""

    encoding: Encoding
    segments: int
    parts: int


def wording_of(campaign: Campaign) -> Wording:
    """Return the texts of a campaign."""
    return Wording(**json.loads(campaign.texts))


def render(wording: Wording, language: str, name: str | None) -> str:
    """Return the text for one person; a name never changes a GSM-7 text to UCS-2."""
    template = wording.say[language]
    if NAME not in template:
        return template
    word = shorten(given_name(name) or wording.nameless.get(language, ""), NAME_LETTERS)
    if count(word).encoding is Encoding.UCS2 and count(template).encoding is Encoding.GSM7:
        word = plain(word)
    return template.replace(NAME, word)


def size_of(text: str) -> TextSize:
    """Measure a text."""
    found = count(text)
    parts = len(split(text)) if found.segments > 1 else 1
    return TextSize(found.encoding, found.segments, parts)


def sizes(wording: Wording) -> Callable[[str, str | None], TextSize]:
    """Return a function that measures a person's text, cached by name."""

    @lru_cache(_KEPT)
    def measured(language: str, name: str | None) -> TextSize:
        return size_of(render(wording, language, name))

    return lambda language, name: measured(language, given_name(name))


def check_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of a broadcast as they are sent.

    Raises:
        BadCampaign: one is empty, too long, in an unknown language, or has other placeholders.
    """
    ready = {language: simplify(text.strip()) for language, text in texts.items()}
    faults = {language: fault for language, text in ready.items() if (fault := _fault(text))}
    faults |= {one: f"must be in {' or '.join(LANGUAGES)}" for one in ready if one not in LANGUAGES}
    if faults or not ready:
        messages = {one: [fault] for one, fault in faults.items()} or ["there must be one"]
        raise BadCampaign("A text of the campaign cannot be sent", {"texts": messages})
    return ready


def _fault(text: str) -> str | None:
    bare = text.replace(NAME, "")
    if not bare:
        return "is empty"
    if "{" in bare or "}" in bare:
        return f"may hold no braces but those of {NAME}"
    if count(text.replace(NAME, _LONGEST_NAME)).segments > MOST_SEGMENTS:
        return f"takes more than {MOST_SEGMENTS} segments with the longest name"
    return None
