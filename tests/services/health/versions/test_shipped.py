"""The programmes that are shipped."""

from __future__ import annotations

import pytest

from services.health.errors import UnknownProgramme
from services.health.format.parser import read_programme
from services.health.versions.store import shipped, shipped_text


@pytest.mark.parametrize("code", shipped())
def test_shipped_text__each__has_the_code_of_its_name_and_is_an_example(code):
    programme = read_programme(shipped_text(code))
    assert (programme.code, programme.example) == (code, True)


@pytest.mark.parametrize("code", ["nothing", "../reading", "tobacco.yaml", ""])
def test_shipped_text__another_name__is_refused_with_those_there_are(code):
    with pytest.raises(UnknownProgramme, match="tobacco"):
        shipped_text(code)
