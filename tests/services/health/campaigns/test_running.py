from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from services.health.campaigns.lifecycle import cancel_campaign, pause_campaign, resume_campaign
from services.health.campaigns.model import CampaignKind
from services.health.campaigns.running import run_campaigns
from services.health.errors import BadCampaign, NobodyReached, SamePerson, WrongState
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.storage.models import Campaign, Listed, Message, Party
from services.storage.vault import vault_of
from sms.consent import EVERYTHING
from sms.message import AttemptState, DeliveryReport, FailureClass, Outcome
from sms.ports import Finished
from tests.services.health.campaigns.town import MINUTE, NOON


class Killed(Exception):
    """What ends the runner in the middle of its work."""


@contextmanager
def killed_at(database, number):
    """Fail in the place of the statement of this number."""
    seen = 0

    def strike(*_):
        nonlocal seen
        seen += 1
        if seen == number:
            raise Killed

    event.listen(database.engine, "before_cursor_execute", strike)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", strike)


def dispatch(town):
    """Send what is due; returns how many went."""
    store = DatabaseDispatchStore(town.database, town.settings)
    started = store.start("w", store.claim("w", 100, town.now), town.now)
    sent = Outcome(AttemptState.SENT, reference="r")
    store.finish([Finished(one, sent) for one in started], town.now)
    return len(started)


def states(town):
    return sorted((one.state, one.reason) for one in town.messages())


@pytest.mark.slow
def test_run__each_minute__queues_the_rate_and_nobody_twice(town):
    town.crowd(25)
    campaign = town.approved()
    assert [town.run() for _ in range(4)] == [10, 10, 5, 0]
    messages = town.messages()
    assert len({one.recipient_index for one in messages}) == 25
    first = messages[0]
    assert (first.purpose, first.kind, first.late) == ("campaign", "service", "send")
    assert (first.scope, first.language, first.body) == (None, "en", "friend, the clinic is open.")
    assert first.campaign_id == town.campaign(campaign).id
    assert first.expires_at == town.campaign(campaign).closes_at
    assert (first.planned_at, first.due_at) == (NOON, NOON)


def test_run__last_text_has_gone__is_finished(town):
    town.crowd(2)
    campaign = town.approved()
    town.run(2)
    assert town.campaign(campaign).state == "running"
    assert dispatch(town) == 2
    town.run()
    assert town.campaign(campaign).state == "finished"


@pytest.mark.slow
def test_run__clock_was_away__makes_up_for_five_minutes_at_most(town):
    town.crowd(90)
    town.approved()
    town.run()
    town.now += timedelta(minutes=30)
    assert town.run() == 50


@pytest.mark.slow
def test_run__clock_was_set_back__goes_on_from_then_at_its_rate(town):
    town.crowd(100)
    town.approved()
    assert town.run() == 10
    town.now += timedelta(minutes=30)
    assert town.run() == 50
    town.now -= timedelta(minutes=20)
    assert [town.run() for _ in range(6)] == [0, 10, 10, 10, 10, 0]
    assert len({one.recipient_index for one in town.messages()}) == 100


def test_run__rate_below_one_look__does_not_stand_still(town):
    town.crowd(5)
    town.approved(rate=1)
    queued = []
    for _ in range(6):
        queued.append(town.do(run_campaigns, town.settings, town.now))
        town.now += MINUTE / 2
    assert queued == [1, 0, 1, 0, 1, 0]


def test_run__before_the_window_and_after_it__queues_nothing(town):
    town.crowd(25)
    opens = NOON + timedelta(minutes=2)
    campaign = town.approved(opens_at=opens, closes_at=opens + 2 * MINUTE)
    assert [town.run() for _ in range(6)] == [0, 0, 10, 10, 0, 0]
    found = town.progress(campaign)
    assert (found.state, found.queued, found.out_of_window) == ("finished", 20, 5)


def test_run__text_that_still_waits_when_the_window_closes__never_goes(town):
    town.add()
    town.approved(closes_at=NOON + MINUTE)
    town.run()
    assert dispatch(town) == 0
    assert states(town) == [("expired", "expired")]


