"""Statuses of animals and premises: begun and ended by events; a fold in order of days; pure.

The same fold makes what is stored and what a replay gives. A suspicion begins with a report of
somebody who may say so, and ends by itself unless a sample keeps it open. A result counts for the
sample that it names, of its animals and its place: without one it is evidence, and flagged. A
negative one tells nothing of what began after its sample, nor an officer's end of what nobody had
told by then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.events import Event
from services.livestock.domain.model import EventType, FlagCode, SuspicionStanding
from sms.local_time import local_day

SUSPECT_DAYS = timedelta(days=30)
"""A suspicion without a sample ends: the longest incubation of these diseases, and half again."""

SICK_DAYS = timedelta(days=21)
"""One that names no disease ends earlier: swine fever would show by then, which kills in 2 to 10
days on average (WOAH, General Disease Information Sheets, African swine fever)."""

LATE_DAYS = timedelta(days=31)
"""The days of a report count from when it is told, unless it is told later than this: then it tells
of something that is over."""

_SWINE_FEVER = "african_swine_fever"
_OPPOSITE = {"positive": "negative", "negative": "positive"}


class StatusKind(StrEnum):
    """Kind of status, gravest first."""

    STOLEN = "stolen"
    INFECTED = "infected"
    SUSPECT = "suspect"
    CONTACT = "contact"
    PERMIT_REQUIRED = "permit_required"
    RESIDUE = "residue"


MAKERS = frozenset(
    {
        EventType.SICKNESS, EventType.DEATH, EventType.SAMPLE, EventType.RESULT, EventType.STATUS,
        EventType.STOLEN, EventType.RECOVERED, EventType.AGREE,
    }
)  # fmt: skip
"""Events that begin or end statuses."""
OF_PLACES = MAKERS - {EventType.STOLEN, EventType.RECOVERED}
"""Events that do so at premises, too."""
BY_STANDING = frozenset({EventType.SICKNESS, EventType.DEATH, EventType.AGREE})
"""Events that make one by their reporter's standing; an agreement to several deaths is a report."""
OF_DISEASE = frozenset({StatusKind.INFECTED, StatusKind.SUSPECT, StatusKind.CONTACT})
"""Statuses that premises have, too."""


def makes_status(event: Event) -> bool:
    """Tell whether an event may begin or end a status, or keep one open."""
    if event.type in BY_STANDING:
        return event.standing in set(SuspicionStanding)
    return event.type in MAKERS and not event.evidence


def told_on(kind: str, recorded: str, zone: str) -> date | None:
    """Return the local day on which a report was told; None: it begins no suspicion.

    Args:
        recorded: instant as a record has it, ISO 8601.
    """
    return local_day(datetime.fromisoformat(recorded), zone) if kind in BY_STANDING else None


