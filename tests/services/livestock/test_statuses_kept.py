"""Statuses as rows: late results, parts of mobs, void events, an upgrade, and an audit of them."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, update

from services.audit.findings import AuditReport
from services.audit.projections.animals import compare_animals, compare_places
from services.core.roles import Role
from services.livestock.domain.model import AnimalKind
from services.livestock.recording.corrections import void_event
from services.livestock.recording.identity import find_animals, find_premises, new_group
from services.livestock.recording.outdated import rebuild_outdated
from services.livestock.recording.record import record_events
from services.storage.models import Animal, Flag, Journal, Party, Status
from services.storage.models.livestock import OUTDATED
from tests.factories import day, origin, pig, report, source_place

ASF = "african_swine_fever"
A, B, C = (source_place(number) for number in (1, 2, 3))


def told(name, /, animal, on, at, other=None, **details):
    named = () if animal is None else [animal]
    return replace(report(name, named, at=at, other=other, on=day(on)), details=details)


def tell(database, *reports):
    with database.write() as session:
        return [record_events(session, [one], origin())[0] for one in reports]


def sample(animal, on, at):
    return told("sample", animal, on, at, specimen="blood", sample="S-1")


def result(animal, on, at, outcome="positive"):
    return told("result", animal, on, at, sample="S-1", disease=ASF, outcome=outcome)


def kinds(database, of):
    with database.read() as session:
        if of.scheme == "premises":
            which = Status.premises_id == find_premises(session, [of])[of].id
        else:
            which = Status.animal_id == find_animals(session, [of])[of].id
        rows = session.scalars(select(Status).where(which).order_by(Status.id))
        return [(row.kind, row.since, row.until) for row in rows]


def flags(database, animal):
    with database.read() as session:
        key = find_animals(session, [animal])[animal].id
        wanted = select(Flag.code).where(Flag.animal_id == key).order_by(Flag.code)
        return list(session.scalars(wanted))


def audited(database):
    found = AuditReport()
    with database.read() as session:
        compare_animals(session, found)
        compare_places(session, found)
    return [str(one) for one in found.findings]


def test_result__three_weeks_late__infects_from_the_sample_and_flags_what_left_since(database):
    tell(
        database,
        told("register", pig(1), 1, A),
        sample(pig(1), 2, A),
        told("depart", pig(1), 5, A, B),
        told("arrive", pig(1), 6, B, A),
    )
    assert flags(database, pig(1)) == []
    tell(database, result(pig(1), 23, A))
    assert kinds(database, pig(1)) == kinds(database, A) == [("infected", day(2), None)]
    assert flags(database, pig(1)) == ["moved_while_infected", "moved_while_infected"]
    assert audited(database) == []


@pytest.fixture
def mob(database):
    """A mob at A, sampled on day 3; a part has left it on day 5, and gone to B on day 7."""
    with database.write() as session:
        made = new_group(session, AnimalKind.MOB)
    tell(
        database,
        told("register", made, 1, A, kind="mob", head_count=14),
        sample(made, 3, A),
        told("register", pig(1), 5, A, part_of=str(made)),
        told("depart", pig(1), 7, A, B),
    )
    return made


def test_part__result_of_the_mobs_sample_that_comes_late__is_the_parts_too(database, mob):
    tell(database, result(mob, 24, A))
    assert kinds(database, mob) == kinds(database, pig(1)) == [("infected", day(3), None)]
    assert "moved_while_infected" in flags(database, pig(1))
    assert audited(database) == []


def test_part__theft_of_the_mob_that_is_told_late__is_the_parts_if_it_was_before(database, mob):
    tell(database, told("stolen", mob, 4, A))
    assert kinds(database, pig(1)) == [("stolen", day(4), None)]
    tell(database, told("recovered", mob, 9, A))
    # The part was no longer with the mob when that was found again.
    assert kinds(database, pig(1)) == [("stolen", day(4), None)]
    assert audited(database) == []


def test_part__status_of_the_mob_after_it_left__is_not_its(database, mob):
    tell(database, told("stolen", mob, 6, A), told("status", mob, 6, A, **begun("contact")))
    assert kinds(database, pig(1)) == []
    assert audited(database) == []


def test_part__of_a_part__inherits_through_both(database, mob):
    with database.write() as session:
        part = new_group(session, AnimalKind.MOB)
    tell(
        database,
        told("register", part, 5, A, kind="mob", head_count=3, part_of=str(mob)),
        told("register", pig(2), 8, C, part_of=str(part)),
        told("status", mob, 4, A, **begun("suspect")),
        told("status", part, 6, C, **begun("contact")),
    )
    assert [kind for kind, *_ in kinds(database, pig(2))] == ["suspect", "contact"]
    assert [kind for kind, *_ in kinds(database, part)] == ["suspect", "contact"]
    assert audited(database) == []


def begun(status, **more):
    return {"action": "begun", "status": status, "disease": ASF, **more}


def test_status__with_an_end__is_over_by_itself_and_the_later_end_counts(database):
    until = (day(20).isoformat(), day(12).isoformat())
    tell(
        database,
        told("register", pig(1), 1, A),
        told("status", pig(1), 2, A, **begun("contact", until=until[0])),
        told("status", pig(1), 4, A, **begun("contact", until=until[1])),
    )
    assert kinds(database, pig(1)) == kinds(database, A) == [("contact", day(2), day(20))]
    tell(database, told("status", pig(1), 6, A, action="ended", status="contact", disease=ASF))
    assert kinds(database, pig(1)) == kinds(database, A) == [("contact", day(2), day(6))]
    assert audited(database) == []


def test_void__of_a_status_of_a_place__takes_it_away(database):
    [done] = tell(database, told("status", None, 2, A, **begun("infected")))
    assert kinds(database, A) == [("infected", day(2), None)]
    with database.write() as session:
        officer = Party(public_id=uuid4(), role=Role.VETERINARY_OFFICER.value)
        session.add(officer)
        session.flush()
        void_event(session, done.report.event_id, "did_not_occur", origin(), officer)
    assert kinds(database, A) == []
    assert audited(database) == []


def test_upgrade__of_a_database_that_holds_results__makes_its_statuses(database, mob):
    tell(database, result(mob, 24, A))
    before = kinds(database, mob), kinds(database, pig(1)), kinds(database, A)
    # An earlier version kept no status; the migration marks what has to be made again.
    with database.write() as session:
        session.execute(delete(Status))
        session.execute(update(Animal).values(last_on=OUTDATED))
    assert audited(database) != []
    assert rebuild_outdated(database) == 2
    assert (kinds(database, mob), kinds(database, pig(1)), kinds(database, A)) == before
    assert audited(database) == []


FIRST = select(func.min(Journal.id)).scalar_subquery()
CHANGES = {
    "kind": {"kind": "contact"},
    "disease": {"disease": "anthrax"},
    "beginning": {"since": day(1)},
    "end": {"until": day(30)},
    "source": {"source_id": FIRST},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("of", ["animal", "premises"])
def test_audit__of_a_changed_status__finds_it(database, mob, change, of):
    tell(database, result(mob, 24, A))
    owner = Status.animal_id if of == "animal" else Status.premises_id
    with database.write() as session:
        session.execute(update(Status).where(owner.is_not(None)).values(**CHANGES[change]))
    what = "status of premises" if of == "premises" else "status of bilum"
    assert any(what in one for one in audited(database))


def test_audit__of_statuses_that_nothing_made__finds_them(database, mob):
    with database.write() as session:
        key = find_animals(session, [pig(1)])[pig(1)].id
        place = find_premises(session, [B])[B].id
        for owner in ({"animal_id": key}, {"premises_id": place}):
            session.execute(
                insert(Status).values(**owner, kind="infected", since=day(2), source_id=FIRST)
            )
    assert len(audited(database)) == 2
