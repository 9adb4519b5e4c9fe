"""Nobody is said to have been told, or asked, whom no text of ours reaches."""

from __future__ import annotations

import pytest

from tests.services.scene import PIG
from tests.threats.phones import STRANGER, forget_phones_of

KEEPER, OFFICER = "+67570000001", "+67570000005"
DAYS = {"first_day": "2026-11-25", "last_day": "2026-12-01"}


def decide(scene, phones):
    """An officer issues the keeper's permit by SMS; what the officer is answered."""
    told = {"animals": [PIG], "origin": scene.places["keeper"]}
    told |= {"destination": scene.places["neighbour"]} | DAYS
    asked = scene.keeper.post("/api/v1/permits", told)
    assert asked.status_code == 201, asked.text
    return lambda: (
        phones.says(OFFICER, f"PERMIT {asked.json['number']} YES"),
        phones.says(OFFICER, phones.code_to(OFFICER)),
    )[1]


@pytest.mark.parametrize("language", ["LANG EN", "TOK PISIN"])
@pytest.mark.parametrize("gone", ["STOP ALL", "no phone"])
def test_keeper__whom_no_text_reaches__is_not_said_to_have_been_told(scene, phones, language, gone):
    """An officer who reads `the keeper was told` does not call."""
    phones.says(OFFICER, language)
    act = decide(scene, phones)
    if gone == "no phone":
        forget_phones_of(scene, "keeper")
    else:
        phones.sends(KEEPER, gone)
    before = len(phones.to(KEEPER))
    reply = act()
    assert "do not reach the keeper" in reply or "i no inap kamap long papa" in reply
    assert len(reply) <= 160
    assert len(phones.to(KEEPER)) == before


def test_keeper__who_is_reached__is_told_and_so_said(scene, phones):
    phones.says(OFFICER, "LANG EN")
    before = len(phones.to(KEEPER))
    assert "We told the keeper" in decide(scene, phones)()
    assert len(phones.to(KEEPER)) == before + 1


def test_keeper__who_sent_stop_all__is_not_said_to_have_been_asked(scene, phones):
    """Of evidence an officer is asked in their place."""
    phones.says(STRANGER, "LANG EN")
    phones.sends(KEEPER, "STOP ALL")
    reply = phones.says(STRANGER, f"DEAD {PIG}")
    assert "asked its keeper" not in reply
    assert "asked an officer" in reply
    assert len([text for text in phones.to(OFFICER) if PIG in text]) == 1
