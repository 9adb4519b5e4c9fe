"""The auditor's pages in Chromium: on a small and a large screen, with scripts and without."""

from __future__ import annotations

import pytest

from tests.services.console.ledger.checking import Checking
from tests.services.console.passes import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]

MOST_STEPS = 8
"""Presses of links and buttons, and files chosen: receipt, proof and consistency together."""


def test_auditor__who_trusts_nobody__checks_receipt_proof_and_history_in_few_steps(
    recorded, browser
):
    both_ways(Checking, browser, recorded.world, check)


def check(walk):
    walk.go()
    assert walk.first_steps <= MOST_STEPS