@dataclass(slots=True)
class Status:
    """A status of an animal, a mob, a consignment or premises.

    Attributes:
        since: local day of its beginning.
        source: journal key of the event that began it.
        until: first local day on which it no longer holds; None: open.
        ended_by: journal key of the event that ended it; None: none did, or its time is over.
    """

    kind: StatusKind
    since: date
    source: int
    disease: str | None = None
    until: date | None = None
    ended_by: int | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on a local day."""
        return self.since <= day and (self.until is None or day < self.until)

    def holds_at(self, event: Event) -> bool:
        """Tell whether it holds when an event happens: after its source, before its end."""
        begun = (self.since, self.source) < event.order
        if self.until is None:
            return begun
        return begun and event.order < (self.until, self.ended_by or 0)


@dataclass(slots=True)
class _Sample:
    """A sample that was taken, and the outcomes that laboratories gave it, each of a disease."""

    day: date
    disease: str | None
    outcomes: set[tuple[str, str]]


@dataclass(slots=True)
class _Cause:
    """A report that stands behind a status: its first day and journal key, and its own end."""

    since: date
    source: int
    until: date | None


_Which = Callable[[_Cause], bool]


class StatusFold:
    """Statuses and flags that come of the events of one animal, or of one place, in order.

    Attributes:
        statuses: in the order in which they began.
        flags: of results that do not fit, with the journal keys of their events.
    """

    def __init__(self, tied: frozenset[str]) -> None:
        self._tied = tied
        self.statuses: list[Status] = []
        self._causes = defaultdict[int, list[_Cause]](list)
        self.flags: list[tuple[int, FlagCode]] = []
        self._samples: dict[str, _Sample] = {}

    def apply(self, event: Event) -> None:
        """Apply one event in force."""
        if event.type in BY_STANDING:
            self._suspect(event)
        elif event.type is EventType.SAMPLE:
            self._sample(event)
        elif event.type is EventType.RESULT:
            self._result(event)
        elif event.type is EventType.STOLEN:
            self._begin(event, StatusKind.STOLEN)
        elif event.type is EventType.RECOVERED:
            self._end(event, list(self._open(event.day, {StatusKind.STOLEN}, None)))
        elif event.type is EventType.STATUS:
            self._declare(event)

    def _open(self, day: date, kinds: set[StatusKind], disease: str | None) -> Iterator[Status]:
        for one in self.statuses:
            same = disease is None or one.disease in {None, disease}
            if one.kind in kinds and same and one.holds_on(day):
                yield one

    def _tested(self, day: date, disease: str | None) -> Iterator[Status]:
        """Yield the suspicions that a test may end; one that names no disease is of swine fever."""
        for one in self._open(day, {StatusKind.SUSPECT}, disease):
            if one.disease is not None or disease in {None, _SWINE_FEVER}:
                yield one

    def _known(self, day: date, kind: StatusKind, disease: str | None) -> Status | None:
        """Return a status that holds already; of another disease, or of any, it is another."""
        same = (one for one in self._open(day, {kind}, disease) if one.disease == disease)
        return next(same, None)

    def _begin(
        self, event: Event, kind: StatusKind, since: date | None = None, until: date | None = None
    ) -> None:
        disease = event.details.get("disease") or _named_by(event)
        day = since or event.day
        one = self._known(day, kind, disease)
        if one is None:
            one = Status(kind, day, event.journal_id, disease, until)
            self.statuses.append(one)
        # A later report prolongs it.
        self._causes[one.source].append(_Cause(day, event.journal_id, until))
        one.until, one.ended_by = self._latest(one), None

    def _latest(self, status: Status) -> date | None:
        """Return the day on which the last of a status' causes ends; None: one is open."""
        ends = [one.until for one in self._causes[status.source]]
        return None if None in ends else max(one for one in ends if one)

    def _end(self, event: Event, ended: Iterable[Status], which: _Which = lambda _: True) -> None:
        """End the causes of some statuses; one ends with the last of its causes."""
        for one in ended:
            for cause in filter(which, self._causes[one.source]):
                cause.until = min(cause.until or event.day, event.day)
            one.until = self._latest(one)
            one.ended_by = event.journal_id if one.until == event.day else None

    def _suspect(self, event: Event) -> None:
        if event.standing in self._tied:
            days = SUSPECT_DAYS if _named_by(event) else SICK_DAYS
            self._begin(event, StatusKind.SUSPECT, until=_told_on(event) + days)

    def _sample(self, event: Event) -> None:
        told = event.details
        if told["sample"] in self._samples:
            self.flags.append((event.journal_id, FlagCode.SAMPLE_NUMBER_TAKEN))
            return
        self._samples[told["sample"]] = _Sample(event.day, told.get("disease"), set())
        for one in self._tested(event.day, told.get("disease")):
            for cause in self._causes[one.source]:
                if cause.until is None or event.day < cause.until:
                    cause.until = one.until = None

    def _result(self, event: Event) -> None:
        told = event.details
        sample, disease, outcome = told["sample"], told["disease"], told["outcome"]
        taken = self._samples.get(sample)
        if taken is None:
            self.flags.append((event.journal_id, FlagCode.RESULT_WITHOUT_SAMPLE))
            return
        if (disease, _OPPOSITE.get(outcome, "")) in taken.outcomes:
            self.flags.append((event.journal_id, FlagCode.RESULTS_CONTRADICT))
        # A positive result stands until an officer ends what it began.
        elif outcome == "negative":
            ended, day = list(self._tested(event.day, disease)), taken.day
            self._end(event, ended, lambda cause: cause.since <= day)
        # Of a disease that is not notifiable health officers are told; no order binds for it.
        if outcome == "positive" and disease in NOTIFIABLE:
            over = {StatusKind.SUSPECT, StatusKind.CONTACT}
            self._end(event, list(self._open(event.day, over, disease)))
            self._begin(event, StatusKind.INFECTED, since=taken.day)
        taken.outcomes.add((disease, outcome))

    def _declare(self, event: Event) -> None:
        kind = StatusKind(event.details["status"])
        if event.details["action"] == "begun":
            until = event.details.get("until")
            self._begin(event, kind, until=date.fromisoformat(until) if until else None)
        else:
            ended = list(self._open(event.day, {kind}, event.details.get("disease")))
            self._end(event, ended, lambda cause: cause.source < event.journal_id)


def _told_on(event: Event) -> date:
    """Return the day from which a suspicion counts: when it is told, pigs may be sick for long."""
    told = event.told or event.day
    return told if event.day < told <= event.day + LATE_DAYS else event.day


def _named_by(event: Event) -> str | None:
    """Return the disease that a suspicion names; one that is not notifiable makes it of any."""
    named = event.details.get("suspicion")
    return named if named in NOTIFIABLE else None


def holding(statuses: Iterable[Status], day: date) -> list[Status]:
    """Return the statuses that hold on a local day, gravest first."""
    order = list(StatusKind)
    found = (one for one in statuses if one.holds_on(day))
    return sorted(found, key=lambda one: (order.index(one.kind), one.since))


def statuses_of(events: Iterable[Event]) -> StatusFold:
    """Fold the events of one animal in order of days; evidence makes no status."""
    return _fold(events, frozenset({SuspicionStanding.OF_ANIMALS, SuspicionStanding.OF_PLACE}))


def statuses_of_place(events: Iterable[Event]) -> StatusFold:
    """Fold the events at premises in order of days; evidence makes no status."""
    return _fold(events, frozenset({SuspicionStanding.OF_PLACE}))


def _fold(events: Iterable[Event], tied: frozenset[str]) -> StatusFold:
    fold = StatusFold(tied)
    for event in sorted(events, key=lambda one: one.order):
        if not event.evidence:
            fold.apply(event)
    return fold
