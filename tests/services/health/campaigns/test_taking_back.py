"""Invitations that wait: closed in time, and no invitation where nothing came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.health.campaigns.lifecycle import cancel_campaign, pause_campaign
from services.health.campaigns.model import CampaignKind
from services.health.courses.staff import end, summary
from services.health.courses.subscriptions import SubscriptionState
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.storage.models import Subscription
from sms.message import AttemptState, FailureClass, Outcome
from sms.ports import Finished
from tests.services.health.campaigns.test_running import dispatch, states
from tests.services.health.campaigns.town import MINUTE, NOON
from tests.services.health.scene import Course

INVITATION = {"kind": CampaignKind.INVITATION, "programme": "tobacco"}


def begin(clinic):
    """What a worker has begun to send."""
    store = DatabaseDispatchStore(clinic.database, clinic.settings)
    return store, store.start("w", store.claim("w", 100, clinic.now), clinic.now)


def fail(clinic, begun, failure):
    """The operator takes none of what was begun."""
    store, started = begun
    outcome = Outcome(AttemptState.FAILED, failure=failure)
    store.finish([Finished(one, outcome) for one in started], clinic.now)


def standing(clinic):
    """States, and whether the invitation was never sent."""
    return [(one.state, one.never_asked) for one in clinic.subscriptions()]


@pytest.mark.parametrize("paused", [False, True])
def test_run__window_closes_while_invitations_wait__they_were_none(clinic, paused):
    clinic.crowd(2)
    campaign = clinic.approved(**INVITATION, closes_at=NOON + 2 * MINUTE)
    clinic.run()
    if paused:
        clinic.do(pause_campaign, campaign, clinic.planner)
    clinic.now = NOON + 2 * MINUTE
    clinic.run()
    assert clinic.campaign(campaign).state == "finished"
    assert states(clinic) == [("expired", "expired")] * 2
    assert standing(clinic) == [("lost", True)] * 2
    assert [summary(one, 1)["reason"] for one in clinic.subscriptions()] == ["never_asked"] * 2
    clinic.approved(**INVITATION)
    assert clinic.run() == 2


def test_run__try_that_fails_after_the_window_closed__was_no_invitation(clinic):
    clinic.add()
    campaign = clinic.approved(**INVITATION, closes_at=NOON + 2 * MINUTE)
    clinic.run()
    begun = begin(clinic)
    clinic.now = NOON + 2 * MINUTE
    clinic.run()
    assert standing(clinic) == [("invited", False)]
    fail(clinic, begun, FailureClass.TRANSIENT)
    clinic.run()
    assert clinic.campaign(campaign).state == "finished"
    assert standing(clinic) == [("lost", True)]


def test_cancel__invited_again_but_not_sent__stays_invited_since_the_first_time(clinic):
    clinic.add()
    first = clinic.now = NOON - timedelta(days=91)
    clinic.approved(**INVITATION)
    clinic.run()
    assert dispatch(clinic) == 1
    clinic.run()
    clinic.now = NOON
    campaign = clinic.approved(**INVITATION)
    clinic.run()
    clinic.do(cancel_campaign, campaign, clinic.planner, clinic.now)
    clinic.run()
    assert standing(clinic) == [("invited", False)]
    assert clinic.subscriptions()[0].invited_at == first
    clinic.approved(**INVITATION)
    assert clinic.run() == 1


def test_cancel__operator_refused_the_only_try__was_no_invitation(clinic):
    clinic.add()
    campaign = clinic.approved(**INVITATION)
    clinic.run()
    fail(clinic, begin(clinic), FailureClass.NEVER)
    assert [one.state for one in clinic.messages()] == ["failed"]
    clinic.do(cancel_campaign, campaign, clinic.planner, clinic.now)
    assert standing(clinic) == [("lost", True)]


def test_cancel__try_of_which_nobody_knows__was_an_invitation(clinic):
    clinic.add()
    campaign = clinic.approved(**INVITATION)
    clinic.run()
    store, started = begin(clinic)
    unknown = Outcome(AttemptState.UNCERTAIN)
    store.finish([Finished(one, unknown) for one in started], clinic.now)
    clinic.do(cancel_campaign, campaign, clinic.planner, clinic.now)
    assert standing(clinic) == [("invited", False)]


def by_clinician(clinic):
    key = clinic.subscriptions()[0].id

    def opt_out(session):
        row = session.get_one(Subscription, key)
        end(session, row, SubscriptionState.OPTED_OUT, None, clinic.now)

    clinic.do(opt_out)


def by_sms(clinic):
    Course(clinic.database, clinic.now, clinic.messages()[0].recipient).say("STOP")


@pytest.mark.parametrize("opt_out", [by_clinician, by_sms])
def test_opt_out__invitation_that_waits__is_not_sent(clinic, opt_out):
    clinic.add()
    clinic.approved(**INVITATION)
    clinic.run()
    opt_out(clinic)
    dispatch(clinic)
    (invitation,) = [one for one in clinic.messages() if one.purpose == "campaign"]
    assert (invitation.state, invitation.reason) == ("suppressed", "stopped")
    assert clinic.subscriptions()[0].state == "opted_out"
