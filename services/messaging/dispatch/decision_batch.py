"""Decisions on a batch of messages: facts on the receivers, then what is written at once.

That is attempts, waits, closures, and costs by month, channel and kind.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Update, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from services.core.clock import next_second
from services.messaging.consent import consents
from services.messaging.village_routing import served_of
from services.storage.bulk import upsert
from services.storage.locks import one_programme_sender
from services.storage.models import Attempt, DailyCost, Message, Spending
from services.storage.vault import Vault
from sms.admission import Close, Facts, Verdict, Wait, admit
from sms.local_time import DEFAULT_ZONE, local_day
from sms.message import Kind, MessageState, Outgoing
from sms.ports import Started
from sms.reasons import Reason
from sms.settings import SmsSettings
from sms.states import MAY_HAVE_COME

COUNTED_KINDS = frozenset({Kind.ANSWER, Kind.URGENT})
"""Kinds of messages whose cost counts against the day's ceiling."""

# No local day, wherever it is, began longer ago.
_LONGEST_DAY = timedelta(hours=26)
_SENT_LATELY = select(Message.recipient_index, Message.tried_at).where(
    Message.recipient_index.in_(bindparam("numbers", expanding=True)),
    Message.kind == Kind.PROGRAMME.value,
    Message.state.in_(MAY_HAVE_COME),
    Message.tried_at > bindparam("since"),
)


class _Going(NamedTuple):
    """A message that goes, by which channel, and what it costs."""

    message: Outgoing
    channel: str
    segments: int
    cost: int


class DecisionBatch:
    """Decisions on one batch of messages, within one transaction: read, decide on each, commit."""

    def __init__(
        self, session: Session, vault: Vault, settings: SmsSettings, now: datetime
    ) -> None:
        self._session = session
        self._indexes = cache(vault.indexes)
        self._settings = settings
        self._now = now
        self._consents: dict[bytes, dict[str, bool]] = {}
        self._boxed: set[bytes] = set()
        self._sent: defaultdict[str, list[datetime]] = defaultdict(list)
        self._budget_left: int | None = None
        self._going: list[_Going] = []
        self._put_back: list[dict[str, object]] = []

    def read(self, messages: Sequence[Outgoing]) -> None:
        """Read what is known of the receivers; one transaction at a time sends for programmes."""
        programme = {one.to for one in messages if one.kind is Kind.PROGRAMME}
        if programme:
            one_programme_sender(self._session)
        ordinary = {self._indexes(one.to).ordinary for one in messages}
        # What needs no programme's consent is decided without the health domain.
        asked = {self._indexes(one.to).health for one in messages if one.scope is not None}
        self._consents = consents(self._session, ordinary | asked)
        self._boxed = served_of(self._session, ordinary, self._now)
        if not programme:
            return
        numbers = {index: number for number in programme for index in self._indexes(number)}
        for row in self._session.connection().execute(
            _SENT_LATELY, {"numbers": list(numbers), "since": self._now - _LONGEST_DAY}
        ):
            self._sent[numbers[row.recipient_index]].append(row.tried_at)
        if self._settings.budget_toea is not None:
            spent = spent_on_programmes(self._session, self._now)
            self._budget_left = self._settings.budget_toea - spent

    def verdict(self, message: Outgoing) -> Verdict:
        """Return what may become of a message now, those that go before it counted."""
        indexes, today = self._indexes(message.to), 0
        if sent := self._sent.get(message.to):
            where = ZoneInfo(message.zone)
            here = self._now.astimezone(where).date()
            today = sum(at.astimezone(where).date() == here for at in sent)
        said: dict[str, bool] = {}
        for index in indexes:
            said |= self._consents.get(index, {})
        boxed = indexes.ordinary in self._boxed
        facts = Facts(said, today, self._budget_left, boxed=boxed)
        return admit(message, facts, self._settings, self._now)

    def go(self, message: Outgoing, channel: str, segments: int, cost: int) -> None:
        """Send a message by a channel, at a cost in toea."""
        self._going.append(_Going(message, channel, segments, cost))
        if message.kind is Kind.PROGRAMME:
            self._sent[message.to].append(self._now)
            if self._budget_left is not None:
                self._budget_left -= cost

    def stay(self, message: Outgoing, verdict: Wait | Close) -> None:
        """Let a message wait, or close it; where it is planned anew, its due time is its own."""
        if isinstance(verdict, Close):
            self.back(message, state=verdict.state.value, reason=verdict.reason.value)
            return
        # Many wait for one instant: to the microsecond it would tie them to each other.
        until = next_second(verdict.until)
        planned = {"planned_at": until} if verdict.replan else {}
        self.back(message, due_at=until, reason=verdict.reason.value, **planned)

    def back(self, message: Outgoing, **values: object) -> None:
        """Put a message back, some columns changed."""
        columns = {f"new_{name}": value for name, value in values.items()}
        self._put_back.append({"which": message.id, **columns})

    def commit(
        self,
        keys: Mapping[UUID, int],
        attempt: Mapping[str, Any],
        message: Mapping[str, Any],
        attempts: Mapping[UUID, UUID] | None = None,
    ) -> Sequence[Started]:
        """Write what was decided; return those that go, each with its attempt.

        `keys` are of the messages, by public id; `attempt` and `message` hold further columns;
        `attempts` are ids of attempts, by their messages': where there is none, one is drawn.
        """
        self._keep_ceiling()
        self._let_go()
        drawn = attempts or {}
        started = [
            Started(one.message, drawn.get(one.message.id) or uuid4(), one.channel)
            for one in self._going
        ]
        if not started:
            return []
        self._session.connection().execute(
            insert(Attempt),
            [
                {
                    "public_id": begun.attempt_id,
                    "message_id": keys[begun.message.id],
                    "channel": begun.channel,
                    "segments": one.segments,
                    "cost": one.cost,
                    "started_at": self._now,
                    **attempt,
                }
                for begun, one in zip(started, self._going, strict=True)
            ],
        )
        ids = [keys[one.message.id] for one in self._going]
        values = {f"new_{name}": value for name, value in message.items()}
        self._session.connection().execute(
            _begin(tuple(message)), {"ids": ids, "now": self._now, **values}
        )
        self._spend()
        return started

    def _keep_ceiling(self) -> None:
        """Count what answers and urgent texts cost today; close answers beyond the ceiling."""
        counted = [one for one in self._going if one.cost and one.message.kind in COUNTED_KINDS]
        if not counted:
            return
        spent = add_daily_cost(self._session, sum(one.cost for one in counted), self._now)
        over = spent - (self._settings.daily_ceiling_toea or spent)
        shed: list[_Going] = []
        for one in reversed(counted):
            if over > 0 and one.message.kind is Kind.ANSWER and not one.message.vital:
                shed.append(one)
                over -= one.cost
        if shed:
            add_daily_cost(self._session, -sum(one.cost for one in shed), self._now)
            self._going = [one for one in self._going if one not in shed]
            for one in shed:
                self.stay(one.message, Close(MessageState.SUPPRESSED, Reason.CEILING))

    def _let_go(self) -> None:
        """Put back what does not go now; rows of one shape are written together."""
        shapes: defaultdict[frozenset[str], list[dict[str, object]]] = defaultdict(list)
        for values in self._put_back:
            shapes[frozenset(values)].append(values)
        for rows in shapes.values():
            columns: dict[str, Any] = {
                name.removeprefix("new_"): bindparam(name) for name in rows[0] if name != "which"
            }
            self._session.connection().execute(
                update(Message)
                .where(Message.public_id == bindparam("which"))
                .values(leased_by=None, leased_until=None, **columns),
                rows,
            )

    def _spend(self) -> None:
        totals: defaultdict[tuple[str, Kind], Counter[str]] = defaultdict(Counter)
        for one in self._going:
            totals[one.channel, one.message.kind].update(segments=one.segments, cost=one.cost)
        add_spending(self._session, totals, self._now)


