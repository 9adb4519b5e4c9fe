"""Danger to people in any text: the red flags of programmes, and danger in plain words.

The reply is that of a programme that watches for the same danger, else our own, which promises
nobody's call.
"""

from collections.abc import Mapping, Sequence

from gateway.grammar import NotUnderstood, Understood
from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.care.danger_questions import end_questions
from services.health.care.ladder import Patient, begin_ladder
from services.health.care.urgency import danger_of, is_discreet
from services.health.conversation.danger_matcher import (
    STOPS,
    PlainDanger,
    RaisedFlag,
    RedFlagMatcher,
    code_of,
)
from services.health.conversation.member import ActiveProgramme, any_member_of
from services.health.courses.holding import hold
from services.health.format.model import with_help
from services.messaging.command_router import (
    CommandContext,
    InterceptResult,
    MessageInterceptor,
)
from services.messaging.outbox import ReplyText, Trace
from services.storage.models import Subscription
from services.storage.persons import person_of
from services.texts.catalogue import help_words, say
from sms.answering import Weight

FLAG = "programme.flag"


def danger_interceptor(
    programmes: Mapping[str, ActiveProgramme], *, members: bool
) -> MessageInterceptor:
    """Return the interceptor of danger, which comes before every other; see `RedFlagMatcher`."""
    watch = RedFlagMatcher(programmes, members=members)

    def listen(
        context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        flagged = watch.hear(text, context, found)
        if flagged is None:
            return None
        code = code_of(found)
        advice, alone = raise_flag(flagged, context), code not in STOPS
        return InterceptResult(FLAG, advice, alone=alone, private=True)

    # Somebody may be in danger, whoever wrote it.
    return MessageInterceptor(listen, anybody=listen, unmatched=not programmes)


def raise_flag(flagged: RaisedFlag | PlainDanger, context: CommandContext) -> Sequence[ReplyText]:
    """Notify the clinician, end our questions whether there is danger, and return the reply."""
    end_questions(context.unit.session, context.party, context.now)
    if isinstance(flagged, PlainDanger):
        home = _tell(flagged.code, flagged.programme, flagged.title, flagged.row, context)
        said = say(f"danger.{flagged.code}", flagged.language, **help_words(flagged.language, home))
        return [ReplyText(said, weight=Weight.DANGER)]
    flag, programme, version_id, language, row = flagged
    home = None
    if flag.alert or is_discreet(danger_of(flag.code)):
        home = _tell(flag.code, programme.code, programme.title[language], row, context)
    if row is not None:
        if flag.rests and not context.is_anybodys:
            hold(context.unit.session, row, programme, context.now)
        member = any_member_of(context.unit.session, row, context.now, context.party)
        return [member.said_back(flag.reply, flag.code)._replace(weight=Weight.DANGER)]
    source = programme.source(flag.code, language, version_id)
    trace = Trace(version_id=source, reply=flag.code, language=language)
    said = with_help(flag.reply.in_language(language), language, home)
    return [ReplyText(said, trace, weight=Weight.DANGER)]


def _tell(
    code: str,
    programme: str | None,
    title: str,
    row: Subscription | None,
    context: CommandContext,
) -> str | None:
    """Tell the clinician, begin what follows, and return the province of the sender."""
    session = context.unit.session
    person = person_of(session, context.party)
    concern = NewConcern(
        ConcernKind.FLAG,
        code,
        person.id,
        context.number,
        programme,
        title or say("danger.title", context.language),
        row.id if row else None,
    )
    made = raise_concern(session, concern, context.now)
    # What a box brings of a number that it may have made up changes nobody's course.
    if not context.is_anybodys:
        language = row.language if row else context.language
        begin_ladder(session, made, Patient(context.number, language, row))
    return person.province
