"""What the publish gate refuses in a trial, each with its line."""

from __future__ import annotations

from datetime import date

import pytest

from services.health.errors import BadProgramme
from services.health.format.documents import read_source
from services.health.format.parser import read_programme
from services.health.linting.findings import LintSettings, Severity
from services.health.linting.linter import line_of, lint
from services.health.versions.store import LIBRARY
from services.health.versions.trials import clusters_of
from tests.services.health.trials.trial import STEPPED, TRIAL

TODAY = date(2026, 11, 25)
# What is written instead, the rule, and how the line begins that the finding names.
CASES = [
    ("ab" * 32, "0" * 64, "trial_protocol", "protocol:"),
    ("gets: [rest]", "gets: [rest, asked]", "trial_follow_up", "- id: month1"),
    ("follow_up: [month1]", "follow_up: [month1, day-0]", "trial_follow_up", "follow_up:"),
    ("follow_up: [month1]", "follow_up: []", "trial_follow_up", "follow_up:"),
    ("assessment: month1}\n  target", "assessment: day-0}\n  target", "trial_primary", "primary:"),
    ("outcome: abstinent,", "outcome: happy,", "trial_primary", "primary:"),
    ("gets: [rest]", "gets: [nowhere]", "trial_arms", "- {code: bland"),
    ("gets: [rest]", "gets: []", "trial_arms", "- {code: bland"),
    ("gets: [rest]", "gets: [start, course, relapse]", "trial_arms", "arms:"),
    ("code: bland", "code: whole", "trial_arms", "- {code: whole"),
    ('"2027-10-31"', '"2026-10-31"', "trial_dates", "stop:"),
    ('start: "2026-11-01"\n  stop: "2027-10-31"', 'start: "2026-01-01"\n  stop: "2026-02-01"',
     "trial_dates", "stop:"),
    ("strata: [sex]", "strata: [province]", "trial_strata", "strata:"),
    ("strata: [sex]", "strata: [name]", "trial_strata", "strata:"),
    ("This is a study: chance", "Chance", "trial_consent", "en:"),
    ("study: chance decides", "study: we decide", "trial_consent", "en:"),
    ("STOP costs nothing and", "STOP ends it and", "trial_consent", "en:"),
    ("laki i makim", "mipela makim", "trial_consent", "tpi:"),
    ("Thank you for being with us.", "You are in the control group.", "trial_unblinded", "text:"),
    ("Tell a friend today.", "Tell the whole family.", "trial_unblinded", "- {id: tip-1"),
]  # fmt: skip
STEPS = [
    ("after: whole", "after: other", "trial_wedge", "wedge:"),
    ('"2027-01-04", "2027-03-01"', '"2027-03-01", "2027-01-04"', "trial_wedge", "wedge:"),
    ('"2027-01-04", "2027-03-01"', '"2026-10-01", "2027-03-01"', "trial_wedge", "wedge:"),
    ('"2027-01-04", ', '"2027-01-04", "2027-02-01", ', "trial_wedge", "wedge:"),
    ("unit: facility", "unit: person", "trial_wedge", "wedge:"),
    ("unit: facility", "unit: ward", "trial_strata", "unit:"),
    ("  target:", "  strata: [sex]\n  target:", "trial_strata", "strata:"),
]


def faults(text):
    found = lint(read_programme(text), LintSettings(), TODAY)
    return [one for one in found if one.severity is Severity.FAULT]


@pytest.mark.parametrize("text", [TRIAL, STEPPED], ids=["persons", "wedge"])
def test_trial__that_is_whole__has_no_fault(text):
    assert faults(text) == []


@pytest.mark.slow
def test_trial__with_a_fault__is_refused_with_its_line():
    for text, cases in ((TRIAL, CASES), (STEPPED, STEPS)):
        lines = text.splitlines()
        for before, after, code, begins in cases:
            assert before in text, before
            changed = text.replace(before, after)
            found = [one for one in faults(changed) if one.code == code]
            assert found, (after, faults(changed))
            line = line_of(found[0], read_source(changed))
            assert changed.splitlines()[line - 1].strip().startswith(begins), (after, found, line)
        assert lines


def test_example__of_a_trial_in_27_clinics__has_no_fault_and_two_places_for_one():
    text = (LIBRARY / "trials" / "quit4tb.yaml").read_text("utf-8")
    assert faults(text) == []
    programme = read_programme(text)
    places = clusters_of(programme, programme.trial)
    assert (len(places), [arm.ratio for arm in programme.trial.arms]) == (27, [2, 1])


def test_trial__that_cannot_be_read__names_every_line():
    broken = TRIAL.replace("ratio: 2", "ratio: 0").replace("ab" * 32, "protocol.pdf")
    with pytest.raises(BadProgramme) as caught:
        read_programme(broken.replace("unit: person", "unit: pig"))
    told = {fault.where: fault.line for fault in caught.value.faults}
    assert set(told) == {"trial.arms[0].ratio", "trial.protocol.sha256", "trial.unit"}
    assert None not in told.values()
