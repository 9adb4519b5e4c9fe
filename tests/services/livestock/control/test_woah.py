"""Reports to WOAH: due, described, sent, and what changed after they were sent."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from services.core.errors import Invalid, NotFound
from services.livestock.control import woah_sending
from services.livestock.control.errors import NothingToReport, ReasonNotGiven
from services.livestock.control.outbreaks import OutbreakState, change_state, find_outbreak
from services.livestock.control.situation import situation
from services.livestock.control.woah_reports import REASONS as WORDED
from services.livestock.control.woah_sending import declare_sent, report_of, reports_sent
from services.livestock.control.woah_statements import describe, statements
from services.livestock.domain.details import MOST_COMMENT, REASONS, read_details
from services.livestock.domain.model import EventType, Occurred, Report
from services.livestock.recording.identity import find_premises
from services.livestock.recording.record import record_events
from services.storage.models import Premises
from tests.factories import NOW, TODAY, origin, pig, write
from tests.services.livestock.control.outbreak_scene import act

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGAN = TODAY - 4 * DAY
FIRST, SECOND, THIRD = (NOW + count * DAY for count in (1, 2, 3))


@pytest.fixture
def index(country):
    return country.place(1)


@pytest.fixture
def outbreak(country, index):
    """Confirmed today, with five sick pigs."""
    number = country.outbreak(index, BEGAN)
    with country.database.write() as session:
        change_state(session, number, OutbreakState.CONFIRMED, act(TODAY))
    country.tell("sickness", index, signs=["fever"], head_count=5, on=BEGAN)
    return number


@pytest.fixture
def office(country, index, outbreak):
    return Desk(country, index, outbreak)


class Desk:
    """An officer who reports to WOAH."""

    def __init__(self, country, index, number):
        self.country, self.index, self.number = country, index, number

    def tell(self, kind, *animals, known=NOW, on=TODAY, at=None, **details):
        event = EventType(kind)
        told = read_details(event, details)
        place = at or self.index
        report = Report(uuid4(), event, animals, place, None, Occurred.on(on), told)
        return write(self.country.database, report, at=known)[0]

    def describe(self, reason="recurrence", comment=None, known=NOW, key=None):
        with self.country.database.write() as session:
            describe(session, self.number, reason, comment, act(key=key, at=known))

    def send(self, known, on=None, key=None, lock=lambda: None):
        with self.country.database.write() as session:
            wanted = act(on or known.date(), key=key, at=known)
            return declare_sent(session, self.number, wanted, lock)

    def step(self, state, known):
        with self.country.database.write() as session:
            wanted = act(known.date(), at=known)
            change_state(session, self.number, OutbreakState(state), wanted)

    def report(self, on=TODAY, known=None):
        with self.country.database.read() as session:
            return report_of(session, find_outbreak(session, self.number), on, known)

    def sent(self):
        with self.country.database.read() as session:
            return reports_sent(session, find_outbreak(session, self.number))


def test_reasons__all__are_worded_as_woah_words_them():
    assert tuple(WORDED) == REASONS


def test_describe__second_thoughts__take_the_place_of_the_first(office):
    office.describe("recurrence", "First cases since 2020.", known=FIRST)
    office.describe("first_occurrence_in_zone", known=SECOND)
    then, now = office.report(known=FIRST), office.report()
    assert then["reason_for_notification"] == "Recurrence of an eradicated disease"
    assert then["epidemiological_comments"] == "First cases since 2020."
    assert now["reason_for_notification"] == "First occurrence in a zone or a compartment"
    assert now["epidemiological_comments"] is None
    assert office.report(known=NOW - HOUR + HOUR)["reason_for_notification"] is None


def test_describe__same_request_again__is_one_event(office):
    for _ in range(2):
        office.describe(comment="Once.", key="same")
    with office.country.database.read() as session:
        said = statements(session, find_outbreak(session, office.number))
    assert (said.reason, said.comment) == ("recurrence", "Once.")


@pytest.mark.parametrize(
    "comment",
    ["x" * (MOST_COMMENT + 1), "", "Call the keeper: 7123 4567", "+67571234567", "line\nbreak"],
)
def test_describe__comment_that_woah_must_not_publish__is_refused(office, comment):
    if comment == "":
        office.describe(comment=comment)
        assert office.report()["epidemiological_comments"] is None
        return
    with pytest.raises(Invalid):
        office.describe(comment=comment)
    assert office.report()["reason_for_notification"] is None


def test_describe__reason_of_nobody__is_refused(office):
    with pytest.raises(Invalid):
        office.describe("because")


def test_send__first__is_the_immediate_notification_however_late(office):
    office.describe()
    sent = office.send(THIRD)
    assert (sent.report, sent.number) == ("immediate", 1)
    assert office.report()["report"] == "Follow-up report"
    assert office.report(known=THIRD)["report"] == "Immediate notification"


def test_send__nobody_said_why__is_refused(office):
    with pytest.raises(ReasonNotGiven):
        office.send(FIRST)


def test_send__cases_are_many__are_counted_once_and_before_the_writers_lock(office, monkeypatch):
    steps = []
    monkeypatch.setattr(
        woah_sending, "situation", lambda *of: steps.append("counted") or situation(*of)
    )
    office.describe(known=FIRST)
    office.send(FIRST, lock=lambda: steps.append("locked"))
    assert steps == ["counted", "locked"]


def test_send__event_came_while_cases_were_counted__is_in_the_report(office):
    """It was known by then: the report made again from the journal has it."""
    office.describe(known=FIRST)
    with office.country.database.write() as session:
        told = Report(uuid4(), EventType("death"), (), office.index, None, Occurred.on(BEGAN))
        lock = partial(record_events, session, [told], origin(FIRST - HOUR))
        declare_sent(session, office.number, act(FIRST.date(), at=FIRST), lock)
    [sent] = office.sent()
    assert sent.unchanged
    assert [one["deaths"] for one in sent.report["outbreaks"]] == [1]


def test_send__not_confirmed__is_refused(country):
    number = country.outbreak(country.place(7), BEGAN)
    desk = Desk(country, None, number)
    desk.describe()
    with pytest.raises(NothingToReport):
        desk.send(FIRST)
    assert desk.report()["report"] == "None: not confirmed"


def test_send__day_that_has_not_come__is_refused(office):
    office.describe()
    with pytest.raises(Invalid):
        office.send(FIRST, on=TODAY + 9 * DAY)


def test_send__twice_by_one_request__is_sent_once(office):
    office.describe()
    assert office.send(FIRST, key="same") == office.send(SECOND, key="same")
    assert [one.sent.number for one in office.sent()] == [1]


def test_correction__after_sending__is_a_follow_up_that_says_what_changed(office):
    wrong = office.tell("death", pig(1), pig(2), cause="disease")
    office.describe()
    office.send(FIRST)
    assert office.report()["changes"] == []
    void = {"corrects": str(wrong.report.event_id), "reason": "incorrect_data"}
    office.tell("void", pig(1), pig(2), known=SECOND, **void)
    office.tell("death", pig(1), cause="disease", known=SECOND)
    report = office.report()
    changes = [(one["field"], one["before"], one["after"]) for one in report["changes"]]
    assert (report["report"], changes) == ("Follow-up report", [("deaths", 2, 1)])
    [sent] = office.sent()
    assert (sent.unchanged, sent.report["outbreaks"][0]["deaths"]) == (True, 2)


def test_late_report__of_a_new_place__is_a_change_of_its_own(office):
    other = office.country.place(2)
    office.country.order(since=BEGAN, outbreak=office.number, number="Z 1")
    office.describe()
    office.send(FIRST)
    office.tell("sickness", known=SECOND, on=BEGAN, at=other, signs=["fever"], head_count=3)
    [change] = office.report()["changes"]
    assert (change["field"], change["before"]) == ("outbreaks", None)
    assert change["after"]["outbreak_start_date"] == BEGAN.isoformat()
    office.send(THIRD)
    assert office.report()["changes"] == []


def test_report__same_sickness_told_twice_of_one_pig__counts_once(office):
    for _ in range(2):
        office.tell("sickness", pig(9), signs=["fever"])
    assert office.report()["outbreaks"][0]["cases"] == 6


def test_result__after_sending__stands_in_the_changes(office):
    office.describe()
    office.send(FIRST)
    told = {"sample": "S-17", "disease": "african_swine_fever", "outcome": "positive"}
    office.tell("result", pig(1), known=SECOND, laboratory="NAQIA", method="PCR", **told)
    [change] = office.report()["changes"]
    assert (change["of"], change["field"], change["before"]) == ("S-17", "diagnostics", None)
    assert (change["after"]["laboratory"], change["after"]["test"]) == ("NAQIA", "PCR")


def test_final__all_is_over__comes_once_and_later_corrections_follow_it_up(office):
    office.describe()
    office.send(FIRST)
    office.step("controlled", SECOND)
    assert office.report(SECOND.date())["event_status"] == "Continuing"
    office.step("released", SECOND)
    due = office.report(THIRD.date())
    assert (due["report"], due["event_status"]) == ("Final report", "Resolved")
    assert due["end_date"] == SECOND.date().isoformat()
    assert office.send(SECOND + HOUR, SECOND.date()).report == "final"
    office.tell("death", pig(3), cause="disease", known=THIRD)
    assert office.send(THIRD + HOUR).report == "follow_up"


def test_outbreak__that_flares_up_again__has_no_end_yet(office):
    office.describe()
    office.send(FIRST)
    office.step("controlled", SECOND)
    office.step("confirmed", THIRD)
    due = office.report(THIRD.date())
    assert (due["report"], due["event_status"]) == ("Follow-up report", "Continuing")
    assert (due["end_date"], due["confirmation_date"]) == (None, TODAY.isoformat())


def test_outbreak__again_after_its_final_report__is_another_event(office):
    office.describe()
    office.send(FIRST)
    for state in ("controlled", "released"):
        office.step(state, SECOND)
    assert office.send(SECOND + HOUR).report == "final"
    again = office.country.outbreak(office.index, TODAY, state=OutbreakState.CONFIRMED)
    other = Desk(office.country, office.index, again)
    assert other.report(THIRD.date())["report"] == "Immediate notification"
    assert other.report(THIRD.date())["report_number"] == 1
    assert [one.sent.report for one in office.sent()] == ["immediate", "final"]


def test_report__known_before_it_was_opened__is_not_there(office):
    with pytest.raises(NotFound):
        office.report(known=NOW - DAY)


def test_sent__a_place_was_described_anew__is_told(office):
    office.describe()
    office.send(FIRST)
    with office.country.database.write() as session:
        key = find_premises(session, [office.index])[office.index].id
        session.get_one(Premises, key).kind = "piggery"
    assert [one.unchanged for one in office.sent()] == [False]
