"""What is said of a pig after a restore that is behind the chain: its newest record is lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import select

from chain.__main__ import read_ledger
from chain.canonical import public_subject
from chain.connection import connect
from chain.verification import Expected, verify_proof
from services.audit.proofs import not_disclosed, prove
from services.core.errors import NothingRecorded
from services.ledger.content_erasure import ErasureOrder, ErasureReason
from services.ledger.lost_records import subjects_of_lost
from services.livestock.domain.model import Key
from services.livestock.recording.erasure import erase_event
from services.passport.content import collect
from services.passport.page import Address, render
from services.passport.verdict import FREE, NO, Verdict, judge
from services.storage.models import Journal, LedgerLeaf
from tests.factories import BUYER, FARMER, NOW, TODAY, Phones, official
from tests.services.audit.conftest import Office, copy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

STOLEN, OTHER, NEW = official(1), official(2), official(30)
SUBJECT = public_subject("iso11784", STOLEN)


class Restored(NamedTuple):
    """An office as its backup was, on the chain as it is, and the index of the lost theft."""

    office: Office
    index: int


@pytest.fixture
def restored(archive, office, tmp_path) -> Iterator[Restored]:
    phones = Phones(office.database)
    phones.say(f"STOLEN {STOLEN}")
    phones.say(f"REG {NEW}")
    office.record()
    theft = select(LedgerLeaf.index).join(Journal, Journal.id == LedgerLeaf.journal_id)
    with office.database.read() as session:
        named = theft.where(Journal.type == "stolen", LedgerLeaf.subject == SUBJECT)
        index = session.scalars(named).one()
    with copy_of(archive[0], tmp_path / "backup") as back:
        shutil.copy(office.settings.embedded, back.settings.embedded)
        back.record()
        yield Restored(back, index)


@pytest.mark.slow
@pytest.mark.parametrize("sender", [FARMER, BUYER])
def test_ok__of_a_pig_whose_record_is_lost__is_no(restored, sender):
    phones = Phones(restored.office.database)
    assert phones.say(f"OK {STOLEN} 1165", sender) == (
        f"NO. A record of pig {STOLEN} was lost, so nobody knows if it may go. "
        "Ask an officer, or call NAQIA 1801332."
    )
    assert f"A record of pig {NEW} was lost" in phones.say(f"OK {NEW} 1165", sender)
    assert "was lost" not in phones.say(f"OK {OTHER} 1165", sender)


@pytest.mark.slow
def test_passport__of_a_pig_whose_record_is_lost__bars_it_and_names_the_index(restored):
    with restored.office.database.read() as session:
        passport = collect(session, Key("iso11784", STOLEN), TODAY)
        other = collect(session, Key("iso11784", OTHER), TODAY)
    assert (passport.not_disclosed, passport.record_lost) == ((restored.index,), True)
    assert judge(passport) == Verdict(NO, record_lost=True)
    assert (other.not_disclosed, other.record_lost, judge(other).code) == ((), False, FREE)


@pytest.mark.slow
def test_proof__of_a_pig_whose_record_is_lost__holds_the_others_and_tells_its_index(restored):
    office = restored.office
    with office.database.read() as session:
        proof, hidden = prove(session, SUBJECT), not_disclosed(session, SUBJECT)
    with connect(office.settings, write=False) as chain:
        there = {found.index for found in chain.logs.by_subject(SUBJECT)}
        verify_proof(proof, read_ledger(chain.ledger, proof))
    assert hidden == (restored.index,)
    assert {record.index for record in proof.records} == there - {restored.index}


@pytest.mark.slow
def test_proof__of_a_pig_of_which_everything_is_lost__says_so(restored):
    new = public_subject("iso11784", NEW)
    with restored.office.database.read() as session, pytest.raises(NothingRecorded) as refused:
        prove(session, new)
    with restored.office.database.read() as session:
        [index] = not_disclosed(session, new)
    assert f"not disclosed: {index}" in str(refused.value)


def test_erased__record__is_not_lost(office):
    with office.database.write() as session:
        row = session.scalars(
            select(Journal).join(LedgerLeaf).where(LedgerLeaf.subject == SUBJECT)
        ).first()
        erase_event(session, row.event_id, ErasureOrder(ErasureReason.ASKED, "test", None, NOW))
    office.record()
    with office.database.read() as session:
        passport = collect(session, Key("iso11784", STOLEN), TODAY)
        assert not_disclosed(session, SUBJECT) == ()
        assert subjects_of_lost(session, [SUBJECT]) == set()
    assert [event.erased for event in passport.events].count(True) == 1
    assert (passport.not_disclosed, judge(passport).code) == ((), FREE)


EDITS = {
    "another purpose": ("content", "depart", lambda row: row.replace(b'"to":', b'"tO":')),
    "no JSON": ("content", "depart", lambda _: b"{"),
    "no text": ("content", "register", lambda _: b"\xff"),
    "no content": ("content", "depart", lambda _: None),
    "another day": ("occurred_on", "depart", lambda _: "2026-11-01"),
    "another type": ("type", "depart", lambda _: "weight"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_passport__of_an_event_that_was_edited__marks_it_and_bars_the_pig(office, edit):
    column, kind, change = EDITS[edit]
    with office.database.read() as session:
        events = select(Journal.id, Journal.content, LedgerLeaf.index.label("place"))
        row = session.execute(
            events.join(LedgerLeaf).where(LedgerLeaf.subject == SUBJECT, Journal.type == kind)
        ).first()
    office.tamper(f"UPDATE journal SET {column} = ? WHERE id = ?", change(row.content), row.id)  # noqa: S608 — a column of the table
    with office.database.read() as session:
        passport = collect(session, Key("iso11784", STOLEN), TODAY)
    [altered] = [event for event in passport.events if event.altered]
    assert (altered.index, altered.details, altered.places) == (row.place, {}, {})
    assert (altered.erased, passport.record_lost) == (False, False)
    assert judge(passport) == Verdict(NO, altered=True)
    text = render(passport, Address("https://bilum.example", STOLEN, "7KQ2-M9XA-P4TD"))
    assert "not what was recorded" in text
    verify_proof(passport.proof, Expected())
    proven = {record.index for record in passport.proof.records}
    # What stands beside the content is in no proof.
    assert (row.place in passport.not_disclosed) is (column == "content")
    assert (row.place in proven) is (column != "content")
