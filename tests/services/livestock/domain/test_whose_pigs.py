"""Whose pigs a report of sickness is of, and whether it is of pigs at all."""

from __future__ import annotations

import pytest

from services.livestock.domain.whose_pigs import is_of_others, is_of_people, names_somebody_alone


@pytest.mark.parametrize(
    "text",
    [
        "SICK my wife bleeding after birth",
        "sick child vomiting blood",
        "SIK pikinini skin hot na i no kaikai",
        "my sick mother cannot stand",
        "my sick baby has fits",
        "sick baby 2 days old hot body and cannot breathe",
        "SICK 2 children vomiting blood",
        "2 sick children vomiting blood",
        "SIK tupela pikinini i traut blut",
        "SICK 1 my wife bleeding",
        "SICK my wife, 2 times vomiting blood",
        "sick wife bleeding since 3 days",
        "SICK pregnant bleeding a lot",
        "SIK mi traut blut",
        "SIK skin bilong mi i hat na mi traut",
        "SICK 2 of my children cannot breathe",
        "sick child 25/11/2026 fever",
        "SICK 25/11 my wife bleeding",
        "sick 70 yrs old man cannot breathe",
        "SICK temp 39.5 baby",
        "SICK bp 90 over 60 mother",
        "SICK i am bleeding",
        "SIK skin bilong mi i hat tru",
    ],
)
def test_report_of_sickness__of_people__is(text):
    assert is_of_people(text)


@pytest.mark.parametrize(
    "text",
    [
        "SICK",
        "SICK 3",
        "SICK 3 fever",
        "SICK 1262",
        "SICK 1262 my wife saw it",
        "SICK 3 my wife saw them",
        "SICK 3 fever my wife saw it",
        "SICK 3, neighbour also has it",
        "SICK 3 fever they say it is ASF",
        "SIK 3 skin hot man i tok em ASF",
        "SIK 3 man i tok em ASF",
        "my sow is sick, my wife saw it",
        "SIK mama pik skin hot",
        "SIK papa pik",
        "SIK pikinini pik i traut",
        "SICK mob has fever my husband says",
        "SICK ASF people say",
        "SICK fever 3 days",
        "SICK 3 weeks old fever",
        "SIK tupela wik no kaikai",
        "SICK 5, 2 dead",
        "SICK 3 fever, 1 man says it is fever",
        "planti man i planim pik long ples, sik i kilim ol",
    ],
)
def test_report_of_sickness__of_pigs__is_of_no_people(text):
    assert not is_of_people(text)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("my neighbour says his pigs are sick", False),
        ("my neighbour says 3 pigs are sick", True),
        ("they say 4 pigs are sick in Banz", True),
        ("SICK 3 pigs of my neighbour fever", True),
        ("SICK 3 of my neighbour's pigs", True),
        ("SICK 3 neighbour\u2019s pigs fever", True),
        ("SICK 3 at my neighbour's place fever", True),
        ("neighbour has 3 sick pigs", True),
        ("SICK 3 neighbour has sick pigs", True),
        ("SIK 3 pik bilong neba skin hot", True),
        ("neba i gat 3 pik i sik", True),
        ("wanpela man i tok 3 pik i sik long Banz", True),
        ("pik bilong brata i sik ol i tok", False),
        ("SICK fever neighbour", False),
    ],
)
def test_report_of_sickness__of_others__is(text, counted):
    assert is_of_others(text, counted=counted)


@pytest.mark.parametrize(
    "text",
    [
        "SICK 3 fever they say it is ASF",
        "SIK 3 skin hot man i tok em ASF",
        "SICK three fever people say it is ASF",
        "SICK 4 fever neighbour also has it",
        "SICK 4 fever, neighbour has sick pigs too",
        "SICK 4 fever, came from neighbour",
        "SICK 4 fever, came from neighbour's pigs",
        "SIK 4 skin hot, i kam long neba",
        "SIK 4 skin hot, neba tu i gat",
        "the officer told me to report: 4 pigs sick with fever",
        "SICK 3 fever wantok saw them",
    ],
)
def test_report_of_sickness__counted_and_repeats_what_people_say__is_of_the_reporter(text):
    assert not is_of_others(text, counted=True)


@pytest.mark.parametrize(
    ("text", "is_alone"),
    [
        ("1 mother died", True),
        ("DAI 1 lapun", True),
        ("pikinini 1 i dai 25/11/2026", True),
        ("1 mama pik i dai", False),
        ("mama 1262 i dai", False),
        ("DAI 2 pikinini MOB 14", False),
        ("DEAD 3", False),
    ],
)
def test_report__names_somebody_and_no_pig__is_told_from_others(text, is_alone):
    assert names_somebody_alone(text) == is_alone
