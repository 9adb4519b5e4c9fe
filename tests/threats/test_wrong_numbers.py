"""Somebody whose number we took for another's: nothing is done in the name of whom we meant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.livestock.control.evidence_escalation import pass_on_evidence
from tests.services.scene import PIG
from tests.threats.phones import STRANGER, journal, state_of

KEEPER, NEIGHBOUR, OFFICER = "+67570000001", "+67570000002", "+67570000005"
SORRY = "sorry to have troubled you"


@pytest.mark.parametrize(
    "text", ["wrong number", "Sorry, this is the wrong number!", "you have the wrong person"]
)
def test_anybody__says_wrong_number__is_thanked(phones, text):
    assert SORRY in phones.says(STRANGER, text)


@pytest.mark.parametrize("text", ["rong namba", "wrong number"])
def test_keeper__is_asked_of_evidence_and_says_wrong_number__objects_to_nothing(
    phones, scene, text
):
    """It was an objection in the keeper's name, and the evidence was lost."""
    phones.says(STRANGER, f"DEAD {PIG}")
    before = state_of(scene.world, PIG)
    phones.says(KEEPER, text)
    assert "object" not in {one["type"] for one in journal(scene.world)}
    runtime = scene.world.runtime
    runtime.clock.pass_by(timedelta(minutes=1).total_seconds())
    pass_on_evidence(runtime.database, runtime.clock())
    phones.says(KEEPER, phones.first_code_to(KEEPER))
    assert state_of(scene.world, PIG) == before
    phones.sends(OFFICER, phones.first_code_to(OFFICER))
    assert journal(scene.world)[-1]["type"] == "agree"


@pytest.mark.slow
def test_receiver__says_wrong_number__takes_no_pig(phones, scene):
    phones.says(KEEPER, f"GIVE {PIG} {NEIGHBOUR}")
    phones.says(KEEPER, f"{phones.code_to(KEEPER)} GOOD")
    assert SORRY in phones.says(NEIGHBOUR, "wrong number")
    phones.says(NEIGHBOUR, "1")
    assert "transfer" not in {one["type"] for one in journal(scene.world)}


def test_keeper__writes_of_a_wrong_receipt__is_no_wrong_number(phones):
    assert SORRY not in phones.says(KEEPER, "WRONG number 1262")
