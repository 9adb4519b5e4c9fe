"""Numbers of which a programme was told that their person died, or lost the phone."""

from __future__ import annotations

import pytest

from services.health.campaigns.audience import REASONS
from services.health.campaigns.model import CampaignKind
from services.health.courses.life_events import end_by_event
from services.storage.models import Subscription
from tests.services.health.campaigns.town import Town
from tests.services.health.scene import publish


@pytest.fixture(params=["death", "phone_lost"])
def gone(request, database):
    """A town with one person, whose course ended so."""
    publish(database)
    clinic = Town(database)
    course = clinic.subscribe(clinic.add(name="Maria Kila"))
    clinic.end = lambda: _end(clinic, course, request.param)
    return clinic


def _end(clinic, course, reason):
    with clinic.database.write() as session:
        end_by_event(session, session.get_one(Subscription, course), reason, clinic.now)


@pytest.mark.parametrize(
    "told", [{}, {"kind": CampaignKind.INVITATION, "programme": "tobacco"}], ids=["list", "invited"]
)
def test_campaign__leaves_them_out_and_says_why(gone, told):
    gone.end()
    assert gone.dry_run(gone.draft(**told)).left_out[REASONS.gone] == 1


def test_broadcast__that_waits__is_closed(gone):
    gone.approved()
    gone.run()
    assert [message.state for message in gone.messages()] == ["queued"]
    gone.end()
    (message,) = gone.messages()
    assert (message.state, message.reason) == ("cancelled", "cancelled")
