from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sms.answering import (
    LOOP,
    USUAL,
    LastWarning,
    ProposedAnswer,
    Send,
    Silence,
    Weight,
    begin_history,
    may_answer,
)
from sms.reasons import Reason

NOON = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TOO_MANY, LOOPS = Silence(Reason.TOO_MANY), Silence(Reason.LOOP)


class Number:
    """One number, and what was decided on each answer to it."""

    def __init__(self, limit: int = 3) -> None:
        self.history, self.limit, self.now = begin_history(NOON), limit, NOON
        self.different = 0

    def ask(self, weight=Weight.PLAIN, same=None, after=timedelta(0), texts=1):
        self.now += after
        self.different += 1
        digest = same or str(self.different).encode()
        answer = ProposedAnswer(digest, weight, self.limit, texts)
        decision, self.history = may_answer(self.history, answer, self.now)
        return decision


def test_limits__of_keepers_and_workers__are_those_of_the_design():
    assert USUAL == (20, 200)


def test_answers__beyond_the_limit__are_one_warning_and_silence_until_the_hour_ends():
    number = Number(limit=3)
    said = [number.ask() for _ in range(6)]
    assert said == [Send()] * 3 + [LastWarning(NOON + HOUR)] + [TOO_MANY] * 2
    assert number.ask(after=HOUR - timedelta(seconds=1)) == TOO_MANY
    assert number.ask(after=timedelta(seconds=1)) == Send()


def test_answers__of_three_texts__count_as_three():
    number = Number(limit=20)
    said = [number.ask(texts=3) for _ in range(8)]
    assert said == [Send()] * 6 + [LastWarning(NOON + HOUR), TOO_MANY]


def test_answer__first_of_an_hour_with_more_texts_than_the_limit__goes():
    assert Number(limit=2).ask(texts=3) == Send()


def test_same_answer__a_sixth_time_in_ten_minutes__is_a_loop_until_it_pauses():
    number = Number(limit=20)
    assert [number.ask(same=b"same", after=MINUTE) for _ in range(LOOP)] == [Send()] * LOOP
    assert number.ask(same=b"same", after=MINUTE) == LOOPS
    assert [number.ask(same=b"same", after=9 * MINUTE) for _ in range(9)] == [LOOPS] * 9
    assert number.ask(same=b"same", after=10 * MINUTE) == Send()


def test_same_answer__with_another_between__is_no_loop():
    number = Number(limit=20)
    for _ in range(LOOP):
        number.ask(same=b"same")
    assert number.ask() == Send()
    assert number.ask(same=b"same") == Send()


def test_loop__answers_it_ended__do_not_count_against_the_hour():
    number = Number(limit=6)
    for _ in range(50):
        number.ask(same=b"same")
    assert number.ask() == Send()


@pytest.mark.parametrize(
    ("weight", "spare"),
    [(Weight.PLAIN, 0), (Weight.CODE, 0), (Weight.STOP, 1), (Weight.DANGER, 3)],
)
def test_weight__beyond_the_limit__has_its_answers_of_a_day(weight, spare):
    number = Number(limit=1)
    number.ask()
    number.ask()
    said = [number.ask(weight) for _ in range(5)]
    assert said == [Send()] * spare + [TOO_MANY] * (5 - spare)
    for _ in range(3):
        number.ask(after=timedelta(hours=8))
        number.ask()
    assert [number.ask(weight) for _ in range(5)].count(Send()) == spare


def test_danger__same_advice_in_a_loop__goes_three_times_more():
    number = Number(limit=20)
    said = [number.ask(Weight.DANGER, same=b"call 111") for _ in range(12)]
    assert said == [Send()] * (LOOP + 3) + [LOOPS] * 4


def test_danger__first_beyond_the_limit__leaves_the_warning_for_a_plain_answer():
    number = Number(limit=1)
    number.ask()
    assert number.ask(Weight.DANGER) == Send()
    assert number.ask() == LastWarning(NOON + HOUR)


def test_messages_at_once__the_earlier_counted_last__count_both():
    number = Number(limit=1)
    assert number.ask() == Send()
    assert isinstance(number.ask(after=-MINUTE), LastWarning)
