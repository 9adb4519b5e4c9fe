from __future__ import annotations

import pytest

from services.core.geography import PROVINCES, split_province, zone_of


@pytest.mark.parametrize("province", PROVINCES)
def test_split_province__every_province__is_found_at_the_end(province):
    assert split_province(f"Ples Bilong Mi, {province.upper()}") == ("Ples Bilong Mi", province)


@pytest.mark.parametrize(
    ("text", "name", "province"),
    [
        ("Kudjip Jiwaka", "Kudjip", "Jiwaka"),
        ("Goroka,EHP", "Goroka", "Eastern Highlands"),
        ("Jiwaka", "Jiwaka", "Jiwaka"),
        ("Kudjip", "Kudjip", None),
        ("Western Highlands Kudjip", "Western Highlands Kudjip", None),
        ("Gerehu, Port Moresby", "Gerehu", "National Capital District"),
    ],
)
def test_split_province__as_people_write_it__is_name_and_province(text, name, province):
    assert split_province(text) == (name, province)


def test_zone_of__bougainville__is_an_hour_ahead():
    assert zone_of("Bougainville") == "Pacific/Bougainville"
    assert {zone_of("Jiwaka"), zone_of(None)} == {"Pacific/Port_Moresby"}
