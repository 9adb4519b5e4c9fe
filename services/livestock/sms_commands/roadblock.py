"""OK, CHECK, PASS, BACK, SEIZE and POST: decisions on movements, and acts of inspectors."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from gateway.argument_parsers import choice
from gateway.grammar import Argument
from services.core.roles import OFFICERS
from services.ledger.journal import last_entry
from services.livestock.control.decision_events import (
    record_decisions,
)
from services.livestock.control.decisions import Answer, Question, decide
from services.livestock.control.errors import NothingChecked
from services.livestock.control.roadblocks import (
    expected_permits,
    last_asked,
    post_of,
    remember_asked,
    stand_at,
)
from services.livestock.domain.movement_decision import Policy
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.reporting.questions import split_destination
from services.livestock.sms_commands.argument_kinds import DAY, NUMBER, PLACE, TAGS, anyway
from services.livestock.sms_commands.check_points import (
    act,
    answered_question,
    check_point_of,
    reader,
)
from services.livestock.sms_commands.common import (
    animals_of,
    coming_day,
    home_at,
    home_of,
    place_of,
    require_officer,
    today_at,
)
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import CommandContext, CommandHandler, Reply
from services.texts.catalogue import say

Read = TypeVar("Read")

_SLAUGHTER = Argument(
    "slaughter", choice(dict.fromkeys(("kill", "kilim", "slaughter"), True)), required=False
)
_OUTCOMES = {
    "passed": ("pass", "pas", "pasim"),
    "turned_back": ("back", "bek"),
    "seized": ("seize", "seized", "holim"),
}
_OUTCOME = Argument(
    "outcome",
    choice({word: outcome for outcome, words in _OUTCOMES.items() for word in words}),
    required=False,
)
_ANYWAY = Argument("anyway", anyway, required=False)
# Whatever stands in a reason, the pigs pass.
_REASON = re.compile(r"\b(?:anyway|maski)\b.*", re.IGNORECASE | re.DOTALL)
_DESTINATION = replace(PLACE, required=False)


def may_move(policy: Policy, context: CommandContext) -> str:
    """OK, or numbers alone: may they move; a place among the numbers is where they go."""
    question, answers = _as_under_lock(context, partial(_decided, policy, context))
    return _answered(context, question, answers)


def _as_under_lock(context: CommandContext, read: Callable[[], Read]) -> Read:
    """Return what `read` finds under the writers' lock, which most often is taken after it.

    What it found before holds if no event was recorded meanwhile; else it reads once more.
    """
    session = context.unit.session
    before = last_entry(session)
    found = read()
    context.lock()
    if last_entry(session) == before:
        return found
    session.flush()
    session.expire_all()
    return read()


def _decided(policy: Policy, context: CommandContext) -> tuple[Question, list[Answer]]:
    post = post_of(context.unit.session, context.party)
    at = home_at(context, post) if post else home_of(context)
    told = context.arguments.get("place")
    numbers, to = split_destination(
        context.unit.session,
        animals_of(context, "tags"),
        place_of(context, told) if told else None,
    )
    question = Question(
        numbers,
        coming_day(context, at),
        to,
        slaughter=bool(context.arguments.get("slaughter")),
        post=post.id if post else None,
    )
    return question, decide(context.unit.session, question, policy)


def check(policy: Policy, context: CommandContext) -> Reply:
    """CHECK: as OK, at the sender's check point; with an outcome it is recorded at once."""
    point, numbers = check_point_of(context), animals_of(context, "tags")
    outcome = context.arguments.get("outcome")
    if outcome:
        return act(policy, context, point.question(context, numbers), str(outcome))
    question = point.question(context, numbers)
    return _answered(context, question, decide(context.unit.session, question, policy))


def settle(outcome: str, policy: Policy, context: CommandContext) -> Reply:
    """PASS, BACK, SEIZE: the outcome for these numbers, by default those of the last question."""
    point = check_point_of(context)
    told = animals_of(context, "tags") if context.arguments.get("tags") else ()
    numbers = told or last_asked(context.unit.session, context.party, context.now)
    if not numbers:
        raise NothingChecked(pig=EXAMPLE_PIG)
    return act(policy, context, point.question(context, numbers), outcome)


def post(context: CommandContext) -> str:
    """POST: an inspector works at this roadblock."""
    require_officer(context)
    row = stand_at(
        context.unit.session, context.party, place_of(context, context.arguments["roadblock"])
    )
    at = home_at(context, row)
    tomorrow = today_at(context, at) + timedelta(days=1)
    expected = expected_permits(context.unit.session, row, tomorrow)
    return say("post", context.language, place=at.label, count=len(expected))


def _answered(context: CommandContext, question: Question, answers: list[Answer]) -> str:
    record_decisions(answered_question(context, question), answers)
    if context.party.role in OFFICERS:
        said = (*question.numbers, *([question.to] if question.to else []))
        remember_asked(context.unit.session, context.party, said, context.now)
    return reader(context).decisions(question, answers)


def handlers(policy: Policy) -> tuple[CommandHandler, ...]:
    """Return the commands, with the country's policy."""
    some_tags = replace(TAGS, required=False)
    outcomes = (
        ("pass", "passed", "PASS", "PASIM"),
        ("back", "turned_back", "BACK", "TANIM BEK"),
        ("seize", "seized", "SEIZE", "HOLIM"),
    )
    return (
        command(
            "ok",
            partial(may_move, policy),
            {"en": ("OK", "OKAY"), "tpi": ("ORAIT",)},
            (TAGS, _SLAUGHTER, _DESTINATION, DAY),
            EXAMPLE_PIG,
            bare=True,
            late=True,
        ),
        command(
            "check",
            partial(check, policy),
            {"en": ("CHECK",), "tpi": ("SEKIM",)},
            (TAGS, _OUTCOME, _ANYWAY),
            {"en": f"CHECK {EXAMPLE_PIG} PASS", "tpi": f"SEKIM {EXAMPLE_PIG} PASIM"},
            own=_REASON,
        ),
        *(
            command(
                code,
                partial(settle, outcome, policy),
                {"en": (english,), "tpi": (pisin,)},
                (some_tags, _ANYWAY) if outcome == "passed" else (some_tags,),
                EXAMPLE_PIG,
                own=_REASON if outcome == "passed" else None,
            )
            for code, outcome, english, pisin in outcomes
        ),
        command(
            "post",
            post,
            {"en": ("POST", "I AM AT POST"), "tpi": ("POS", "MI STAP LONG POS")},
            (Argument("roadblock", NUMBER),),
            EXAMPLE_PLACE,
        ),
    )
