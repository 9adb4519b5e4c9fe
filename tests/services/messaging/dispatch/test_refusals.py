"""What a carrier refuses for good: the route, the sender, the number."""

from __future__ import annotations

import pytest

from sms.consent import REACHABLE, channel_scope
from sms.message import AttemptState, FailureClass, Kind, Outcome
from tests.factories import BUYER, FARMER
from tests.fakes.carriers import refused
from tests.services.messaging.dispatch.post import DAY, FIRST, MINUTE, SECOND, sent

NO_ROUTE = refused(FailureClass.ROUTE)
OPTED_OUT = refused(FailureClass.OPTED_OUT)
DEAD = refused(FailureClass.DEAD_NUMBER)


def test_route__refused_by_each_channel__tries_the_next_then_fails_and_says_why(post):
    (message,) = post.queue()
    assert [one.channel for one in post.send(NO_ROUTE)] == [FIRST]
    assert post.why(message) == ("queued", "retry")
    assert [one.channel for one in post.send(NO_ROUTE)] == [SECOND]
    assert post.send() == []
    assert post.why(message) == ("failed", "no_route")
    assert [one.channel for one in post.attempts(message)] == [FIRST, SECOND]


def test_route__told_by_a_report__tries_the_next(post):
    (message,) = post.queue()
    (first,) = post.send()
    post.report(first.attempt_id, NO_ROUTE)
    assert [one.channel for one in post.send()] == [SECOND]
    assert post.why(message) == ("sent", None)


def by_answer(post, outcome):
    post.send(outcome)


def by_report(post, outcome):
    (started,) = post.send()
    post.report(started.attempt_id, outcome)


@pytest.mark.parametrize("told", [by_answer, by_report])
def test_opted_out__at_one_carrier__is_kept_and_the_answer_goes_by_another(post, told):
    (answer,) = post.queue(kind=Kind.ANSWER)
    told(post, OPTED_OUT)
    assert post.consents(FARMER) == {channel_scope(FIRST): False}
    assert [one.channel for one in post.send()] == [SECOND]
    assert post.why(answer) == ("sent", None)
    post.queue(kind=Kind.ANSWER)
    assert [one.channel for one in post.send()] == [SECOND], "the first is not tried again"


def test_opted_out__at_one_carrier__ends_programmes_by_all_for_that_number_alone(post):
    (message,) = post.queue(kind=Kind.PROGRAMME)
    post.send(OPTED_OUT)
    later, others = post.queue(FARMER, BUYER, kind=Kind.PROGRAMME)
    assert [one.message.id for one in post.send()] == [others]
    assert post.why(message) == post.why(later) == ("suppressed", "opted_out")


def test_opted_out__at_every_carrier__suppresses_answers_too(post):
    (answer,) = post.queue(kind=Kind.ANSWER)
    post.send(OPTED_OUT)
    post.send(OPTED_OUT)
    assert post.send() == []
    assert post.why(answer) == ("suppressed", "opted_out")


@pytest.mark.parametrize("of", [Kind.SERVICE, Kind.PROGRAMME], ids=["any", "course"])
@pytest.mark.parametrize("told", [by_answer, by_report])
def test_dead_number__all_later_ones__are_suppressed_but_answers(post, told, of):
    """A dead number that writes is not dead: only what nobody asked for is kept back."""
    (message,) = post.queue(kind=of)
    told(post, DEAD)
    assert post.why(message) == ("failed", "dead_number")
    assert post.consents(FARMER)[REACHABLE] is False
    kinds = (Kind.SERVICE, Kind.PROGRAMME, Kind.URGENT)
    later = [one for kind in kinds for one in post.queue(kind=kind)]
    (answer,) = post.queue(kind=Kind.ANSWER)
    (other,) = post.queue(BUYER)
    assert [one.message.id for one in post.send()] == [answer, other]
    assert [post.why(one) for one in later] == [("suppressed", "dead_number")] * 3


def test_refusal__told_twice__is_one_word(post):
    post.queue(kind=Kind.ANSWER)
    (started,) = post.send(OPTED_OUT)
    post.report(started.attempt_id, Outcome(AttemptState.UNDELIVERED, None, OPTED_OUT.failure))
    assert post.consents(FARMER) == {channel_scope(FIRST): False}


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (refused(FailureClass.NEVER), ("failed", "refused")),
        (Outcome(AttemptState.FAILED), ("failed", "refused")),
        (Outcome(AttemptState.UNDELIVERED), ("undelivered", "refused")),
    ],
)
def test_refused__as_it_is__fails_and_says_why(post, outcome, why):
    (message,) = post.queue()
    (started,) = post.send()
    post.report(started.attempt_id, outcome)
    assert post.why(message) == why
    post.clock.advance(DAY)
    assert post.claimed() == []


def test_unreachable__phone_that_is_off__is_tried_twice_more_a_day_apart(post):
    (message,) = post.queue()
    for _ in range(3):
        (started,) = post.send(sent())
        off = Outcome(AttemptState.UNDELIVERED, failure=FailureClass.UNREACHABLE)
        post.report(started.attempt_id, off)
        post.clock.advance(DAY - MINUTE)
        assert post.send() == []
        post.clock.advance(MINUTE)
    assert post.send() == []
    assert post.why(message) == ("undelivered", "unreachable")


DOUBT = Outcome(AttemptState.UNDELIVERED, failure=FailureClass.DOUBTFUL_NUMBER, code="30005")


def test_doubtful_number__said_once__is_tried_again_and_the_number_is_not_dead(post):
    (message,) = post.queue()
    (started,) = post.send(sent())
    post.report(started.attempt_id, DOUBT)
    assert post.why(message) == ("queued", "retry")
    assert post.consents(FARMER) == {}
    (other,) = post.queue()
    assert [one.message.id for one in post.send()] == [other]


def test_doubtful_number__said_of_every_try__is_dead(post):
    (message,) = post.queue()
    for _ in range(3):
        (started,) = post.send(sent())
        assert post.consents(FARMER) == {}
        post.report(started.attempt_id, DOUBT)
        post.clock.advance(DAY)
    assert post.why(message) == ("undelivered", "dead_number")
    assert post.consents(FARMER) == {REACHABLE: False}
