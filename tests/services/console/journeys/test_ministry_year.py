"""A ministry's year at the console, and one sitting of it counted: what stands on the pages."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from services.health.campaigns.running import run_campaigns
from services.health.indicators.count_requests import count_asked
from services.runtime.workers import keep_time
from services.storage.models import Message, Subscription
from sms.message import MessageState
from tests.services.console.campaigns.ministry import Ministry
from tests.services.console.concerns.care import DANGER, Care
from tests.services.console.indicators.figures_walk import AnalystMorning
from tests.services.console.people.lists import WRONG
from tests.services.console.people.walks import ImportWalk
from tests.services.console.programmes.adapting import Adapting
from tests.services.console.visitors import Visitor, enrol

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]

TEXT = "Take your pill at the same hour each day. Tell your family."
PEOPLE = 60
# One of them lives in Enga, and one stops all messages.
REACHED = PEOPLE - 2
THREE = {cell: WRONG[cell] for cell in ((5, 1), (12, 2), (40, 2))}
COURSE = "Steady heart"
OCTOBER, NOVEMBER, DECEMBER = (
    f"1 {month} 2026 \N{EN DASH} {last} {month} 2026"
    for month, last in (("Oct", 31), ("Nov", 30), ("Dec", 31))
)
ENGA, JIWAKA = "ouProv00006", "ouProv00009"

DAY = timedelta(days=1)
LONGEST = DAY


def test_year__of_a_ministry__runs_from_the_first_draft_to_the_audit(ministry):
    stage, office = ministry.stage, ministry.office
    adapt(office)
    begin_courses(ministry)
    see(office, OCTOBER, "0 agreed")
    live(ministry, 3 * DAY)
    assert ministry.screen.getvalue().count("Take your pill at the same hour") == PEOPLE
    look_after(ministry)
    send_campaign(ministry)
    live(ministry, 6 * DAY)
    send_first_figures(ministry)
    live(ministry, 31 * DAY)
    send_next_figures(ministry)
    live(ministry, 300 * DAY)
    walk = see(office, "1 Oct 2027 \N{EN DASH} 31 Oct 2027", "0 agreed")
    walk.follow("Last year")
    expect_step(walk, f"{PEOPLE} agreed")
    assert stage.record() > PEOPLE / 2
    report = stage.audit(projections=True)
    assert (report.findings, report.not_comparable, report.waiting) == ([], [], 0)


def adapt(office):
    """One text is written anew, and a colleague approves it."""
    walk = office.sit("planner", Adapting, "Health programmes")
    walk.adapt()
    walk.write(TEXT)
    # Whoever comes from a list is held to share a phone.
    walk.share()
    walk.keep()
    walk.submit()
    office.sit("approver", Adapting, "Health programmes").approve()


def begin_courses(ministry):
    """A list of people is corrected and taken: their courses begin."""
    walk = ministry.office.sit("planner", ImportWalk, "Figures", wrong=THREE)
    walk.upload(PEOPLE)
    walk.check(PEOPLE)
    walk.start(PEOPLE)
    ministry.stage.keep()
    walk.see_done()


def look_after(ministry):
    """Somebody writes of danger and is called; somebody wants no message any more."""
    stage = ministry.stage
    assert "hospital" in stage.send("+67571000003", DANGER)
    stage.send("+67571000009", "STOP ALL")
    keep_time(stage.runtime)
    walk = ministry.office.sit("clinician", Care, "Concerns", phone="71000003")
    walk.handle()
    walk.see_nothing_waits()


def send_campaign(ministry):
    """A province is told of a clinic day."""
    office = ministry.office
    walk = office.sit("planner", Ministry, "Campaigns", people=REACHED)
    make_campaign(walk)
    office.sit("approver", Ministry, "Campaigns", people=REACHED).approve()
    live(ministry, DAY)
    office.sit("approver", Ministry, "Campaigns", people=REACHED).watch()
    assert ministry.screen.getvalue().count("the clinic is open") >= REACHED


def make_campaign(walk):
    walk.begin()
    walk.write()
    walk.choose_people()
    walk.submit()


def see(office, days, step):
    """The analyst reads last month's figures."""
    walk = office.sit("analyst", AnalystMorning, "Figures", course=COURSE, days=days)
    walk.heading(f"{COURSE}: {days}")
    expect_step(walk, step)
    return walk


def expect_step(walk, text):
    """A line of the way from asking to the end of the course."""
    shown = walk.page.get_by_role("listitem").filter(has_text=text)
    expect(shown.first).to_be_visible()


def send_first_figures(ministry):
    """The figures have changed; they are linked with DHIS2, tried and sent."""
    walk = see(ministry.office, NOVEMBER, f"{PEOPLE} agreed")
    walk.month = "Nov 2026"
    walk.link_figures()
    walk.send()
    assert november_of(ministry.dhis2) == {
        (ENGA, "deAttempts1"): "1",
        (ENGA, "deMembers01"): "1",
        (JIWAKA, "deAttempts1"): str(PEOPLE - 1),
        (JIWAKA, "deMembers01"): str(PEOPLE - 1),
    }


