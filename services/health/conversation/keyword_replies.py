"""Words that a person may say to a programme at any time: the replies take turns."""

from __future__ import annotations

from collections.abc import Sequence

from services.health.conversation.actions import act
from services.health.conversation.active_programmes import Published
from services.health.conversation.intake import ask
from services.health.conversation.member import Member, member_of
from services.health.courses.subscriptions import open_subscription
from services.health.format.model import Word
from services.health.format.render import is_personal
from services.messaging.command_router import CommandContext, ReplyText
from services.messaging.outbox import Trace
from services.texts.catalogue import say


def on_word(one: Published, code: str, call: CommandContext) -> Sequence[ReplyText]:
    """Answer a word: a member with the next of its replies, others with the first."""
    row = open_subscription(call.unit.session, call.party.id, one.code)
    if row is None:
        return _to_a_stranger(one, code, call)
    member = member_of(call.unit.session, row, call.now)
    word = _word(member.programme.words, code)
    if word is None:
        # It is newer than his course: what anybody is told.
        return _first_reply(one, code, row.language)
    if word.actions and call.arguments.get("more") and call.language != row.language:
        # SLIP begins what Tok Pisin says of sleep.
        said = word.says.get(call.language, (code,))[0]
        return (ReplyText(say("programme.only", row.language, word=said)),)
    return _in_turn(member, word)


def _in_turn(member: Member, word: Word) -> list[ReplyText]:
    acted = act(member, word.actions)
    told = []
    if word.replies:
        turn = int(member.row.turns.get(word.code, 0))
        place = turn % len(word.replies)
        # The same again, so that it is written: the library looks for another object.
        member.row.turns = {**member.row.turns, word.code: turn + 1}
        told.append(member.said(word.replies[place], f"{word.code}/{place + 1}"))
    return told + [ask(member, entry) for entry in acted.follow]


def _to_a_stranger(one: Published, code: str, call: CommandContext) -> Sequence[ReplyText]:
    """Help who is in need though he is no member, and tell how to become one."""
    language = one.language(call.language)
    joins = one.joins()[language]
    hint = say(
        "programme.join_hint",
        language,
        title=one.title(language),
        word=joins[0] if joins else f"JOIN {one.code.upper()}",
    )
    return (*_first_reply(one, code, language), ReplyText(hint))


def _first_reply(one: Published, code: str, wanted: str) -> Sequence[ReplyText]:
    """Return the first reply to a word, where it says nothing of a member's own."""
    for language in one.languages(wanted):
        word = _word(one.programmes[language].words, code)
        if word and word.replies:
            text = word.replies[0].in_language(language)
            trace = Trace(version_id=one.versions[language], item=f"{code}/1", language=language)
            return () if is_personal(text) else (ReplyText(text, trace),)
    return ()


def _word(words: Sequence[Word], code: str) -> Word | None:
    return next((word for word in words if word.code == code), None)
