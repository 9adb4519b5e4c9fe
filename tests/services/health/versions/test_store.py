"""Versions of programmes: added once, approved by a second person, withdrawn, and never changed."""

from __future__ import annotations

import json
from functools import partial
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from chain.canonical import commitment, parse_canonical, public_subject
from services.core.roles import Role
from services.health.danger.danger_lexicon import lexicon_version
from services.health.errors import (
    AlteredProgramme,
    ApprovedAlready,
    BadProgramme,
    FaultyProgramme,
    LanguageNotReady,
    NotAnApprover,
    NotApproved,
    OverdueSources,
    SamePerson,
    UndecidedTexts,
    UnknownProgramme,
)
from services.health.format.documents import read_document
from services.health.linting.findings import Finding, Severity
from services.health.versions import store
from services.health.versions.approvals import ApprovalAct, approve, withdraw
from services.health.versions.bases import base_finder, version_before
from services.health.versions.store import (
    add_version,
    approved_languages,
    check_version,
    current,
    find_version,
    programme_by_id,
    programme_of,
    published,
    store_version,
)
from services.storage.models import (
    Journal,
    LedgerLeaf,
    Party,
    ProgrammeApproval,
    ProgrammeVersion,
)
from tests.factories import NOW
from tests.services.health.scene import APPROVER, PLANNER, SMALL, person, publish, withdraw_all
from tests.support.cover import looked_after

CHANGED = SMALL.replace("Tell a friend today.", "Tell a friend tomorrow.")
DRAFT = SMALL.replace("tpi: complete}", "tpi: draft}")
OTHER = SMALL.replace("code: tobacco", "code: breathing")
OF_PROGRAMMES = Journal.type == "programme"


@pytest.fixture
def author(database):
    return person(database, PLANNER, Role.PLANNER)


@pytest.fixture
def approver(database):
    return person(database, APPROVER, Role.APPROVER)


def add(database, given=SMALL, author=None):
    with database.write() as session:
        session.expire_on_commit = False
        return add_version(session, given, author, NOW)


def decide(database, act, version, language, approver):
    """Approve or withdraw; the id of the event."""
    event = uuid4()
    with database.write() as session:
        public_id = session.get_one(Party, approver).public_id
        given = ApprovalAct("NDOH 2026/114", approver, event, "test", public_id, NOW)
        with looked_after(session, version.code):
            act(session, session.get_one(ProgrammeVersion, version.id), language, given)
    return event


def count(database, table, *which):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*which))


def test_add__a_document__is_kept_as_its_canonical_bytes(database, author):
    version = add(database, author=author)
    assert (version.code, version.number, version.created_by_id) == ("tobacco", 1, author)
    assert version.digest == sha256(version.document).digest()
    assert parse_canonical(version.document) == read_document(SMALL)
    assert programme_of(version).title["en"] == "Quit tobacco"


def test_add__the_same_document_again__is_the_same_version(database, author):
    first = add(database, author=author)
    again = add(database, f"# A remark changes nothing.\n{SMALL}")
    assert (again.id, again.created_by_id) == (first.id, author)
    assert count(database, ProgrammeVersion) == 1


def test_add__another_document__counts_up_for_each_programme(database):
    numbers = [add(database, given).number for given in (SMALL, CHANGED, OTHER)]
    assert numbers == [1, 2, 1]
    with database.read() as session:
        assert find_version(session, "tobacco").number == 2
        assert find_version(session, "tobacco", 1).number == 1


@pytest.mark.parametrize(
    ("code", "number"), [("nothing", None), ("tobacco", 2), ("tobacco", 2**80), ("tobacco", 0)]
)
def test_find__what_is_not_here__is_unknown(database, code, number):
    add(database)
    with database.read() as session, pytest.raises(UnknownProgramme):
        find_version(session, code, number)


def test_add__what_cannot_be_read__is_refused_and_leaves_nothing(database):
    with pytest.raises(BadProgramme):
        add(database, SMALL.replace("welcome:", "welcom:"))
    assert count(database, ProgrammeVersion) == 0


def test_add__a_fault_of_the_linter__is_refused_and_named(database, monkeypatch):
    fault = Finding(Severity.FAULT, "too_long", "welcome.text.en", "en", "It is too long")
    warning = Finding(Severity.WARNING, "draft", "languages.tpi", "tpi", "It is a draft")
    monkeypatch.setattr(store, "lint", lambda *_: [fault, warning])
    with pytest.raises(FaultyProgramme) as refused:
        add(database)
    assert refused.value.fields == {"welcome.text.en": ["It is too long"]}
    assert count(database, ProgrammeVersion) == 0


