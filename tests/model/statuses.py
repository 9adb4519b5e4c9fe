"""Statuses by the rules of docs/model.md: what begins each, and what ends it.

A status holds on a day if one of its causes does. No cause knows of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from tests.model.history import Said
    from tests.model.moving import Told

SUSPICION = 30
SICK = 21
"""Days of a suspicion that names no disease."""
SWINE_FEVER = "african_swine_fever"
"""The disease for which sick pigs are kept, if nobody names another."""
_FOR_EVER = 10**6


@dataclass(frozen=True)
class Cause:
    """A report that begins a status on a day, for so many days unless something keeps it open."""

    status: str
    disease: str | None
    since: int
    order: tuple[int, int]
    days: int = _FOR_EVER


@dataclass(frozen=True)
class Finish:
    """A report that ends statuses, of one disease or of any.

    `taken`: day of the sample that was found negative. `knowing`: its sender decides by what was
    told before.
    """

    statuses: frozenset[str]
    disease: str | None
    order: tuple[int, int]
    taken: int | None = None
    knowing: bool = False

    def ends(self, cause: Cause) -> bool:
        """Tell whether it ends what a cause begins."""
        if cause.status not in self.statuses or self.order <= cause.order:
            return False
        if self.knowing and self.order[1] < cause.order[1]:
            return False
        if self.taken is None:
            return _match(cause.disease, self.disease)
        return cause.since <= self.taken and _tests(self.disease, cause)


class Statuses:
    """Statuses of one animal or one place, by its reports in order of days; some are of `mobs`."""

    def __init__(self, line: Iterable[Told], mobs: Container[int]) -> None:
        self._line, self._mobs = sorted(line, key=lambda one: one.order), mobs

    def on(self, day: int) -> frozenset[str]:
        """Return the statuses that hold on a day."""
        return frozenset(status for status, first, last in self._spells if first <= day < last)

    def flags(self) -> set[tuple[int, str]]:
        """Return what is odd about samples and results, with the place of the report."""
        found = set()
        for one in self._of("sample"):
            if self._taken(one) not in {None, one}:
                found.add((one.key, "sample_number_taken"))
        for one in self._of("result"):
            if self._taken(one) is None:
                found.add((one.key, "result_without_sample"))
            elif self._is_contradicted(one):
                found.add((one.key, "results_contradict"))
        return found

    def _of(self, kind: str) -> list[Told]:
        return [one for one in self._line if one.said.kind == kind]

    def _taken(self, one: Told) -> Told | None:
        """Return the first sample of a number, if it was taken before a report or by it."""
        same = [other for other in self._of("sample") if other.said.sample == one.said.sample]
        return same[0] if same and same[0].order <= one.order else None

    def _is_contradicted(self, one: Told) -> bool:
        opposite = {"positive": "negative", "negative": "positive"}.get(one.said.outcome or "")
        return any(
            before.order < one.order
            and before.said.outcome == opposite
            and (before.said.sample, before.said.disease) == (one.said.sample, one.said.disease)
            and self._taken(before) is not None
            for before in self._of("result")
        )

    def _several_died(self, told: Said) -> bool:
        several = told.animal in self._mobs if told.heads is None else told.heads > 1
        return told.kind == "death" and several

    @cached_property
    def _causes(self) -> list[Cause]:
        found = []
        for one in self._line:
            told, order = one.said, one.order
            if told.kind == "stolen":
                found.append(Cause("stolen", None, told.day, order))
            elif (told.kind == "sickness" or self._several_died(told)) and not told.evidence:
                days = SUSPICION if told.disease else SICK
                found.append(Cause("suspect", told.disease, told.day, order, days))
            elif told.kind == "status" and told.outcome == "begun":
                assert told.status is not None
                found.append(Cause(told.status, told.disease, told.day, order))
            elif told.kind == "result" and told.outcome == "positive":
                taken = self._taken(one)
                if taken is not None:
                    found.append(Cause("infected", told.disease, taken.said.day, order))
        return found

    @cached_property
    def _finishes(self) -> list[Finish]:
        found = []
        for one in self._line:
            told, statuses = one.said, frozenset[str]()
            more: dict[str, Any] = {}
            if told.kind == "recovered":
                statuses = frozenset({"stolen"})
            elif told.kind == "status" and told.outcome == "ended":
                statuses, more = frozenset({told.status or ""}), {"knowing": True}
            elif told.kind == "result" and (taken := self._taken(one)) is not None:
                if told.outcome == "positive":
                    statuses = frozenset({"suspect", "contact"})
                elif told.outcome == "negative" and not self._is_contradicted(one):
                    statuses, more = frozenset({"suspect"}), {"taken": taken.said.day}
            if statuses:
                found.append(Finish(statuses, told.disease, one.order, **more))
        return found

    @cached_property
    def _spells(self) -> list[tuple[str, int, int]]:
        """The statuses that causes begin, each with its first day and the first day after it."""
        return [(cause.status, cause.since, self._end(cause)) for cause in self._causes]

    def _end(self, cause: Cause) -> int:
        ends = [one for one in self._finishes if one.ends(cause)]
        end = min((one.order for one in ends), default=(_FOR_EVER, 0))
        last = cause.since + cause.days
        if cause.status == "suspect" and self._waits(cause, last, end):
            last = _FOR_EVER
        return min(last, end[0])

    def _waits(self, cause: Cause, last: int, end: tuple[int, int]) -> bool:
        """Tell whether a sample was taken while a suspicion held, so that its result decides."""
        return any(
            cause.order < one.order < end
            and one.said.day < last
            and self._taken(one) == one
            and _tests(one.said.disease, cause)
            for one in self._of("sample")
        )


def _tests(disease: str | None, cause: Cause) -> bool:
    """Tell whether a test for a disease, or for any, tells of what somebody suspects."""
    return disease is None or disease == (cause.disease or SWINE_FEVER)


def _match(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
