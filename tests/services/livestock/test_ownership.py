"""The ties that the database is asked for are those that the rules know."""

from __future__ import annotations

import re
from datetime import date
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text

from services.core.roles import Role
from services.livestock.domain.access import RULES, Sight, Tie, Viewer, sight_of
from services.livestock.domain.actors import Actor
from services.livestock.domain.movements import places_on
from services.livestock.recording.identity import find_premises
from services.livestock.recording.ownership import animals_at, facts_of, ties_of, visible_animals
from services.livestock.recording.projection import read_states
from services.storage.models import Animal, Party, Premises
from tests.factories import day, pig, report, source_place, write

PLACES = [source_place(number) for number in range(1, 6)]


@pytest.fixture
def herd(database):
    """Forty pigs with a life of chance; each premises has a keeper. Return the premises' keys."""
    chance = Random(11)  # noqa: S311 — the same each time
    reports = []
    for number in range(40):
        for _ in range(chance.randint(1, 6)):
            kind = chance.choice(["register", "depart", "arrive", "arrive"])
            at, other = chance.sample(PLACES, 2)
            other = other if kind != "register" and chance.random() < 0.7 else None
            on = day(chance.randint(1, 12))
            reports.append(report(kind, [pig(number)], at=at, other=other, on=on))
    write(database, *reports)
    with database.write() as session:
        found = [one.id for one in find_premises(session, PLACES).values()]
        for premises in found:
            session.add(Party(id=premises, public_id=uuid4(), role="keeper"))
            session.flush()
            row = session.get_one(Premises, premises)
            row.keeper_id, row.province = premises, "Enga" if premises % 2 else "Hela"
        owned = session.scalars(select(Animal).order_by(Animal.id).limit(5))
        for animal in owned:
            animal.owner_id = found[0]
    return found


def states(session):
    return read_states(session, list(session.scalars(select(Animal.id))))


def test_animals_at__any_premises__are_those_that_the_rules_place_there(database, herd):
    with database.read() as session:
        known = states(session)
        for premises in herd:
            expected = {
                animal
                for animal, state in known.items()
                if premises in places_on(date.max, state.home, state.moves)
            }
            assert set(session.scalars(select(Animal.id).where(animals_at(premises)))) == expected
            assert 0 < len(expected) < len(known)


def test_ties_of__each_keeper__are_what_the_movements_tell(database, herd):
    with database.read() as session:
        known = states(session)
        for party in herd:
            viewer = Viewer(Role.KEEPER, party, "Enga")
            for animal, ties in ties_of(session, viewer, known).items():
                state = known[animal]
                to_here = [move for move in state.moves if move.destination == party]
                owner = state.owner_id or state.registered_at_id
                assert (Tie.OWNER in ties) is (owner == party)
                came = any(move.arrived_on for move in to_here)
                assert (Tie.CAME in ties) is (came or state.registered_at_id == party)
                announced = any(move.arrived_on is None for move in to_here)
                assert (Tie.ANNOUNCED in ties) is announced
                here = places_on(date.max, state.home, state.moves)
                assert (Tie.HERE in ties) is (party in here)
                last = max((move.arrived_on for move in to_here if move.arrived_on), default=None)
                told = any(move.arrived_on == last and move.departure for move in to_here)
                at_home = (
                    state.home and state.home[0] == party and state.home[1] >= (last or day(1))
                )
                assert (Tie.AGREED in ties) is (party in here and bool(told or at_home))
                assert (Tie.DUTY in ties) is any(place % 2 for place in here)


@pytest.mark.parametrize("role", Role)
def test_visible_animals__each_role__are_those_whose_numbers_it_sees(database, herd, role):
    with database.read() as session:
        for party in (*herd, None):
            viewer = Viewer(role, party, "Hela")
            ties = ties_of(session, viewer, states(session))
            expected = {
                animal for animal, held in ties.items() if sight_of(viewer, held) >= Sight.NUMBERS
            }
            seen = set(session.scalars(select(Animal.id).where(visible_animals(viewer))))
            assert seen == expected
            if party is None and RULES[role].anything is Sight.STATUS and role is not Role.RECORDER:
                assert seen == set()


def test_facts_of__officer_and_an_animal_whose_place_nobody_knows__has_no_duty(database, herd):
    officer = Actor(Role.VETERINARY_OFFICER, None, "Enga")
    with database.write() as session:
        known, nowhere, unregistered = session.scalars(select(Animal).limit(3)).all()
        nowhere.registered_at_id, nowhere.registered_on = None, day(20)
        unregistered.registered_at_id = unregistered.registered_on = None
        session.execute(text("DELETE FROM movement"))
        known.registered_on = day(20)
        known.registered_at_id = next(key for key in herd if key % 2)
        session.flush()
        found = facts_of(session, officer, [known.id, nowhere.id, unregistered.id])
        assert Tie.DUTY in found[known.id].ties
        assert Tie.DUTY not in found[nowhere.id].ties
        assert Tie.DUTY in found[unregistered.id].ties


_PREMISES = """
    INSERT INTO premises (public_id, subject_key, found, kind, province)
    SELECT gen_random_uuid(), sha256(CAST(one AS varchar)::bytea), false, 'household', 'Jiwaka'
    FROM generate_series(1, 12000) AS one
"""


@pytest.mark.postgres
@pytest.mark.parametrize("role", [Role.VETERINARY_OFFICER, Role.RECORDER])
def test_facts_of__one_animal_among_thousands_of_places__reads_no_table_whole(open_database, role):
    database, plans = open_database("postgresql"), []
    write(database, report("register", [pig(1)], at=PLACES[0], on=day(1)))

    def explain(connection, cursor, statement, values, *_):
        plans.extend(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())

    with database.write() as session:
        session.execute(text(_PREMISES))
        session.execute(text("ANALYZE premises"))
        connection = session.connection()
        wanted = list(session.scalars(select(Animal.id)))
        event.listen(connection, "before_cursor_execute", explain, once=True)
        facts_of(session, Actor(role, 1, "Enga"), wanted)
    assert plans
    assert not re.search("Seq Scan on premises", "\n".join(plans))


def test_facts_of__pig_on_its_way_while_another_arrives__is_announced_still(database):
    write(
        database,
        report("depart", [pig(1)], at=PLACES[0], other=PLACES[1], on=day(1)),
        report("arrive", [pig(2)], at=PLACES[2], other=PLACES[0], on=day(5)),
    )
    with database.write() as session:
        receiver = Party(public_id=uuid4(), role="keeper")
        session.add(receiver)
        session.flush()
        place = find_premises(session, PLACES)[PLACES[1]].id
        session.get_one(Premises, place).keeper_id = receiver.id
        session.flush()
        first = session.scalars(select(Animal.id).order_by(Animal.id)).first()
        found = facts_of(session, Actor(Role.KEEPER, receiver.id), [first])
    assert Tie.ANNOUNCED in found[first].ties
