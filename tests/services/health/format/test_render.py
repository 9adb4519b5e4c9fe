from __future__ import annotations

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
