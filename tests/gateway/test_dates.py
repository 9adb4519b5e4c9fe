from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dates import CalendarDay, RelativeDay, Toward, day, read_day
from gateway.errors import DateError, Mistake
from gateway.grammar import Misread, Read

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25/11", date(2026, 11, 25)),
        ("25.11.2026", date(2026, 11, 25)),
        ("25-11-26", date(2026, 11, 25)),
        ("25 / 11 / 2026", date(2026, 11, 25)),
        ("25 11 2026", date(2026, 11, 25)),
        ("2026-11-25", date(2026, 11, 25)),
        ("5/1", date(2027, 1, 5)),
        ("O5/O1", date(2027, 1, 5)),
        ("l/12", date(2026, 12, 1)),
        ("25 Nov", date(2026, 11, 25)),
        ("25nov", date(2026, 11, 25)),
        ("25-NOV-2025", date(2025, 11, 25)),
        ("25th November 2025", date(2025, 11, 25)),
        ("11 Des", date(2026, 12, 11)),
        ("3 Mas", date(2027, 3, 3)),
        ("1 Me 2026", date(2026, 5, 1)),
        ("29/2", date(2028, 2, 29)),
        ("29/02/2024", date(2024, 2, 29)),
        ("today", TODAY),
        ("Yesterday", date(2026, 11, 19)),
        ("tomorrow", date(2026, 11, 21)),
        ("tude", TODAY),
        ("TEDE", TODAY),
        ("asde", date(2026, 11, 19)),
        ("tumora", date(2026, 11, 21)),
    ],
)
def test_read_day__as_people_write_it__is_that_day(text, expected):
    assert read_day(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("31/11", Mistake.NO_SUCH_DAY),
        ("11/25", Mistake.NO_SUCH_DAY),
        ("0/1", Mistake.NO_SUCH_DAY),
        ("30 Feb", Mistake.NO_SUCH_DAY),
        ("29/2/2026", Mistake.NO_SUCH_DAY),
        ("25/11/0000", Mistake.NO_SUCH_DAY),
        ("", Mistake.EMPTY),
        ("25", Mistake.EMPTY),
        ("25 pik", Mistake.EMPTY),
        ("ol/il", Mistake.EMPTY),
        ("25/11 pik", Mistake.EMPTY),
        ("25/11/20261", Mistake.EMPTY),
        ("todays", Mistake.EMPTY),
        ("\u0662\u0665/\u0661\u0661", Mistake.EMPTY),
        ("25/11/0226", Mistake.NO_SUCH_DAY),
    ],
)
def test_read_day__no_day__is_a_date_error(text, mistake):
    with pytest.raises(DateError) as caught:
        read_day(text, TODAY)
    assert caught.value.mistake is mistake


@pytest.mark.parametrize(
    ("toward", "expected"),
    [
        (Toward.NEAREST, date(2026, 8, 12)),
        (Toward.PAST, date(2026, 8, 12)),
        (Toward.FUTURE, date(2027, 8, 12)),
    ],
)
def test_read_day__no_year__is_looked_for_where_it_can_be(toward, expected):
    assert read_day("12/8", TODAY, toward) == expected


@pytest.mark.parametrize("toward", Toward)
def test_read_day__no_year_and_today__is_today_whichever_way(toward):
    assert read_day("20/11", TODAY, toward) == TODAY


def test_day__front_of_a_text__takes_only_the_day():
    assert day("25/11 104276") == Read(CalendarDay("25/11", 25, 11, None), 5)
    assert day("asde, 104276") == Read(RelativeDay("asde", -1), 4)
    assert day("25/11, 104276") == Read(CalendarDay("25/11", 25, 11, None), 5)


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["{0.day}/{0.month}/{0.year}", "{0:%d.%m.%Y}", "{0:%d %b %Y}", "{0:%Y-%m-%d}"]),
)
def test_read_day__any_full_date__reads_back(expected, form):
    assert read_day(form.format(expected), TODAY) == expected


@given(st.text(), st.dates(date(1990, 1, 1), date(2110, 1, 1)), st.sampled_from(Toward))
def test_day__any_text__never_raises(text, today, toward):
    reading = day(text)
    assert reading is None or 0 < reading.length <= len(text)
    if isinstance(reading, Read):
        reading.value.on(today, toward)


@given(st.from_regex(r"[0-9OoIl]{1,2}[/. -][0-9OoIl]{1,2}([/. -][0-9OoIl]{2,4})?", fullmatch=True),
       st.dates(date(2090, 1, 1), date(2110, 1, 1)), st.sampled_from(Toward))  # fmt: skip
def test_day__text_like_a_date__never_raises(text, today, toward):
    reading = day(text)
    if isinstance(reading, Read):
        assert isinstance(reading.value.on(today, toward), date)
    else:
        assert reading is None or isinstance(reading, Misread)


@pytest.mark.parametrize(
    ("text", "toward", "expected"),
    [
        ("Friday", Toward.PAST, date(2026, 11, 20)),
        ("fraide", Toward.FUTURE, date(2026, 11, 27)),
        ("Fonde", Toward.NEAREST, date(2026, 11, 26)),
        ("Sande", Toward.NEAREST, date(2026, 11, 22)),
        ("TRINDE", Toward.PAST, date(2026, 11, 25)),
        ("Wednesday", Toward.FUTURE, date(2026, 11, 25)),
        ("hapasde", Toward.PAST, date(2026, 11, 23)),
        ("haptumora", Toward.FUTURE, date(2026, 11, 27)),
    ],
)
def test_read_day__day_of_the_week__is_the_one_on_that_side_of_a_wednesday(text, toward, expected):
    assert read_day(text, date(2026, 11, 25), toward) == expected
