from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from chain.canonical import (
    commitment,
    parse_canonical,
    public_subject,
    read_receipt,
    receipt_code,
)
from chain.ports import BatchState
from chain.verification import subject_of
from services.core.clock import utc_now
from services.ledger.receipts import ReceiptState, look_up_receipt
from services.ledger.recorder_store import DatabaseRecorderStore
from services.livestock.domain.errors import UnknownNumber, WrongKind
from services.livestock.domain.model import FlagCode, Key
from services.livestock.queries.animals import animal_history
from services.livestock.recording.identity import ensure_premises, find_animals, find_premises
from services.livestock.recording.short_numbers import name_animal, name_premises
from services.storage.models import (
    Animal,
    Flag,
    Identifier,
    Journal,
    LedgerLeaf,
    Movement,
    Premises,
)
from tests.factories import (
    BUYER,
    FARMER,
    NOW,
    Phones,
    day,
    official,
    pig,
    report,
    rows,
    source_place,
    write,
)

A, B, C = source_place(1), source_place(2), source_place(3)
TABLES = (Journal, LedgerLeaf, Animal, Premises, Identifier, Movement, Flag)


def leaves_of(database, recorded):
    """The event's content and its leaves in their order, as plain rows."""
    with database.read() as session:
        found = session.execute(
            select(
                Journal.content,
                LedgerLeaf.position,
                LedgerLeaf.subject,
                LedgerLeaf.salt,
                LedgerLeaf.commitment,
            )
            .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
            .where(Journal.event_id == recorded.report.event_id)
            .order_by(LedgerLeaf.position)
        )
        return found.all()


def subject_key(database, place):
    with database.read() as session:
        return find_premises(session, [place])[place].subject_key


def test_record__event_of_two_animals__has_a_leaf_for_each_and_for_the_premises(database):
    (done,) = write(database, report("depart", [pig(1), pig(2), pig(1)], at=A, other=B))
    leaves = leaves_of(database, done)
    assert [leaf.position for leaf in leaves] == [0, 1, 2]
    assert [leaf.subject for leaf in leaves] == [
        public_subject(*pig(1)),
        public_subject(*pig(2)),
        subject_key(database, A),
    ]
    record = parse_canonical(leaves[0].content)
    assert [subject["kind"] for subject in record["subjects"]] == ["animal", "animal", "premises"]
    for leaf in leaves:
        assert leaf.commitment == commitment(leaf.salt, leaf.content)
        assert subject_of(record, leaf.position, leaf.salt, leaf.subject)
    assert len({leaf.salt for leaf in leaves}) == 3
    assert done.receipt == receipt_code(leaves[0].commitment)
    numbers = (record["from"]["number"], record["to"]["number"])
    assert numbers == ("premises:1", "premises:2")


def test_record__event_of_premises_alone__has_one_leaf(database):
    (done,) = write(database, report("premises", at=A))
    (leaf,) = leaves_of(database, done)
    assert leaf.subject == subject_key(database, A)


def test_record__same_event_again_alone_or_among_others__is_recorded_once(database):
    first, second = report("register", [pig(1)], at=A), report("register", [pig(2)], at=A)
    assert len(write(database, first, first)) == 1
    assert write(database, first) == []
    assert [done.report for done in write(database, first, second)] == [second]
    assert write(database) == []
    assert (rows(database, Journal), rows(database, LedgerLeaf)) == (2, 4)


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_record__one_batch_or_one_by_one__end_in_the_same_state(open_database, cuts):
    """Many events at once are what they are one by one, however they are cut into batches."""
    events = journey_events()
    one_by_one = summary_of(open_database("sqlite"), [[event] for event in events])
    batches, rest = [], list(events)
    for cut in cuts:
        batches.append(rest[:cut])
        rest = rest[cut:]
    assert summary_of(open_database("sqlite"), [*batches, rest]) == one_by_one


