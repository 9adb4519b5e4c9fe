"""Lists that a box keeps: statuses of animals, words of programmes, numbers that it may promise.

The animals are those at premises of people whom the box has served, and those that were asked about
through it. Status, province and a bar on movement are what anybody may know of a tag; no name,
phone, place or owner is in it. A text of a programme is the same for everybody, or it is left out.
Numbers come in blocks of one sequence, each given to one box alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from gateway.grammar import NotUnderstood, Understood
from gateway.tags import Identifier
from services.health.conversation.member import read_active
from services.health.format.entries import Text
from services.health.format.model import is_personal, with_help
from services.health.versions.store import CurrentVersion
from services.livestock.control.decisions import Question, decide
from services.livestock.domain.model import EventType, Key
from services.livestock.domain.movement_decision import Policy
from services.livestock.domain.movement_questions import Reason
from services.livestock.queries.animals import Status, summarise
from services.livestock.recording.identity import find_animals
from services.livestock.recording.ownership import animals_in
from services.livestock.recording.short_numbers import draw_numbers, promisable
from services.messaging.command_router import CommandContext, InterceptResult
from services.storage.bulk import upsert
from services.storage.models import (
    Animal,
    Contact,
    Journal,
    Premises,
    VillageNumbers,
    VillagePhone,
    VillageQuestion,
)
from services.storage.rowsets import keys
from sms.local_time import local_day

NEAR = timedelta(days=90)
"""For how long a village is told of a person's animals, and of a tag that was asked about."""

MOST = 2_000
"""Rows of a list; of more animals those that were known last are in it."""

Row = dict[str, Any]

_BARRED = frozenset(
    {
        Reason.STOLEN, Reason.RECORD_LOST, Reason.INFECTED, Reason.SUSPECT, Reason.CONTACT,
        Reason.QUARANTINE, Reason.ZONE_LEAVING, Reason.STANDSTILL,
    }
)  # fmt: skip
_UNKNOWN = "unknown"
_STATUSES: Mapping[Status, str] = {
    Status.ALIVE: "alive",
    Status.MOVING: "alive",
    Status.DEAD: "dead",
    Status.UNREGISTERED: _UNKNOWN,
}

WordRow = dict[str, str]

BLOCK = 100
FEW = 20
"""With fewer left, a box gets another block."""

_ASKING = frozenset({"ok", "check", "trace"})
_ARGUMENTS = ("tag", "tags")
_MOST_TAGS = 20


def read_statuses(session: Session, box: int, policy: Policy, now: datetime) -> list[Row]:
    """Return the rows of a box's list, without the time of which they are."""
    asked, since = _asked(session, box, now), now - NEAR
    known = find_animals(session, asked)
    ids = {ref.id for ref in known.values()}
    ids.update(
        session.scalars(_near(), {"box": box, "since": since, "ended_since": local_day(since)})
    )
    newest = sorted(ids)[-MOST:]
    rows = session.scalars(
        select(Animal).where(Animal.id.in_(keys(session, newest))).order_by(Animal.id)
    ).all()
    unknown = [_row([str(key)], _UNKNOWN) for key in asked if key not in known]
    return [*_rows(session, rows, policy, now), *unknown][:MOST]


def _asked(session: Session, box: int, now: datetime) -> list[Key]:
    rows = session.execute(
        select(VillageQuestion.scheme, VillageQuestion.value)
        .where(VillageQuestion.device_id == box, VillageQuestion.asked_at > now - NEAR)
        .order_by(VillageQuestion.asked_at.desc(), VillageQuestion.value)
        .limit(MOST)
    )
    return [Key(*row) for row in rows]


@cache
def _near() -> Select[int]:
    """Select the animals at premises of people whom `box` has served `since`, newest first.

    Those that died before `ended_since` are left out: pigs are slaughtered at home, and stay there.
    """
    keepers = (
        select(Contact.party_id)
        .join(VillagePhone, VillagePhone.number_index == Contact.number_index)
        .where(
            VillagePhone.device_id == bindparam("box"),
            VillagePhone.seen_at > bindparam("since"),
        )
    )
    places = select(Premises.id).where(Premises.keeper_id.in_(keepers))
    recent = or_(Animal.ended_on.is_(None), Animal.ended_on >= bindparam("ended_since"))
    newest = select(Animal.id).where(animals_in(places), recent).order_by(Animal.id.desc())
    return newest.limit(MOST)


