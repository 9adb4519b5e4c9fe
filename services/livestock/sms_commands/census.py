"""CENSUS, and a number alone that answers a census: how many pigs somebody keeps.

A number alone means a census only while it asks its sender, and no other question of ours could
have it as its answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import select

from gateway.argument_parsers import count
from gateway.grammar import Argument
from gateway.tags import Identifier
from services.core.errors import AskFirst
from services.livestock.confirmations.ask_first import require_yes
from services.livestock.control.affected import phones_of
from services.livestock.control.census_counts import (
    AskedKeeper,
    HerdCount,
    find_asked,
    known_to_book,
    record_count,
    was_read,
)
from services.livestock.control.censuses import ASK, question
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.authority import Allowed, Subject, may_act
from services.livestock.domain.census import MOST_COUNTED, CountAnswer, differs, read_count
from services.livestock.domain.model import event_id
from services.livestock.recording.identity import find_premises
from services.livestock.recording.keeper_ties import ties_to_keeper
from services.livestock.sms_commands.answers import KINDS
from services.livestock.sms_commands.argument_kinds import PIG_WORDS, PLACE
from services.livestock.sms_commands.common import actor_of, key_of, origin_of
from services.livestock.sms_commands.doubts import MOST_HEADS_AT_ONCE
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import (
    ASKED,
    CommandContext,
    InterceptResult,
    texts_of,
)
from services.messaging.confirmations import open_to
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import CensusKeeper, Contact, Party, PendingConfirmation, Premises
from services.texts.catalogue import day_and_month, language_of, say
from sms.numbers import local

_CODE = "census"


def census(context: CommandContext) -> str:
    """Write down how many pigs the sender keeps."""
    mine = CensusKeeper.party_id == context.party.id
    asked = find_asked(context.unit.session, context.said_at, mine)
    if asked is None:
        return say("census.none", context.language)
    return _told(context, asked, cast("int", context.arguments["heads"]))


def census_for(context: CommandContext) -> str:
    """Write down how many pigs a keeper keeps who accepted the sender."""
    session = context.unit.session
    keeper = _keeper(context)
    mine = CensusKeeper.party_id == keeper
    asked = find_asked(session, context.said_at, mine) if keeper is not None else None
    if asked is None:
        return say("census.none_there", context.language)
    province = session.get_one(Premises, asked.row.premises_id).province
    actor = actor_of(context)
    ties = ties_to_keeper(session, actor, asked.row.party_id, province)
    if not isinstance(may_act(actor, CommandAct.COUNT_HERD, Subject(ties)), Allowed):
        return say("census.refused", context.language, other=local(context.number))
    return _told(context, asked, cast("int", context.arguments["heads"]))


def _keeper(context: CommandContext) -> int | None:
    """Return the keeper whom a message names by phone or place; None: nobody."""
    session, told = context.unit.session, context.arguments["place"]
    if isinstance(told, str):
        mine = Contact.number_index == context.unit.vault.index(told)
        return session.scalar(select(Contact.party_id).where(mine).order_by(Contact.id).limit(1))
    key = key_of(cast("Identifier", told), "premises")
    place = find_premises(session, [key]).get(key)
    return session.get_one(Premises, place.id).keeper_id if place else None


def _told(context: CommandContext, asked: AskedKeeper, heads: int) -> str:
    """Write a count down, once its sender is sure of it."""
    session, language = context.unit.session, context.language
    if asked.row.heads == heads:
        return say("census.same", language, heads=heads)
    known = known_to_book(session, asked)
    _require_sure(context, asked, heads, known)
    told = HerdCount(event_id(context.channel, context.key, 0), heads, known)
    done = record_count(session, asked, told, context.said_at, origin_of(context))
    _tell_keeper(context, asked, heads)
    code = "census.late" if asked.row.late else "census.counted"
    if not asked.row.late and differs(heads, known):
        code = "census.differs"
    values = {"heads": heads, "place": done.report.premises, "known": known}
    day = day_and_month(asked.census.last_day, language)
    return say(code, language, **values, day=day, receipt=done.receipt)


def _require_sure(context: CommandContext, asked: AskedKeeper, heads: int, known: int) -> None:
    """Ask before another number is believed than the one before, or one that is hardly right.

    Raises:
        AskFirst: the sender must say yes first.
    """
    before, language = asked.row.heads, context.language
    if before is not None:
        text = say("doubt.census_change", language, heads=heads, before=before)
        require_yes(context, "change", text)
    elif known and (heads > known or not heads):
        text = say("doubt.census_known", language, heads=heads, count=known)
        require_yes(context, "count", text)
    elif heads > MOST_HEADS_AT_ONCE:
        require_yes(context, "count", say("doubt.census", language, heads=heads))


def _tell_keeper(context: CommandContext, asked: AskedKeeper, heads: int) -> None:
    """Tell a keeper who has a phone what somebody else answered for them."""
    session = context.unit.session
    phone = phones_of(session, [asked.row.party_id]).get(asked.row.party_id)
    if phone is None or asked.row.party_id == context.party.id:
        return
    language = language_of(session.get_one(Party, asked.row.party_id).language)
    text = say("census.told", language, other=local(context.number), heads=heads)
    message = OutboundMessage(*phone, text, f"census.told\0{context.channel}\0{context.key}")
    enqueue_messages(session, [message], SendOptions(_CODE, context.now, asked.ended_at))


def answer_census(context: CommandContext, text: str) -> InterceptResult | None:
    """Take a number alone as the answer to the census that asks its sender."""
    said = read_count(text)
    if said is None:
        return None
    session, mine = context.unit.session, CensusKeeper.party_id == context.party.id
    asked = find_asked(session, context.said_at, mine)
    read_by, keeper = context.read_by or context.said_at, context.party.public_id
    if asked is None or not was_read(session, asked, keeper, read_by):
        return None
    waiting = _other(context, said)
    if asked.is_late(context.said_at):
        return None if waiting or asked.row.heads is not None else _late(context, asked, said)
    if waiting is not None:
        return _which(context, asked, waiting, said)
    if said.asks or said.heads is None:
        text = question(asked.census, ASK, context.language)
        return InterceptResult("census.again", texts_of(text))
    return _answer(context, said.heads, sure=said.sure)


def _other(context: CommandContext, said: CountAnswer) -> PendingConfirmation | None:
    """Return the newest other question of ours that a number may answer."""
    session, mine = context.unit.session, context.party.id
    waiting = open_to(session, mine, context.said_at, context.read_by)
    heads = said.heads or 0
    # 0 closes a question, and a question of ours is never answered by a code of four digits.
    return next((one for one in waiting if heads <= _options(one) or not heads), None)


def _options(waiting: PendingConfirmation) -> int:
    kind = KINDS.get(waiting.kind)
    return kind.options if kind else 0


def _which(
    context: CommandContext, asked: AskedKeeper, waiting: PendingConfirmation, said: CountAnswer
) -> InterceptResult | None:
    """Leave a number to the other question if it is the newer one; else ask which is meant."""
    row = asked.row
    newest = max(filter(None, (row.asked_at, row.chased_at)))
    if waiting.made_at >= newest or row.which_at is not None or said.heads is None:
        return None
    row.which_at = context.now
    text = say("census.which", context.language, heads=said.heads)
    return InterceptResult("census.which", texts_of(text))


def _late(context: CommandContext, asked: AskedKeeper, said: CountAnswer) -> InterceptResult | None:
    if said.heads is None or said.asks:
        return None
    day = day_and_month(asked.census.last_day, context.language)
    text = say("census.over", context.language, day=day, heads=said.heads)
    return InterceptResult("census.over", texts_of(text))


def _answer(context: CommandContext, heads: int, *, sure: bool) -> InterceptResult:
    """Answer as CENSUS with the number does, which is what a yes to a doubt repeats."""
    arguments: Mapping[str, Any] = {"heads": heads}
    told = replace(context, text=f"CENSUS {heads}", arguments=arguments)
    try:
        with context.unit.session.begin_nested():
            if not sure:
                require_yes(told, "unsure", say("doubt.census", told.language, heads=heads))
            return InterceptResult(_CODE, texts_of(census(told)))
    except AskFirst as doubt:
        ask = doubt.ask
    return InterceptResult(ASKED, texts_of(ask(told)))


_COUNTED = Argument("heads", count(MOST_COUNTED))
_KEYWORDS = {"en": ("CENSUS", "PIG COUNT"), "tpi": ("SENSAS", "KAUNIM PIK")}
HANDLERS = (
    command("census_for", census_for, _KEYWORDS, (PLACE, _COUNTED), "70000001 12"),
    command("census", census, _KEYWORDS, (_COUNTED,), "12", fillers=PIG_WORDS),
)