def journey_events():
    events = []
    for number in range(1, 9):
        on = 3 * number
        animals = [pig(number), pig(number + 1)]
        here, there = source_place(number % 3), source_place(number % 2 + 5)
        events += [
            report("register", [pig(number)], at=here, on=day(on), key=f"r{number}"),
            report("arrive", animals, at=there, other=here, on=day(on + 2), key=f"a{number}"),
            report("depart", animals, at=here, other=there, on=day(on + 1), key=f"d{number}"),
        ]
    return events


def summary_of(database, batches):
    for batch in batches:
        write(database, *batch)
    with database.read() as session:
        animals = [key for number in range(1, 10) for key in [pig(number)]]
        return [
            (
                [(stay.place.number, stay.since, stay.until) for stay in history.stays],
                [entry.event_id for entry in history.entries],
                history.flags,
            )
            for history in (animal_history(session, key) for key in animals)
        ]


def test_record__four_hundred_events_at_once__are_all_there(database):
    reports = [report("register", [pig(number)], at=A) for number in range(400)]
    done = write(database, *reports)
    assert [one.report for one in done] == reports
    assert len({one.receipt for one in done}) == 400
    assert (rows(database, Animal), rows(database, LedgerLeaf)) == (400, 800)


@pytest.mark.parametrize(
    "wrong",
    [
        report("depart", [pig(3), Key("bilum", "104276")], at=A, other=B),
        report("depart", [pig(3)], at=A, other=Key("bilum", "20468")),
        report("register", [pig(3)], at=Key("bilum", "20468")),
    ],
    ids=["animal", "far side", "premises"],
)
def test_record__short_number_never_issued__everything_is_rolled_back(database, wrong):
    before = [rows(database, table) for table in TABLES]
    with pytest.raises(UnknownNumber):
        write(database, report("register", [pig(9)], at=C), wrong)
    assert [rows(database, table) for table in TABLES] == before


@pytest.mark.parametrize(
    "wrong",
    [
        report("register", [Key("premises", "1")], at=A),
        report("depart", [pig(1)], at=A, other=pig(2)),
        report("depart", [pig(1)], at=A, other=Key("animal", "7")),
    ],
)
def test_record__number_that_can_never_be_of_that_kind__is_refused(database, wrong):
    with pytest.raises(WrongKind):
        write(database, wrong)
    assert rows(database, Journal) == rows(database, Premises) == 0


def test_record__number_of_another_kind__is_refused(database):
    write(database, report("register", [Key("farm", "7")], at=Key("market", "7")))
    with pytest.raises(WrongKind):
        write(database, report("register", [Key("market", "7")], at=A))
    with pytest.raises(WrongKind):
        write(database, report("register", [pig(1)], at=Key("farm", "7")))


def test_record__unknown_animal_and_premises__are_made_as_found_without_an_event(database):
    write(database, report("arrive", [pig(1)], at=A, other=B))
    with database.read() as session:
        assert session.scalars(select(Animal.found)).all() == [True]
        assert session.scalars(select(Premises.found)).all() == [True, True]
        assert session.scalars(select(Journal.type)).all() == ["arrive"]
    write(database, report("register", [pig(1)], at=A))
    with database.read() as session:
        assert session.scalars(select(Animal.found)).all() == [False]


def test_record__animal_by_its_short_number__is_filed_under_its_first_official_one(database):
    write(database, report("register", [pig(1)], at=A))
    with database.write() as session:
        short = name_animal(session, find_animals(session, [pig(1)])[pig(1)].id)
        assert name_animal(session, find_animals(session, [short])[short].id) == short
    (done,) = write(database, report("depart", [short, pig(1)], at=A, other=B))
    first, place = leaves_of(database, done)
    assert first.subject == public_subject(*pig(1))
    subjects = json.loads(first.content)["subjects"]
    assert subjects[0] == {"kind": "animal", "scheme": "iso11784", "value": official(1)}
    assert place.subject == subject_key(database, A)
    assert rows(database, Movement) == 1


def test_record__premises_by_either_of_its_numbers__are_the_same(database):
    with database.write() as session:
        made = ensure_premises(session, [A])[A]
        short = name_premises(session, made.id)
    write(database, report("register", [pig(1)], at=short))
    write(database, report("depart", [pig(1)], at=A, other=B))
    assert rows(database, Premises) == 2
    assert rows(database, Flag) == 0


