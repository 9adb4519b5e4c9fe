"""How answers are taken: once, by code or choice, and nothing else is an answer."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from gateway.dates import day
from gateway.errors import TagError
from gateway.tags import read_identifier
from services.livestock.confirmations.create import OpenedConfirmation
from services.livestock.domain.model import Key
from services.livestock.sms_commands.answers import KINDS
from services.livestock.sms_commands.sales import Sale
from services.messaging.codes import confirms, draw_code
from services.storage.models import Journal, PendingConfirmation
from tests.factories import BUYER, TODAY, in_threads, official, pig, rows
from tests.services.livestock.claim_scenes import (
    claims,
    codes,
    events,
    give,
    outbox,
    set_scene,
)

TRAPS = [
    *(
        "1 pig is sick",
        "1 1359",
        "2 pik i dai",
        "yes but tomorrow",
        "1 pig arrived",
        "1/12",
        "KARIM 1",
    ),
    *("STAP 1", "STAP", "PINIS", "LUSIM 1", "BIHAINIM 1", "mi dai long simuk", "DAI", "LONG"),
    *("LANG 1", "KAMAP 1", "10", "12345", "yes?", "not 1", "1262", official(1), "SALIM 1"),
]


@pytest.fixture
def village(database):
    return set_scene(database)


@pytest.mark.slow
def test_answer__two_codes_at_once__are_one_slaughter(village):
    village.say("KILL 1262")
    answers = in_threads(*[partial(village.send, codes(village.database)[-1])] * 3)
    assert len(events(village.database, "slaughter")) == 1
    assert sorted("Receipt" in answer.text for answer in answers) == [False, False, True]


def test_answer__two_choices_at_once__are_one_transfer_or_none(village):
    give(village)
    said = [partial(village.send, choice, BUYER) for choice in ("1", "1", "2", "1")]
    in_threads(*said)
    state = claims(village.database)[-1]
    assert len(events(village.database, "transfer")) == (1 if state == "done" else 0)
    assert state in {"done", "refused"}
    told = [sms for sms in outbox(village.database) if "takes" in sms.body or "does" in sms.body]
    assert [sms.to for sms in told] == ["FARMER"]


def test_open_claim__the_same_pig_from_two_messages_at_once__leaves_one_code_alive(village):
    in_threads(*[partial(village.send, "KILL 1262")] * 3)
    assert sorted(claims(village.database)) == ["open", "replaced", "replaced"]


def test_code__drawn__is_six_digits_that_no_animal_place_or_day_can_have():
    for _ in range(2_000):
        code = draw_code()
        assert len(code) == 6
        assert code.isdigit()
        assert code[0] != "0"
        assert day(code) is None
        with pytest.raises(TagError):
            read_identifier(code)


def test_code__drawn_as_that_of_another_claim__is_drawn_again(village, monkeypatch):
    drawn = iter(["333333", "333333", "333333", "444444"])
    monkeypatch.setattr("services.messaging.codes.draw_code", lambda _: next(drawn))
    village.say("KILL 1262")
    village.say("KILL 1359")
    assert codes(village.database) == ["333333", "444444"]
    village.say("444444")
    assert claims(village.database) == ["open", "done"]


@pytest.fixture
def one_code(monkeypatch):
    """The code that every claim gets: one that no day and no number here holds."""
    monkeypatch.setattr("services.messaging.codes.draw_code", lambda _: "333333")
    return "333333"


def test_claim__as_it_is_kept__tells_no_code_phone_or_command(village, one_code):
    village.say("KILL 1262")
    village.say("SELL 1359 70000003")
    with village.database.read() as session:
        raw = [
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for row in session.execute(select(text("*")).select_from(PendingConfirmation.__table__))
            for value in row
        ]
        kept = session.scalars(select(PendingConfirmation).order_by(PendingConfirmation.id)).all()
        assert confirms(village.database.vault, kept[0], one_code)
        assert kept[1].code_digest is None
        assert one_code not in kept[0].command + str(kept[0].question)
    stored = b"\n".join(raw)
    # Longer than what random ids and digests may hold, or on its own.
    told = rb"70000003|Pig 1|animals|(?<![0-9a-f])1359(?![0-9a-f])"
    assert re.findall(told, stored) == []


def test_repr__of_claims_and_sales__shows_no_code_and_no_phone(village, caplog, one_code):
    with caplog.at_level(logging.DEBUG):
        village.say("KILL 1262")
        village.say("SELL 1359 70000003")
        village.say(one_code)
    sale = Sale(
        (pig(1),), Key("bilum", "1068"), Key("bilum", "1165"), TODAY, UUID(int=1), "7000", None
    )
    with village.database.read() as session:
        claim = session.scalars(
            select(PendingConfirmation).order_by(PendingConfirmation.id)
        ).first()
        shown = [repr(claim), repr(OpenedConfirmation(claim, one_code, replaced=False))]
    shown += [repr(sale).replace("7000000", ""), caplog.text]
    assert "'7000'" not in repr(sale)
    for one in shown:
        assert one_code not in re.sub("0x[0-9a-f]+", "", one)
        assert "70000003" not in one


def test_kinds__each__is_stored_under_a_name_of_its_own():
    of_people = {"own_phone", "add_phone", "act_for", "accept"}
    assert set(KINDS) == of_people | {"box"} | {
        *("kill", "consent", "terms", "handover", "take", "permit", "check", "doubt"),
        *("evidence", "evidence_code", "recover", "result", "clear", "taking_back"),
        "undoing",
    }
    assert all(name == kind.name for name, kind in KINDS.items())
    coded = {name: kind.life for name, kind in KINDS.items() if not kind.options}
    # A keeper without signal agrees late; it is tries, not time, that guessing needs.
    assert [coded.pop(name) for name in ("evidence_code", "undoing")] == [timedelta(days=3)] * 2
    assert coded == dict.fromkeys(coded, timedelta(minutes=10))


def test_answer__same_sms_delivered_again__gets_the_first_answer_and_no_effect(village):
    give(village)
    first = village.send("1", BUYER, "SM-same")
    assert village.send("1", BUYER, "SM-same") == first
    assert len(events(village.database, "transfer")) == 1


def test_answer__claim_open_again_by_a_fault__records_nothing_twice(village):
    database = village.database
    village.say("KILL 1262")
    village.say("SELL 1359 1165")
    for said in (codes(database)[0], "3"):
        village.say(said)
        before = rows(database, Journal)
        with database.write() as session:
            session.execute(update(PendingConfirmation).values(state="open"))
        assert village.send(said).outcome == "error.already_done"
        assert rows(database, Journal) == before


@pytest.mark.slow
def test_answer__what_only_looks_like_one__leaves_the_question_open(village):
    give(village)
    outcomes = {trap: village.send(trap, BUYER).outcome for trap in TRAPS}
    assert [trap for trap, outcome in outcomes.items() if outcome == "answer"] == []
    assert claims(village.database)[-1] == "open"
    village.say("1", BUYER)
    assert claims(village.database)[-1] == "done"
    assert len(events(village.database, "transfer")) == 1
