from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest
from sqlalchemy import select

from chain.__main__ import main as chain_command
from chain.canonical import public_subject
from chain.verification import Expected, verify_proof
from services.api.tokens import create_token
from services.core.roles import Role
from services.passport.page import POLICY
from services.runtime.workers import record_everything
from services.storage.models import Journal, LedgerLeaf, Party
from tests.factories import NOW, official, pig, write
from tests.services.passport.scene import SOW, TELLTALES, Office, ago, told
from tests.support.tampering import unguarded

API, PAGE = f"/api/v1/passports/{official(1)}", f"/passports/{official(1)}"
UNOPENED = ["wrong", "missing", "of another", "unknown", "unreadable", "premises"]


def unopened(public, how):
    """A number and a query that open nothing."""
    write(public.database, told("register", ago(1), of=pig(2)))
    code = public.code()
    return {
        "wrong": (official(1), "?code=7KQ2-M9XA-P4TD"),
        "missing": (official(1), ""),
        "of another": (official(2), f"?code={code}"),
        "unknown": (official(7), f"?code={code}"),
        "unreadable": ("104277", f"?code={code}"),
        "premises": ("premises:1", f"?code={code}"),
    }[how]


def keeper(public, *, of_the_sow):
    """The token of a keeper."""
    with public.database.write() as session:
        party = session.scalars(select(Party.id)).first() if of_the_sow else None
        secret = create_token(session, Role.KEEPER, NOW, party_id=party)
    return {"Authorization": f"Bearer {secret}"}


def record(world):
    record_everything(world.runtime, lambda: None, lambda _: None)


def test_passport__with_its_code__is_read_by_anyone(world, public):
    shown = world.get(f"{API}?code={public.code().lower()}")
    assert shown.status_code == 200
    assert (shown.json["sex"], shown.json["withdrawal_until"]) == ("female", "2026-12-03")
    assert shown.json["point"]["latitude"] == -5.88
    assert shown.json["orders"][0]["number"] == "Q-7"
    [left] = [event for event in shown.json["events"] if event["type"] == "depart"]
    assert left["places"]["from"]["district"] == "North Waghi"
    assert left["places"]["to"]["province"] == "Western Highlands"
    assert (left["index"], left["on_ledger"], left["corrected_by"]) == (None, False, None)
    assert shown.json["proof"] is None


@pytest.mark.parametrize("path", ["/api/v1/passports", "/passports"])
@pytest.mark.parametrize("how", UNOPENED)
def test_passport__that_does_not_open__has_one_answer_whatever_the_cause(world, public, path, how):
    tag, query = unopened(public, how)
    answer = world.get(f"{path}/{tag}{query}")
    never = world.get(f"{path}/{official(99)}?code=0000-0000-0000")
    assert answer.status_code == never.status_code == 404
    assert answer.data == never.data
    assert dict(answer.headers) == dict(never.headers)
    if path.startswith("/api"):
        assert answer.json["code"] == "no_passport"


@pytest.mark.slow
def test_passport__in_every_form__names_no_person_phone_place_or_exact_point(world, public):
    record(world)
    query = f"?code={public.code()}"
    for path in (API, f"{API}/proof", PAGE):
        answer = world.get(path + query)
        assert answer.status_code == 200
        assert not [telltale for telltale in TELLTALES if telltale in answer.text], path


def test_page__with_its_code__is_html_under_a_strict_policy(world, public):
    answer = world.get(f"{PAGE}?code={public.code()}")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.headers.getlist("Content-Security-Policy") == [POLICY]
    assert "unsafe" not in POLICY
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert public.code() in answer.text
    assert "localhost/passports" in answer.text


def test_page__typed_number_and_code__opens_by_the_form(world, public):
    asked = world.get("/passports")
    assert (asked.status_code, "Open a passport" in asked.text) == (200, True)
    opened = world.get(f"/passports?tag={official(1)}&code={public.code()}")
    assert opened.data == world.get(f"{PAGE}?code={public.code()}").data


def test_passport__opened__leaves_no_code_in_the_log(world, public, caplog):
    caplog.set_level(logging.DEBUG)
    code = public.code()
    world.get(f"{PAGE}?code={code}")
    world.get(f"{API}?code={code}")
    assert caplog.records
    assert code not in caplog.text
    assert official(1) not in caplog.text


