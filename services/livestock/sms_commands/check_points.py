"""Acts at a check point: a grave one takes effect by the inspector's code or PIN.

PASS where the book says NO, and SEIZE, are grave; `livestock.domain.acts` tells the strength.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from services.core.roles import Role
from services.livestock.confirmations.create import (
    ConfirmationKind,
    open_confirmation,
    write_animals,
)
from services.livestock.control.decision_events import (
    AnsweredQuestion,
    record_checks,
)
from services.livestock.control.decisions import Answer, Question, decide
from services.livestock.control.errors import NothingChecked
from services.livestock.control.roadblocks import remember_asked, require_post
from services.livestock.domain.actors import Strength
from services.livestock.domain.acts import ACTS, ActType, CommandAct
from services.livestock.domain.errors import AlreadyDone
from services.livestock.domain.model import EventType, Key, read_key, write_key
from services.livestock.domain.movement_decision import Policy
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.reporting.questions import split_destination
from services.livestock.sms_commands.common import (
    Home,
    home_at,
    home_of,
    origin_of,
    require_officer,
    today_at,
    with_all_numbers,
)
from services.livestock.sms_commands.wording import Reader, list_numbers
from services.messaging.command_router import CommandContext, Reply
from services.storage.models import PendingConfirmation
from services.texts.catalogue import say

_PASSED, _SEIZED = "passed", "seized"


class CheckPoint(NamedTuple):
    """The place of a check: a roadblock, or the sender's abattoir before a slaughter."""

    at: Home
    slaughter: bool = False

    def question(self, context: CommandContext, told: Sequence[Key]) -> Question:
        """Make a question about animals here today; a place among the numbers is where they go."""
        numbers, to = split_destination(context.unit.session, told)
        today = today_at(context, self.at)
        return Question(numbers, today, to, slaughter=self.slaughter, post=self.at.row.id)


def check_point_of(context: CommandContext) -> CheckPoint:
    """Return the sender's check point.

    Raises:
        OfficersOnly: they may not check.
        NoPost: an officer without a roadblock.
    """
    if context.party.role == Role.ABATTOIR:
        return CheckPoint(home_of(context), slaughter=True)
    require_officer(context)
    return CheckPoint(home_at(context, require_post(context.unit.session, context.party)))


def act(policy: Policy, context: CommandContext, question: Question, outcome: str) -> Reply:
    """Record an outcome at once, or ask for a code first where it is a grave one."""
    answers = decide(context.unit.session, question, policy)
    barred = [answer for answer in answers if not answer.decision.allowed]
    if outcome == _PASSED and barred and (refusal := _refusal(context, question, barred)):
        return refusal
    if ACTS[_act_of(outcome, barred)].strength > Strength.NUMBER:
        return _ask_code(policy, context, question, (outcome, barred))
    return _record(context, answered_question(context, question), answers, outcome)


def _refusal(context: CommandContext, question: Question, barred: Sequence[Answer]) -> str | None:
    """Refuse a pass against the book that does not say so, with its word and its reason.

    The numbers are kept, so that the next message need not repeat them.
    """
    reason = context.arguments.get("anyway")
    if reason:
        return None
    said = (*question.numbers, *([question.to] if question.to else []))
    remember_asked(context.unit.session, context.party, said, context.now)
    code = "check.against" if reason is None else "check.why"
    told = reader(context).barred(barred, len(question.numbers))
    return say(code, context.language, list=told)


def _act_of(outcome: str, barred: Sequence[Answer]) -> ActType:
    if outcome == _SEIZED:
        return CommandAct.SEIZE
    return CommandAct.OVERRULE if outcome == _PASSED and barred else EventType.CHECK


def _ask_code(
    policy: Policy, context: CommandContext, question: Question, act: tuple[str, Sequence[Answer]]
) -> str:
    outcome, barred = act
    command = {
        "numbers": write_animals(question.numbers),
        "to": write_key(question.to) if question.to else None,
        "on": question.on.isoformat(),
        "post": question.post,
        "slaughter": question.slaughter,
        "outcome": outcome,
        "standstill_days": policy.standstill_days,
        "permit_provinces": sorted(policy.permit_provinces),
    }
    opened = open_confirmation(context, _CHECKING, context.party, command)
    return say(
        f"check.{'pin' if context.by_pin else 'code'}.{outcome}",
        context.language,
        pigs=list_numbers(question.numbers),
        digits=opened.code,
        list=reader(context).barred(barred, len(question.numbers)),
    )


def _confirmed(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> Reply:
    """Record what an inspector confirmed, as the book is now."""
    point = check_point_of(context)
    question = Question(
        tuple(map(read_key, command["numbers"])),
        date.fromisoformat(command["on"]),
        read_key(command["to"]) if command["to"] else None,
        slaughter=command["slaughter"],
        post=command["post"],
    )
    if point.at.row.id != question.post:
        raise NothingChecked(pig=EXAMPLE_PIG)
    answered = AnsweredQuestion(
        context.unit.session, question, str(claim.public_id), origin_of(context)
    )
    policy = Policy(command["standstill_days"], frozenset(command["permit_provinces"]))
    answers = decide(context.unit.session, question, policy)
    return _record(context, answered, answers, command["outcome"])


def _record(
    context: CommandContext, answered: AnsweredQuestion, answers: Sequence[Answer], outcome: str
) -> Reply:
    done = record_checks(answered, answers, outcome)
    if not done:
        raise AlreadyDone
    barred = [answer for answer in answers if not answer.decision.allowed]
    against = outcome == _PASSED and bool(barred)
    pigs = list_numbers(answered.question.numbers)
    text = say(
        f"check.{outcome}.against" if against else f"check.{outcome}",
        context.language,
        pigs=pigs,
        heads=sum(answer.item.position.facts.heads or 1 for answer in answers),
        receipt=done[0].receipt,
        list=reader(context).barred(barred, len(answers)),
    )
    return with_all_numbers(text, [pigs], context.language)


def reader(context: CommandContext) -> Reader:
    """Return what words decisions for the sender."""
    return Reader(context.unit.session, context.party.id, context.party.role, context.language)


def answered_question(context: CommandContext, question: Question) -> AnsweredQuestion:
    """Return a question of this message, as its answer is recorded."""
    return AnsweredQuestion(context.unit.session, question, context.key, origin_of(context))


_CHECKING = ConfirmationKind("check", _confirmed)
CLAIMS = (_CHECKING,)
