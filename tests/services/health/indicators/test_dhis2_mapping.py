from __future__ import annotations

from pathlib import Path

import pytest

from services.health.errors import BadMapping
from services.health.indicators.dhis2_mapping import read_mapping

EXAMPLE = Path(__file__).parents[4] / "deploy" / "dhis2-mapping.example.yaml"
GOOD = """\
programme: tobacco
dataSet: dsTobacco01
orgUnits: {Morobe: ouMorobe001, Enga: ouEnga00001}
values:
  - {indicator: attempts, dataElement: deAttempts1}
  - {indicator: opted_out.too_many, dataElement: deOptedOut1, categoryOptionCombo: coTooMany01}
  - {indicator: lost, dataElement: deLost00001, by: sex, combos: {f: coFemale001, m: coMale00001}}
"""
FAULTS = {
    "no mapping": ("programme: tobacco", "", "Missing data"),
    "no yaml": ("orgUnits: {", "orgUnits: {{", "not valid YAML"),
    "no id": ("deAttempts1", "attempts", "No id of DHIS2"),
    "no province": ("Enga:", "Atlantis:", "No province"),
    "no cut": ("by: sex", "by: size", "by"),
    "province as a cut": ("by: sex", "by: province", "by"),
    "a cut without combos": (", combos: {f: coFemale001, m: coMale00001}", "", "belong together"),
    "combos without a cut": ("by: sex, ", "", "belong together"),
    "one place for two": ("deOptedOut1, categoryOptionCombo: coTooMany01", "deAttempts1", "twice"),
    "one unit for two": ("ouEnga00001", "ouMorobe001", "twice"),
    "a word too many": ("programme: tobacco", "programme: tobacco\nmore: 1", "Unknown field"),
}


def test_read_mapping__example__is_read():
    mapping = read_mapping(EXAMPLE.read_text("utf-8"))
    assert mapping.programme == "tobacco"
    assert len(mapping.targets) == 15


def test_read_mapping__good__tells_where_everything_goes():
    mapping = read_mapping(GOOD)
    assert mapping.places == {"Morobe": "ouMorobe001", "Enga": "ouEnga00001"}
    assert [one.combo for one in mapping.targets] == [None, "coTooMany01", None]
    assert mapping.targets[2].combos == {"f": "coFemale001", "m": "coMale00001"}


@pytest.mark.parametrize("name", FAULTS)
def test_read_mapping__fault__is_refused_and_named(name):
    old, new, told = FAULTS[name]
    assert old in GOOD
    with pytest.raises(BadMapping) as caught:
        read_mapping(GOOD.replace(old, new))
    assert told in caught.value.detail
    assert caught.value.fields or name == "no yaml"
