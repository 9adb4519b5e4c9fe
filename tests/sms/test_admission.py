"""When it is noon in Port Moresby, unless a case says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.admission import BUDGET_WAIT, GRACE, PRIORITIES, Close, Facts, Go, Wait, admit
from sms.consent import EVERYTHING, REACHABLE, channel_scope
from sms.message import Kind, Late, MessageState, Outgoing
from sms.reasons import Reason
from sms.routing import Route
from sms.settings import SmsSettings

MORESBY, BOUGAINVILLE = "Pacific/Port_Moresby", "Pacific/Bougainville"
AHEAD = {MORESBY: timedelta(hours=10), BOUGAINVILLE: timedelta(hours=11)}
HERE, ABROAD = "+67570000001", "+61491570006"
SETTINGS = SmsSettings(
    routes=(Route("+675", ("kannel", "africastalking", "twilio")), Route("+61", ("twilio",))),
    price_toea=25,
    prices={"twilio": 90},
    one_segment=frozenset({"kannel"}),
    daily_cap=3,
    countries=("PG", "AU", "US"),
)
ALL = ("kannel", "africastalking", "twilio")
LONG = "a" * 161
PATIENT = [Kind.SERVICE, Kind.PROGRAMME]
HASTY = [Kind.ANSWER, Kind.URGENT]
MOMENT, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)

SUPPRESSED, FAILED, EXPIRED = MessageState.SUPPRESSED, MessageState.FAILED, MessageState.EXPIRED


def at(hour, minute=0, *, day=10, zone=MORESBY):
    """The instant at which it is that local time on a day of March 2026."""
    return datetime(2026, 3, day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute) - AHEAD[zone]


NOON = at(12)


def message(**words):
    known = {
        "id": UUID(int=1),
        "to": HERE,
        "body": "Pik i orait.",
        "attempts": 0,
        "expires_at": NOON + timedelta(days=30),
        "planned_at": NOON,
        "kind": Kind.PROGRAMME,
        "scope": "malaria",
    }
    return Outgoing(**known | words)


def facts(consents=None, **words):
    return Facts({"malaria": True} | (consents or {}), **words)


def decide(of=None, known=None, now=NOON, settings=SETTINGS):
    return admit(of or message(), known or facts(), settings, now)


def refusing(*scopes):
    return facts(dict.fromkeys(scopes, False))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("late", Late)
def test_admit__in_time_by_day_and_wanted__goes(kind, late):
    assert decide(message(kind=kind, late=late)) == Go(ALL, 1)


def test_priorities__kinds__answers_first_programmes_last():
    assert sorted(Kind, key=PRIORITIES.__getitem__) == list(Kind)
    assert len(set(PRIORITIES.values())) == len(Kind)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("late", Late)
def test_admit__expired__is_closed_whatever_it_is(kind, late):
    late_one = message(kind=kind, late=late, expires_at=NOON)
    assert decide(late_one, refusing(EVERYTHING)) == Close(EXPIRED, Reason.EXPIRED)
    assert decide(message(kind=kind, late=late, expires_at=NOON + MOMENT)) == Go(ALL, 1)


# What each kind obeys: the table of `sms.admission`, in the order of the columns below.
REFUSALS = [
    (EVERYTHING, Reason.STOPPED_ALL, {Kind.URGENT, Kind.SERVICE, Kind.PROGRAMME}),
    (REACHABLE, Reason.DEAD_NUMBER, {Kind.URGENT, Kind.SERVICE, Kind.PROGRAMME}),
    ("malaria", Reason.STOPPED, {Kind.PROGRAMME}),
    ("tb", None, set()),
]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("scope", "reason", "ends"), REFUSALS)
def test_admit__receiver_refused_a_scope__ends_the_kinds_that_obey_it(kind, scope, reason, ends):
    verdict = decide(message(kind=kind), refusing(scope))
    assert verdict == (Close(SUPPRESSED, reason) if kind in ends else Go(ALL, 1))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("scope", "consents"), [("malaria", {}), ("malaria", {"tb": True}), (None, {"malaria": True})]
)
def test_admit__nobody_agreed_to_its_programme__only_a_programme_needs_it(kind, scope, consents):
    verdict = decide(message(kind=kind, scope=scope), Facts(consents))
    needs = kind is Kind.PROGRAMME
    assert verdict == (Close(SUPPRESSED, Reason.NO_CONSENT) if needs else Go(ALL, 1))


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        ((REACHABLE, EVERYTHING, "malaria"), Reason.DEAD_NUMBER),
        ((EVERYTHING, "malaria"), Reason.STOPPED_ALL),
        (("malaria", channel_scope("kannel")), Reason.STOPPED),
    ],
)
def test_admit__refused_for_several_reasons__tells_the_widest(refused, reason):
    assert decide(known=refusing(*refused)) == Close(SUPPRESSED, reason)


def test_admit__agreed_again_after_a_stop__goes():
    assert decide(known=facts({EVERYTHING: True, REACHABLE: True})) == Go(ALL, 1)
    assert decide(known=facts({channel_scope("kannel"): True})) == Go(ALL, 1)


@pytest.mark.parametrize("kind", Kind)
def test_admit__opted_out_at_one_carrier__goes_by_others_unless_of_a_programme(kind):
    verdict = decide(message(kind=kind), refusing(channel_scope("kannel")))
    if kind is Kind.PROGRAMME:
        assert verdict == Close(SUPPRESSED, Reason.OPTED_OUT)
    else:
        assert verdict == Go(("africastalking", "twilio"), 1)


@pytest.mark.parametrize("kind", Kind)
def test_admit__opted_out_at_every_carrier__is_suppressed_even_an_answer(kind):
    known = refusing(*map(channel_scope, ALL))
    assert decide(message(kind=kind), known) == Close(SUPPRESSED, Reason.OPTED_OUT)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ({"to": "+12025550123"}, Close(FAILED, Reason.NO_ROUTE)),
        ({"refused_by": frozenset(ALL)}, Close(FAILED, Reason.NO_ROUTE)),
        ({"refused_by": frozenset({"kannel"})}, Go(("africastalking", "twilio"), 1)),
        ({"via": "twilio"}, Go(("twilio", "kannel", "africastalking"), 1)),
        ({"via": "console"}, Go(ALL, 1)),
        ({"to": ABROAD, "via": "kannel"}, Go(("twilio",), 1)),
        ({"body": LONG}, Go(("africastalking", "twilio"), 2)),
        ({"body": LONG, "via": "kannel"}, Go(("africastalking", "twilio"), 2)),
        ({"body": "ŋ" * 70}, Go(ALL, 1)),
        ({"body": "ŋ" * 71}, Go(("africastalking", "twilio"), 2)),
        (
            {"body": LONG, "refused_by": frozenset({"africastalking", "twilio"})},
            Close(MessageState.CANCELLED, Reason.SPLIT),
        ),
    ],
)
def test_admit__routes__are_the_same_for_every_kind(kind, words, verdict):
    assert decide(message(kind=kind, **words)) == verdict


@pytest.mark.parametrize("kind", Kind)
def test_admit__no_route_and_much_to_wait_for__is_closed_at_once(kind):
    nowhere = message(kind=kind, to="+12025550123", planned_at=at(22))
    verdict = decide(nowhere, facts(today=9, budget_left=0), at(22))
    assert verdict == Close(FAILED, Reason.NO_ROUTE)


# Planned when the quiet hours allow, and late by more than the grace.
LATENESS = [
    (Late.SEND, HOUR * 5, Go(ALL, 1)),
    (Late.SEND, DAY * 5, Go(ALL, 1)),
    (Late.SHIFT, GRACE, Go(ALL, 1)),
    (Late.SHIFT, GRACE + MOMENT, Wait(NOON + DAY, Reason.SHIFTED, replan=True)),
    (Late.SHIFT, DAY - HOUR, Wait(NOON + DAY, Reason.SHIFTED, replan=True)),
    (Late.SHIFT, DAY, Wait(NOON + DAY, Reason.SHIFTED, replan=True)),
    (Late.SHIFT, DAY + MOMENT, Wait(NOON + DAY * 2, Reason.SHIFTED, replan=True)),
    (Late.SKIP, GRACE, Go(ALL, 1)),
    (Late.SKIP, GRACE + MOMENT, Close(SUPPRESSED, Reason.LATE)),
    (Late.EXPIRE, GRACE + MOMENT, Go(ALL, 1)),
    (Late.EXPIRE, HOUR * 8, Go(ALL, 1)),
    (Late.EXPIRE, HOUR * 12 - MOMENT, Close(EXPIRED, Reason.LATE)),
    (Late.EXPIRE, HOUR * 12, Close(EXPIRED, Reason.LATE)),
    (Late.EXPIRE, DAY, Close(EXPIRED, Reason.LATE)),
]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("late", "by", "verdict"), LATENESS)
def test_admit__late__is_as_its_policy_says_for_the_kinds_that_have_time(kind, late, by, verdict):
    found = decide(message(kind=kind, late=late), now=NOON + by)
    assert found == (verdict if kind in PATIENT else Go(ALL, 1))


# At 22:00, when it was planned: quiet until 7:00, which is its own time now.
MORNING = at(31)
QUIET = {
    Late.SEND: Wait(MORNING, Reason.QUIET_HOURS),
    Late.SHIFT: Wait(MORNING, Reason.QUIET_HOURS, replan=True),
    Late.SKIP: Close(SUPPRESSED, Reason.LATE),
    Late.EXPIRE: Close(EXPIRED, Reason.LATE),
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("late", Late)
def test_admit__quiet_hours__only_answers_and_what_is_urgent_go(kind, late):
    verdict = decide(message(kind=kind, late=late, planned_at=at(22)), now=at(22))
    assert verdict == (QUIET[late] if kind in PATIENT else Go(ALL, 1))


@pytest.mark.parametrize("kind", PATIENT)
def test_admit__quiet_hours_of_its_own_day__what_expires_waits_for_their_end(kind):
    early = message(kind=kind, late=Late.EXPIRE, planned_at=at(5))
    assert decide(early, now=at(5)) == Wait(at(7), Reason.QUIET_HOURS)


def test_admit__just_missed_before_the_quiet_hours__shifts_to_its_own_time_tomorrow():
    evening = message(late=Late.SHIFT, planned_at=at(20, 30))
    verdict = Wait(at(20, 30, day=11), Reason.QUIET_HOURS, replan=True)
    assert decide(evening, now=at(21)) == verdict


@pytest.mark.parametrize("zone", AHEAD)
def test_admit__same_instant_in_two_zones__each_has_its_own_night(zone):
    now = at(20, 30)  # in Bougainville, it is 21:30
    verdict = decide(message(zone=zone, planned_at=now), now=now)
    quiet = Wait(at(31, zone=BOUGAINVILLE), Reason.QUIET_HOURS)
    assert verdict == (quiet if zone == BOUGAINVILLE else Go(ALL, 1))


def test_admit__no_quiet_hours_in_the_settings__goes_at_night():
    never = SmsSettings(quiet_from=time(7), quiet_until=time(7))
    assert decide(message(planned_at=at(2)), now=at(2), settings=never) == Go(("console",), 1)


@given(
    st.sampled_from(PATIENT),
    st.sampled_from(sorted(AHEAD)),
    st.integers(0, 24 * 60 - 1),
    st.integers(0, 4 * 24 * 60),
    st.integers(0, 4),
)
def test_admit__shifted__ends_at_its_own_time_out_of_quiet_hours(kind, zone, planned, late, today):
    now = at(0, planned + late, zone=zone)
    it = message(kind=kind, late=Late.SHIFT, planned_at=at(0, planned, zone=zone), zone=zone)
    verdict = decide(it, facts(today=today), now)
    if isinstance(verdict, Go):
        assert late <= 60
        return
    assert verdict.replan
    there = (verdict.until + AHEAD[zone]).time()
    own = (it.planned_at + AHEAD[zone]).time()
    assert there == (own if time(7) <= own < time(21) else time(7))
    assert now <= verdict.until <= now + 2 * DAY
    again = message(kind=kind, late=Late.SHIFT, planned_at=verdict.until, zone=zone)
    assert decide(again, now=verdict.until) == Go(ALL, 1), "one wait is enough"


CAP = {
    Late.SEND: Wait(MORNING, Reason.DAILY_CAP),
    Late.SHIFT: Wait(NOON + DAY, Reason.DAILY_CAP, replan=True),
    Late.SKIP: Close(SUPPRESSED, Reason.LATE),
    Late.EXPIRE: Close(EXPIRED, Reason.LATE),
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("late", Late)
@pytest.mark.parametrize(("today", "full"), [(2, False), (3, True), (4, True)])
def test_admit__daily_cap__holds_programmes_until_tomorrow(kind, late, today, full):
    verdict = decide(message(kind=kind, late=late), facts(today=today))
    capped = full and kind is Kind.PROGRAMME
    assert verdict == (CAP[late] if capped else Go(ALL, 1))


@pytest.mark.parametrize("zone", AHEAD)
@pytest.mark.parametrize(
    ("hour", "quiet_until", "until"),
    [(7, 7, 31), (20, 7, 31), (12, 15, 39), (0, 7, 31), (23, 0, 24), (6, 6, 30)],
)
def test_admit__cap_is_full_at_any_hour__waits_for_the_next_local_day(
    zone, hour, quiet_until, until
):
    """The quiet hours end at `quiet_until`, and begin then too: there are none."""
    settings = SmsSettings(daily_cap=1, quiet_from=time(quiet_until), quiet_until=time(quiet_until))
    now = at(hour, zone=zone)
    verdict = decide(message(zone=zone, planned_at=now), facts(today=1), now, settings)
    assert verdict == Wait(at(until, zone=zone), Reason.DAILY_CAP)


SOON = NOON + BUDGET_WAIT
SPENT = {
    Late.SEND: Wait(SOON, Reason.BUDGET),
    Late.SHIFT: Wait(NOON + DAY, Reason.BUDGET, replan=True),
    Late.SKIP: Close(SUPPRESSED, Reason.LATE),
    Late.EXPIRE: Wait(SOON, Reason.BUDGET),
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("late", Late)
@pytest.mark.parametrize(("left", "spent"), [(None, False), (90, False), (89, True), (-5, True)])
def test_admit__budget__holds_programmes_that_could_cost_more(kind, late, left, spent):
    verdict = decide(message(kind=kind, late=late), facts(budget_left=left))
    held = spent and kind is Kind.PROGRAMME
    assert verdict == (SPENT[late] if held else Go(ALL, 1))


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ({"body": LONG}, 180),
        ({"to": ABROAD}, 90),
        ({"refused_by": frozenset({"twilio"})}, 25),
    ],
)
def test_admit__budget__asks_for_each_segment_by_the_dearest_channel_of_the_number(words, needed):
    assert isinstance(decide(message(**words), facts(budget_left=needed)), Go)
    assert decide(message(**words), facts(budget_left=needed - 1)) == Wait(SOON, Reason.BUDGET)


def test_admit__dear_channel_serves_others_alone__does_not_hold_the_cheap_one():
    settings = SmsSettings(
        routes=(Route("+675", ("kannel",)), Route("+", ("twilio",))), prices={"twilio": 900}
    )
    assert decide(known=facts(budget_left=25), settings=settings) == Go(("kannel",), 1)


def test_admit__budget_is_spent_late_on_its_last_day__what_expires_is_closed():
    settings = SmsSettings(quiet_from=time(0), quiet_until=time(0))
    late = message(late=Late.EXPIRE, planned_at=NOON)
    verdict = decide(late, facts(budget_left=0), at(23, 30), settings)
    assert verdict == Close(EXPIRED, Reason.LATE)


@pytest.mark.parametrize("kind", HASTY)
def test_admit__everything_against_it__what_cannot_wait_goes(kind):
    against = message(kind=kind, late=Late.SKIP, planned_at=at(3) - DAY * 3)
    assert decide(against, Facts(today=99, budget_left=-1), now=at(3)) == Go(ALL, 1)


def test_admit__several_things_to_wait_for__tells_the_first():
    both = facts(today=9, budget_left=0)
    assert decide(message(planned_at=at(22)), both, at(22)).reason is Reason.QUIET_HOURS
    assert decide(known=both).reason is Reason.DAILY_CAP


@pytest.mark.parametrize("kind", Kind)
def test_admit__served_by_a_villages_box__goes_by_it_unless_it_is_urgent(kind):
    verdict = decide(message(kind=kind), facts(boxed=True))
    assert verdict.channels == (ALL if kind is Kind.URGENT else ("village",))


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.PROGRAMME])
def test_admit__served_by_a_villages_box__obeys_the_quiet_hours(kind):
    verdict = decide(message(kind=kind, late=Late.SEND), facts(boxed=True), now=at(23))
    assert verdict.reason is Reason.QUIET_HOURS


def test_admit__served_by_a_villages_box__needs_no_budget():
    known = facts(boxed=True, budget_left=0)
    assert decide(message(kind=Kind.PROGRAMME), known).channels == ("village",)
