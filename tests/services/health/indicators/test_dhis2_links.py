"""Mappings from DHIS2's lists: names that are alike, and what must not stand side by side."""

from __future__ import annotations

import pytest

from services.health.errors import BadMapping
from services.health.indicators.dhis2_links import (
    PERIODS,
    SavedLink,
    alike,
    with_data_set,
    with_places,
    with_target,
    without_target,
)
from services.health.indicators.dhis2_lists import DataSet, Named, Unit

EMPTY = SavedLink({"programme": "tobacco"}, {})
SET = DataSet("dsTobacco01", "Tobacco by SMS", "Monthly")


def unit(number, name, level=3):
    return Unit(f"ouUnit{number:05}", name, level)


def test_alike__names_of_enhis__find_their_provinces():
    units = [
        unit(1, "Papua New Guinea", 1),
        unit(2, "Southern Region", 2),
        unit(3, "MOROBE Province"),
        unit(4, "Autonomous Region of Bougainville"),
        unit(5, "West Sepik (Sandaun) Province"),
        unit(6, "Oro"),
        unit(7, "NCD"),
        unit(8, "Western"),
        unit(9, "Western Highlands Province"),
        unit(10, "Enga"),
        unit(11, "Enga"),
        unit(12, "Gulf", 4),
    ]
    found = {name: one.id[-2:] for name, one in alike(units).items()}
    assert found == {
        "Morobe": "03",
        "Bougainville": "04",
        "Sandaun": "05",
        "Northern": "06",
        "National Capital District": "07",
        "Western": "08",
        "Western Highlands": "09",
    }
    assert alike([]) == {}


def test_with_places__country_and_provinces_or_one_twice__is_refused():
    for places in (
        {"all": unit(1, "Country"), "Enga": unit(2, "Enga")},
        {"Gulf": unit(2, "Enga"), "Enga": unit(2, "Enga")},
    ):
        with pytest.raises(BadMapping):
            with_places(EMPTY, places)
    assert with_places(EMPTY, {"all": unit(1, "Country")}).places == {"all": "ouUnit00001"}


def test_link__step_by_step__is_whole_at_the_end_and_a_mapping():
    link = with_data_set(EMPTY, SET)
    link = with_places(link, {"Enga": unit(2, "Enga")})
    assert not link.is_whole
    with pytest.raises(BadMapping):
        link.mapping()
    target = {"indicator": "attempts", "dataElement": "deAttempts1"}
    link = with_target(link, target, [Named("deAttempts1", "Asked")])
    assert link.is_whole
    assert link.mapping().targets[0].element == "deAttempts1"
    assert link.names == {
        "dsTobacco01": "Tobacco by SMS",
        PERIODS: "Monthly",
        "ouUnit00002": "Enga",
        "deAttempts1": "Asked",
    }
    # The same figure again goes elsewhere; another data set has other elements.
    other = with_target(link, target | {"dataElement": "deAttempts2"}, [])
    assert [one["dataElement"] for one in other.targets] == ["deAttempts2"]
    assert with_data_set(link, SET).targets == link.targets
    assert with_data_set(link, SET._replace(id="dsTobacco02")).targets == []
    assert without_target(link, "attempts").targets == []
