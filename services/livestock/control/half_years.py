"""Six-monthly reports to WOAH: occurrence and numbers of each disease in each province.

Terrestrial Animal Health Code (2024), article 1.1.3, point 3: six-monthly reports on the absence or
presence and evolution of listed diseases. WAHIS asks for the occurrence and, where a disease is
present, by first administrative division: new and total outbreaks, susceptible animals, cases,
deaths, killed and disposed of, slaughtered, vaccinated.

Absent is said only where somebody looked: a province from which no report on the health of pigs
came has no information, and its numbers are null, not 0.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import PROVINCES
from services.ledger.journal import instant
from services.livestock.control.case_counts import (
    Case,
    CaseEvent,
    Counts,
    Figure,
    add_up,
    cases_of,
    events_of,
    extent_of,
    place_in,
)
from services.livestock.control.outbreaks import OutbreakState, StepTaken, history
from services.livestock.control.woah_reports import COUNTRY, DISEASES
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.half_years import HalfYear, Occurrence, is_against, occurrence_of
from services.livestock.domain.model import EventType
from services.livestock.queries.known_events import AT_ONCE, Record, heads_known, known_events
from services.storage.models import Outbreak, Premises
from services.storage.rowsets import keys, public_ids

HALF_COLUMNS = (
    "country", "period", "disease", "first_administrative_division", "occurrence",
    "new_outbreaks", "total_outbreaks", "species", "measuring_unit", "susceptible", "cases",
    "deaths", "killed_and_disposed_of", "slaughtered", "vaccinated", "reports",
    "negative_results",
)  # fmt: skip
FIGURES = (
    "new_outbreaks", "total_outbreaks", "susceptible", "cases", "deaths",
    "killed_and_disposed_of", "slaughtered", "vaccinated",
)  # fmt: skip
_LOOKED = (
    EventType.SICKNESS, EventType.DEATH, EventType.SAMPLE, EventType.RESULT, EventType.CHECK,
    EventType.SLAUGHTER, EventType.TREATMENT, EventType.VACCINATION, EventType.CONDITION,
)  # fmt: skip
_PROVINCE = select(Premises.id, Premises.public_id, Premises.province)


class _Unit(NamedTuple):
    """An epidemiological unit of a confirmed outbreak: premises, first case, all cases, until."""

    premises: int
    since: date
    cases: tuple[Case, ...]


@dataclass(slots=True)
class _Division:
    """Units and counts of a disease in one province and half of a year."""

    units: dict[int, _Unit] = field(default_factory=dict)
    suspected: bool = False
    negative: int = 0
    reports: int = 0
    vaccinated: int = 0


class _Disease(NamedTuple):
    """A disease in each province, and the keys of reports of it that were ruled out."""

    divisions: dict[str | None, _Division]
    ruled_out: set[int]


class _Reading(NamedTuple):
    """Half of a year, as known when."""

    half: HalfYear
    known_at: datetime | None


def half_year_report(
    session: Session, half: HalfYear, known_at: datetime | None = None
) -> dict[str, Any]:
    """Return the six-monthly report of all provinces, and of places whose province is unknown.

    Args:
        known_at: UTC; as known then. None: as known now.
    """
    read = _Reading(half, known_at)
    found = {disease: _of_outbreaks(session, disease, read) for disease in NOTIFIABLE}
    looked = known_events(session, _LOOKED, half.days, known_at)
    while some := list(islice(looked, AT_ONCE)):
        _count(session, found, some)
    return {
        "country": COUNTRY,
        "period": str(half),
        "known_at": instant(known_at) if known_at else None,
        "rows": [
            _row(session, (disease, one), told.divisions[one], read)
            for disease, told in found.items()
            for one in _named(told.divisions)
        ],
    }


def half_year_rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a report as rows of `HALF_COLUMNS`; what is not known stays empty."""
    whole = {"country": report["country"], "period": report["period"]}
    rows = [{**whole, **one} for one in report["rows"]]
    return [{name: "" if one[name] is None else one[name] for name in HALF_COLUMNS} for one in rows]