def november_of(dhis2):
    return {
        (at, what): value
        for (at, month, what, _), value in dhis2.values.items()
        if month == "202611"
    }


def send_next_figures(ministry):
    """A month later the link is there: nobody joined since, and one has left."""
    walk = see(ministry.office, DECEMBER, "0 agreed")
    walk.follow("Send to DHIS2")
    walk.month = "Dec 2026"
    walk.send()
    sent = {key: value for key, value in ministry.dhis2.values.items() if key[1] == "202612"}
    assert {key[0]: value for key, value in sent.items()} == {ENGA: "1", JIWAKA: str(REACHED)}


def live(ministry, time):
    """Let time pass, from one text to the next; where no course goes on, at once."""
    stage = ministry.stage
    ministry.office.leave()
    clock = stage.runtime.clock
    end = clock.now + time
    while clock.now < end:
        stage.keep()
        clock.now = min(end, next_moment(stage) or end)
    stage.keep()
    keep_time(stage.runtime)


def next_moment(stage):
    """When a text is due; while courses go on, within a day; None: never."""
    now = stage.runtime.clock.now
    waits = Message.due_at > now, Message.state == MessageState.QUEUED
    with stage.runtime.database.read() as session:
        due = session.scalar(select(func.min(Message.due_at)).where(*waits))
        active = select(func.count()).where(Subscription.state == "active")
        going_on = session.scalar(active)
    return min(filter(None, (due, going_on and now + LONGEST)), default=None)


FIRST = 1_000
# Other people than those of before; this course has no day to quit, which might be wrong.
SEVEN = {cell: told for cell, told in WRONG.items() if cell != (100, 4)} | {
    (5, 1): (7e15, "71001001"),
    (9, 1): ("7100 00", "71001005"),
    (100, 2): ("Mosbi 7", "Jiwaka"),
}
EVERYBODY = 500
IN_JIWAKA = (PEOPLE - 1) + (EVERYBODY - 1)

SITTING = (40, 26, 330)
"""Clicks, fields and keys of two people, from their sign-in to the figures in DHIS2."""
MINUTES = 5
"""Of fifteen: the others are there to read, to wait, and to walk over to the colleague."""


def test_officer__with_500_people_a_text_a_campaign_and_figures__needs_less_than_15_minutes(
    ministry,
):
    office, stage = ministry.office, ministry.stage
    secrets = {name: enrol(Visitor(office.world), name) for name in ("planner", "approver")}
    adapt(office)
    begin_courses(ministry)
    # A week later it is December.
    stage.runtime.clock.now += 7 * DAY
    office.count_anew()
    for window in office.pages.values():
        window.context.clear_cookies()
    office.sign_in("planner", secrets["planner"])
    office.sign_in("approver", secrets["approver"])
    sit_once(office, stage)
    assert office.counts() == SITTING
    assert office.minutes <= MINUTES
    run_campaign(stage)
    office.sit("approver", Ministry, "Campaigns", people=IN_JIWAKA).watch()
    assert (JIWAKA, "202611", "deMembers01") in {key[:3] for key in ministry.dhis2.values}


def run_campaign(stage):
    """The next morning comes; a hundred texts go in a minute."""
    clock = stage.runtime.clock
    clock.now += timedelta(hours=22)
    for _ in range(IN_JIWAKA // 100 + 1):
        clock.pass_by(60)
        with stage.runtime.database.write() as session:
            run_campaigns(session, stage.runtime.settings.sms, clock())


def count_figures(walk, runtime):
    """A worker counts what the page waits for: last month, and the one before."""
    walk.heading("The figures are being counted")
    while count_asked(runtime.database, runtime.clock):
        pass


def sit_once(office, stage):
    """Both do everything, without a command."""
    walk = office.walk("planner", Adapting)
    walk.follow("Health programmes")
    walk.adapt()
    walk.write(f"{TEXT} Keep some at work.")
    walk.keep()
    walk.submit()
    walk = office.walk("approver", Adapting)
    walk.follow("Health programmes")
    walk.approve()
    walk = office.walk("planner", ImportWalk, wrong=SEVEN, first=FIRST)
    walk.upload(EVERYBODY)
    walk.check(EVERYBODY)
    walk.start(EVERYBODY)
    walk.take_all()
    walk.see_done()
    walk = office.walk("planner", Ministry, people=IN_JIWAKA, left_out=None)
    walk.follow("Campaigns")
    make_campaign(walk)
    walk = office.walk("approver", Ministry, people=IN_JIWAKA, left_out=None)
    walk.follow("Campaigns")
    walk.approve()
    november = {"course": COURSE, "days": NOVEMBER, "month": "Nov 2026"}
    walk = office.walk("planner", AnalystMorning, **november)
    walk.meanwhile = partial(count_figures, walk, stage.runtime)
    walk.see_figures()
    walk.link_figures()
    walk.send()
