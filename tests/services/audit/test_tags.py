"""An audit of a tag: the chain is asked about the number itself, whatever the database says."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from chain.canonical import public_subject
from services.audit.findings import Difference
from services.audit.tags import TagSubjects, read_tag
from services.livestock.domain.errors import UnknownNumber
from services.storage.models import Identifier
from tests.factories import Phones, official

FIRST, SECOND = (public_subject("iso11784", official(number)) for number in (1, 2))
SWAP = (
    "UPDATE identifier SET animal_id = (SELECT animal_id FROM identifier WHERE value = ?) "
    "WHERE value = ?"
)


def read(office, text):
    with office.database.read() as session:
        return read_tag(session, text)


def audited(office, text):
    with office.auditor() as auditor:
        return auditor.audit_tag(read(office, text))


def found(report):
    return [finding.difference for finding in report.findings]


def test_audit_tag__nothing_touched__is_clean_and_tells_what_was_asked(office):
    report = audited(office, official(1))
    assert report.findings == []
    assert report.scope == {"subjects": {FIRST.hex(): 3}}
    assert not any("stands for" in line for line in report.not_checked)


@pytest.mark.parametrize("text", [official(1), f"iso11784:{official(1)}", f"598 {official(1)[3:]}"])
def test_audit_tag__database_has_the_number_for_another_pig__audits_both_and_tells(office, text):
    """Both pigs went in one movement: that makes neither number the other's."""
    assert office.tamper(SWAP, official(2), official(1)) == 1
    report = audited(office, text)
    assert report.scope == {"subjects": {FIRST.hex(): 3, SECOND.hex(): 3}}
    assert report.records == 6
    assert found(report) == [Difference.ALTERED]
    assert SECOND.hex() in report.findings[0].detail


def test_audit_tag__movement_filed_as_a_retagging__explains_nothing(office):
    office.tamper(SWAP, official(2), official(1))
    office.tamper("UPDATE journal SET type = 'retag' WHERE type = 'depart'")
    assert set(found(audited(office, official(1)))) == {Difference.ALTERED}


def test_audit_tag__database_does_not_know_it__is_audited_and_told(office):
    office.tamper("DELETE FROM identifier WHERE value = ?", official(1))
    report = audited(office, official(1))
    assert found(report) == [Difference.MISSING_IN_DATABASE]
    assert report.scope == {"subjects": {FIRST.hex(): 3}}


@pytest.mark.slow
def test_audit_tag__number_given_by_a_retagging__is_the_animals_and_both_are_audited(office):
    Phones(office.database).say(f"RETAG {official(1)} {official(9)}")
    new = public_subject("iso11784", official(9))
    assert audited(office, official(9)).findings == [], "it waits"
    office.record()
    report = audited(office, official(9))
    assert report.findings == []
    assert report.scope == {"subjects": {new.hex(): 1, FIRST.hex(): 4}}
    office.tamper(SWAP, official(2), official(9))
    assert found(audited(office, official(9))) == [Difference.ALTERED]


def test_audit_tag__short_number__says_that_the_database_chose(office):
    holder = select(Identifier.animal_id).where(Identifier.value == official(1))
    wanted = select(Identifier.value).where(
        Identifier.scheme == "bilum", Identifier.animal_id == holder.scalar_subquery()
    )
    with office.database.read() as session:
        short = session.scalars(wanted).one()
    report = audited(office, short)
    assert report.scope == {"subjects": {FIRST.hex(): 3}}
    assert any("stands for" in line for line in report.not_checked)


def test_read_tag__nobodys__has_its_own_subject_or_is_unknown(office):
    nobodys = public_subject("iso11784", official(77))
    assert read(office, official(77)) == TagSubjects(nobodys, None)
    with pytest.raises(UnknownNumber):
        read(office, "animal:00077")