def test_approve__a_language__is_a_row_an_event_and_a_leaf(database, author, approver):
    version = add(database, author=author)
    event = decide(database, approve, version, "en", approver)
    with database.read() as session:
        session.expire_on_commit = False
        row = session.scalars(select(ProgrammeApproval)).one()
        journal = session.get_one(Journal, row.journal_id)
        leaf = session.scalars(select(LedgerLeaf).where(LedgerLeaf.journal_id == journal.id)).one()
        public_id = session.get_one(Party, approver).public_id
    lexicon = lexicon_version("en")
    assert (row.version_id, row.language, row.approved_by_id) == (version.id, "en", approver)
    assert (row.reference, row.approved_at, row.withdrawn_at) == ("NDOH 2026/114", NOW, None)
    assert (journal.event_id, journal.type, journal.recorded_at) == (event, "programme", NOW)
    assert json.loads(journal.content) == {
        "event": str(event),
        "type": "programme",
        "occurred": {"at": "2026-11-25", "precision": "day", "zone": "Pacific/Port_Moresby"},
        "recorded": "2026-11-25T02:00:00.000000Z",
        "channel": "test",
        "reporter": str(public_id),
        "subjects": [{"kind": "programme", "scheme": "programme", "value": "tobacco"}],
        "details": {
            "action": "approved",
            "version": 1,
            "language": "en",
            "digest": version.digest.hex(),
            "reference": "NDOH 2026/114",
            "lexicon": {"version": lexicon.version, "digest": lexicon.digest.hex()},
        },
    }
    assert (row.lexicon_version, row.lexicon_digest) == lexicon
    assert leaf.subject == public_subject("programme", "tobacco")
    assert leaf.commitment == commitment(leaf.salt, journal.content)
    assert (leaf.journal_id, leaf.position, leaf.index) == (journal.id, 0, None)


def test_approve__by_the_author__is_refused(database, approver):
    version = add(database, author=approver)
    with pytest.raises(SamePerson):
        decide(database, approve, version, "en", approver)


def test_approve__by_who_is_no_approver__is_refused(database, author):
    version = add(database)
    with pytest.raises(NotAnApprover):
        decide(database, approve, version, "en", author)


@pytest.mark.parametrize("language", ["tpi", "de"])
def test_approve__a_draft_or_a_language_that_is_not_there__is_refused(
    database, author, approver, language
):
    version = add(database, DRAFT, author)
    with pytest.raises(LanguageNotReady):
        decide(database, approve, version, language, approver)


@pytest.mark.parametrize("language", ["en", None])
def test_approve__faults_of_that_language_or_of_all__are_refused(
    database, approver, monkeypatch, language
):
    version = add(database)
    fault = Finding(Severity.FAULT, "late", "anchors.feast", language, "The day is over")
    monkeypatch.setattr(store, "lint", lambda *_: [fault])
    with pytest.raises(FaultyProgramme):
        decide(database, approve, version, "en", approver)
    assert count(database, ProgrammeApproval) == 0


def test_approve__faults_of_another_language__are_no_hindrance(database, approver, monkeypatch):
    version = add(database)
    fault = Finding(Severity.FAULT, "late", "anchors.feast", "tpi", "The day is over")
    monkeypatch.setattr(store, "lint", lambda *_: [fault])
    decide(database, approve, version, "en", approver)
    assert count(database, ProgrammeApproval) == 1


def test_approve__twice_or_after_a_withdrawal__is_refused_and_leaves_no_event(
    database, author, approver
):
    version = add(database, author=author)
    decide(database, approve, version, "en", approver)
    with pytest.raises(ApprovedAlready):
        decide(database, approve, version, "en", approver)
    decide(database, withdraw, version, "en", approver)
    with pytest.raises(ApprovedAlready):
        decide(database, approve, version, "en", approver)
    assert count(database, Journal, OF_PROGRAMMES) == 2
    assert count(database, Journal) == count(database, LedgerLeaf)


def test_withdraw__what_was_approved__is_an_event_and_ends_it(database, author, approver):
    version = add(database, author=author)
    decide(database, approve, version, "en", approver)
    event = decide(database, withdraw, version, "en", approver)
    with database.read() as session:
        session.expire_on_commit = False
        row = session.scalars(select(ProgrammeApproval)).one()
        content = session.scalar(select(Journal.content).where(Journal.event_id == event))
        assert current(session, "tobacco", "en") is None
    assert (row.withdrawn_at, row.withdrawn_by_id) == (NOW, approver)
    assert json.loads(content)["details"]["action"] == "withdrawn"
    with pytest.raises(NotApproved):
        decide(database, withdraw, version, "en", approver)


def test_withdraw__what_was_never_approved__is_refused(database, author, approver):
    version = add(database, author=author)
    with pytest.raises(NotApproved):
        decide(database, withdraw, version, "en", approver)
    assert count(database, Journal, OF_PROGRAMMES) == 0


def test_current__several_versions__is_the_newest_that_is_approved(database, approver):
    first = publish(database)
    second = add(database, CHANGED)
    with database.read() as session:
        assert current(session, "tobacco", "en").id == first.id
    decide(database, approve, second, "en", approver)
    with database.read() as session:
        assert current(session, "tobacco", "en").id == second.id
        assert current(session, "tobacco", "tpi").id == first.id
        assert current(session, "tobacco", "de") is None
        assert approved_languages(session) == {
            (first.id, "en"),
            (first.id, "tpi"),
            (second.id, "en"),
        }
        assert published(session) == ((first.id, "tpi"), (second.id, "en"))
    decide(database, withdraw, second, "en", approver)
    with database.read() as session:
        assert published(session) == ((first.id, "en"), (first.id, "tpi"))


