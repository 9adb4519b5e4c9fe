"""Replies to the keywords of a programme."""

from collections.abc import Sequence

from services.health.conversation.answer_handler import carry_out
from services.health.conversation.member import ActiveProgramme, Member, ask, member_of, said_by
from services.health.conversation.spending import over_ceiling, reach_ceiling
from services.health.courses.subscriptions import open_subscription
from services.health.format.model import Word, is_personal, with_help
from services.messaging.command_router import CommandContext
from services.messaging.outbox import ReplyText, Trace
from services.texts.catalogue import say


def reply_to_keyword(
    one: ActiveProgramme, code: str, context: CommandContext
) -> Sequence[ReplyText]:
    """Reply to a keyword: a member gets the next reply, everybody else the first.

    A member who reached the ceiling of the course is told so once, unless the word does something.
    """
    row = open_subscription(context.unit.session, context.party, one.code)
    if row is None:
        return _to_non_member(one, code, context)
    member = member_of(context.unit.session, row, context.now, context.party)
    word = _word(member.programme.words, code)
    if word is None:
        # The keyword is newer than the member's version: reply as to everybody.
        return _first_reply(one, code, row.language, discreet=row.discreet)
    if word.actions and context.arguments.get("more") and context.language != row.language:
        # Tok Pisin `slip` means sleep: SLIP and more words in Tok Pisin report no relapse.
        if row.discreet:
            # The sender may be somebody else, and may mean no keyword.
            return (ReplyText(say("programme.not_understood", row.language)),)
        keyword = word.says.get(context.language, (code,))[0]
        return (ReplyText(say("programme.only", row.language, word=keyword)),)
    return _in_turn(member, word)


def _in_turn(member: Member, word: Word) -> list[ReplyText]:
    if not word.actions and (first_time := reach_ceiling(member)) is not None:
        return [over_ceiling(member)] if first_time else []
    result = carry_out(member, word.actions)
    replies = []
    fitting = _fitting(member, word)
    if fitting:
        turn = int(member.row.turns.get(word.code, 0))
        place = fitting[turn % len(fitting)]
        # SQLAlchemy writes the column only if it is another object.
        member.row.turns = {**member.row.turns, word.code: turn + 1}
        replies.append(member.said_back(word.replies[place], f"{word.code}/{place + 1}"))
    return replies + [ask(member, entry) for entry in result.follow]


def _fitting(member: Member, word: Word) -> list[int]:
    """Return the places of the replies that say back nothing but what may be said back."""
    row = member.row
    absent = {f"{{{code}}}" for code in member.programme.kept() - said_by(row).keys()}
    said = (reply.in_language(row.language, discreet=row.discreet) for reply in word.replies)
    return [place for place, text in enumerate(said) if not any(one in text for one in absent)]


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


def _first_reply(
    one: ActiveProgramme, code: str, wanted: str, *, discreet: bool = False
) -> Sequence[ReplyText]:
    """Return the first reply to a keyword, unless it has placeholders."""
    for language in one.languages(wanted):
        word = _word(one.programmes[language].words, code)
        if word and word.replies:
            text = with_help(word.replies[0].in_language(language, discreet=discreet), language)
            reply = f"{code}/1"
            source = one.programmes[language].source(reply, language, one.versions[language])
            trace = Trace(version_id=source, reply=reply, language=language)
            return () if is_personal(text) else (ReplyText(text, trace),)
    return ()


def _word(words: Sequence[Word], code: str) -> Word | None:
    return next((word for word in words if word.code == code), None)
