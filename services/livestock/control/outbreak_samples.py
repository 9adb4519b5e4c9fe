"""Samples of an outbreak and what laboratories found in them, in order."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.livestock.control.case_counts import OF_LABORATORIES, CaseEvent, events_of, extent_of
from services.livestock.domain.model import EventType
from services.storage.models import Outbreak


class SampleFinding(NamedTuple):
    """Finding of a laboratory in a sample."""

    day: date
    disease: str
    outcome: str
    laboratory: str | None


class SampleLine(NamedTuple):
    """A sample, and its findings; `day` and `specimen` are None where only a result names it.

    Attributes:
        premises: database key.
    """

    number: str
    premises: int
    day: date | None
    specimen: str | None
    findings: tuple[SampleFinding, ...]


def samples_of(session: Session, outbreak: Outbreak, on: date) -> list[SampleLine]:
    """Return the samples taken at an outbreak's places up to a day, the newest first."""
    return pair(events_of(session, extent_of(session, outbreak), on, OF_LABORATORIES))


def pair(events: Iterable[CaseEvent]) -> list[SampleLine]:
    """Put results to their samples, by number; pure."""
    known: dict[str, SampleLine] = {}
    for event in events:
        told = event.details
        name = told["sample"].casefold()
        line = known.get(name) or SampleLine(told["sample"], event.premises, None, None, ())
        if event.record["type"] == EventType.SAMPLE.value:
            line = line._replace(day=event.day, specimen=told["specimen"], premises=event.premises)
        else:
            finding = SampleFinding(
                event.day, told["disease"], told["outcome"], told.get("laboratory")
            )
            line = line._replace(findings=(*line.findings, finding))
        known[name] = line
    return list(reversed(known.values()))
