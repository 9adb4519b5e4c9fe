"""Admission of a message: it goes now, waits, or is closed with its reason; pure.

| kind | consent | STOP ALL | quiet hours, lateness | cap and budget |
|---|---|---|---|---|
| answer to what the person just sent | - | - | - | - |
| urgent | - | ends it | - | - |
| of an office, whatever its kind | - | - | as its kind | - |
| service | - | ends it | obeys | - |
| programme | needs it | ends it | obeys | obeys |

Anybody may send STOP ALL in an officer's name: what an office brings ends with the office alone.
Nothing goes to numbers that `sms.destinations` refuses. Once a day has cost its ceiling, answers
stop but for vital ones. Where a village's box serves the receiver, all but what is urgent or direct
goes by that box, at no cost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sms.consent import EVERYTHING, REACHABLE, opted_out_of
from sms.destinations import refused_destination
from sms.encoding import count
from sms.local_time import local_day
from sms.message import VILLAGE, Kind, Late, MessageState, Outgoing
from sms.quiet import next_at, quiet_until
from sms.reasons import Reason
from sms.routing import candidates
from sms.settings import SmsSettings

PRIORITIES = {Kind.ANSWER: 0, Kind.URGENT: 1, Kind.SERVICE: 2, Kind.PROGRAMME: 3}
"""The lowest goes first."""

GRACE = timedelta(hours=1)
"""What goes within it after its planned time is on time."""

BUDGET_WAIT = timedelta(hours=1)

_PATIENT = frozenset({Kind.SERVICE, Kind.PROGRAMME})


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about a message's receiver.

    Attributes:
        consents: newest word of each scope; True: granted.
        today: programme messages that were sent on this local day.
        budget_left: toea that programme messages may still cost this month; None: any.
        boxed: whether a village's box serves the number.
    """

    consents: Mapping[str, bool] = field(default_factory=dict)
    today: int = 0
    budget_left: int | None = None
    boxed: bool = False


class Go(NamedTuple):
    """Send the message through one of these channels, best first."""

    channels: tuple[str, ...]
    segments: int


class Wait(NamedTuple):
    """Keep the message until then; `replan`: make that its planned time."""

    until: datetime
    reason: Reason
    replan: bool = False


class Close(NamedTuple):
    """Close the message for this reason."""

    state: MessageState
    reason: Reason


Verdict = Go | Wait | Close


def admit(message: Outgoing, facts: Facts, settings: SmsSettings, now: datetime) -> Verdict:
    """Decide on one message."""
    if message.expires_at <= now:
        return Close(MessageState.EXPIRED, Reason.EXPIRED)
    refused = refused_destination(message.to, settings) or _refused(message, facts.consents)
    if refused:
        return Close(MessageState.SUPPRESSED, refused)
    route = _route(message, facts, settings)
    if isinstance(route, Close):
        return route
    for check in _CHECKS if message.kind in _PATIENT else ():
        verdict = check(message, facts, settings, now)
        if verdict is not None:
            return verdict
    return route


def _refused(message: Outgoing, consents: Mapping[str, bool]) -> Reason | None:
    """Return why the receiver does not want it or cannot get it."""
    if message.kind is Kind.ANSWER:
        return None
    if not consents.get(REACHABLE, True):
        return Reason.DEAD_NUMBER
    if not (message.office or consents.get(EVERYTHING, True)):
        return Reason.STOPPED_ALL
    if message.kind is not Kind.PROGRAMME:
        return None
    return _unwanted(message, consents)


def _unwanted(message: Outgoing, consents: Mapping[str, bool]) -> Reason | None:
    """Return why the receiver does not want a message of a programme."""
    granted = consents.get(message.scope or "")
    if granted is None:
        return Reason.NO_CONSENT
    if not granted:
        return Reason.STOPPED
    # What a person refused at one operator, no other sender of ours should bring.
    return Reason.OPTED_OUT if opted_out_of(consents) else None


