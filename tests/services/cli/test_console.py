"""`bilum console`: a link for paper or by SMS, and the end of somebody's sessions."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from services.console.accounts import find_invitation
from services.console.sessions import begin_session, open_sessions
from services.core.clock import utc_now
from services.core.settings import Settings
from services.ledger.party_log import PARTY
from services.storage.database import Database
from services.storage.models import Journal, Message, Party

PHONE = "+67570000003"


@pytest.fixture
def database(bilum, tmp_path):
    assert bilum("party", "add", "--role", "inspector", "--phone", PHONE).status == 0
    opened = Database.from_settings(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    yield opened
    opened.close()


def test_invite__on_paper__prints_a_link_and_a_code_that_are_good(bilum, database):
    ended = bilum("console", "invite", PHONE)
    assert ended.status == 0
    code, in_link = (
        re.search(r"code  (\S+)", ended.out)[1],
        re.search(r"\?code=(\S+)", ended.out)[1],
    )
    assert code == in_link
    with database.read() as session:
        row = find_invitation(session, code, utc_now())
        assert session.get(Party, row.party_id).role == "inspector"
        newest = select(Journal.content).where(Journal.type == PARTY).order_by(Journal.id.desc())
        assert b'"change":"invited"' in session.scalars(newest).first()
        assert session.scalars(select(Message)).all() == []


def test_invite__by_sms__prints_the_end_that_the_text_lacks(bilum, database):
    ended = bilum("console", "invite", PHONE, "--sms")
    assert ended.status == 0
    [end] = re.findall(r"code  (\w{4})\n", ended.out)
    assert "?code=" not in ended.out
    with database.read() as session:
        text = session.scalars(select(Message.body)).one()
        start = re.search(r"code=([\w-]+)", text)[1]
        assert find_invitation(session, f"{start}-{end}", utc_now())
        assert end not in start


def test_invite__of_a_keeper_or_nobody__is_refused(bilum, database):
    assert bilum("party", "add", "--role", "keeper", "--phone", PHONE).status == 0
    for whose, why in ((PHONE, "give them an office first"), ("+67570000099", "Nobody has")):
        ended = bilum("console", "invite", whose)
        assert ended.status != 0
        assert why in ended.err


def test_sign_out__of_somebody__ends_every_session(bilum, database):
    with database.write() as session:
        party = session.scalars(select(Party).where(Party.role == "inspector")).one()
        begin_session(session, party, utc_now())
        begin_session(session, party, utc_now())
    ended = bilum("console", "sign-out", PHONE)
    assert "2 sessions have ended" in ended.out + ended.err
    with database.read() as session:
        party = session.scalars(select(Party).where(Party.role == "inspector")).one()
        assert open_sessions(session, party.id, utc_now()) == []
