"""Answers to questions of a programme, and its actions, which follow answers and keywords."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.health.care.concerns import ConcernKind, NewConcern, open_flags, raise_concern
from services.health.care.rota import call_promise
from services.health.conversation.answer_parser import ParsedAnswer, branch_of
from services.health.conversation.intake_facts import keep_fact
from services.health.conversation.member import YES, Member, ask, is_intake, is_leaving, proceed
from services.health.courses.home_province import set_province
from services.health.courses.life_events import end_by_event, take_in
from services.health.courses.plan_changes import PlanChange, change_plan, end
from services.health.courses.plans import lock
from services.health.courses.subscriptions import (
    BY_SMS,
    OPEN,
    RUNNING,
    QuestionState,
    SubscriptionState,
    consent_to,
)
from services.health.format.entries import Action, Do, Entry, Expect, Question
from services.health.format.life_events import EVERYWHERE, PHONE_LOST, LifeEvent
from services.messaging.consent import refuse
from services.messaging.outbox import ReplyText
from services.storage.models import AskedQuestion, Concern, Person

NO_CONSENT = "no_consent"


class ActionResult(NamedTuple):
    """Result of actions: questions to ask now, and whether the course has ended.

    `raised`: the concern of an alert, of which the sender is told, if there is one. `event`: what
    happened in the person's life, and is to be answered.
    """

    follow: tuple[Entry, ...] = ()
    ended: bool = False
    raised: Concern | None = None
    event: LifeEvent | None = None


def lock_open_question(member: Member, question_row: AskedQuestion) -> bool:
    """Lock a person's course, then the question; return whether it is still open.

    Everyone who ends or changes a course locks it first, too.
    """
    lock(member.session, member.row)
    member.session.refresh(question_row, with_for_update=True)
    return question_row.state == QuestionState.OPEN


def accept_answer(
    member: Member, question_row: AskedQuestion, parsed: ParsedAnswer
) -> list[ReplyText]:
    """Store an answer to a locked question, carry out what follows, and return the replies."""
    entry = member.programme.entry(question_row.item)
    question = entry.ask
    if question is None:
        return []
    question_row.state = QuestionState.ANSWERED.value
    question_row.answer, question_row.value = parsed.code, parsed.value
    question_row.answered_at, question_row.remind_at = member.now, None
    member.session.flush()
    return _follow(member, entry, question, parsed)


def _follow(
    member: Member, entry: Entry, question: Question, parsed: ParsedAnswer
) -> list[ReplyText]:
    if is_leaving(member, entry.id):
        member.row.reason = parsed.code
    anchors = _store(member, question, parsed)
    intake = _is_of_intake(member, entry)
    if intake:
        keep_fact(member, entry.id, parsed)
    agreed = _consent(member, question, parsed)
    branch = branch_of(question, parsed)
    result = carry_out(member, branch.actions if branch else (), parsed, anchors)
    replies = (
        [member.said_back(branch.reply, f"{entry.id}/answer")] if branch and branch.reply else []
    )
    if intake and agreed and not result.ended:
        replies += [*_promise(member, result), *proceed(member, entry)]
        result = result._replace(raised=None)
    replies += replies_to(member, result)
    return replies or [ReplyText(member.say("programme.thanks"))]


def replies_to(member: Member, result: ActionResult) -> list[ReplyText]:
    """Return what is said after actions: of an event, of a call, and the questions that follow."""
    event, replies = result.event, []
    if event and event.reply:
        replies.append(member.said_back(event.reply, f"event/{event.code}"))
    replies += _promise(member, result)
    return replies + [ask(member, following) for following in result.follow]


def _promise(member: Member, result: ActionResult) -> list[ReplyText]:
    """Promise a call where an alert's clinician was told, and say so where nobody can be.

    No text of a programme may promise it: who wrote it cannot know.
    """
    if result.raised is None:
        return []
    promise = call_promise(member.session, result.raised, member.row.language, member.now)
    return [ReplyText(promise)]


def close_unanswered(member: Member, question_row: AskedQuestion) -> list[ReplyText]:
    """Close an unanswered question, and carry out the programme's actions for that case."""
    question_row.state, question_row.remind_at = QuestionState.CLOSED.value, None
    entry = member.programme.entry(question_row.item)
    result = carry_out(member, entry.ask.otherwise if entry.ask else ())
    replies: list[ReplyText] = []
    if _is_of_intake(member, entry) and not result.ended:
        replies += _after_intake(member, entry)
    return replies + [ask(member, following) for following in result.follow]


def _is_of_intake(member: Member, entry: Entry) -> bool:
    """Return whether a question goes on with an intake: one whose course runs is over."""
    return member.row.state not in RUNNING and is_intake(member, entry)


def _after_intake(member: Member, entry: Entry) -> list[ReplyText]:
    """Continue after consent, where an answer may be missing; without it end the subscription."""
    if member.row.state == SubscriptionState.CONSENTED:
        return proceed(member, entry)
    end(member.session, member.row, SubscriptionState.LOST, "no_answer", member.now)
    return []


