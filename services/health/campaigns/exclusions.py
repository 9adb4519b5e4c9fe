"""Whom a campaign reaches, and why somebody is left out; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import NamedTuple

from services.health.campaigns.audience import Audience

INVITE_AGAIN = timedelta(days=90)


class Reach(NamedTuple):
    """Whom a campaign reaches.

    Attributes:
        audience: what must be true of them.
        programme: whose members they are, or to which they are invited; None: neither.
        members: whether they are in it, in the states and cohorts of the audience; else they are
            invited.
        languages: in which there is a text.
        revealing: languages whose text names what a discreet member hides.
        last_listed_id: database key of the last who was on a list in time; None: all are.
    """

    audience: Audience
    programme: str | None
    members: bool
    languages: Collection[str]
    revealing: Collection[str] = ()
    last_listed_id: int | None = None


class Left(NamedTuple):
    """Codes of the reasons why somebody is left out; stable."""

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


LEFT = Left()
SENTENCES: Mapping[str, str] = {
    LEFT.stopped_all: "stopped all messages",
    LEFT.dead_number: "the operator says that the number does not exist any more",
    LEFT.opted_out: "opted out of the programme",
    LEFT.carrier_opt_out: "opted out at the operator",
    LEFT.no_consent: "has not agreed to the programme",
    LEFT.discreet: "is in discreet mode, and the text names what the programme is about",
    LEFT.member: "is in the programme already",
    LEFT.invited: f"was invited within {INVITE_AGAIN.days} days",
    LEFT.language: "the campaign has no text in the person's language",
    LEFT.no_route: "no channel serves the number",
}
