"""Days as browsers send them and as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from services.console.days import read_day


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-05",
        " 2026-11-05 ",
        "05/11/2026",
        "5/11/2026",
        "5.11.2026",
        "5-11-2026",
        "5 / 11 / 2026",
    ],
)
def test_day__as_people_type_it__is_read(typed):
    assert read_day(typed) == date(2026, 11, 5)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "20261105",
        "2026-11-31",
        "2026-13-01",
        "0026-11-24",
        "24/11/0026",
        "0001-01-01",
        "1999-12-31",
        "2200-01-01",
        "9999-12-31",
        "\u0662\u0660\u0662\u0666-11-05",
        "2026-11-05T10:00",
    ],
)
def test_day__that_is_none_or_far_from_our_time__is_none(typed):
    assert read_day(typed) is None
