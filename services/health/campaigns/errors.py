"""Errors of campaigns, each a kind of `services.core.errors`."""

from __future__ import annotations

from services.core.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownCampaign(NotFound):
    """No campaign has this id."""

    code = "unknown_campaign"


class BadCampaign(Invalid):
    """A draft that cannot be; `fields` names each fault."""

    code = "bad_campaign"


class WrongState(Conflict):
    """A campaign is not in the state in which this can be done."""

    code = "campaign_state"


class NothingApproved(Conflict):
    """An invitation whose text is approved in no language."""

    code = "campaign_not_approved"


class NobodyReached(Conflict):
    """A campaign that reaches nobody is not approved."""

    code = "campaign_nobody"


class NoPhone(Conflict):
    """Who wants a test has no phone number here."""

    code = "campaign_no_phone"


class NotAPlanner(Forbidden):
    """The person's role may not do this with campaigns."""

    code = "not_a_planner"