@pytest.mark.parametrize(
    ("province", "audience", "opens", "expected"),
    [
        # 20:44 and 20:45 in Port Moresby, an hour later on Bougainville.
        ("Jiwaka", ["Jiwaka"], (10, 44), [1, 0]),
        ("Bougainville", ["Bougainville"], (9, 44), [1, 0]),
        ("Jiwaka", ["Jiwaka", "Bougainville"], (9, 44), [1, 0]),
        ("Jiwaka", [], (9, 44), [1, 0]),
        ("Jiwaka", ["Jiwaka"], (20, 59), [0, 1]),
        ("Bougainville", ["Bougainville"], (19, 59), [0, 1]),
        ("Jiwaka", [], (20, 59), [0, 1]),
    ],
    ids=str,
)
def test_run__towards_and_after_the_night__waits_for_the_day_of_everybody(
    town, province, audience, opens, expected
):
    for _ in range(4):
        town.add(province=province)
    town.now = datetime(2026, 11, 25, *opens, tzinfo=UTC)
    audience = {"lists": ["clinic"], "provinces": audience}
    town.approved(rate=1, audience=audience, closes_at=town.now + timedelta(days=1))
    assert [town.run() for _ in range(2)] == expected


def test_run__who_stops_everything_after_the_approval__is_left_out(town):
    first, second = town.crowd(2)
    town.approved()
    town.refuse(first, EVERYTHING)
    town.run()
    assert [one.recipient_index for one in town.messages()] == [
        town.do(
            lambda session: vault_of(session).health_index(town._contact(session, second).number)
        )
    ]


def test_run__few_among_many__looks_at_some_parties_a_step_and_reaches_all(town, monkeypatch):
    """One step must not hold its transaction for a whole country."""
    monkeypatch.setattr("services.health.campaigns.audience_query.PARTIES", 2)
    monkeypatch.setattr("services.health.campaigns.running._LOOKED_AT", 1)
    few = [town.add(lists=("clinic",) if one % 4 == 3 else ()) for one in range(12)]
    campaign = town.approved()
    # On a server's database, keys do not begin at 1.
    town.do(lambda session: session.execute(update(Campaign).values(cursor=few[0] - 1)))
    queued = [town.run() for _ in range(9)]
    assert (sum(queued), max(queued)) == (3, 1)
    assert town.campaign(campaign).cursor == town.campaign(campaign).last_id >= few[-1]


def test_run__who_comes_after_the_approval__is_not_among_its_people(town):
    town.add()
    town.approved()
    town.add()
    assert town.run(3) == 1


def test_run__who_is_put_on_the_list_after_the_approval__is_not_among_its_people(town):
    town.add()
    known = town.add(lists=())
    campaign = town.approved()
    late = Listed(list_name="clinic", person_id=town.person(known))
    town.do(lambda session: session.add(late))
    assert town.campaign(campaign).people == town.run(3) == 1
    town.approved()
    assert town.run(3) == 2


def test_run__to_members__is_a_message_of_the_programme_and_tells_its_version(clinic):
    member = clinic.add()
    key = clinic.subscribe(member)
    clinic.approved(programme="tobacco")
    clinic.run()
    (message,) = clinic.messages()
    assert (message.kind, message.scope) == ("programme", "tobacco")
    assert message.subscription_id == key
    assert message.version_id == clinic.subscriptions()[0].version_id


def test_run__invitation__makes_subscriptions_and_invites_nobody_twice(clinic):
    member, english, pidgin = clinic.add(), clinic.add(), clinic.add(language="tpi")
    clinic.subscribe(member)
    invitation = {"kind": CampaignKind.INVITATION, "programme": "tobacco"}
    campaign = clinic.approved(**invitation)
    assert clinic.run(2) == 2
    made = {one.person_id: one for one in clinic.subscriptions()}
    english, pidgin = clinic.person(english), clinic.person(pidgin)
    assert (made[english].state, made[english].language) == ("invited", "en")
    assert (made[pidgin].state, made[pidgin].language) == ("invited", "tpi")
    assert made[pidgin].campaign_id == clinic.campaign(campaign).id
    told = {one.language: one for one in clinic.messages()}
    assert told["en"].body.startswith("Help to stop, free, by SMS.")
    assert (told["en"].item, told["en"].kind) == ("invitation", "service")
    assert told["tpi"].subscription_id == made[pidgin].id
    with pytest.raises(NobodyReached):
        clinic.approved(**invitation)


