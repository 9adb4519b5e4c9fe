"""Questions answered from what is stored: where things stand, where they go, by which permit."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from chain.verification import subject_of
from services.livestock.control.decision_events import (
    AnsweredQuestion,
    record_checks,
    record_decisions,
)
from services.livestock.control.decisions import Question, decide
from services.livestock.domain.errors import UnknownNumber, WrongKind
from services.livestock.domain.model import EventType, Key, Origin
from services.livestock.domain.movement_decision import Policy
from services.livestock.domain.movement_questions import Reason
from services.livestock.recording.identity import find_premises
from services.storage.models import Journal, LedgerLeaf, Premises
from tests.factories import NOW, TODAY, official
from tests.services.livestock.country import days_ago

HERE = Origin("test", None, NOW)


def short(number):
    return Key("bilum", number)


def pig(number):
    return Key("iso11784", official(number))


def answers(land, *numbers, to=None, post=None, slaughter=False, on=TODAY):
    with land.database.read() as session:
        question = Question(
            tuple(numbers),
            on,
            short(to) if to else None,
            slaughter=slaughter,
            post=premises(session, post) if post else None,
        )
        return decide(session, question, Policy())


def premises(session, number):
    return find_premises(session, [short(number)])[short(number)].id


def end_of(land, *numbers, **told):
    (answer,) = answers(land, *numbers, **told)
    end = answer.end
    if end is None or end.premises is None:
        return end and (end.province, end.district)
    return end.premises


def key_of(land, number):
    with land.database.read() as session:
        return premises(session, number)


def reasons(answer):
    return [bar.reason for bar in answer.decision.reasons]


def test_end__nothing_tells__is_not_known_and_beyond_the_post_for_an_inspector(land):
    assert end_of(land, pig(1)) is None
    assert end_of(land, pig(1), post=land.post) == ("Eastern Highlands", None)


def test_end__pig_from_the_far_side__goes_to_the_near_side_of_the_post(land):
    land.report(EventType.ARRIVE, 1, at=land.goroka, other=land.kudjip)
    assert end_of(land, pig(1), post=land.post) == ("Chimbu", None)


def test_end__told_on_its_way_permit_beyond__in_this_order(land):
    land.permit(1, to=land.madang)
    assert end_of(land, pig(1), post=land.post) == key_of(land, land.madang)
    land.report(EventType.DEPART, 1, at=land.kudjip, other=land.goroka)
    assert end_of(land, pig(1), post=land.post) == key_of(land, land.goroka)
    assert end_of(land, pig(1), to=land.lae, post=land.post) == key_of(land, land.lae)


def test_end__permits_number__is_where_it_leads_whatever_was_said_before(land):
    land.report(EventType.DEPART, 1, at=land.kudjip, other=land.lae)
    (answer,) = answers(land, short(land.permit(1)))
    assert answer.end.premises == key_of(land, land.goroka)
    assert answer.decision.allowed


def test_end__several_permits__is_that_of_the_one_that_is_good_today(land):
    land.permit(1, to=land.madang, state="revoked")
    land.permit(1, to=land.lae, days=(5, 6))
    land.permit(heads=3, to=land.madang)
    land.permit(1)
    assert end_of(land, pig(1)) == key_of(land, land.goroka)


def test_end__slaughter__is_where_it_stands(land):
    land.permit(1)
    assert end_of(land, pig(1), slaughter=True) == key_of(land, land.kudjip)


@pytest.mark.parametrize(("number", "error"), [("330577", UnknownNumber), ("1553", WrongKind)])
def test_end__number_of_no_premises__is_refused(land, number, error):
    with pytest.raises(error):
        answers(land, pig(1), to=number)


def test_start__on_its_way__is_where_it_left(land):
    land.permit(1)
    land.report(EventType.DEPART, 1, at=land.kudjip, other=land.goroka)
    (answer,) = answers(land, pig(1))
    assert answer.item.position.at == key_of(land, land.kudjip)
    assert answer.decision.allowed


@pytest.mark.parametrize("first", ["depart", "arrive"])
def test_start__arrived_elsewhere_on_the_day_it_left__is_there(land, first):
    """Kudjip said that it goes to Goroka, the abattoir of Lae has it."""
    sides = {
        "depart": lambda: land.report(EventType.DEPART, 1, at=land.kudjip, other=land.goroka),
        "arrive": lambda: land.report(EventType.ARRIVE, 1, at=land.lae),
    }
    for side in sorted(sides, key=lambda side: side != first):
        sides[side]()
    (answer,) = answers(land, pig(1))
    assert answer.item.position.at == key_of(land, land.lae)
    assert answer.item.position.towards is None


def test_start__several_places_in_a_day__is_the_end_of_the_way(land):
    """To Madang and, by Lae, to Goroka; reported backwards."""
    land.report(EventType.ARRIVE, 1, at=land.goroka, other=land.lae)
    land.report(EventType.ARRIVE, 1, at=land.lae, other=land.madang)
    land.report(EventType.ARRIVE, 1, at=land.madang, other=land.kudjip)
    (answer,) = answers(land, pig(1))
    assert answer.item.position.at == key_of(land, land.goroka)


def test_start__registered_after_it_left__is_still_on_its_way(land):
    land.report(EventType.DEPART, 2, at=land.kudjip, other=land.madang, on=days_ago(2))
    (answer,) = answers(land, pig(2))
    assert answer.end.premises == key_of(land, land.madang)


def test_start__registered_after_it_came__is_where_it_was_registered(land):
    land.report(EventType.ARRIVE, 2, at=land.madang, other=land.kudjip, on=days_ago(2))
    (answer,) = answers(land, pig(2))
    assert answer.item.position.at == key_of(land, land.kudjip)


@pytest.mark.parametrize(("days", "on_its_way"), [(30, True), (31, False)])
def test_start__left_long_ago_and_came_nowhere__is_on_its_way_for_30_days(land, days, on_its_way):
    land.report(EventType.DEPART, 1, at=land.kudjip, other=land.goroka, on=days_ago(days))
    (answer,) = answers(land, pig(1))
    at = key_of(land, land.kudjip if on_its_way else land.goroka)
    assert answer.item.position.at == at, "where it was going, after so long"
    assert (answer.item.position.towards is not None) is on_its_way


def test_start__left_from_where_it_was_not_known__is_there(land):
    land.report(EventType.DEPART, 1, at=land.madang, other=land.lae)
    (answer,) = answers(land, pig(1))
    assert answer.item.position.at == key_of(land, land.madang)


def test_start__tag_that_was_only_seen__stands_where_it_came(land):
    land.report(EventType.ARRIVE, 9, at=land.madang, on=days_ago(30))
    (answer,) = answers(land, pig(9), to=land.lae)
    assert answer.item.position.at == key_of(land, land.madang)
    assert reasons(answer) == [Reason.UNKNOWN]


def test_mixed_origins__one_message__each_is_judged_from_where_it_stands(land):
    land.permit(1)
    found = answers(land, pig(4), pig(1), pig(2), to=land.goroka)
    assert [str(one.item.number) for one in found] == [official(n) for n in (4, 1, 2)]
    assert reasons(found[0]) == [Reason.NO_PERMIT]
    assert found[1].decision.permit
    assert reasons(found[2]) == [Reason.PERMIT_OTHER_ANIMAL]


def test_count_permit__more_pigs_than_it_covers__lets_the_first_ones_go(land):
    number = land.permit(heads=2)
    found = answers(land, pig(1), pig(2), pig(3))
    assert [one.decision.permit for one in found] == [number, number, None]
    assert reasons(found[2]) == [Reason.PERMIT_TOO_MANY]


def test_named_permit__several_pigs__covers_all_it_names(land):
    number = land.permit(1, 2)
    assert [one.decision.permit for one in answers(land, pig(1), pig(2))] == [number, number]


def test_permits_number__names_pigs__stands_for_each_of_them(land):
    number = land.permit(1, 2)
    found = answers(land, short(number))
    assert [str(one.item.number) for one in found] == [official(1), official(2)]
    assert all(one.decision.permit == number for one in found)


def test_permits_number__among_pigs__does_not_cover_the_others(land):
    number = land.permit(2)
    found = answers(land, pig(1), short(number))
    assert [one.decision.allowed for one in found] == [False, True]


def test_one_animal__by_two_of_its_numbers__is_answered_once(land):
    land.permit(heads=1)
    found = answers(land, short("1553"), pig(1))
    assert [str(one.item.number) for one in found] == ["1553"]
    assert found[0].decision.allowed


@pytest.mark.parametrize(
    ("state", "days", "reason"),
    [
        ("revoked", (0, 1), Reason.PERMIT_REVOKED),
        ("issued", (-3, -1), Reason.PERMIT_EXPIRED),
        (None, (0, 1), Reason.PERMIT_WAITING),
    ],
)
def test_permits_number__not_good__is_refused_for_a_count_as_for_pigs(land, state, days, reason):
    counted, named = land.permit(heads=2, state=state, days=days), None
    named = land.permit(1, state=state, days=days)
    for number in (counted, named):
        assert [reasons(one) for one in answers(land, short(number))] == [[reason]]


def test_events__decision_and_check__have_leaves_for_animal_premises_and_permit(land):
    number = land.permit(1)
    with land.database.write() as session:
        question = Question((pig(1), pig(4)), TODAY, post=premises(session, land.post))
        found = decide(session, question, Policy())
        saying = AnsweredQuestion(session, question, "key", HERE)
        decided = record_decisions(saying, found)
        checked = record_checks(saying, found, "passed")
    kinds = [
        [kind for kind, _ in leaves(land, one.report.event_id)] for one in (*decided, *checked)
    ]
    full, bare = ["animal", "premises", "permit"], ["animal", "premises"]
    assert kinds == [full, bare, full, bare]
    assert decided[0].report.premises == short(land.kudjip)
    assert decided[0].report.details == {"allowed": True, "reasons": [], "permit": number}
    assert checked[0].report.premises == short(land.post)
    assert checked[1].report.details == {
        "purpose": "roadblock",
        "outcome": "passed",
        "reasons": ["no_permit"],
    }


def test_events__permit_asked_and_issued__have_leaves_for_all_that_it_binds(land):
    land.permit(1, 2)
    with land.database.read() as session:
        events = session.scalars(
            select(Journal.event_id).where(Journal.type == "permit").order_by(Journal.id)
        ).all()
    assert len(events) == 2
    for event in events:
        assert [kind for kind, _ in leaves(land, event)] == ["animal"] * 2 + ["premises", "permit"]


def test_events__same_key_again__are_recorded_once(land):
    with land.database.write() as session:
        question = Question((pig(1),), TODAY)
        saying = AnsweredQuestion(session, question, "key", HERE)
        found = decide(session, question, Policy())
        assert len(record_decisions(saying, found)) == 1
        assert record_decisions(saying, found) == []


def leaves(land, event):
    """The subjects of an event, each proven to be what its record names."""
    with land.database.read() as session:
        row = session.scalars(select(Journal).where(Journal.event_id == event)).one()
        record = json.loads(row.content)
        found = session.scalars(
            select(LedgerLeaf).where(LedgerLeaf.journal_id == row.id).order_by(LedgerLeaf.position)
        ).all()
        for leaf in found:
            assert subject_of(record, leaf.position, leaf.salt, leaf.subject)
        assert len(found) == len(record["subjects"])
        secret = {row.subject_key for row in session.scalars(select(Premises))}
        assert all(
            leaf.subject in secret
            for leaf, named in zip(found, record["subjects"], strict=True)
            if named["kind"] == "premises"
        )
        return [(named["kind"], named) for named in record["subjects"]]