def test_programme_by_id__twice__is_built_once(database):
    version = add(database)
    with database.read() as session:
        row, programme = programme_by_id(session, version.id)
        assert row.number == 1
        assert programme is programme_of(version)


def test_programme_of__a_document_that_was_changed__is_refused():
    version = ProgrammeVersion(document=b'{"code":"tobacco"}', digest=bytes(32))
    with pytest.raises(AlteredProgramme):
        programme_of(version)


@pytest.mark.parametrize("statement", ["UPDATE programme_version SET number = 7",
                                       "DELETE FROM programme_version"])  # fmt: skip
def test_version__once_stored__cannot_be_changed(database, statement):
    add(database)
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text(statement))
    assert count(database, ProgrammeVersion) == 1


def test_approve__the_reporter__is_told_by_its_public_id_alone(database, author, approver):
    version = add(database, author=author)
    decide(database, approve, version, "en", approver)
    with database.read() as session:
        content = session.scalar(select(Journal.content).where(OF_PROGRAMMES))
    assert UUID(json.loads(content)["reporter"]).version == 4
    assert APPROVER.encode() not in content


def test_approve__source_past_its_review__is_named_by_who_looked_and_kept_for_good(
    database, author, approver
):
    traced = (
        'sources: {old: {title: "Old", by: WHO, year: 2010, review: "2012-01-01"}}\n'
        "evidence:\n"
        "  - of: [invitation, intake, welcome, phases, questions, words, red_flags, stop,\n"
        "         event/loss, event/cancer, event/death, event/moved, event/phone_lost]\n"
        '    bct: ["4.1"]\n'
        "    source: old\n"
    )
    version = add(database, SMALL + traced, author)
    with pytest.raises(OverdueSources, match="old"):
        decide(database, approve, version, "en", approver)
    looked_at = frozenset({"old", "another"})
    act = partial(_with_sources, looked_at=looked_at)
    event = decide(database, act, version, "en", approver)
    with database.read() as session:
        journal = session.scalars(select(Journal).where(Journal.event_id == event)).one()
        assert parse_canonical(journal.content)["details"]["overdue"] == ["old"]


def _with_sources(session, version, language, given, looked_at):
    return approve(session, version, language, given._replace(overdue=looked_at))


def test_overlay__of_a_version_in_force__is_stored_whole_and_refused_once_that_is_withdrawn(
    database,
):
    base = publish(database)
    text = 'extends: tobacco@1\nreplace:\n  day-2: {en: "Day 2. Rest."}\n'
    author = person(database, PLANNER, Role.PLANNER)
    with database.write() as session:
        checked = check_version(text, NOW, find=base_finder(session))
        made = store_version(session, checked, author, NOW)
        kept = json.loads(made.document)["extends"]
        assert (kept["base"], kept["digest"]) == ("tobacco@1", base.digest.hex())
        assert version_before(session, made).number == 1
    withdraw_all(database, base, ("en", "tpi"))
    approver = person(database, APPROVER, Role.APPROVER)
    with database.write() as session, looked_after(session, "tobacco"):
        given = ApprovalAct("NDOH 7", approver, uuid4(), "test", uuid4(), NOW)
        with pytest.raises(LanguageNotReady, match="tobacco@1, which it extends, was withdrawn"):
            approve(session, find_version(session, "tobacco", 2), "en", given)
        with pytest.raises(BadProgramme, match="never approved, or was withdrawn"):
            check_version(text, NOW, find=base_finder(session))


@pytest.mark.slow
def test_overlay__of_a_text_that_its_base_mended__is_approved_only_when_it_is_named(
    database, author, approver
):
    publish(database)
    own = 'replace:\n  day-2: {{en: "{}"}}\n'
    publish(database, f"extends: tobacco@1\n{own.format('Day 2. Rest.')}", ("en",))
    mended = SMALL.replace("Day 2.", "Day 2. Now as the guideline says.")
    assert mended != SMALL
    publish(database, mended)
    with database.write() as session, looked_after(session, "tobacco"):
        text = f"extends: tobacco@3\n{own.format('Day 2. Rest.')}"
        checked = check_version(text, NOW, find=base_finder(session))
        made = store_version(session, checked, author, NOW)
        given = ApprovalAct("NDOH 7", approver, uuid4(), "test", uuid4(), NOW)
        with pytest.raises(UndecidedTexts, match=r"those that you keep: day-2$"):
            approve(session, made, "en", given)
        # The Tok Pisin is the base's own, mended: nothing of it is to be decided.
        approve(session, made, "tpi", given._replace(act=uuid4()))
        approve(session, made, "en", given._replace(act=uuid4(), kept=frozenset({"day-2", "x"})))
        rows = session.scalars(select(Journal).where(OF_PROGRAMMES).order_by(Journal.id))
        acts = [parse_canonical(row.content)["details"] for row in rows]
    assert [one.get("kept") for one in acts[-2:]] == [None, ["day-2"]]
    publish(database, f"extends: tobacco@3\n{own.format('Day 2. Rest well.')}", ("en",))
