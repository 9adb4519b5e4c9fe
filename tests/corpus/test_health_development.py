"""The texts that the lexicon is mended with, and the gap to those that nobody looks at."""

from collections import Counter

import pytest

from tests.corpus.health_score import counted, listen
from tests.corpus.health_texts import (
    DANGER,
    DEVELOPMENT,
    FRESH,
    LANGUAGES,
    ORDINARY,
    ROUNDABOUT,
    TWIN,
    development_texts,
    is_held_out,
)

FLOORS = {
    ("en", DEVELOPMENT): (0.95, 0.02),
    ("en", ROUNDABOUT): (0.675, 0.008),
    ("tpi", DEVELOPMENT): (0.915, 0.02),
    ("tpi", ROUNDABOUT): (0.675, 0.023),
}
"""Of those held out: the least share of dangers heard, the most ordinary texts taken for one."""


@pytest.mark.parametrize("folder", [DEVELOPMENT, ROUNDABOUT])
@pytest.mark.parametrize("language", LANGUAGES)
def test_texts__of_development__are_enough_and_stand_once(language, folder):
    texts = list(development_texts(language, folder))
    found = Counter(one.label for one in texts)
    assert found[DANGER] >= 1200
    assert found[ORDINARY] + found[TWIN] >= 1500
    assert [text for text, count in Counter(one.text for one in texts).items() if count > 1] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_score__of_fresh_texts__reaches_the_gate(language):
    found = counted(map(listen, development_texts(language, FRESH)))[language]
    hits, whole = found["by_hand"]
    assert hits >= 0.98 * whole
    assert found[ORDINARY][0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(("language", "folder"), FLOORS)
def test_score__of_texts_held_out__is_not_below_the_floor(language, folder):
    least_heard, most_false = FLOORS[language, folder]
    held = (one for one in development_texts(language, folder) if is_held_out(one))
    found = counted(map(listen, held))[language]
    hits, whole = found["by_hand"]
    assert hits >= least_heard * whole
    hits, whole = found[ORDINARY]
    assert hits <= most_false * whole
