"""Each reason against a movement, on the phone and in the API alike: the table is reasons.txt."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.api.tokens import create_token
from services.core.roles import Role
from services.core.settings import Settings
from services.livestock.domain.movement_questions import Reason
from services.runtime.app import create_app
from services.runtime.container import Runtime
from tests.factories import KEY, NOW
from tests.services.livestock.control.reason_scenes import SCENES
from tests.services.livestock.country import FARMER, MADANG_KEEPER, Country, official
from tests.support.texts import assert_one_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).with_name("reasons.txt").read_text(encoding="utf-8")
ROWS = [block.split("\n") for block in TABLE.strip().split("\n\n")[1:]]
KEYWORDS = {"en": "OK", "tpi": "ORAIT"}


@pytest.fixture
def runtime(founded_file, tmp_path) -> Iterator[Runtime]:
    shutil.copy(founded_file, tmp_path / "bilum.db")
    settings = Settings.from_env({"BILUM_DATA_DIR": str(tmp_path), "BILUM_DATA_KEY": KEY.hex()})
    running = Runtime.open(settings, lambda: NOW)
    yield running
    running.close()


def test_table__reasons__are_all_there_are():
    assert [row[0] for row in ROWS] == [reason.value for reason in Reason] == list(SCENES)


@pytest.mark.parametrize(("reason", "english", "pisin"), ROWS, ids=[row[0] for row in ROWS])
def test_may_move__reason__is_told_by_sms_and_api_alike(runtime, reason, english, pisin):
    land = Country(runtime.database)
    numbers = SCENES[Reason(reason)](land)
    told = {
        language: land.phones.say(f"{word} {numbers}", keeper_of(numbers))
        for language, word in KEYWORDS.items()
    }
    assert told == {"en": english, "tpi": pisin}
    for text in told.values():
        assert_one_segment(text)
    decision = ask_api(runtime, numbers.split())[0]
    assert [one["reason"] for one in decision["reasons"]][:1] == [reason]
    assert not decision["allowed"]
    if not english.endswith("other pig"):  # a summary of two has no text for one
        assert decision["texts"] == told


@pytest.mark.parametrize("numbers", ["598000000000004 1359", "598000000000001 1165"])
def test_may_move__nothing_against_it__is_allowed_by_sms_and_api_alike(runtime, numbers):
    land = Country(runtime.database)
    land.permit(1)
    told = land.phones.say(f"OK {numbers}", keeper_of(numbers))
    assert told.startswith("OK. Pig 598")
    decision = ask_api(runtime, numbers.split())[0]
    assert decision["allowed"]
    assert decision["texts"]["en"] == told


def keeper_of(numbers: str) -> str:
    return MADANG_KEEPER if official(4) in numbers else FARMER


def ask_api(runtime: Runtime, numbers: list[str]) -> list[dict]:
    """Ask as the pig's keeper does, with his token; the last of several numbers is the place."""
    with runtime.database.write() as session:
        party = Country(runtime.database).party(session, keeper_of(" ".join(numbers)))
        secret = create_token(session, Role.KEEPER, NOW, party_id=party.id)
    is_place = numbers[-1] in {"1165", "1359"}
    asked = {"numbers": numbers[:-1] if is_place else numbers}
    answer = (
        create_app(runtime)
        .test_client()
        .post(
            "/api/v1/decisions",
            json=asked | ({"to": numbers[-1]} if is_place else {}),
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"},
        )
    )
    assert answer.status_code == 200, answer.text
    return answer.get_json()["decisions"]
