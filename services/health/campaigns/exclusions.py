"""The reach of a campaign, and the reasons for excluding people; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import NamedTuple

from services.health.campaigns.audience import Audience

INVITE_AGAIN = timedelta(days=90)


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


class ExclusionReasons(NamedTuple):
    """Codes of the reasons for excluding a person; stable."""

    stopped_all: str = "stopped_all"
    dead_number: str = "dead_number"
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
    REASONS.opted_out: "opted out of the programme",
    REASONS.carrier_opt_out: "opted out at the operator",
    REASONS.no_consent: "has not agreed to the programme",
    REASONS.discreet: "is in discreet mode, and the text reveals the programme's subject",
    REASONS.member: "is in the programme already",
    REASONS.invited: f"was invited within {INVITE_AGAIN.days} days",
    REASONS.language: "the campaign has no text in the person's language",
    REASONS.no_route: "no channel serves the number",
}