def test_record__registered_twice__is_kept_and_flagged_and_the_first_stands(database):
    write(database, report("register", [pig(1)], at=A, on=day(1)))
    (again,) = write(database, report("register", [pig(1)], at=B, on=day(2)))
    assert again.flags == ((pig(1), FlagCode.REGISTERED_TWICE),)
    with database.read() as session:
        history = animal_history(session, pig(1))
    assert history.flags == ("registered_twice",)
    assert [stay.place.number for stay in history.stays] == ["premises:1"]
    assert len(history.entries) == 2


def test_record__departure_from_where_it_is_not__is_kept_and_flagged(database):
    write(database, report("register", [pig(1)], at=A, on=day(1)))
    (fine,) = write(database, report("depart", [pig(1)], at=A, other=B, on=day(2)))
    (odd,) = write(database, report("depart", [pig(1), pig(2)], at=C, other=B, on=day(3)))
    assert fine.flags == ()
    assert odd.flags == (
        (pig(1), FlagCode.DEPARTURE_ELSEWHERE),
        # It came there by its first journey, of which nobody told the end.
        (pig(1), FlagCode.LEFT_IN_STANDSTILL),
    ), "of the other nothing is known"
    assert rows(database, Flag) == 2


def test_record__several_movements_on_one_day__follow_each_other(database):
    for here, there in ((A, B), (B, C), (C, A)):
        for kind, near, far in (("depart", here, there), ("arrive", there, here)):
            (done,) = write(database, report(kind, [pig(1)], at=near, other=far, on=day(5)))
            assert {code for _, code in done.flags} <= {FlagCode.LEFT_IN_STANDSTILL}
    with database.read() as session:
        stays = animal_history(session, pig(1)).stays
    assert [stay.place.number for stay in stays] == [
        "premises:1", "premises:2", "premises:3", "premises:1"
    ]  # fmt: skip


def test_record__from_phones__content_holds_no_name_number_or_words(database):
    phones = Phones(database)
    phones.say("PLACE Kudjip, Jiwaka")
    phones.say(f"REG {official(1)}")
    phones.say(f"MOVE {official(1)} {BUYER[4:]} yesterday")
    with database.read() as session:
        contents = session.scalars(select(Journal.content).order_by(Journal.id)).all()
    told = b"\n".join(contents)
    for secret in (FARMER[4:], BUYER[4:], "Kudjip", "Jiwaka", "MOVE", "yesterday"):
        assert secret.encode() not in told
    moved = parse_canonical(contents[-1])
    assert set(moved) == {
        "event", "type", "occurred", "recorded", "channel", "reporter", "subjects", "from", "to"
    }  # fmt: skip
    assert moved["occurred"] == {
        "at": "2026-11-24", "precision": "day", "zone": "Pacific/Port_Moresby"
    }  # fmt: skip


def test_standing__receipt_before_and_after_the_ledger__is_what_the_database_knows(database):
    (done,) = write(database, report("register", [pig(1)], at=A))
    prefix = read_receipt(done.receipt)
    store = DatabaseRecorderStore(database, utc_now)
    with database.read() as session:
        assert look_up_receipt(session, prefix).state is ReceiptState.WAITING
        assert look_up_receipt(session, bytes(10)).state is ReceiptState.OMITTED
    batch = store.make_batch(9)
    with database.read() as session:
        assert look_up_receipt(session, prefix).state is ReceiptState.WAITING
    store.move(batch.id, BatchState.FINAL)
    with database.read() as session:
        found = look_up_receipt(session, prefix)
    assert (found.state, found.size) == (ReceiptState.ON_CHAIN, 2)
    assert found.subject == public_subject(*pig(1))
    assert batch.leaves[found.place].commitment.startswith(prefix)


def test_outbox__new_leaves__wait_since_the_event_was_recorded(database):
    write(database, report("register", [pig(1)], at=A), at=NOW)
    store = DatabaseRecorderStore(database, utc_now)
    assert (store.pending(), store.oldest_pending_at()) == (2, NOW)
