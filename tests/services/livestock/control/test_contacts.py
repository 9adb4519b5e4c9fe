"""Contact by a trace: a whole chain at once, once, with an end, read by the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.audit.findings import AuditReport
from services.audit.projections.animals import compare_animals, compare_places
from services.core.errors import Invalid
from services.livestock.control.contacts import (
    AT_ONCE,
    ContactTrace,
    contact_places,
    declare_contacts,
    last_day,
)
from services.livestock.control.decisions import Question, decide
from services.livestock.domain.model import AnimalKind, Origin
from services.livestock.domain.movement_decision import Policy
from services.livestock.recording.identity import new_group
from services.livestock.recording.record import record_events
from services.livestock.tracing.model import Direction, TraceWindow
from services.storage.models import Journal, Status
from tests.factories import NOW, day, origin, pig, report, source_place
from tests.services.scene import PIG

ASF = "african_swine_fever"
ROOT, NEAR, FAR, APART = (source_place(number) for number in (1, 2, 3, 4))
HERE = Origin("test", None, NOW)


def told(name, /, animal, on, at, other=None, **details):
    return replace(report(name, [animal], at=at, other=other, on=day(on)), details=details)


def tell(session, *reports):
    for one in reports:
        record_events(session, [one], origin())


def moved(animal, on, at, to):
    return told("depart", animal, on, at, to), told("arrive", animal, on, to, at)


@pytest.fixture
def chain(database):
    """Pig 1 goes ROOT, NEAR, FAR; pig 2 stands at NEAR, pig 3 at APART."""
    with database.write() as session:
        tell(
            session,
            told("register", pig(1), 1, ROOT),
            told("register", pig(2), 1, NEAR),
            told("register", pig(3), 1, APART),
            *moved(pig(1), 5, ROOT, NEAR),
            *moved(pig(1), 9, NEAR, FAR),
        )
    return database


def traced(**more):
    window = TraceWindow(day(1), day(20))
    wanted = {
        "root": ROOT, "window": window, "directions": tuple(Direction), "disease": ASF,
        "since": day(20), "until": day(20) + timedelta(days=30),
    }  # fmt: skip
    return ContactTrace(**{**wanted, **more})


def declare(database, trace, most=None):
    with database.write() as session:
        places, known = contact_places(session, trace)
        return len(declare_contacts(session, trace, places[:most], HERE)), known


def statuses(database):
    with database.read() as session:
        rows = session.scalars(select(Status).order_by(Status.id))
        return {
            (row.animal_id or row.premises_id, row.animal_id is not None): (row.kind, row.until)
            for row in rows
        }


def clean(database):
    found = AuditReport()
    with database.read() as session:
        compare_animals(session, found)
        compare_places(session, found)
    return found.findings


def reasons(database, animal, on):
    with database.read() as session:
        [answer] = decide(session, Question((animal,), on), Policy())
        return {bar.reason for bar in answer.decision.reasons}


def test_contacts__of_a_chain__are_declared_with_what_stands_there(chain):
    trace = traced()
    assert declare(chain, trace) == (2, 0)
    found = statuses(chain)
    assert sorted(of_animal for _, of_animal in found) == [False, False, True, True]
    assert set(found.values()) == {("contact", trace.until)}
    assert clean(chain) == []


@pytest.mark.slow
def test_contacts__declared_again__are_nothing_new(chain):
    declare(chain, traced())
    with chain.read() as session:
        before = len(session.scalars(select(Journal.id)).all())
    assert declare(chain, traced()) == (0, 2)
    with chain.read() as session:
        assert len(session.scalars(select(Journal.id)).all()) == before


def test_contacts__interrupted__go_on_where_they_stopped(chain):
    assert declare(chain, traced(), most=1) == (1, 0)
    assert declare(chain, traced()) == (1, 1)
    assert declare(chain, traced()) == (0, 2)


def test_contacts__two_officers_with_places_read_at_once__record_each_place_once(chain):
    trace = traced()
    with chain.write() as session:
        places, _ = contact_places(session, trace)
        assert len(declare_contacts(session, trace, places, HERE)) == 2
    with chain.write() as session:
        assert declare_contacts(session, trace, places, HERE) == []


def test_contacts__for_longer__prolong_what_stands(chain):
    declare(chain, traced())
    later = traced().until + timedelta(days=10)
    assert declare(chain, traced(until=later)) == (2, 0)
    assert {until for _, until in statuses(chain).values()} == {later}
    assert clean(chain) == []


def test_contacts__infected_premises_of_the_chain__keep_their_graver_status(chain):
    with chain.write() as session:
        tell(
            session,
            told("status", pig(2), 10, NEAR, action="begun", status="infected", disease=ASF),
        )
    assert declare(chain, traced()) == (1, 1)


def test_decision__within_a_contact__bars_and_after_its_end_no_more(chain):
    trace = traced()
    declare(chain, trace)
    for animal in (pig(1), pig(2)):
        assert "contact" in reasons(chain, animal, trace.until - timedelta(days=1))
        assert "contact" not in reasons(chain, animal, trace.until)
    assert "contact" not in reasons(chain, pig(3), trace.since)


@pytest.mark.parametrize("until", [day(20), day(1)])
def test_contacts__that_end_before_they_begin__are_refused(chain, until):
    with pytest.raises(Invalid, match="cannot end before it begins"):
        declare(chain, traced(until=until))
    assert statuses(chain) == {}


def test_last_day__not_told__is_that_of_the_policy(chain):
    with chain.read() as session:
        assert last_day(session, day(1), None, None) == day(1) + timedelta(days=30)
        assert last_day(session, day(1), None, 7) == day(1) + timedelta(days=7)
        with pytest.raises(Invalid):
            last_day(session, day(1), day(9), 7)


SPLIT_AFTER, SPLIT_BEFORE = 25, 15


@pytest.mark.parametrize(("left_on", "marked"), [(SPLIT_AFTER, True), (SPLIT_BEFORE, False)])
def test_part__of_a_mob_in_contact__is_in_contact_if_it_left_later(database, left_on, marked):
    with database.write() as session:
        mob = new_group(session, AnimalKind.MOB)
        tell(
            session,
            told("register", mob, 1, NEAR, kind="mob", head_count=9),
            told("register", pig(1), 1, ROOT),
            *moved(pig(1), 5, ROOT, NEAR),
            # It is taken to a place that is in no chain.
            told("register", pig(9), left_on, APART, part_of=str(mob)),
        )
    assert declare(database, traced())[0] == 1
    assert ("contact" in reasons(database, pig(9), day(26))) is marked
    assert clean(database) == []


def test_part__that_leaves_after_the_declaration__takes_the_status_along(database):
    with database.write() as session:
        mob = new_group(session, AnimalKind.MOB)
        tell(
            session,
            told("register", mob, 1, NEAR, kind="mob", head_count=9),
            told("register", pig(1), 1, ROOT),
            *moved(pig(1), 5, ROOT, NEAR),
        )
    declare(database, traced())
    with database.write() as session:
        tell(session, told("register", pig(9), 22, APART, part_of=str(mob)))
    assert "contact" in reasons(database, pig(9), day(26))
    assert clean(database) == []


def test_portion__is_small_enough_for_other_writers():
    assert AT_ONCE <= 100


@pytest.fixture
def officers(scene):
    """A pig of the farmer has gone to the neighbour."""
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    assert scene.keeper.report("depart", PIG, at=farm, other=other).status_code == 201
    assert scene.neighbour.report("arrive", PIG, at=other, other=farm).status_code == 201
    return scene


BODY = {"from": "2026-11-01", "to": "2026-11-25", "direction": "outgoing", "disease": ASF}


def path(scene):
    return f"/api/v1/traces/premises/{scene.places['keeper']}/contacts"


def test_api__officer__declares_with_an_end_by_the_setting(officers):
    done = officers.officer.post(path(officers), BODY)
    assert done.status_code == 201, done.text
    # The neighbour, and the abattoir to which a pig is on its way.
    assert (done.json["declared"], done.json["left"]) == (2, 0)
    assert done.json["until"] == "2026-12-25"
    place = officers.officer.get(f"/api/v1/premises/{officers.places['neighbour']}").json
    assert [one["kind"] for one in place["statuses"]] == ["contact"]
    again = officers.officer.post(path(officers), BODY)
    assert (again.json["declared"], again.json["known"]) == (0, 2)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"until": "2026-11-25"}, "#/until"),
        ({"until": "2026-11-20"}, "#/until"),
        ({"since": "2026-11-30"}, "#/since"),
        ({"until": "2026-12-20", "days": 3}, "#/days"),
    ],
)
def test_api__impossible_days__are_refused_with_the_field(officers, wrong, pointer):
    done = officers.officer.post(path(officers), BODY | wrong)
    assert done.status_code == 422
    assert [one["pointer"] for one in done.json["errors"]] == [pointer]


@pytest.mark.parametrize("who", ["keeper", "neighbour", "recorder", "abattoir", "auditor"])
def test_api__who_is_no_veterinary_officer__declares_nothing(officers, who):
    assert officers.callers[who].post(path(officers), BODY).status_code == 403
    with officers.world.runtime.database.read() as session:
        assert session.scalars(select(Status.id)).all() == []


def test_api__status_of_a_place__that_ends_before_it_begins__is_refused(officers):
    farm = officers.places["keeper"]
    told = {"status": "contact", "action": "begun", "disease": ASF, "until": "2026-11-25"}
    early = officers.officer.report("status", at=farm, details=told)
    assert (early.status_code, "cannot end before" in early.text) == (422, True)
    for action in ("begun", "ended"):
        told = {"status": "contact", "action": action, "disease": ASF}
        on = "2026-11-25" if action == "begun" else "2026-11-20"
        done = officers.officer.report("status", at=farm, on=on, details=told)
    assert (done.status_code, "ends nothing" in done.text) == (422, True)
