"""An event is erased: what goes, what stays, and what nobody can do to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from chain.verification import verify_proof
from services.audit.proofs import prove
from services.core.errors import NothingRecorded
from services.ledger.content_erasure import ERASURE
from services.livestock.domain.errors import (
    AlreadyErased,
    NotErasable,
    NotRecordedYet,
    NotVoidable,
    UnknownReport,
)
from services.livestock.domain.model import Key, event_id
from services.livestock.recording.identity import find_premises
from services.livestock.recording.record import record_events
from services.storage.models import Animal, Erasure, Journal, LedgerLeaf, Movement, Status
from tests.factories import BUYER, Phones, official, origin, pig, report
from tests.services.audit.conftest import Office, chain_in, fill
from tests.services.audit.erasures import FIRST, LATER, SECOND, erase, event_of, row_of
from tests.services.audit.test_proofs import known, proof_of
from tests.services.conftest import KINDS


@pytest.fixture(params=KINDS)
def each(request):
    """A filled office on each kind of database."""
    name = "office" if request.param == "sqlite" else "server_office"
    return request.getfixturevalue(name)


@pytest.fixture
def server_office(open_database, tmp_path):
    made = Office(open_database("postgresql"), chain_in(tmp_path))
    fill(made)
    return made


def erasures(office):
    with office.database.read() as session:
        wanted = select(Journal.content).where(Journal.type == ERASURE).order_by(Journal.id)
        return [json.loads(content) for content in session.scalars(wanted)]


@pytest.mark.slow
def test_erase__recorded_event__content_and_salts_go_and_nothing_else(each):
    event = event_of(each, "depart")
    columns, _, leaves = row_of(each, event)
    done = erase(each, event)
    after, content, left = row_of(each, event)
    assert (after, content) == (columns, None)
    assert [leaf[:4] for leaf in left] == [leaf[:4] for leaf in leaves]
    assert {leaf.salt for leaf in left} == {None}
    assert done.indexes == tuple(leaf.place for leaf in leaves)
    assert len(done.indexes) == 3, "two pigs and where they left"
    report = each.audit()
    assert (report.findings, sorted(report.erased)) == ([], sorted(done.indexes))
    each.record()
    report = each.audit()
    assert (report.findings, sorted(report.erased)) == ([], sorted(done.indexes))
    assert (report.waiting, report.as_json()["erased"]) == (0, report.erased)


def test_erase__event_that_marked_a_place__takes_the_statuses_of_place_and_pigs_away(each):
    told = {"action": "begun", "status": "contact"}
    with each.database.write() as session:
        place = find_premises(session, [Key("bilum", "1068")])
        marking = replace(
            report("status", [pig(1)], at=Key("bilum", "1068"), key="marking"), details=told
        )
        record_events(session, [marking], origin(), place.values())
    each.record()
    assert len(statuses(each)) == 2
    erase(each, event_of(each, "status"))
    assert statuses(each) == []
    assert each.audit().findings == []


def statuses(office):
    with office.database.read() as session:
        return session.scalars(select(Status.id)).all()


def test_erase__its_records__name_one_index_and_one_subject_each_and_not_what_went(each):
    event = event_of(each, "depart")
    _, content, leaves = row_of(each, event)
    told = json.loads(content)
    erase(each, event)
    made = erasures(each)
    assert [one["details"]["erased"] for one in made] == [[leaf.place] for leaf in leaves]
    for one, leaf, subject in zip(made, leaves, told["subjects"], strict=True):
        assert set(one) == {
            "event",
            "type",
            "occurred",
            "recorded",
            "channel",
            "subjects",
            "details",
        }
        assert set(one["details"]) == {"erased", "left", "reason"}
        [named] = one["subjects"]
        assert {**named, "link": None} == {**subject, "link": None}
        assert ("link" in subject) == (named.get("link") != subject.get("link"))
        whole = json.dumps(one)
        others = {other.place for other in leaves} - {leaf.place}
        assert not others & set(one["details"]["erased"])
        assert str(event) not in whole
        assert told["recorded"] not in whole


def test_erase__again_or_what_may_not__is_refused_and_changes_nothing(each):
    event = event_of(each, "depart")
    erase(each, event)
    with pytest.raises(AlreadyErased):
        erase(each, event)
    each.record()
    with pytest.raises(NotErasable, match="erasure"):
        erase(each, event_of(each, ERASURE))
    with pytest.raises(UnknownReport):
        erase(each, event_id("test", "nothing", 0))
    Phones(each.database, now=LATER).say(f"REG {official(7)}")
    with each.database.read() as session:
        newest = session.scalars(select(Journal.event_id).order_by(Journal.id.desc())).first()
    with pytest.raises(NotRecordedYet):
        erase(each, newest)
    assert len(erasures(each)) == 3
    assert each.audit().clean


@pytest.mark.slow
def test_erase__void_event__goes_only_after_what_it_declares_wrong(office):
    Phones(office.database, now=LATER).say(f"WRONG {office.receipts['arrived']}", BUYER)
    office.record()
    wrong, void = event_of(office, "arrive"), event_of(office, "void")
    with pytest.raises(NotErasable, match="erase that first"):
        erase(office, void)
    erase(office, wrong)
    erase(office, void)
    office.record()
    assert office.audit().clean


def test_erase__state_of_the_animals__is_made_again_without_it(each):
    with each.database.read() as session:
        moved = len(session.scalars(select(Movement)).all())
    erase(each, event_of(each, "depart"))
    with each.database.read() as session:
        moves = session.scalars(select(Movement)).all()
        assert moved == 2
        assert [move.departure_id for move in moves] == [None], "only the arrival is told"
    erase(each, event_of(each, "register"))
    with each.database.read() as session:
        animal = session.scalars(select(Animal).where(Animal.value == official(1))).one()
        # It was registered twice: the second one counts now, and contradicts nothing.
        assert animal.registered_by_id is not None
    assert each.audit().flags == []


DENIED = {
    "content goes": "UPDATE journal SET content = NULL WHERE id = {event}",
    "one leaf is named": (
        "INSERT INTO erasure (leaf_index, journal_id, erased_by_id) "
        "SELECT MIN(leaf_index), {event}, {other} FROM ledger_leaf WHERE journal_id = {event}; "
        "UPDATE journal SET content = NULL WHERE id = {event}"
    ),
    "more than content goes": "UPDATE journal SET content = NULL, type = 'x' WHERE id = {gone}",
    "content comes back": "UPDATE journal SET content = '\\x' WHERE id = {gone}",
    "erased event's day": "UPDATE journal SET occurred_on = '2026-01-01' WHERE id = {gone}",
    "erased again": "UPDATE journal SET content = NULL WHERE id = {gone}",
    "erasure goes": "UPDATE journal SET content = NULL WHERE type = 'erasure'",
    "erased event goes": "DELETE FROM journal WHERE id = {gone}",
    "row goes": "DELETE FROM erasure",
    "row changes": "UPDATE erasure SET journal_id = {event}",
}


@pytest.mark.parametrize("what", DENIED)
def test_triggers__what_is_no_erasure__is_refused(each, what):
    erase(each, event_of(each, "depart"))
    keys = {
        "gone": row_of(each, event_of(each, "depart"))[0][0],
        "event": row_of(each, event_of(each, "arrive"))[0][0],
        "other": row_of(each, event_of(each, "register"))[0][0],
    }
    *before, statement = DENIED[what].format(**keys).split("; ")
    with each.database.write() as session:
        for prepared in before:
            session.execute(text(prepared))
    with pytest.raises(DBAPIError, match="is append-only"), each.database.write() as session:
        session.execute(text(statement))


def test_triggers__rows_of_another_kind_name_all_leaves__do_not_let_content_go(each):
    event = row_of(each, event_of(each, "arrive"))[0][0]
    with each.database.write() as session:
        acts = session.scalars(select(Journal.id).where(Journal.id != event)).all()
        places = session.scalars(select(LedgerLeaf.index).where(LedgerLeaf.journal_id == event))
        for place, act in zip(places.all(), acts, strict=False):
            session.add(Erasure(index=place, journal_id=event, erased_by_id=act))
    with pytest.raises(DBAPIError, match="is append-only"), each.database.write() as session:
        session.execute(update(Journal).where(Journal.id == event).values(content=None))


@pytest.mark.slow
def test_prove__after_an_erasure__holds_it_instead_and_old_files_still_verify(each):
    old, others = proof_of(each, FIRST), proof_of(each, SECOND)
    seen = known(each)
    [gone] = [
        record.index
        for record in verify_proof(old, seen).records
        if json.loads(record.content)["type"] == "depart"
    ]
    erase(each, event_of(each, "depart"))
    each.record()
    verify_proof(old, seen)
    verify_proof(others, seen)
    new = verify_proof(proof_of(each, FIRST), known(each))
    told = [json.loads(record.content) for record in new.records]
    assert gone not in [record.index for record in new.records]
    assert [one["details"]["erased"] for one in told if one["type"] == ERASURE] == [[gone]]
    with each.database.read() as session:
        place = session.scalars(
            select(LedgerLeaf.subject)
            .join(Journal, Journal.id == LedgerLeaf.journal_id)
            .where(Journal.type == ERASURE, LedgerLeaf.subject.not_in([FIRST, SECOND]))
        ).one()
        proof = prove(session, place)
    kinds = [json.loads(record.content)["type"] for record in proof.records]
    assert kinds.count(ERASURE) == 1
    verify_proof(proof, known(each))


def test_prove__all_erased_and_nothing_recorded_since__says_so(office):
    for kind in ("register", "depart"):
        erase(office, event_of(office, kind))
    with office.database.read() as session:
        again = session.scalars(
            select(Journal.event_id).where(Journal.type == "register").order_by(Journal.id)
        ).all()
    erase(office, again[2])
    with office.database.read() as session, pytest.raises(NothingRecorded):
        prove(session, FIRST)


def test_void__of_an_erased_report__is_refused(office):
    phones = Phones(office.database, now=LATER)
    erase(office, event_of(office, "arrive"))
    answer = phones.send(f"WRONG {office.receipts['arrived']}", BUYER)
    assert answer.outcome == f"error.{NotVoidable.code}"
