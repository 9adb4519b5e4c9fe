"""Replies to the keywords of a programme, sent in turn."""

from __future__ import annotations

from collections.abc import Sequence

from services.health.conversation.actions import carry_out
from services.health.conversation.active_programmes import ActiveProgramme
from services.health.conversation.intake import ask
from services.health.conversation.member import Member, member_of
from services.health.courses.subscriptions import open_subscription
from services.health.format.model import Word
from services.health.format.render import is_personal
from services.messaging.command_router import CommandContext, ReplyText
from services.messaging.outbox import Trace
from services.texts.catalogue import say


def reply_to_keyword(
    one: ActiveProgramme, code: str, context: CommandContext
) -> Sequence[ReplyText]:
    """Reply to a keyword: a member gets the next reply, everybody else the first."""
    row = open_subscription(context.unit.session, context.party.id, one.code)
    if row is None:
        return _to_non_member(one, code, context)
    member = member_of(context.unit.session, row, context.now)
    word = _word(member.programme.words, code)
    if word is None:
        # The keyword is newer than the member's version: reply as to everybody.
        return _first_reply(one, code, row.language)
    if word.actions and context.arguments.get("more") and context.language != row.language:
        # Tok Pisin `slip` means sleep: SLIP and more words in Tok Pisin report no relapse.
        keyword = word.says.get(context.language, (code,))[0]
        return (ReplyText(say("programme.only", row.language, word=keyword)),)
    return _in_turn(member, word)


def _in_turn(member: Member, word: Word) -> list[ReplyText]:
    result = carry_out(member, word.actions)
    replies = []
    if word.replies:
        turn = int(member.row.turns.get(word.code, 0))
        place = turn % len(word.replies)
        # SQLAlchemy writes a JSON column only if it is another object.
        member.row.turns = {**member.row.turns, word.code: turn + 1}
        replies.append(member.reply(word.replies[place], f"{word.code}/{place + 1}"))
    return replies + [ask(member, entry) for entry in result.follow]


def _to_non_member(one: ActiveProgramme, code: str, context: CommandContext) -> Sequence[ReplyText]:
    """Return the first reply, and how to join the programme."""
    language = one.language(context.language)
    joins = one.joins()[language]
    hint = say(
        "programme.join_hint",
        language,
        title=one.title(language),
        word=joins[0] if joins else f"JOIN {one.code.upper()}",
    )
    return (*_first_reply(one, code, language), ReplyText(hint))


def _first_reply(one: ActiveProgramme, code: str, wanted: str) -> Sequence[ReplyText]:
    """Return the first reply to a keyword, unless it has placeholders."""
    for language in one.languages(wanted):
        word = _word(one.programmes[language].words, code)
        if word and word.replies:
            text = word.replies[0].in_language(language)
            trace = Trace(version_id=one.versions[language], item=f"{code}/1", language=language)
            return () if is_personal(text) else (ReplyText(text, trace),)
    return ()


def _word(words: Sequence[Word], code: str) -> Word | None:
    return next((word for word in words if word.code == code), None)
