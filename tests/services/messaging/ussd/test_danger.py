"""Words of danger, typed where something else was asked."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.health.conversation import danger_matcher
from services.health.danger.danger_words import DangerText
from services.storage.models import Concern
from tests.services.health.scene import publish
from tests.services.messaging.ussd.phone import english


def concerns(world):
    with world.runtime.database.read() as session:
        return list(session.scalars(select(Concern.code)))


@pytest.fixture
def keeper(dialled):
    publish(dialled.world.runtime.database)
    return english(dialled.world)


def test_danger__typed_at_a_question__is_answered_by_what_to_do_and_a_nurse_is_told(keeper):
    asked = keeper.press("2", "5")
    told = keeper.press("my chest pain is bad")
    assert "1 SMS 0 Back 00 Home" in told
    assert "Its name?" not in told
    assert concerns(keeper.world) == ["chest_pain"]
    assert keeper.press("0") == asked


def test_danger__typed_in_the_middle_of_a_form__leaves_its_answers(keeper):
    keeper.press("1", "2", "1262")
    keeper.press("chest pain")
    assert concerns(keeper.world) == ["chest_pain"]
    assert keeper.press("0").startswith("Which pig?\n1262")


def test_danger__typed_at_a_menu__is_heard_too(keeper):
    assert not keeper.press("chest pain").startswith("No such key.")
    assert concerns(keeper.world) == ["chest_pain"]


def test_danger__none_in_what_is_typed__changes_nothing(keeper):
    assert keeper.press("2", "5", "Kudjip").startswith("It is Kudjip?")
    assert concerns(keeper.world) == []


def test_danger__that_is_only_possible__is_asked_about_on_the_screen(keeper, monkeypatch):
    def doubt(text: str) -> DangerText | None:
        return DangerText("chest_pain", asks=True) if text == "chest feels odd" else None

    monkeypatch.setattr(danger_matcher, "read_danger", doubt)
    asked = keeper.press("2", "5")
    question = keeper.press("chest feels odd")
    assert "Answer 1 yes, 2 no" in question
    assert "1 SMS" not in question
    assert concerns(keeper.world) == []
    assert keeper.press("5").startswith("No such key.")
    assert "Go to the nearest health centre now" in keeper.press("1")
    assert concerns(keeper.world) == ["chest_pain"]
    assert keeper.press("0") == asked
