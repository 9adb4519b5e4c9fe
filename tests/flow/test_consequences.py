"""What follows from a record: a positive result closes a district, a stolen pig is stopped."""

from __future__ import annotations

import re

import pytest

from services.core.roles import Role
from tests.factories import official

KEEPERS = [f"+675700003{n:02}" for n in range(1, 4)]
VET, CHIEF, INSPECTOR = "+67570000301", "+67570000302", "+67570000303"
PIG, OTHER = official(31), official(32)
ASF = "african_swine_fever"


@pytest.fixture
def people(stage):
    """Two keepers in Jiwaka and one in Madang, two veterinary officers, one inspector."""
    for number in (VET, CHIEF):
        stage.appoint(number, Role.VETERINARY_OFFICER)
    stage.appoint(INSPECTOR, Role.INSPECTOR)
    for keeper, province in zip(KEEPERS, ("Jiwaka", "Jiwaka", "Madang"), strict=True):
        stage.send(keeper, f"PLACE Ples, {province}")
    stage.send(KEEPERS[0], f"REG {PIG}")
    stage.send(KEEPERS[1], f"REG {OTHER}")
    return stage


def code_in(text):
    return re.search(r"(?<!\d)\d{6}(?!\d)", text)[0]


def test_positive_result__of_a_suspicion__closes_a_district_in_a_few_texts(people):
    stage = people
    stage.send(KEEPERS[0], f"SICK {PIG} ASF")
    assert "may have ASF" in stage.send(KEEPERS[1], f"OK {PIG}")
    vet = stage.token(VET, Role.VETERINARY_OFFICER)
    [outbreak] = stage.call(vet, "GET", "/api/v1/outbreaks")["items"]
    assert outbreak["state"] == "suspect"

    assert "S-17" in stage.send(VET, f"SAMPLE {PIG} BLOOD S-17")
    asked = stage.send(VET, "RESULT S-17 ASF POS")
    assert asked.startswith("NOT written down yet. Sample S-17: ASF, POSITIVE")
    assert stage.call(vet, "GET", "/api/v1/outbreaks")["items"][0]["state"] == "suspect"
    assert "S-17, ASF, POSITIVE" in stage.send(VET, code_in(asked))

    assert stage.call(vet, "GET", "/api/v1/outbreaks")["items"][0]["state"] == "confirmed"
    assert any(text.startswith("POSITIVE: ASF, sample S-17") for text in stage.inbox(CHIEF))
    assert stage.send(KEEPERS[0], f"OK {PIG}").startswith("NO. ASF was found at pig")
    report = stage.call(vet, "GET", f"/api/v1/outbreaks/{outbreak['number']}/woah")
    assert [(one["sample"], one["outcome"]) for one in report["diagnostics"]] == [
        ("S-17", "positive")
    ]

    order = {"kind": "zone", "status": "infected", "area": {"provinces": ["Jiwaka"]}}
    order |= {"area_name": "Jiwaka", "since": "2026-11-25", "disease": ASF}
    zone = stage.call(vet, "POST", "/api/v1/orders", order | {"outbreak": outbreak["number"]})
    notice = stage.call(vet, "POST", f"/api/v1/orders/{zone['number']}/notices", {})
    chief = stage.token(CHIEF, Role.VETERINARY_OFFICER)
    stage.call(chief, "POST", f"/api/v1/notices/{notice['id']}/approve")
    assert any(zone["number"] in text for text in stage.inbox(KEEPERS[1]))

    madang = stage.send(KEEPERS[2], "ME")
    place = re.search(r"\d{4,}", madang)[0]
    assert stage.send(KEEPERS[1], f"OK {OTHER} {place}").startswith("NO. Pig")
    told = stage.send(KEEPERS[1], f"MOVE {OTHER} {place}")
    assert told.startswith("STOP. No pig may leave Jiwaka: ASF. Turn back or call NAQIA")
    stage.record()
    assert stage.audit(projections=True).clean


def test_stolen_pig__at_a_roadblock__is_held_and_its_keeper_and_officers_know(people):
    stage = people
    assert "is stolen" in stage.send(KEEPERS[0], f"STOLEN {PIG}")
    assert any("STOLEN: pig" in text for text in stage.inbox(VET))
    assert stage.send(INSPECTOR, f"OK {PIG}").startswith(f"NO. HOLD pig {PIG}: it is reported")
    [seen] = [one for one in stage.inbox(KEEPERS[0]) if one.startswith("STOLEN pig")]
    assert "70000303" in seen
    code = code_in(stage.send(KEEPERS[0], f"FOUND {PIG}"))
    assert "is back" in stage.send(KEEPERS[0], code)
    assert "HOLD" not in stage.send(INSPECTOR, f"OK {PIG}")
    stage.record()
    assert stage.audit(projections=True).clean