def _route(message: Outgoing, facts: Facts, settings: SmsSettings) -> Go | Close:
    if _by_box(message, facts):
        return Go((VILLAGE,), count(message.body).segments)
    channels = candidates(settings.routes, message.to, message.refused_by, message.via)
    if not channels:
        return Close(MessageState.FAILED, Reason.NO_ROUTE)
    opted_out = opted_out_of(facts.consents)
    left = tuple(channel for channel in channels if channel not in opted_out)
    if not left:
        return Close(MessageState.SUPPRESSED, Reason.OPTED_OUT)
    segments = count(message.body).segments
    if segments > 1:
        left = tuple(channel for channel in left if channel not in settings.one_segment)
    return Go(left, segments) if left else Close(MessageState.CANCELLED, Reason.SPLIT)


def _by_box(message: Outgoing, facts: Facts) -> bool:
    """Tell whether a message waits for a village box; urgent and direct ones do not."""
    return facts.boxed and message.kind is not Kind.URGENT and not message.direct


def _lateness(
    message: Outgoing, _facts: Facts, settings: SmsSettings, now: datetime
) -> Verdict | None:
    if message.late is Late.EXPIRE:
        past = _day_is_over(message, now)
        return Close(MessageState.EXPIRED, Reason.LATE) if past else None
    if message.late is Late.SEND or now <= message.planned_at + GRACE:
        return None
    if message.late is Late.SHIFT and message.attempts:
        # It went at its own time and did not arrive: its next try has a time of its own.
        return None
    return _postpone(message, settings, now, Reason.SHIFTED)


def _day_is_over(message: Outgoing, at: datetime) -> bool:
    return local_day(message.planned_at, message.zone) != local_day(at, message.zone)


def _quiet(
    message: Outgoing, _facts: Facts, settings: SmsSettings, now: datetime
) -> Verdict | None:
    until = quiet_until(now, message.zone, settings.quiet_from, settings.quiet_until)
    return None if until is None else _postpone(message, settings, until, Reason.QUIET_HOURS)


def _cap(message: Outgoing, facts: Facts, settings: SmsSettings, now: datetime) -> Verdict | None:
    if message.kind is not Kind.PROGRAMME or facts.today < settings.daily_cap:
        return None
    tomorrow = next_at(now, message.zone, settings.quiet_until)
    if local_day(now, message.zone) == local_day(tomorrow, message.zone):
        tomorrow += timedelta(days=1)
    return _postpone(message, settings, tomorrow, Reason.DAILY_CAP)


def _budget(
    message: Outgoing, facts: Facts, settings: SmsSettings, now: datetime
) -> Verdict | None:
    if message.kind is not Kind.PROGRAMME or facts.budget_left is None or _by_box(message, facts):
        return None
    channels = candidates(settings.routes, message.to, message.refused_by)
    dearest = max(map(settings.price_of, channels))
    if count(message.body).segments * dearest <= facts.budget_left:
        return None
    return _postpone(message, settings, now + BUDGET_WAIT, Reason.BUDGET)


def _postpone(message: Outgoing, settings: SmsSettings, until: datetime, reason: Reason) -> Verdict:
    """Let the message's own policy tell what becomes of it when it cannot go before `until`."""
    match message.late:
        case Late.SKIP:
            return Close(MessageState.SUPPRESSED, Reason.LATE)
        case Late.EXPIRE if _day_is_over(message, until):
            return Close(MessageState.EXPIRED, Reason.LATE)
        case Late.SHIFT:
            return Wait(_own_time(message, settings, until), reason, replan=True)
        case _:
            return Wait(until, reason)


def _own_time(message: Outgoing, settings: SmsSettings, since: datetime) -> datetime:
    """Return the next instant from `since` at a message's own local time.

    Where that is in the quiet hours, their end is its time.
    """
    zone, planned = message.zone, message.planned_at
    awake = quiet_until(planned, zone, settings.quiet_from, settings.quiet_until) or planned
    own = awake.astimezone(ZoneInfo(zone)).time()
    return next_at(since - timedelta(microseconds=1), zone, own)


_CHECKS: tuple[Callable[[Outgoing, Facts, SmsSettings, datetime], Verdict | None], ...] = (
    _lateness,
    _quiet,
    _cap,
    _budget,
)
