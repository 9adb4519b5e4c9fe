"""From a list of people to the last text, on a clock that the test moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from services.health.campaigns.lifecycle import pause_campaign, resume_campaign
from services.health.campaigns.model import find_campaign
from services.health.campaigns.running import send_test
from services.health.errors import NoPhone, SamePerson
from services.health.imports.import_people import import_people
from services.storage.models import Contact, Party
from sms.consent import EVERYTHING
from tests.services.health.campaigns.test_running import dispatch
from tests.services.health.campaigns.town import NOON


def test_journey__list_to_last_text__each_person_is_reached_once(town, tmp_path):
    path = tmp_path / "people.csv"
    lines = [f"701{number:05},Jo {number},en,Jiwaka,clinic" for number in range(12)]
    path.write_text("\n".join(["phone,name,language,province,list", *lines, "12,Jo,en,,"]))
    tally = import_people(path, town.database, town.now)
    assert (tally.people, len(tally.refusals)) == (12, 1)
    gone = town.do(lambda session: session.scalar(select(func.max(Contact.party_id))))
    town.refuse(gone, EVERYTHING)

    campaign = draft_and_try(town)
    approve_and_run(town, campaign)

    found = town.progress(campaign)
    assert (found.state, found.people, found.queued) == ("finished", 11, 11)
    assert found.messages == (("sent", None, 11),)
    # Each text is one segment, of 25 toea; tests are not counted.
    assert (found.segments, found.cost, found.delivered) == (11, 275, 0)
    assert (sum(found.minutes.values()), found.out_of_window) == (11, 0)
    texts = [one for one in town.messages() if one.purpose == "campaign"]
    assert len({one.recipient_index for one in texts}) == 11
    assert all(one.body == "Jo, the clinic is open." for one in texts)


def draft_and_try(town):
    campaign = town.draft(rate=3)
    planned = town.dry_run(campaign)
    assert (planned.total.people, planned.left_out) == (11, {"stopped_all": 1})
    tested = town.do(
        lambda session: send_test(session, find_campaign(session, campaign), town.planner, town.now)
    )
    assert (tested, dispatch(town)) == (2, 2)
    assert {one.purpose for one in town.messages()} == {"campaign-test"}
    with pytest.raises(SamePerson):
        approve_himself(town, campaign)
    assert town.run() == 0
    return campaign


def approve_and_run(town, campaign):
    town.now = NOON
    town.approve(campaign)
    assert [town.run(), town.run()] == [3, 3]
    assert dispatch(town) == 6
    town.do(pause_campaign, campaign, town.approver)
    assert town.run(5) == 0
    town.do(resume_campaign, campaign, town.planner, town.now)
    assert town.run(3) == 5
    assert dispatch(town) == 5
    town.run()


def approve_himself(town, campaign):
    """The planner becomes an approver, and tries."""

    def role(name):
        def change(session):
            session.get_one(Party, town.planner).role = name

        return change

    town.do(role("approver"))
    try:
        town.approve(campaign, by=town.planner)
    finally:
        town.do(role("planner"))


@pytest.mark.slow
def test_dry_run_and_run__the_same_people_and_hours__agree(town):
    town.crowd(30)
    opens = NOON + timedelta(minutes=55)
    campaign = town.draft(opens_at=opens, closes_at=opens + timedelta(hours=2), rate=4)
    planned = town.dry_run(campaign)
    town.approve(campaign)
    assert town.run(180) == planned.total.people
    by_hour = {}
    for one in town.messages():
        by_hour[one.due_at.hour] = by_hour.get(one.due_at.hour, 0) + 1
    assert by_hour == {peak.at.hour: peak.campaign for peak in planned.peaks}


def test_send_test__nobody_has_the_number__is_refused(town):
    town.add()
    campaign = town.draft()
    town.do(lambda session: session.execute(delete(Contact)))
    with pytest.raises(NoPhone):
        town.do(
            lambda session: send_test(
                session, find_campaign(session, campaign), town.planner, town.now
            )
        )
