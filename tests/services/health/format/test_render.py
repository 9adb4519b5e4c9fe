from __future__ import annotations

from dataclasses import replace

import pytest

from services.health.format.entries import Text
from services.health.format.model import Personal, render
from tests.services.health.courses.clinic import PROGRAMME


@pytest.mark.parametrize(
    ("personal", "said"),
    [
        (Personal("Maria Kila", "Wabag clinic"), "Maria, come to the clinic Wabag clinic."),
        (Personal("Maria"), "Maria, come to the clinic."),
        (Personal("Maria", ""), "Maria, come to the clinic."),
        (Personal("Maria", "x" * 30), f"Maria, come to the clinic {'x' * 20}."),
    ],
)
def test_render__place__goes_with_its_space_where_there_is_none(personal, said):
    text = Text({"en": "{name}, come to the clinic {place}."})
    assert render(PROGRAMME, text, "en", personal) == said


@pytest.mark.parametrize(
    ("language", "own", "shared"),
    [("en", "Diabetes", "your course"), ("tpi", "Suga sik", "kos bilong yu")],
)
def test_render__title__names_no_course_where_others_read_the_phone(language, own, shared):
    programme = replace(PROGRAMME, title={"en": "Diabetes", "tpi": "Suga sik"})
    text = Text({"en": "OK, {title} stops.", "tpi": "OK, {title} stops."})
    assert render(programme, text, language, Personal()) == f"OK, {own} stops."
    assert render(programme, text, language, Personal(discreet=True)) == f"OK, {shared} stops."
