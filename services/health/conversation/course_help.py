"""Words of a course in the answers to HELP and to greetings: none where others read the phone."""

from collections.abc import Iterator, Mapping, Sequence

from services.health.conversation.member import ActiveProgramme, Member, any_member_of
from services.health.courses.subscriptions import MEMBERS, open_subscriptions
from services.messaging.command_router import CommandContext, InterceptResult
from services.messaging.outbox import ReplyText
from services.messaging.small_talk import Example
from services.storage.models import Subscription
from services.texts.catalogue import say

HELP = "programme.help"


def answer_help(
    context: CommandContext, programmes: Mapping[str, ActiveProgramme]
) -> InterceptResult | None:
    """Return what a member's course understands, to be sent before the general help."""
    rows = open_subscriptions(context.unit.session, context.party)
    member = next(_members(context, rows, programmes), None)
    if member is None:
        return None
    language = member.row.language
    if _others_read(rows):
        text = say("programme.help_neutral", language)
    else:
        title = member.title[:1].upper() + member.title[1:]
        text = say("programme.help", language, title=title, words=", ".join(_words(member)))
    return InterceptResult(HELP, [ReplyText(text)], alone=False, private=True)


def example_word(
    programmes: Mapping[str, ActiveProgramme], context: CommandContext
) -> Example | None:
    """Return the first word of the sender's course; None: there is none to be shown."""
    rows = open_subscriptions(context.unit.session, context.party)
    member = next(_members(context, rows, programmes), None)
    words = [] if member is None or _others_read(rows) else _words(member)
    return Example(words[0], private=True) if words else None


def memberships(
    context: CommandContext, programmes: Mapping[str, ActiveProgramme]
) -> Iterator[Member]:
    """Yield the sender's memberships in active programmes."""
    rows = open_subscriptions(context.unit.session, context.party)
    return _members(context, rows, programmes)


def _members(
    context: CommandContext,
    rows: Sequence[Subscription],
    programmes: Mapping[str, ActiveProgramme],
) -> Iterator[Member]:
    for row in rows:
        if row.programme in programmes and row.state in MEMBERS:
            yield any_member_of(context.unit.session, row, context.now, context.party)


def _others_read(rows: Sequence[Subscription]) -> bool:
    """Tell whether others may read the phone: one course of its person that is discreet decides."""
    return any(row.discreet for row in rows if row.state in MEMBERS)


def _words(member: Member) -> list[str]:
    """Return the first keyword of each reply that a member may ask for, in their language."""
    says = (word.says.get(member.row.language, ()) for word in member.programme.words)
    return [each[0] for each in says if each]
