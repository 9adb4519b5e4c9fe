"""What no phrase can know: red flags, answers to questions that are open, words in passing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from gateway.grammar import NotUnderstood, Understood
from services.health.conversation.active_programmes import Published
from services.health.conversation.answer_handler import answer, still_open
from services.health.conversation.answer_parser import is_option, read_answer, words_of
from services.health.conversation.keyword_replies import on_word
from services.health.conversation.member import Member, any_member_of, member_of
from services.health.conversation.red_flags import Watch, raise_flag
from services.health.courses.open_questions import newest_open
from services.health.courses.subscriptions import MEMBERS, open_subscriptions
from services.health.format.entries import Question
from services.messaging.command_router import (
    NOT_UNDERSTOOD,
    CommandContext,
    InterceptResult,
    MessageInterceptor,
    RedFlagDetector,
    ReplyText,
)
from services.messaging.confirmations import asked
from services.storage.locks import one_writer
from services.storage.models import Asking, Subscription
from services.texts.catalogue import say

ANSWER, FLAG, HINT = "programme.answer", "programme.flag", "programme.heard"
HELP = "programme.help"
# A bare digit, YES, NO: whoever asked last is answered.
_ANSWERS = "answer"
# Whoever also wants no more messages gets what he asks for.
_STOPS = frozenset({"stop", "stop_all"})
_HELP = "help"
_LANGUAGES = {"english": "en", "tok_pisin": "tpi"}
_A_NUMBER = re.compile(r"[0-9]{3}")


def listener(programmes: Mapping[str, Published]) -> MessageInterceptor:
    """Return what hears messages for the programmes that are open."""
    watch = Watch(programmes)

    def listen(
        call: CommandContext, text: str, found: Understood | NotUnderstood
    ) -> InterceptResult | None:
        # A pig with chest pain is told with its number.
        of_a_pig = isinstance(found, Understood) and _A_NUMBER.search(text)
        flagged = None if of_a_pig else watch.find(text, call)
        code = found.phrase.code if isinstance(found, Understood) else None
        if flagged:
            return InterceptResult(FLAG, raise_flag(flagged, call), alone=code not in _STOPS)
        if code == _HELP:
            return _help(call, programmes)
        if code in _LANGUAGES:
            _speak(call, _LANGUAGES[code], programmes)
        if code not in {None, _ANSWERS}:
            # SAD may be a word of one course and the answer that another waits for.
            a_word = code.partition(".")[0] in programmes
            return _answered(call, text, found, is_option) if a_word else None
        return _answered(call, text, found) or (
            None if code else _in_passing(call, text, programmes)
        )

    return listen


def alarm(programmes: Mapping[str, Published]) -> RedFlagDetector:
    """Return what hears danger in what is typed on a screen, whatever was asked there."""
    watch = Watch(programmes)

    def listen(call: CommandContext, text: str) -> Sequence[ReplyText] | None:
        flagged = watch.find(text, call)
        return raise_flag(flagged, call) if flagged else None

    return listen


def _answered(
    call: CommandContext,
    text: str,
    found: Understood | NotUnderstood,
    only: Callable[[Question, str], bool] | None = None,
) -> InterceptResult | None:
    """Take a message as the answer to the question that was asked last, if it may be one."""
    session, index = call.unit.session, call.unit.vault.index(call.number)
    newest = partial(newest_open, session, index, call.now, call.read_by)
    if newest() is None:
        return None
    # An answer sent twice by two workers is one answer.
    one_writer(session)
    asking = newest()
    if asking is None or _is_for_a_claim(call, asking, found):
        return None
    row = session.get_one(Subscription, asking.subscription_id)
    question = any_member_of(session, row, call.now).programme.entry(asking.item).ask
    if only and not (question and only(question, text)):
        return None
    member = member_of(session, row, call.now)
    given = read_answer(question, text, member.today) if question else None
    if given is not None and still_open(member, asking):
        return InterceptResult(ANSWER, answer(member, asking, given))
    if question is None or given is not None or means_another(text, found):
        return None
    outcome = ANSWER if isinstance(found, Understood) else NOT_UNDERSTOOD
    return InterceptResult(outcome, [_again(member, asking, question)])


def means_another(text: str, found: Understood | NotUnderstood) -> bool:
    """Tell whether a message tries to be a phrase: it begins with its word, not with numbers."""
    if isinstance(found, Understood) or found.nearest is None:
        return False
    phrase, said = found.nearest, f"{words_of(text)} "
    words = (words_of(word) for each in phrase.keywords.values() for word in each)
    return not phrase.bare or any(said.startswith(f"{word} ") for word in words)


def _is_for_a_claim(
    call: CommandContext, asking: Asking, found: Understood | NotUnderstood
) -> bool:
    """Tell whether livestock asked the sender something later: a bare answer is to that."""
    if not isinstance(found, Understood):
        return False
    claim = next(asked(call.unit.session, call.party.id, call.said_at, call.read_by), None)
    return claim is not None and claim.made_at > (asking.reminded_at or asking.asked_at)


def _again(member: Member, asking: Asking, question: Question) -> ReplyText:
    if question.again is not None:
        return member.said(question.again, asking.item)
    language = member.row.language
    if question.options:
        digits = ", ".join(option.key for option in question.options)
        return ReplyText(say("programme.again_choice", language, digits=digits))
    if question.expect == "number":
        values = {"least": question.least, "most": question.most}
        return ReplyText(say("programme.again_number", language, **values))
    return ReplyText(say(f"programme.again_{question.expect}", language))


def _in_passing(
    call: CommandContext, text: str, programmes: Mapping[str, Published]
) -> InterceptResult | None:
    """Hear a word of one of the sender's programmes anywhere in what nothing understood."""
    said = f" {words_of(text)} "
    for row in open_subscriptions(call.unit.session, call.party.id):
        one = programmes.get(row.programme)
        if one is None or row.state not in MEMBERS:
            continue
        for word in any_member_of(call.unit.session, row, call.now).programme.words:
            heard = (words_of(words) for spoken in word.hears.values() for words in spoken)
            if any(f" {words} " in said for words in heard):
                return InterceptResult(HINT, on_word(one, word.code, call))
    return None


def _help(call: CommandContext, programmes: Mapping[str, Published]) -> InterceptResult | None:
    """Tell a member, before the help of all, what his course understands."""
    for row in open_subscriptions(call.unit.session, call.party.id):
        one = programmes.get(row.programme)
        if one is None or row.state not in MEMBERS:
            continue
        member = any_member_of(call.unit.session, row, call.now)
        words = [word.says.get(row.language, ()) for word in member.programme.words]
        said = ", ".join(each[0] for each in words if each)
        title = member.title[:1].upper() + member.title[1:]
        text = say("programme.help", row.language, title=title, words=said)
        return InterceptResult(HELP, [ReplyText(text)], alone=False)
    return None


def _speak(call: CommandContext, language: str, programmes: Mapping[str, Published]) -> None:
    """Let the courses of the sender speak the language that he asks for, where it is approved."""
    for row in open_subscriptions(call.unit.session, call.party.id):
        one = programmes.get(row.programme)
        if one and one.versions.get(language) == row.version_id:
            row.language = language