@cache
def _begin(names: tuple[str, ...]) -> Update:
    # Cached: a worker runs the same few statements all the time, and building them is slow.
    return (
        update(Message)
        .where(Message.id.in_(bindparam("ids", expanding=True)))
        .values(
            reason=None,
            lane="",
            tries=Message.tries + 1,
            tried_at=bindparam("now"),
            **{name: bindparam(f"new_{name}") for name in names},
        )
    )


def month_of(now: datetime) -> str:
    """Return the month of an instant in Port Moresby: `2026-11`."""
    return f"{now.astimezone(ZoneInfo(DEFAULT_ZONE)):%Y-%m}"


def add_spending(
    session: Session, totals: Mapping[tuple[str, Kind], Mapping[str, int]], now: datetime
) -> None:
    """Add segments and cost (toea) to this month's, by channel and kind."""
    rows = [
        {"month": month_of(now), "channel": channel, "kind": kind.value, **totals[channel, kind]}
        # In one order, so that two workers never wait for each other.
        for channel, kind in sorted(totals)
    ]
    statement = upsert(session, Spending).values(rows)
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["month", "channel", "kind"],
            set_={
                "segments": Spending.segments + statement.excluded.segments,
                "cost": Spending.cost + statement.excluded.cost,
            },
        )
    )


def add_daily_cost(session: Session, cost: int, now: datetime) -> int:
    """Add to the toea of today's answers and urgent texts, and return what they cost by now.

    Other workers wait for the row until this transaction ends, so the ceiling is kept exactly.
    """
    statement = upsert(session, DailyCost).values(day=local_day(now), cost=cost)
    return (
        session.connection().scalar(
            statement.on_conflict_do_update(
                index_elements=["day"], set_={"cost": DailyCost.cost + statement.excluded.cost}
            ).returning(DailyCost.cost)
        )
        or 0
    )


def cost_of_today(session: Session, now: datetime) -> int:
    """Return the toea that answers and urgent texts cost so far today."""
    today = select(DailyCost.cost).where(DailyCost.day == local_day(now))
    return session.scalar(today) or 0


def spent_on_programmes(session: Session, now: datetime) -> int:
    """Return the toea that programme messages cost so far this month."""
    return (
        session.scalar(
            select(func.sum(Spending.cost)).where(
                Spending.month == month_of(now), Spending.kind == Kind.PROGRAMME.value
            )
        )
        or 0
    )
