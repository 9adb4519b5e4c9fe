"""Each command of docs/ledger-operations.md is typed by a test of the journeys that it tells."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

GUIDE = (ROOT / "docs/ledger-operations.md").read_text(encoding="utf-8")
JOURNEYS = "".join(
    (ROOT / "tests" / path).read_text(encoding="utf-8")
    for path in (
        "flow/operators.py",
        "flow/test_ledger_operations.py",
        "services/cli/test_ledger_network.py",
        "services/cli/test_ledger_votes.py",
    )
)
COMMANDS = sorted(
    {
        tuple(words.split())
        for words in re.findall(r"bilum ((?:ledger )?(?:(?:admin|key|network) )?[a-z]+)\b", GUIDE)
        if not words.endswith(("ledger", "admin", "network"))
    }
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_command__of_the_guide__is_typed_by_a_test(words):
    typed = ", ".join(f'"{word}"' for word in words)
    assert f"({typed}" in re.sub(r"\(\s+", "(", JOURNEYS), f"no test types bilum {' '.join(words)}"


def test_guide__commands__are_those_of_the_ledger_and_more():
    assert {("ledger", "grant"), ("ledger", "network", "vote"), ("restore",)} <= set(COMMANDS)
