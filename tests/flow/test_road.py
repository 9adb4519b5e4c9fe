"""From a farmer's SMS to a proof that an auditor checks, on both deployments alike."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select, text

from chain.__main__ import main as verify
from chain.canonical import public_subject
from chain.connection import connect
from services.audit.findings import Difference
from services.core.roles import Role
from services.ledger.receipts import ReceiptState
from services.livestock.domain.model import Key
from services.livestock.queries.animals import animal_history
from services.storage.models import Base, Journal, LedgerLeaf, Message
from sms.encoding import Encoding, count
from sms.message import MessageState
from tests.flow.conftest import SERVERS

MARIA, PETER, INSPECTOR, STRANGER = (f"+6757000000{n}" for n in range(1, 5))
PIG = "598000000000017"
RECEIPT = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


@pytest.fixture
def told(stage):
    """Everybody has sent what the story tells; the replies, by what was sent."""
    stage.appoint(INSPECTOR, Role.INSPECTOR)
    sent = [
        (MARIA, "PLES Kudjip, Jiwaka"),
        (PETER, "PLACE Goroka, EHP"),
        (MARIA, f"REG {PIG}"),
        (MARIA, f"MOVE {PIG} to {PETER}"),
        (PETER, f"kamap {PIG[:3]} {PIG[3:]}"),
    ]
    return {body: stage.send(number, body) for number, body in sent}


@pytest.mark.slow
def test_road__a_pig_is_registered_and_moved__every_record_is_on_the_contract(stage, told):
    size = stage.record()
    with connect(stage.runtime.settings.chain, write=False) as chain:
        assert chain.ledger.size() == size == 9
        on_chain = [found.leaf for found in chain.logs.by_subject(public_subject("iso11784", PIG))]
    assert len(on_chain) == 3
    with stage.runtime.database.read() as session:
        history = animal_history(session, Key("iso11784", PIG))
    assert [entry.type for entry in history.entries] == ["register", "depart", "arrive"]
    assert all(entry.on_chain for entry in history.entries)
    assert [stay.place.name for stay in history.stays] == ["Kudjip", "Goroka"]
    assert stage.audit(projections=True).clean


@pytest.mark.slow
def test_road__replies__fit_one_gsm_segment_and_are_sent_once(stage, told):
    for reply in told.values():
        assert count(reply).encoding is Encoding.GSM7
        assert count(reply).segments == 1
    with stage.runtime.database.read() as session:
        states = session.scalars(select(Message.state)).all()
    assert states == [MessageState.SENT] * len(told)


@pytest.mark.slow
def test_road__proof_file__verifies_offline_and_not_when_tampered(stage, told, tmp_path, capsys):
    stage.record()
    path = tmp_path / "proof.json"
    assert stage.prove(PIG, path) == 3
    known = stage.newest_checkpoint()
    assert verify(["verify", str(path)], expected=known) == 0
    whole = path.read_text()
    path.write_text(whole.replace("arrive", "depart"))
    assert verify(["verify", str(path)], expected=known) == 1
    assert "step 6 failed" in "".join(capsys.readouterr())


@pytest.mark.parametrize("stage", SERVERS, indirect=True)
def test_road__a_node_alone__checks_the_root_of_a_proof(stage, told, tmp_path, capsys):
    url = stage.runtime.settings.chain.url
    stage.record()
    stage.prove(PIG, tmp_path / "proof.json")
    assert verify(["verify", str(tmp_path / "proof.json"), "--node", url]) == 2
    contract = stage.newest_checkpoint().contract
    whole = ["verify", str(tmp_path / "proof.json"), "--node", url, "--contract", contract]
    assert verify([*whole, "--tag", PIG]) == 0
    assert "3 on the chain, 3 explained here" in capsys.readouterr().out


@pytest.mark.slow
def test_road__receipts__are_found_on_the_chain_by_code_and_by_tag(stage, told):
    codes = [RECEIPT.findall(reply)[-1] for reply in told.values()]
    stage.record()
    assert {stage.find(code).state for code in codes} == {ReceiptState.ON_CHAIN}
    assert stage.find("0000-0000-0000-0000").state is ReceiptState.OMITTED
    reply = stage.send(MARIA, f"RISIT {codes[2].lower()}")
    assert codes[2] in reply


@pytest.mark.slow
def test_road__what_a_stranger_asks__names_no_premises(stage, told):
    stage.record()
    assert "Jiwaka" in stage.send(STRANGER, f"TRACE {PIG}")
    assert "Kudjip" not in stage.send(STRANGER, f"TRACE {PIG}")
    assert "Kudjip" in stage.send(INSPECTOR, f"TRACE {PIG}")
    story = stage.send(PETER, f"STORI {PIG}")
    assert "Goroka" in story
    assert "Kudjip" not in story


@pytest.mark.slow
def test_road__one_byte_of_the_journal_edited__is_found_as_altered(stage, told):
    stage.record()
    database = stage.runtime.database
    with database.write() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER journal_no_update"))
        else:
            session.execute(text("ALTER TABLE journal DISABLE TRIGGER ALL"))
        row = session.execute(select(Journal.id, Journal.content).limit(1)).one()
        content = row.content.replace(b"Pacific", b"pacific")
        session.execute(
            Journal.__table__.update().where(Journal.id == row.id).values(content=content)
        )
    found = {finding.difference for finding in stage.audit().findings}
    assert found == {Difference.ALTERED}


@pytest.mark.slow
def test_road__a_report_dropped_before_recording__is_missed_by_its_receipt(stage, told):
    code = RECEIPT.findall(told[f"REG {PIG}"])[-1]
    database = stage.runtime.database
    with database.write() as session:
        for statement in (
            ("DROP TRIGGER journal_no_delete",)
            if database.is_sqlite
            else ("ALTER TABLE journal DISABLE TRIGGER ALL",)
        ):
            session.execute(text(statement))
        event = select(Journal.id).where(Journal.type == "register").scalar_subquery()
        session.execute(text("UPDATE animal SET registered_by_id = NULL, registered_at_id = NULL"))
        session.execute(LedgerLeaf.__table__.delete().where(LedgerLeaf.journal_id == event))
        session.execute(Journal.__table__.delete().where(Journal.type == "register"))
    stage.record()
    assert stage.audit().clean, "who drops a report well leaves the ledger in order"
    state = stage.audit(projections=True)
    assert {one.difference for one in state.findings} == {Difference.WRONG_PROJECTION}
    assert stage.find(code).state is ReceiptState.OMITTED


@pytest.mark.slow
def test_road__recorded_twice_and_opened_again__adds_nothing(stage, told):
    size = stage.record()
    before = stage.newest_checkpoint()
    stage.runtime.close()
    assert stage.record() == size
    assert stage.newest_checkpoint() == before
    assert stage.audit(projections=True).clean


@pytest.mark.slow
def test_road__numbers_and_names__are_in_no_column_in_the_clear(stage, told):
    stage.record()
    secret = [MARIA[1:].encode(), PETER[4:].encode(), b"PLES Kudjip"]
    with stage.runtime.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.connection().exec_driver_sql(f"SELECT * FROM {table.name}"):  # noqa: S608 — our own tables
                line = b"\0".join(_raw(value) for value in row)
                assert not any(word in line for word in secret), table.name
        assert session.scalar(select(func.count()).select_from(Message)) == len(told)


def _raw(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
