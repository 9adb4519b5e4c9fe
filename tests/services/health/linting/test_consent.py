"""How people join: who reads the phone, how old they are, what is kept, and what it costs."""

from __future__ import annotations

from datetime import date

import pytest

from services.health.format.documents import read_document
from services.health.format.parser import build, read_programme
from services.health.linting.findings import LintSettings
from services.health.linting.linter import lint
from tests.services.health.scene import SMALL

TODAY = date(2026, 11, 25)
AGE = {"id": "age", "text": {"en": "How old?", "tpi": "Hamas krismas?"}}


def codes_of(document: dict[str, object]) -> list[str]:
    return [one.code for one in lint(build(document), LintSettings(), TODAY)]


def test_cost__consent_and_invitation_that_are_free__warn_until_answers_are():
    small = read_programme(SMALL)
    told = {one.where for one in lint(small, LintSettings(), TODAY) if one.code == "claims_free"}
    assert told == {"invitation", "intake.agree"}
    found = {one.code for one in lint(small, LintSettings(free=True), TODAY)}
    assert not found & {"claims_free", "consent_not_free"}


@pytest.mark.parametrize(
    ("country", "answers", "found"),
    [
        ({"least_age": 15}, [{"if": {"to": 14}, "do": [{"end": "ineligible"}]}], []),
        ({"least_age": 15}, [{"if": {"to": 9}, "do": [{"end": "ineligible"}]}], ["too_young"]),
        ({"least_age": 15}, [{"if": {"to": 15}, "do": [{"end": "ineligible"}]}], ["too_young"]),
        ({"least_age": 15}, [], ["too_young"]),
        ({"least_age": 0}, [], []),
        ({"oldest": 65}, [], ["no_age"]),
    ],
)
def test_least_age__is_set_and_ends_the_course_of_who_is_younger(country, answers, found):
    document = read_document(SMALL)
    asked = {"expect": "number", "from": 5, "to": 110, "answers": answers}
    document |= {"country": country, "intake": [{**AGE, "ask": asked}, *document["intake"]]}
    codes = {"no_age", "too_young", "age_not_asked"}
    assert [one for one in codes_of(document) if one in codes] == found


def test_intake__asks_who_reads_the_phone_first_and_tells_of_privacy__is_no_finding():
    document = read_document(SMALL)
    assert {"shared_not_first", "consent_privacy"} <= set(codes_of(document))
    first = next(one for one in document["intake"] if one["id"] == "shared")
    document["intake"] = [first, *(one for one in document["intake"] if one is not first)]
    first["ask"]["answers"][0]["reply"] = {"en": "More: PRIVACY", "tpi": "Moa: PRAIVET"}
    assert not {"shared_not_first", "consent_privacy"} & set(codes_of(document))