def _store(member: Member, question: Question, parsed: ParsedAnswer) -> dict[str, date | None]:
    """Store the words of an answer with the person; return the anchor that it sets, if any."""
    if question.expect is Expect.NAME and parsed.words:
        if party := member.party:
            party.name = parsed.words
    elif question.expect is Expect.PROVINCE and parsed.words:
        person = member.session.get_one(Person, member.row.person_id)
        set_province(member.session, person, parsed.words, member.now)
    elif question.keep:
        # SQLAlchemy writes the column only if it is another object.
        others = {
            one: said for one, said in (member.row.kept or {}).items() if one != question.keep
        }
        member.row.kept = others | ({question.keep: parsed.words} if parsed.words else {})
    elif question.sets and parsed.day:
        return {question.sets: parsed.day}
    return {}


def _consent(member: Member, question: Question, parsed: ParsedAnswer) -> bool:
    """Store YES or NO to the programme; return whether the intake goes on."""
    if not question.consent:
        return True
    if parsed.code == YES and member.row.state in RUNNING:
        return True
    if parsed.code == YES:
        consent_to(member.session, member.row, member.programme, BY_SMS, member.now)
        return True
    row = member.row
    refuse(member.session, row.number_index, row.programme, BY_SMS, member.now)
    end(member.session, row, SubscriptionState.OPTED_OUT, NO_CONSENT, member.now)
    return False


_NOTHING = PlanChange()


def carry_out(
    member: Member,
    actions: Sequence[Action],
    answer: ParsedAnswer | None = None,
    anchors: Mapping[str, date | None] | None = None,
) -> ActionResult:
    """Carry out actions in order; those that change the plan change it in one step.

    `answer` is the answer that they follow, if any, and `anchors` the dates that it sets itself.
    """
    event = _event(member, actions)
    wanted = (*actions, *event.actions) if event else tuple(actions)
    _change(member, _wanted(member, wanted, answer, anchors or {}))
    alerts = _alert_all(member, wanted, event)
    if event:
        take_in(member.session, member.row, member.programme, event, member.now)
    ending = _of(Do.END, wanted)
    if ending:
        _end(member, ending[-1])
    follow = tuple(member.programme.entry(action.target) for action in _of(Do.ASK, wanted))
    ended = member.row.state not in OPEN
    heard = next((one for one in alerts if one.told_id is not None), None)
    return ActionResult(follow, ended, heard or next(iter(alerts), None), event)


def _event(member: Member, actions: Sequence[Action]) -> LifeEvent | None:
    codes = [action.target for action in _of(Do.EVENT, actions)]
    event = member.programme.event(codes[-1]) if codes else None
    return event.of(member.row.cohort) if event else None


def _alert_all(member: Member, actions: Sequence[Action], event: LifeEvent | None) -> list[Concern]:
    """Raise the concerns of actions and their event; return those of which the sender is told.

    Whoever has another's phone is promised no call, nor whoever may be the danger.
    """
    codes = [action.target for action in _of(Do.ALERT, actions)]
    if event and not codes and event.code in EVERYWHERE:
        warn_of_silence(member, event.code)
    told = EVERYWHERE & {*codes, event.code if event else ""}
    silent = PHONE_LOST in told or bool(told and open_flags(member.session, member.row.person_id))
    raised = [_alert(member, code, silent=silent) for code in codes]
    return [] if silent else raised


def warn_of_silence(member: Member, reason: str) -> None:
    """Tell the clinician where the phone of a person in danger ends the texts, and why.

    It may be whoever harms them that wrote, and second contacts end too. The sender is told nothing
    of it.
    """
    if open_flags(member.session, member.row.person_id):
        _alert(member, reason, silent=True)


def _end(member: Member, action: Action) -> None:
    why = None if action.value is None else str(action.value)
    state = SubscriptionState(action.target)
    if state is SubscriptionState.ENDED:
        if why in EVERYWHERE:
            warn_of_silence(member, why)
        end_by_event(member.session, member.row, why or "", member.now)
        return
    end(member.session, member.row, state, why, member.now)


def _of(do: Do, actions: Iterable[Action]) -> list[Action]:
    return [action for action in actions if action.do is do]


def _wanted(
    member: Member,
    actions: Sequence[Action],
    answer: ParsedAnswer | None,
    anchors: Mapping[str, date | None],
) -> PlanChange:
    set_or_cleared = {
        action.target: _day(member, action, answer) if action.do is Do.SET else None
        for action in actions
        if action.do in {Do.SET, Do.CLEAR}
    }
    cohorts = [action.target for action in _of(Do.COHORT, actions)]
    hours = [int(action.target) for action in _of(Do.HOUR, actions)]
    manners = [action.target == "on" for action in _of(Do.DISCREET, actions)]
    return PlanChange(
        {**anchors, **set_or_cleared},
        cohorts[-1] if cohorts else None,
        manners[-1] if manners else None,
        hours[-1] if hours else None,
    )


def _day(member: Member, action: Action, answer: ParsedAnswer | None) -> date | None:
    if action.value == "answer":
        return answer.day if answer else None
    ahead = action.value if isinstance(action.value, int) else 0
    return member.today + timedelta(days=ahead)


def _change(member: Member, wanted: PlanChange) -> None:
    if wanted == _NOTHING:
        return
    if member.row.state in RUNNING:
        change_plan(member.session, member.row, member.programme, member.now, wanted)
        return
    wanted.apply(member.row)
    member.session.flush()


def _alert(member: Member, code: str, *, silent: bool = False) -> Concern:
    """Raise a concern."""
    row = member.row
    concern = NewConcern(
        ConcernKind.ANSWER,
        code,
        row.person_id,
        row.number or "",
        row.programme,
        member.programme.title[row.language],
        row.id,
        silent,
    )
    return raise_concern(member.session, concern, member.now)
