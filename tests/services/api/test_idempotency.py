"""The same request again gets the first answer and has no effect; on each kind of database."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select, update

from services.core.roles import Role
from services.storage.models import Arrival
from tests.factories import in_threads

PREMISES = "/api/v1/premises"
BODY = {"kind": "household", "province": "Enga"}


def add(world, headers, key, body=BODY):
    return world.app.test_client().post(
        PREMISES, json=body, headers=headers | {"Idempotency-Key": key}
    )


@pytest.fixture
def officer(world):
    return world.bearer(Role.VETERINARY_OFFICER)


def test_again__same_key_and_body__is_the_first_answer_without_effect(world, officer):
    first = add(world, officer, "k1")
    assert first.status_code == 201
    before = world.counts()
    again = add(world, officer, "k1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.content_type == first.content_type
    assert world.counts() == before


def test_again__quoted_as_the_draft_writes_it__is_the_same_key(world, officer):
    assert add(world, officer, '"k1"').data == add(world, officer, "k1").data


@pytest.mark.parametrize("body", [BODY | {"province": "Hela"}, {"no": 1}, []])
def test_again__other_body__is_a_conflict_without_effect(world, officer, body):
    add(world, officer, "k1")
    before = world.counts()
    response = add(world, officer, "k1", body)
    assert (response.status_code, response.json["code"]) == (409, "gateway.key_conflict")
    assert world.counts() == before | {"envelope_conflict": 1}


def test_again__other_address__is_a_conflict(world, officer):
    add(world, officer, "k1")
    headers = officer | {"Idempotency-Key": "k1"}
    response = world.app.test_client().post("/api/v1/mobs", json=BODY, headers=headers)
    assert response.status_code == 409


def test_key__of_another_token__is_another_key(world, officer):
    first = add(world, officer, "k1")
    other = add(world, world.bearer(Role.INSPECTOR), "k1")
    assert other.status_code == 201
    assert other.json["id"] != first.json["id"]


def test_refused__leaves_no_trace__so_the_key_serves_the_corrected_request(world, officer):
    before = world.counts()
    assert add(world, officer, "k1", {"kind": "castle"}).status_code == 422
    assert world.counts() == before
    assert add(world, officer, "k1").status_code == 201


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 129, "é"])
def test_key__missing_or_none__is_a_bad_request_that_says_so(world, officer, key):
    headers = officer | ({} if key is None else {"Idempotency-Key": key})
    response = world.app.test_client().post(PREMISES, json=BODY, headers=headers)
    assert response.status_code == 400
    assert response.json["errors"][0]["pointer"] == "#/Idempotency-Key"


def test_again__answer_no_longer_kept__is_a_conflict_without_effect(world, officer):
    add(world, officer, "k1")
    with world.runtime.database.write() as session:
        session.execute(update(Arrival).values(answer=None, payload=None))
    before = world.counts()
    response = add(world, officer, "k1")
    assert (response.status_code, response.json["code"]) == (409, "conflict")
    assert world.counts() == before


def test_at_once__same_key__takes_effect_once(world, officer):
    answers = in_threads(*[partial(add, world, officer, "k1")] * 4)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert world.counts()["premises"] == 1


def test_stored__answer_alone__is_sealed(world, officer):
    add(world, officer, "k1", BODY | {"name": "Kudjip of Paul"})
    folder = world.runtime.settings.data_dir
    raw = folder.joinpath("bilum.db").read_bytes() + folder.joinpath("bilum.db-wal").read_bytes()
    assert b"Kudjip of Paul" not in raw
    with world.runtime.database.read() as session:
        kept = session.scalars(select(Arrival)).one()
        assert kept.payload is None
        assert "Kudjip of Paul" in kept.answer
