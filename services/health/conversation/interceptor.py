"""Messages that no command matches: answers to open questions, keywords in passing."""

import re
from collections.abc import Callable, Mapping, Sequence

from gateway.grammar import NotUnderstood, Understood
from gateway.mood import closes_alone, mood_of
from services.health.conversation.answer_handler import (
    accept_answer,
    close_unanswered,
    lock_open_question,
)
from services.health.conversation.answer_parser import is_option, read_answer, words_of
from services.health.conversation.course_help import answer_help, memberships
from services.health.conversation.heard_words import besides, is_heard, is_no_answer
from services.health.conversation.keyword_replies import reply_to_keyword
from services.health.conversation.member import (
    ActiveProgramme,
    Member,
    any_member_of,
    is_leaving,
    member_of,
)
from services.health.conversation.membership import Membership
from services.health.courses.subscriptions import (
    BY_SMS,
    OPEN,
    SubscriptionState,
    newest_open_question,
    open_subscriptions,
)
from services.health.format.entries import Question
from services.messaging.command_router import (
    NOT_UNDERSTOOD,
    CommandContext,
    InterceptResult,
    MessageInterceptor,
)
from services.messaging.confirmations import answerable
from services.messaging.consent import close_queued, refuse
from services.messaging.outbox import ReplyText
from services.messaging.small_talk import is_thanks
from services.storage.locks import require_one_writer
from services.storage.models import AskedQuestion, Subscription

ANSWER, HINT = "programme.answer", "programme.heard"
# A bare digit, YES or NO answers the latest question.
_ANSWERS = "answer"
_BEGINNING = frozenset(
    {SubscriptionState.INVITED, SubscriptionState.SCREENED, SubscriptionState.CONSENTED}
)
_HELP = "help"
# A short number, a tag, or the word.
_NAMES_A_PIG = re.compile(r"[0-9]{4}|\b(?:pig|pik|piglet|pikpik|sow|boar)s?\b", re.IGNORECASE)
_MAY_CLOSE = frozenset({None, _ANSWERS, "stop_all_word"})
_LANGUAGES = {"english": "en", "tok_pisin": "tpi"}
_NONE: Mapping[str, ActiveProgramme] = {}