@pytest.mark.slow
def test_proof__recorded__verifies_offline_as_file_and_within_the_passport(
    world, public, tmp_path, capsys
):
    record(world)
    query = f"?code={public.code()}"
    bound = world.runtime.recorder_store.identity()
    expected = Expected(chain_id=bound.chain_id, genesis=bound.genesis, contract=bound.contract)
    saved = world.get(f"{API}/proof{query}")
    assert saved.headers["Content-Disposition"] == "attachment; filename=proof.json"
    passport = world.get(API + query).json
    within = json.dumps(passport["proof"])
    for text in (saved.text, within):
        proof = verify_proof(text, expected)
        assert {one.index for one in proof.records} == {
            event["index"] for event in passport["events"]
        }
    path = tmp_path / "proof.json"
    path.write_text(within)
    top = proof.checkpoint
    known = ["--root", top.root.hex(), "--size", str(top.size), "--contract", bound.contract]
    assert chain_command(["verify", str(path), *known, "--tag", official(1)]) == 0
    assert f"record {proof.records[0].index}: animal {official(1)}, " in capsys.readouterr().out
    page = world.get(f"{PAGE}{query}").text
    assert f'href="http://localhost/api/v1/passports/{official(1)}/proof' in page
    told = f"proof.json --tag {official(1)} --contract {bound.contract} --node URL"
    assert told in page
    assert "Records can be left out" in page


@pytest.mark.slow
def test_proof__of_an_edited_event__names_its_index_in_a_header(world, public):
    record(world)
    with world.runtime.database.read() as session:
        edited = session.execute(
            select(Journal.id, LedgerLeaf.index)
            .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
            .where(Journal.type == "arrive", LedgerLeaf.subject == public_subject(*SOW))
        ).one()
    with unguarded(world.runtime.database.engine.url.database) as connection:
        connection.execute("UPDATE journal SET content = '{' WHERE id = ?", (edited.id,))
    query = f"?code={public.code()}"
    for path in (f"{API}/proof{query}", f"/api/v1/animals/{official(1)}/proof"):
        saved = world.get(path, Role.AUDITOR)
        assert saved.headers["Bilum-Not-Disclosed"] == str(edited.index)
        proven = {one.index for one in verify_proof(saved.text, Expected()).records}
        assert edited.index not in proven
    assert world.get(API + query).json["not_disclosed"] == [edited.index]


def test_proof__nothing_recorded_yet__is_a_conflict(world, public):
    answer = world.get(f"{API}/proof?code={public.code()}")
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_recorded")
    assert world.get(f"{API}/proof").status_code == 404


def test_code__asked_by_an_officer__opens_under_the_public_address(open_world, settings):
    gateway = replace(settings.gateway, public_url="https://bilum.example")
    world = open_world(gateway=gateway)
    public = Office(world.runtime.database)
    public.live()
    given = world.post(API, None, Role.INSPECTOR).json
    assert given["code"] == public.code()
    assert given["url"] == (
        f"https://bilum.example/passports/{given['number']}?code={given['code']}"
    )
    assert world.get(given["url"].removeprefix("https://bilum.example")).status_code == 200


def test_code__asked_by_keepers__is_for_the_animals_own(world, public):
    client = world.app.test_client()
    own = client.post(API, headers=keeper(public, of_the_sow=True))
    assert (own.status_code, own.json["code"]) == (200, public.code())
    for method in (client.post, client.delete):
        other = method(API, headers=keeper(public, of_the_sow=False))
        assert (other.status_code, other.json["code"]) == (403, "not_your_animal")


def test_code__asked_by_an_abattoir_without_the_animal_or_an_auditor__is_refused(world, public):
    assert world.post(API, None, Role.ABATTOIR).json["code"] == "not_your_animal"
    assert world.post(API, None, Role.AUDITOR).json["code"] == "forbidden"


@pytest.mark.slow
def test_codes__ended__open_nothing_and_the_next_one_does(world, public):
    old = public.code()
    ended = world.app.test_client().delete(API, headers=world.bearer(Role.VETERINARY_OFFICER))
    assert (ended.status_code, ended.data) == (204, b"")
    assert world.get(f"{API}?code={old}").status_code == 404
    assert world.get(f"{API}?code={public.code()}").status_code == 200


def test_code__of_an_unknown_number__is_told_plainly_to_who_may_ask(world, public):
    answer = world.post(f"/api/v1/passports/{official(99)}", None, Role.INSPECTOR)
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_number")