def half_year_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs between two reports on the same half of a year; pure."""
    old = {_name(one): one for one in before["rows"]}
    new = {_name(one): one for one in after["rows"]}
    return [
        {
            "disease": key[0],
            "first_administrative_division": key[1],
            "field": name,
            "before": old.get(key, {}).get(name),
            "after": new.get(key, {}).get(name),
        }
        for key in [*new, *(one for one in old if one not in new)]
        for name in ("occurrence", *FIGURES)
        if old.get(key, {}).get(name) != new.get(key, {}).get(name)
    ]


def _name(row: Mapping[str, Any]) -> tuple[str, str | None]:
    return row["disease"], row["first_administrative_division"]


def _named(found: Mapping[str | None, _Division]) -> Iterable[str | None]:
    """Return all provinces, and None where something is known of places without one."""
    unknown = found.get(None)
    some = unknown is not None and (unknown.units or unknown.suspected or unknown.reports)
    return (*PROVINCES, None) if some else PROVINCES


def _provinces(session: Session, premises: Iterable[int]) -> dict[int, str | None]:
    wanted = Premises.id.in_(keys(session, premises))
    return {row.id: row.province for row in session.execute(_PROVINCE.where(wanted))}


def _of_outbreaks(session: Session, disease: str, read: _Reading) -> _Disease:
    found: dict[str | None, _Division] = defaultdict(_Division)
    ruled_out: set[int] = set()
    outbreaks = select(Outbreak).where(Outbreak.disease == disease).order_by(Outbreak.id)
    for row in session.scalars(outbreaks).all():
        steps = history(session, row, read.known_at)
        if not steps or not _lasts_into(steps, read.half):
            continue
        if any(step.state is OutbreakState.CONFIRMED for step in steps):
            _add_units(session, row, found, read)
        elif steps[-1].state is OutbreakState.RELEASED:
            ruled_out |= _reported(session, row, read)
        else:
            (province,) = _provinces(session, [row.index_premises_id]).values()
            found[province].suspected = True
    return _Disease(found, ruled_out)


def _count(
    session: Session, found: Mapping[str, _Disease], some: Iterable[tuple[int, Record]]
) -> None:
    """Count some events for each disease in their provinces."""
    places = {UUID(at) for _, record in some if (at := place_in(record))}
    rows = session.execute(_PROVINCE.where(Premises.public_id.in_(public_ids(session, places))))
    provinces = {str(row.public_id): row.province for row in rows}
    for key, record in some:
        for disease, told in found.items():
            division = told.divisions[provinces.get(place_in(record) or "")]
            _look(division, disease, record)
            if key not in told.ruled_out and _suspects(record, disease):
                division.suspected = True


def _lasts_into(steps: list[StepTaken], half: HalfYear) -> bool:
    """Tell whether an outbreak began before a half of a year was over, and was not over before."""
    first, last = half.days
    over = steps[-1].day if steps[-1].state is OutbreakState.RELEASED else date.max
    return steps[0].day <= last and over >= first


def _add_units(
    session: Session, row: Outbreak, found: dict[str | None, _Division], read: _Reading
) -> None:
    """Add the places of a confirmed outbreak; its first one counts although no case is told."""
    cases: dict[int, list[Case]] = defaultdict(list)
    cases[row.index_premises_id] = []
    for case in cases_of(session, extent_of(session, row, read.known_at), read.half.days[1]):
        cases[case.premises].append(case)
    provinces = _provinces(session, cases)
    for premises, theirs in cases.items():
        since = min((one.day for one in theirs), default=row.began_on)
        before = found[provinces[premises]].units.get(premises)
        earlier = before.cases if before else ()
        first = min(since, before.since) if before else since
        found[provinces[premises]].units[premises] = _Unit(premises, first, (*earlier, *theirs))


def _reported(session: Session, row: Outbreak, read: _Reading) -> set[int]:
    """Return the keys of the suspicions and results of an outbreak that was ruled out."""
    types = (EventType.SICKNESS, EventType.RESULT)
    events = events_of(session, extent_of(session, row, read.known_at), read.half.days[1], types)
    return {one.journal_id for one in events}


def _look(division: _Division, disease: str, record: Record) -> None:
    """Count an event: a report, a negative result, a vaccination against the disease."""
    division.reports += 1
    kind, told = record["type"], record.get("details", {})
    if kind == EventType.RESULT and (told["disease"], told["outcome"]) == (disease, "negative"):
        division.negative += 1
    if kind == EventType.VACCINATION and is_against(disease, told["product"]):
        named = CaseEvent(0, record, 0).animals
        division.vaccinated += told.get("head_count") or len(named)


def _suspects(record: Record, disease: str) -> bool:
    told = record.get("details", {})
    if record["type"] == EventType.SICKNESS:
        return bool(told.get("suspicion") == disease)
    positive = ("positive", "inconclusive")
    return bool(
        record["type"] == EventType.RESULT
        and told["disease"] == disease
        and told["outcome"] in positive
    )


def _row(
    session: Session, name: tuple[str, str | None], known: _Division, read: _Reading
) -> dict[str, Any]:
    occurrence = occurrence_of(
        present=bool(known.units), suspected=known.suspected, reports=known.reports
    )
    return {
        "disease": DISEASES[name[0]][0],
        "first_administrative_division": name[1],
        "occurrence": occurrence.value,
        "species": "Swine",
        "measuring_unit": "Animal",
        **_figures(session, occurrence, known, read),
        "reports": known.reports,
        "negative_results": known.negative,
    }


def _figures(
    session: Session, occurrence: Occurrence, known: _Division, read: _Reading
) -> dict[str, int | None]:
    """Return the numbers of a row: null where nobody knows, 0 where it is known that none was."""
    if occurrence is Occurrence.NO_INFORMATION:
        return dict.fromkeys(FIGURES)
    none = {"new_outbreaks": 0, "total_outbreaks": 0, "vaccinated": known.vaccinated}
    if occurrence is Occurrence.SUSPECTED:
        return dict.fromkeys(FIGURES) | none
    first, last = read.half.days
    inside = {
        one.premises: [case for case in one.cases if first <= case.day <= last]
        for one in known.units.values()
    }
    counts = {premises: add_up(cases) for premises, cases in inside.items()}
    return {
        "new_outbreaks": sum(first <= one.since <= last for one in known.units.values()),
        "total_outbreaks": len(known.units),
        "susceptible": sum(
            _susceptible(session, known.units[key], one, read) for key, one in counts.items()
        ),
        "cases": sum(max(one[Figure.SICK], one[Figure.DEAD]) for one in counts.values()),
        "deaths": sum(one[Figure.DEAD] for one in counts.values()),
        "killed_and_disposed_of": sum(one[Figure.CULLED] for one in counts.values()),
        "slaughtered": sum(one[Figure.SLAUGHTERED] for one in counts.values()),
        "vaccinated": known.vaccinated,
    }


def _susceptible(session: Session, unit: _Unit, counts: Counts, read: _Reading) -> int:
    """Return how many pigs stood there when it began or, if that was earlier, as the half began."""
    day = max(unit.since, read.half.days[0])
    heads = heads_known(session, unit.premises, day, read.known_at)
    told = max(counts[Figure.SICK], counts[Figure.DEAD])
    return max(heads, told, counts[Figure.CULLED] + counts[Figure.SLAUGHTERED])