def message_interceptor(programmes: Mapping[str, ActiveProgramme]) -> MessageInterceptor:
    """Return the interceptor of messages for the active programmes."""

    def listen(
        context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        code = found.phrase.code if isinstance(found, Understood) else None
        if closes_alone(text) and (closed := _closed(context, text, found, programmes)):
            return InterceptResult(ANSWER, closed, private=True)
        if code == _HELP:
            return answer_help(context, programmes)
        if code in _LANGUAGES:
            _switch_language(context, _LANGUAGES[code], programmes)
        if code not in {None, _ANSWERS}:
            # SAD may be a keyword of one course and an answer to another.
            a_word = code.partition(".")[0] in programmes
            return _answered(context, text, found, is_option) if a_word else None
        return _answered(context, text, found, programmes=programmes) or (
            None if code else in_passing(context, text, programmes)
        )

    def is_exclusive(call: CommandContext, _text: str, found: Understood | NotUnderstood) -> bool:
        # Two workers with the same answer must store it once.
        code = found.phrase.code if isinstance(found, Understood) else None
        of_a_course = code in {None, _ANSWERS} or code.partition(".")[0] in programmes
        return of_a_course and _newest(call) is not None

    return MessageInterceptor(listen, is_exclusive)


def member_help_interceptor(programmes: Mapping[str, ActiveProgramme]) -> MessageInterceptor:
    """Return the interceptor of what nothing understood of a member, before what is of pigs.

    Somebody in a health course who is in trouble must not read how a dead pig is reported. Who
    names a pig by its number is told how that is written.
    """

    def listen(
        context: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        understood = isinstance(found, Understood) and found.mood is None
        if understood or _NAMES_A_PIG.search(text):
            return None
        member = next(memberships(context, programmes), None)
        if member is None:
            return None
        help_text = ReplyText(member.say("programme.not_understood"))
        return InterceptResult(NOT_UNDERSTOOD, [help_text], private=True)

    return MessageInterceptor(listen, unmatched=True)


def _closed(
    context: CommandContext,
    text: str,
    found: Understood | NotUnderstood,
    programmes: Mapping[str, ActiveProgramme],
) -> Sequence[ReplyText]:
    """Close the open question of a course, unless the word answers it or begins a course."""
    code = found.phrase.code if isinstance(found, Understood) else None
    question_row = _newest(context) if code in _MAY_CLOSE else None
    if question_row is None or _is_for_a_confirmation(context, question_row, found):
        return ()
    session = context.unit.session
    require_one_writer(session)
    row = session.get_one(Subscription, question_row.subscription_id)
    member = any_member_of(session, row, context.now)
    question = member.programme.entry(question_row.item).ask
    if question and read_answer(question, text, member.today) is not None:
        return ()
    if row.state in _BEGINNING:
        return _leave_the_beginning(context, member, programmes)
    if not lock_open_question(member, question_row):
        return ()
    # A course that is over asks why, and does not go on.
    code = "programme.question_closed" if row.state in OPEN else "stop.programme"
    closed = ReplyText(member.say(code, programme=member.title))
    return (closed, *close_unanswered(member, question_row))


def _leave_the_beginning(
    context: CommandContext, member: Member, programmes: Mapping[str, ActiveProgramme]
) -> Sequence[ReplyText]:
    """End a course that only began: CANCEL is of it alone."""
    session, row = context.unit.session, member.row
    refuse(session, context.health_index, row.programme, BY_SMS, context.now)
    Membership(programmes).leave(context, row.programme, quietly=True)
    close_queued(session, context.number, row.programme)
    return (ReplyText(member.say("stop.programme", programme=member.title)),)


def _answered(
    context: CommandContext,
    text: str,
    found: Understood | NotUnderstood,
    only: Callable[[Question, str], bool] | None = None,
    programmes: Mapping[str, ActiveProgramme] = _NONE,
) -> InterceptResult | None:
    """Take a message as the answer to the newest open question, if it fits.

    `programmes`: whose keywords in passing are no answer; none: every text may be one.
    """
    question_row, session = _newest(context), context.unit.session
    if question_row is None or _is_for_a_confirmation(context, question_row, found):
        return None
    require_one_writer(session)
    row = session.get_one(Subscription, question_row.subscription_id)
    question = any_member_of(session, row, context.now).programme.entry(question_row.item).ask
    if only and not (question and only(question, text)):
        return None
    member = member_of(session, row, context.now)
    one = programmes.get(row.programme)
    if one and (told := _in_place_of_words(context, text, one, (member, question_row))):
        return told
    parsed = read_answer(question, text, member.today) if question else None
    if parsed is not None and lock_open_question(member, question_row):
        replies = accept_answer(member, question_row, parsed)
        return InterceptResult(ANSWER, replies, private=True)
    # Whoever else writes on this phone later must not read that there was a course.
    hidden = is_leaving(member, question_row.item) and not isinstance(found, Understood)
    other = hidden or tries_a_command(text, found) or is_thanks(text)
    if question is None or parsed is not None or other:
        return None
    outcome = ANSWER if isinstance(found, Understood) else NOT_UNDERSTOOD
    return InterceptResult(outcome, [_again(member, question_row, question)], private=True)


def _in_place_of_words(
    context: CommandContext, text: str, one: ActiveProgramme, asked: tuple[Member, AskedQuestion]
) -> InterceptResult | None:
    """Answer a keyword in passing that came in place of a name, and ask the question again."""
    member, question_row = asked
    question = member.programme.entry(question_row.item).ask
    heard = (each for each in member.programme.words if question)
    word = next((each for each in heard if question and is_no_answer(question, each, text)), None)
    if word is None or question is None:
        return None
    # Before the course runs there is nothing that a slip could change.
    idle = word.actions and member.row.state in _BEGINNING
    told = () if idle else reply_to_keyword(one, word.code, context)
    return InterceptResult(HINT, [*told, _again(member, question_row, question)], private=True)


def _newest(call: CommandContext) -> AskedQuestion | None:
    index = call.health_index
    return newest_open_question(call.unit.session, index, call.asked_by, call.read_by)


def tries_a_command(text: str, found: Understood | NotUnderstood) -> bool:
    """Return whether a message begins with a command's keyword, but does not match it."""
    if isinstance(found, Understood) or found.nearest is None:
        return False
    phrase, message = found.nearest, f"{words_of(text)} "
    keywords = (words_of(word) for each in phrase.keywords.values() for word in each)
    return not phrase.bare or any(message.startswith(f"{word} ") for word in keywords)


def _is_for_a_confirmation(
    context: CommandContext, question_row: AskedQuestion, found: Understood | NotUnderstood
) -> bool:
    """Return whether a later confirmation of livestock waits for the sender's bare answer."""
    if not isinstance(found, Understood):
        return False
    confirmation = next(
        answerable(context.unit.session, context.party.id, context.said_at, context.read_by), None
    )
    return confirmation is not None and confirmation.made_at > (
        question_row.reminded_at or question_row.asked_at
    )


def _again(member: Member, question_row: AskedQuestion, question: Question) -> ReplyText:
    if question.again is not None:
        return member.reply(question.again, question_row.item)
    if question.options:
        # The choices stand in the question.
        text = question.reminder or member.programme.entry(question_row.item).text
        return member.reply(text, question_row.item)
    if question.expect == "number":
        values = {"least": question.least, "most": question.most}
        return ReplyText(member.say("programme.again_number", **values))
    return ReplyText(member.say(f"programme.again_{question.expect}"))


def in_passing(
    context: CommandContext, text: str, programmes: Mapping[str, ActiveProgramme]
) -> InterceptResult | None:
    """Answer a keyword of the sender's programmes anywhere in a message that nothing matched."""
    message = f" {words_of(text)} "
    for member in memberships(context, programmes):
        for word in member.programme.words:
            if not is_heard(word, message):
                continue
            # What somebody may do, or did not do, is no slip; `clinic has no tablets` is told so.
            if word.actions and mood_of(besides(word, message)) is not None:
                continue
            one = programmes[member.row.programme]
            replies = reply_to_keyword(one, word.code, context)
            return InterceptResult(HINT, replies, private=True)
    return None


def _switch_language(
    context: CommandContext, language: str, programmes: Mapping[str, ActiveProgramme]
) -> None:
    """Switch the sender's courses to a language, where it is approved; one that asks why, too."""
    session, asked = context.unit.session, _newest(context)
    of_question = [session.get_one(Subscription, asked.subscription_id)] if asked else []
    for row in [*open_subscriptions(session, context.party), *of_question]:
        one = programmes.get(row.programme)
        if one and one.versions.get(language) == row.version_id:
            row.language = language