def test_run__invited_long_ago_and_silent_since__is_invited_again_in_the_same_subscription(clinic):
    silent = clinic.add()
    key = clinic.subscribe(silent, state="invited", invited_at=NOON - timedelta(days=91))
    campaign = clinic.approved(kind=CampaignKind.INVITATION, programme="tobacco")
    assert clinic.run() == 1
    (row,) = clinic.subscriptions()
    assert (row.id, row.invited_at) == (key, NOON)
    assert row.campaign_id == clinic.campaign(campaign).id


def test_cancel__invitations_that_were_not_sent__may_be_sent_by_another_campaign(clinic):
    clinic.crowd(2)
    invitation = {"kind": CampaignKind.INVITATION, "programme": "tobacco", "rate": 1}
    campaign = clinic.approved(**invitation)
    clinic.run()
    assert dispatch(clinic) == 1
    clinic.run()
    clinic.do(cancel_campaign, campaign, clinic.planner, clinic.now)
    assert states(clinic) == [("cancelled", "cancelled"), ("sent", None)]
    clinic.approved(**invitation)
    assert clinic.run(3) == 1
    assert sorted(one.state for one in clinic.subscriptions()) == ["invited", "invited", "lost"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(CampaignKind))
def test_run__killed_at_any_statement__goes_on_and_sends_each_text_once(clinic, kind):
    many = 30
    clinic.crowd(many)
    texts = {"programme": "tobacco"} if kind is CampaignKind.INVITATION else {}
    clinic.approved(kind=kind, rate=1, **texts)
    killed = 0
    for number in range(1, many):
        try:
            with killed_at(clinic.database, number):
                clinic.run()
        except Killed:
            killed += 1
            # Nothing was kept of that look; whoever comes next takes it again.
            assert clinic.run() == 1
    clinic.run(many)
    assert killed >= 5
    assert len(clinic.messages()) == len({one.recipient_index for one in clinic.messages()}) == many
    people = [one.person_id for one in clinic.subscriptions()]
    assert len(people) == len(set(people)) == (many if texts else 0)


def test_pause_and_resume__hold_what_waits_and_let_it_go(town):
    town.crowd(15)
    campaign = town.approved()
    town.run()
    town.do(pause_campaign, campaign, town.approver)
    assert town.run(5) == 0
    assert dispatch(town) == 0
    assert set(states(town)) == {("queued", "paused")}
    town.do(resume_campaign, campaign, town.planner, town.now)
    assert dispatch(town) == 10
    assert [town.run(), town.run()] == [0, 5]


def test_pause__over_night__what_is_resumed_is_not_late(town):
    town.add()
    campaign = town.approved(closes_at=NOON + timedelta(days=3))
    town.run()
    town.do(pause_campaign, campaign, town.planner)
    town.now += timedelta(days=1)
    town.do(resume_campaign, campaign, town.planner, town.now)
    assert dispatch(town) == 1


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda town, which: town.do(pause_campaign, which, town.planner), ("queued", "paused")),
        (
            lambda town, which: town.do(cancel_campaign, which, town.planner, town.now),
            ("cancelled", "cancelled"),
        ),
    ],
    ids=["pause", "cancel"],
)
def test_hold__a_try_that_fails_meanwhile__does_not_go_again(town, end, expected):
    town.add()
    campaign = town.approved()
    town.run()
    end(town, campaign)

    def wait_anew(session):
        message = session.scalars(select(Message)).one()
        message.state, message.reason, message.due_at = "queued", "retry", town.now

    town.do(wait_anew)
    town.run()
    assert states(town) == [expected]
    assert dispatch(town) == 0


def went(town):
    """The worker's store, and what the carrier took of it."""
    store = DatabaseDispatchStore(town.database, town.settings)
    started = store.start("w", store.claim("w", 10, town.now), town.now)
    taken = Outcome(AttemptState.SENT)
    store.finish([Finished(one, taken) for one in started], town.now)
    return store, started