def _rows(
    session: Session, animals: Sequence[Animal], policy: Policy, now: datetime
) -> Iterable[Row]:
    slaughtered = set(
        session.scalars(
            select(Animal.id)
            .join(Journal, Journal.id == Animal.ended_by_id)
            .where(
                Animal.id.in_([row.id for row in animals]),
                Journal.type == EventType.SLAUGHTER.value,
            )
        )
    )
    barred = _barred(session, animals, policy, now)
    for row, told in zip(animals, summarise(session, animals, local_day(now)), strict=True):
        status = "slaughtered" if row.id in slaughtered else _STATUSES[told["status"]]
        yield _row(list(told["numbers"]), status, told["province"], barred=row.id in barred)


def _barred(
    session: Session, animals: Sequence[Animal], policy: Policy, now: datetime
) -> set[int | None]:
    """Return those that a status, a lost record, an order or the standstill keeps in place."""
    numbers = tuple(Key(row.scheme, row.value) for row in animals)
    answers = decide(session, Question(numbers, local_day(now)), policy) if numbers else []
    return {
        one.item.position.facts.id
        for one in answers
        if any(bar.reason in _BARRED for bar in one.decision.reasons)
    }


def _row(
    numbers: list[str], status: str, province: str | None = None, *, barred: bool = False
) -> Row:
    return {"numbers": numbers, "status": status, "province": province, "barred": barred}


def read_words(session: Session, now: Iterable[CurrentVersion]) -> dict[str, list[WordRow]]:
    """Return the words of the programmes that are open, and their words of danger."""
    words: list[WordRow] = []
    danger: list[WordRow] = []
    for code, published in read_active(session, now).items():
        for language, programme in published.programmes.items():
            said = [(word.replies[0], word.says) for word in programme.words if word.replies]
            words += ({"programme": code, **row} for row in _replies(said, language))
            # A word of danger in any language is answered in this one.
            danger += _replies([(one.reply, one.hears) for one in programme.red_flags], language)
    return {"words": words, "danger": danger}


def _replies(
    pairs: Iterable[tuple[Text, Mapping[str, Sequence[str]]]], language: str
) -> Iterator[WordRow]:
    """Yield each word with its text, where that is the same for everybody.

    A box does not know whose phones others read.
    """
    for reply, words in pairs:
        text = with_help(reply.in_language(language, discreet=True), language)
        if text and not is_personal(text):
            yield from (
                {"language": language, "word": one, "text": text} for one in words.get(language, ())
            )


def give_block(session: Session, box: int, left: int, now: datetime) -> dict[str, int] | None:
    """Give a box a block where it has few numbers left; return its first and last counter."""
    if left >= FEW:
        return None
    first, last = draw_numbers(session, BLOCK)
    session.add(VillageNumbers(device_id=box, first=first, last=last, given_at=now))
    session.flush()
    return {"first": first, "last": last}


def good_numbers(session: Session, box: int, promised: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers among these that the box may promise and nothing has yet, each once."""
    return tuple(number for number in dict.fromkeys(promised) if _is_good(session, box, number))


def _is_good(session: Session, box: int, number: str) -> bool:
    counter = promisable(session, number)
    if counter is None:
        return False
    given = select(VillageNumbers.id).where(
        VillageNumbers.device_id == box,
        VillageNumbers.first <= counter,
        VillageNumbers.last >= counter,
    )
    return bool(session.scalar(select(exists(given))))


def note_question(
    context: CommandContext, _text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Note which tags a message asks about; a listener that hears nothing."""
    if context.relayed is None or not isinstance(found, Understood):
        return None
    if found.phrase.code in _ASKING:
        for identifier in list(dict.fromkeys(_tags(found)))[:_MOST_TAGS]:
            statement = upsert(context.unit.session, VillageQuestion).values(
                device_id=context.relayed.box,
                scheme=identifier.scheme,
                value=identifier.value,
                asked_at=context.now,
            )
            context.unit.session.execute(
                statement.on_conflict_do_update(
                    index_elements=["device_id", "scheme", "value"], set_={"asked_at": context.now}
                )
            )
    return None


def _tags(found: Understood) -> Iterator[Identifier]:
    for name in _ARGUMENTS:
        value = found.arguments.get(name)
        for one in cast("tuple[object, ...]", value if isinstance(value, tuple) else (value,)):
            if isinstance(one, Identifier):
                yield one
