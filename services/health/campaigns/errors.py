"""Errors of campaigns, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownCampaign(NotFound):
    """Unknown id of a campaign."""

    code = "unknown_campaign"


class BadCampaign(Invalid):
    """The draft has faults; `fields` names each."""

    code = "bad_campaign"


class WrongState(Conflict):
    """The campaign's state does not allow this."""

    code = "campaign_state"


class NothingApproved(Conflict):
    """The invitation's text is approved in no language."""

    code = "campaign_not_approved"


class NobodyReached(Conflict):
    """The campaign reaches nobody, so it cannot be approved."""

    code = "campaign_nobody"


class NoPhone(Conflict):
    """The person who asked for a test has no phone number here."""

    code = "campaign_no_phone"


class NotAPlanner(Forbidden):
    """The person's role does not allow this with campaigns."""

    code = "not_a_planner"