def report_unreachable(town, store, started):
    for one in started:
        told = one.channel, one.attempt_id, None, AttemptState.UNDELIVERED
        store.report(DeliveryReport(*told, FailureClass.UNREACHABLE), town.now)


def test_cancel__a_text_that_was_sent_fails_later__is_not_tried_again(town):
    town.add()
    campaign = town.approved()
    town.run()
    store, started = went(town)
    town.do(cancel_campaign, campaign, town.planner, town.now)
    report_unreachable(town, store, started)
    assert states(town) == [("undelivered", "cancelled")]


def test_cancel__of_what_is_finished__stops_the_tries_to_come(town):
    town.add()
    campaign = town.approved(closes_at=NOON + timedelta(days=5))
    town.run()
    store, started = went(town)
    town.run(2)
    assert town.campaign(campaign).state == "finished"
    report_unreachable(town, store, started)
    assert states(town) == [("queued", "retry")]

    town.do(cancel_campaign, campaign, town.planner, town.now)
    assert states(town) == [("cancelled", "cancelled")]


def test_cancel__of_what_is_finished_and_its_window_over__is_refused(town):
    town.add()
    campaign = town.approved()
    town.run()
    went(town)
    town.run(2)
    town.now += timedelta(hours=2)
    with pytest.raises(WrongState, match="window"):
        town.do(cancel_campaign, campaign, town.planner, town.now)


def test_approve__nobody_is_reached__is_refused(town):
    town.refuse(town.add(), EVERYTHING)
    campaign = town.draft()
    with pytest.raises(NobodyReached):
        town.approve(campaign)
    assert town.campaign(campaign).state == "drafted"


def test_approve__by_the_author__is_refused_and_changes_nothing(town):
    town.add()
    campaign = town.draft()

    def become_approver(session):
        session.get_one(Party, town.planner).role = "approver"

    town.do(become_approver)
    with pytest.raises(SamePerson):
        town.approve(campaign, by=town.planner)
    assert town.campaign(campaign).state == "drafted"


def test_approve__keeps_the_figures_and_cannot_be_done_twice(town):
    town.crowd(3)
    campaign = town.approved()
    row = town.campaign(campaign)
    assert (row.people, row.segments, row.cost) == (3, 3, 75)
    with pytest.raises(WrongState):
        town.approve(campaign)


def test_resume__after_the_window__is_refused(town):
    town.add()
    campaign = town.approved(closes_at=NOON + MINUTE)
    town.do(pause_campaign, campaign, town.planner)
    town.now += MINUTE
    with pytest.raises(WrongState, match="window"):
        town.do(resume_campaign, campaign, town.planner, town.now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"payer": ""}, "payer"),
        ({"opens_at": NOON + timedelta(hours=2)}, "opens_at"),
        ({"closes_at": NOON + timedelta(days=91)}, "opens_at"),
        ({"opens_at": NOON - timedelta(days=2), "closes_at": NOON}, "closes_at"),
        ({"rate": 0}, "rate"),
        ({"kind": CampaignKind.INVITATION}, "programme"),
        ({"texts": {}}, "texts"),
        ({"texts": {"de": "Hallo"}}, "texts"),
        ({"texts": {"en": "{place}"}}, "texts"),
        ({"texts": {"en": "x" * 460}}, "texts"),
        ({"audience": {"provinces": ["Jiwak"]}}, "audience"),
        ({"audience": {"cohorts": ["all"]}}, "audience"),
        ({"audience": {"age_from": 40, "age_to": 18}}, "audience"),
        ({"audience": {"lists": ["clinics"]}}, "audience"),
        ({"audience": {"programme": "tabacco"}}, "audience"),
        ({"audience": {"programme": "tobacco", "cohorts": ["other"]}}, "audience"),
        ({"audience": {"programme": "tobacco", "states": ["opted_out"]}}, "audience"),
        ({"audience": {"programme": "tobacco"}, "programme": "diabetes"}, "audience"),
    ],
    ids=str,
)
def test_draft__something_of_it_cannot_be__is_refused_with_the_field(clinic, changes, field):
    clinic.add()
    with pytest.raises(BadCampaign) as refused:
        clinic.draft(**changes)
    assert set(refused.value.fields) == {field}
