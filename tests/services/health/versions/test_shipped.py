"""The programmes that are shipped."""

from __future__ import annotations

import re

import pytest

from services.health.errors import UnknownProgramme
from services.health.format.parser import read_programme
from services.health.linting.findings import texts_of
from services.health.versions.store import shipped, shipped_text

TYPED = re.compile(r"\b(?:111|112|1800 ?100|7150 ?8000)\b")


@pytest.mark.parametrize("code", shipped())
def test_shipped_text__each__has_the_code_of_its_name_and_is_an_example(code):
    programme = read_programme(shipped_text(code))
    assert (programme.code, programme.example) == (code, True)
    # Numbers to call are those of the person's province: `{ambulance}`, `{helpline}`, `{police}`.
    typed = [place for place, text in texts_of(programme) if TYPED.search(repr(text))]
    assert typed == []


@pytest.mark.parametrize("code", ["nothing", "../reading", "tobacco.yaml", ""])
def test_shipped_text__another_name__is_refused_with_those_there_are(code):
    with pytest.raises(UnknownProgramme, match="tobacco"):
        shipped_text(code)
