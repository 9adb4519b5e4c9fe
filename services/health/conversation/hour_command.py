"""The command by which a member chooses the hour of their texts."""

import re
from collections.abc import Mapping

from gateway.grammar import Argument, Phrase, Read
from services.health.conversation.answer_handler import carry_out
from services.health.conversation.member import ActiveProgramme, Member, member_of
from services.health.courses.chosen_hour import HOURS
from services.health.courses.subscriptions import MEMBERS, open_subscriptions
from services.health.format.entries import Action, Do
from services.messaging.command_router import CommandContext, CommandHandler, Reply
from services.storage.locks import require_one_writer
from services.texts.catalogue import say

_NO_HOUR = 0
_NOON = 12
_READ = re.compile(
    r"(?:(?P<none>no|nogat|any|off)|(?P<hour>[01]?[0-9]|2[0-3])(?:[:.]00)?\s*"
    r"(?:o'?clock|klok|hours|aua)?\s*(?:long |in the |at )?"
    r"(?P<part>am|a\.m\.|pm|p\.m\.|moning|morning|apinun|afternoon|evening|nait|night)?)[.!]?",
    re.IGNORECASE,
)
_LATE = frozenset({"pm", "p.m.", "apinun", "afternoon", "evening", "nait", "night"})

HOUR = "programme.hour"


def read_hour(text: str) -> Read | None:
    """Read an hour of the day, such as `7`, `6 pm` or `18:00`; `no` is 0."""
    found = _READ.fullmatch(text.strip())
    if found is None:
        return None
    if found["none"]:
        return Read(_NO_HOUR, len(text))
    hour = int(found["hour"])
    late = (found["part"] or "").lower() in _LATE and hour < _NOON
    # Midnight is no hour for a text, and 0 stands for none.
    return Read(hour + _NOON if late else hour or 24, len(text))


def hour_command(programmes: Mapping[str, ActiveProgramme]) -> CommandHandler:
    """Return the command that sets the hour of the texts that may move."""
    phrase = Phrase(
        HOUR,
        {"en": ("TIME", "HOUR", "MY HOUR"), "tpi": ("TAIM", "AUA", "TAIM BILONG MI")},
        (Argument("hour", read_hour),),
        {"en": "TIME 7", "tpi": "TAIM 7"},
        fillers=("at", "long", "to", "is", "em"),
    )
    return CommandHandler(phrase, lambda context: _choose(programmes, context), private=True)


def _choose(programmes: Mapping[str, ActiveProgramme], context: CommandContext) -> Reply:
    session, language = context.unit.session, context.language
    hour = int(str(context.arguments["hour"]))
    if hour and hour not in HOURS:
        return say("programme.bad_hour", language)
    # Two messages of one phone must not change a plan at once.
    require_one_writer(session)
    rows = [
        row
        for row in open_subscriptions(session, context.party)
        if row.state in MEMBERS and row.programme in programmes
    ]
    if not rows:
        return say("programme.none_runs", language)
    members = [member_of(session, row, context.now, context.party) for row in rows]
    moved = [member for member in members if _may_move(member)]
    for member in moved:
        carry_out(member, [Action(Do.HOUR, str(hour))])
    if not moved:
        return members[0].say("programme.hour_fixed")
    first = moved[0]
    return first.say("programme.hour", hour=hour) if hour else first.say("programme.no_hour")


def _may_move(member: Member) -> bool:
    return any(item.moves for phase in member.programme.phases for item in phase.items)
