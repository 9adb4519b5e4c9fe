"""Whether a box has told a person what the server would say."""

from __future__ import annotations

import pytest

from services.village.received_items import is_answered

CASES = [
    ("help", "not_understood", True),
    ("help", "help", True),
    ("help", "help2", True),
    ("help", "programme.help", True),
    ("help", "programme.answer", False),
    ("help", "register", False),
    ("help", "error.unknown_number", False),
    ("help", "programme.flag", False),
    ("help", "programme.word", False),
    ("word", "programme.word", True),
    ("word", "programme.heard", True),
    ("word", "programme.join", False),
    ("word", "programme.answer", False),
    ("word", "error.unknown_number", False),
    ("word", "register", False),
    ("danger", "programme.flag", True),
    ("danger", "stop_all", False),
    ("danger", "not_understood", False),
    ("status", "ok", False),
    ("status", "not_understood", False),
    ("kept", "help", False),
    (None, "help", False),
]


@pytest.mark.parametrize(("answered", "outcome", "told"), CASES)
def test_is_told__any_answer__only_where_both_say_the_same(answered, outcome, told):
    assert is_answered(answered, outcome) is told
