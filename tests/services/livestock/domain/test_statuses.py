"""Statuses that events begin and end, in whatever order they are told."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest

from services.livestock.domain.events import Event
from services.livestock.domain.model import EventType
from services.livestock.domain.statuses import (
    SICK_DAYS,
    SUSPECT_DAYS,
    SuspicionStanding,
    statuses_of,
    statuses_of_place,
)
from services.livestock.domain.suspicion import is_suspicious, may_be_of_place

ASF, CSF = "african_swine_fever", "classical_swine_fever"


def day(number):
    return date(2026, 11, 1) + timedelta(days=number - 1)


def sick(key, on, disease=ASF, standing=SuspicionStanding.OF_PLACE, signs=(), *, told=None):
    details = {"signs": [*signs]} | ({"suspicion": disease} if disease else {})
    return Event(
        key,
        EventType.SICKNESS,
        day(on),
        details=details,
        standing=standing,
        told=day(told) if told else None,
    )


def died(key, on, standing=SuspicionStanding.OF_PLACE):
    told = {"cause": "unknown", "head_count": 3}
    return Event(key, EventType.DEATH, day(on), details=told, standing=standing)


def sample(key, on, number="S-1", **told):
    return Event(
        key, EventType.SAMPLE, day(on), details={"specimen": "blood", "sample": number} | told
    )


def result(key, on, outcome, number="S-1", disease=ASF):
    told = {"sample": number, "disease": disease, "outcome": outcome}
    return Event(key, EventType.RESULT, day(on), details=told)


def declared(key, on, status, action="begun", **told):
    details = {"status": status, "action": action} | told
    return Event(key, EventType.STATUS, day(on), details=details)


def other(key, kind, on):
    return Event(key, EventType(kind), day(on))


# Events; the statuses they make: kind, first day, first day no longer; flags.
CASES = {
    "suspicion ends by itself": ([sick(1, 1)], [("suspect", 1, 31)], []),
    "another report prolongs it": ([sick(1, 1), sick(2, 11)], [("suspect", 1, 41)], []),
    "a sample keeps it open": ([sick(1, 1), sample(2, 3)], [("suspect", 1, None)], []),
    "a stranger makes none": ([sick(1, 1, standing=None)], [], []),
    "sick of what nobody named": ([sick(1, 1, None)], [("suspect", 1, 22)], []),
    "a lame pig": ([sick(1, 1, None, signs=["lameness"])], [("suspect", 1, 22)], []),
    "several died": ([died(1, 1)], [("suspect", 1, 22)], []),
    "one died, or a stranger says several did": ([died(1, 1, None)], [], []),
    "some are sick, then several die": (
        [sick(1, 1, None), died(2, 4)],
        [("suspect", 1, 25)],
        [],
    ),
    "sick of it again": ([sick(1, 1, None), sick(2, 8, None)], [("suspect", 1, 29)], []),
    "a stranger's sick pig makes none": ([sick(1, 1, None, None)], [], []),
    "a negative result ends what nobody named": (
        [sick(1, 1, None), sample(2, 2), result(3, 5, "negative")],
        [("suspect", 1, 5)],
        [],
    ),
    "a disease of people makes one of any disease": (
        [sick(1, 1, "brucellosis")],
        [("suspect", 1, 22)],
        [],
    ),
    "negative ends it": (
        [sick(1, 1), sample(2, 2), result(3, 5, "negative")],
        [("suspect", 1, 5)],
        [],
    ),
    "negative of another disease does not": (
        [sick(1, 1), sample(2, 2), result(3, 5, "negative", disease=CSF)],
        [("suspect", 1, None)],
        [],
    ),
    "negative of a sample from before the sickness does not": (
        [sample(1, 1), sick(2, 5), result(3, 7, "negative")],
        [("suspect", 5, 35)],
        [],
    ),
    "negative of a sample from between two sicknesses leaves the later": (
        [sick(1, 1), sample(2, 3), sick(3, 9), result(4, 10, "negative")],
        [("suspect", 1, 39)],
        [],
    ),
    "negative of what is no swine fever ends nothing that nobody named": (
        [sick(1, 1, None), sample(2, 2), result(3, 5, "negative", disease="swine_influenza")],
        [("suspect", 1, None)],
        [],
    ),
    "a sample for another disease keeps what nobody named open no longer": (
        [sick(1, 1, None), sample(2, 2, disease=CSF)],
        [("suspect", 1, 22)],
        [],
    ),
    "sick for three weeks when it is told": (
        [sick(1, 1, None, told=22)],
        [("suspect", 1, 43)],
        [],
    ),
    "told when it is long over": ([sick(1, 1, None, told=90)], [("suspect", 1, 22)], []),
    "an officer had looked before anybody told": (
        [declared(1, 5, "suspect", "ended"), sick(2, 4, None, told=5)],
        [("suspect", 4, 26)],
        [],
    ),
    "an officer had looked before the second told": (
        [sick(1, 1, None), declared(2, 5, "suspect", "ended"), sick(3, 4, None, told=5)],
        [("suspect", 1, 26)],
        [],
    ),
    "positive infects from the day of the sample": (
        [sick(1, 1), sample(2, 2), result(3, 5, "positive")],
        [("suspect", 1, 5), ("infected", 2, None)],
        [],
    ),
    "inconclusive and unfit leave it open": (
        [sick(1, 1), sample(2, 2), result(3, 5, "inconclusive"), result(4, 6, "unfit")],
        [("suspect", 1, None)],
        [],
    ),
    "positive alone": ([sample(1, 2), result(2, 5, "positive")], [("infected", 2, None)], []),
    "negative after positive ends nothing": (
        [sample(1, 2), result(2, 5, "positive"), result(3, 6, "negative")],
        [("infected", 2, None)],
        ["results_contradict"],
    ),
    "negative, positive and again negative contradict each other each time": (
        [
            sick(1, 1),
            sample(2, 2),
            result(3, 5, "positive"),
            result(4, 6, "negative"),
            sick(5, 7),
            result(6, 8, "negative"),
        ],
        [("suspect", 1, 5), ("infected", 2, None), ("suspect", 7, 37)],
        ["results_contradict", "results_contradict"],
    ),
    "what was inconclusive between them hides no contradiction": (
        [
            sample(1, 2),
            result(2, 5, "positive"),
            result(3, 6, "inconclusive"),
            result(4, 7, "negative"),
        ],
        [("infected", 2, None)],
        ["results_contradict"],
    ),
    "an officer ends one disease of two": (
        [
            declared(1, 1, "infected"),
            sample(2, 2),
            result(3, 3, "positive"),
            declared(4, 9, "infected", "ended", disease=CSF),
        ],
        [("infected", 1, 9), ("infected", 2, None)],
        [],
    ),
    "positive after negative infects": (
        [sick(1, 1), sample(2, 2), result(3, 5, "negative"), result(4, 6, "positive")],
        [("suspect", 1, 5), ("infected", 2, None)],
        ["results_contradict"],
    ),
    "result without its sample": (
        [sick(1, 1), result(2, 5, "positive", number="S-9")],
        [("suspect", 1, 31)],
        ["result_without_sample"],
    ),
    "result of a day before its sample": (
        [result(1, 1, "positive"), sample(2, 2)],
        [],
        ["result_without_sample"],
    ),
    "number of a sample twice": (
        [sample(1, 1), sample(2, 2), result(3, 3, "positive")],
        [("infected", 1, None)],
        ["sample_number_taken"],
    ),
    "stolen and back": (
        [other(1, "stolen", 3), other(2, "stolen", 4), other(3, "recovered", 9)],
        [("stolen", 3, 9)],
        [],
    ),
    "back before it was stolen": (
        [other(1, "recovered", 1), other(2, "stolen", 3)],
        [("stolen", 3, None)],
        [],
    ),
    "an officer begins and ends": (
        [declared(1, 2, "contact", disease=ASF), declared(2, 8, "contact", "ended")],
        [("contact", 2, 8)],
        [],
    ),
    "an officer ends what a result began": (
        [sample(1, 1), result(2, 2, "positive"), declared(3, 20, "infected", "ended")],
        [("infected", 1, 20)],
        [],
    ),
    "positive ends the contact": (
        [declared(1, 1, "contact"), sample(2, 2), result(3, 5, "positive")],
        [("contact", 1, 5), ("infected", 2, None)],
        [],
    ),
}


def shown(fold):
    statuses = [(one.kind.value, one.since, one.until) for one in fold.statuses]
    return statuses, [code.value for _, code in fold.flags]


@pytest.mark.parametrize("case", CASES)
def test_statuses__of_events__in_any_order_of_telling(case):
    events, expected, flags = CASES[case]
    wanted = [(kind, day(since), day(until) if until else None) for kind, since, until in expected]
    for told in permutations(events):
        assert shown(statuses_of(told)) == (wanted, flags)


def test_statuses_of_place__keeper_of_animals_there__makes_none_of_the_place():
    events = [sick(1, 1, standing=SuspicionStanding.OF_ANIMALS)]
    assert statuses_of_place(events).statuses == []
    assert len(statuses_of(events).statuses) == 1


def test_holds_at__event_of_the_same_day__counts_by_the_journal():
    [status] = statuses_of([other(5, "stolen", 3), other(9, "recovered", 3)]).statuses
    found = [status.holds_at(other(key, "weight", 3)) for key in (4, 6, 10)]
    assert found == [False, True, False]


def test_suspect_days__are_a_month_and_three_weeks_where_no_disease_was_named():
    assert (SUSPECT_DAYS.days, SICK_DAYS.days) == (30, 21)


@pytest.mark.parametrize(
    ("details", "kinds", "expected"),
    [
        ({"cause": "unknown"}, ["animal"], False),
        ({"cause": "unknown"}, ["animal", "animal"], True),
        ({"cause": "unknown"}, ["mob"], True),
        ({"cause": "disease", "head_count": 2}, [], True),
        ({"cause": "unknown", "head_count": 1}, ["mob"], False),
        ({"cause": "accident", "head_count": 2}, [], False),
        ({"cause": "culled", "head_count": 20}, [], False),
    ],
)
def test_is_suspicious__death__is_of_several_by_a_disease_or_of_what_nobody_knows(
    details, kinds, expected
):
    assert is_suspicious(EventType.DEATH, details, kinds) is expected


@pytest.mark.parametrize(
    ("signs", "suspicion", "expected"),
    [
        ([], None, True),
        (["fever"], None, True),
        (["cough", "red_skin"], None, True),
        (["lameness"], None, False),
        (["cough", "diarrhoea"], None, False),
        (["other"], None, False),
        (["lameness"], ASF, True),
    ],
)
def test_may_be_of_place__details__are_of_a_disease_or_like_swine_fever(signs, suspicion, expected):
    told = {"signs": signs} | ({"suspicion": suspicion} if suspicion else {})
    assert may_be_of_place(told) is expected
