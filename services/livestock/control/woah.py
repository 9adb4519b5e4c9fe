"""The fields of WOAH's immediate notification and follow-up report, as WAHIS names them.

Terrestrial Animal Health Code, article 1.1.3; terms of the notification form: an event is all
outbreaks that belong together, an outbreak is one epidemiological unit with cases. Cases are the
sick or the dead, whichever are more, because dead pigs were mostly sick before; deaths are those
that were not killed. What only the authority can say, such as
the reason for notification, is null.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from services.livestock.control.case_counts import Figure
from services.livestock.control.outbreaks import OutbreakState
from services.livestock.control.situation import Affected, Situation
from services.livestock.domain.orders import OrderKind
from services.livestock.queries.head_counts import heads_on
from services.storage.models import ControlOrder

COLUMNS = (
    "country", "report", "report_date", "event", "disease", "causal_agent", "event_start_date",
    "confirmation_date", "end_date", "outbreak", "first_administrative_division",
    "second_administrative_division", "location", "latitude", "longitude",
    "epidemiological_unit", "outbreak_start_date", "species", "measuring_unit", "susceptible",
    "cases", "deaths", "killed_and_disposed_of", "slaughtered", "control_measures", "source",
)  # fmt: skip

_DISEASES = {
    "african_swine_fever": (
        "African swine fever virus (Inf. with)",
        "African swine fever virus",
    ),
    "classical_swine_fever": (
        "Classical swine fever virus (Inf. with)",
        "Classical swine fever virus",
    ),
    "foot_and_mouth": ("Foot and mouth disease virus (Inf. with)", "Foot and mouth disease virus"),
    "anthrax": ("Anthrax", "Bacillus anthracis"),
}
_UNITS = {
    "household": "Backyard",
    "village_herd": "Village",
    "piggery": "Farm",
    "market": "Livestock market",
    "abattoir": "Slaughterhouse",
}


def woah_report(session: Session, view: Situation) -> dict[str, Any]:
    """Return the report on an outbreak as it was on the day of a situation.

    The first report is the immediate notification; each one of a later day is a follow-up report.
    """
    disease, agent = _DISEASES[view.disease]
    confirmed = view.reached(OutbreakState.CONFIRMED)
    ended = view.reached(OutbreakState.RELEASED)
    return {
        "country": "Papua New Guinea",
        "report": _kind(view),
        "report_date": view.on.isoformat(),
        "event": view.number,
        "event_status": "Resolved" if ended else "Continuing",
        "reason_for_notification": None,
        "disease": disease,
        "causal_agent": agent,
        "event_start_date": view.began_on.isoformat(),
        "confirmation_date": confirmed.isoformat() if confirmed else None,
        "end_date": ended.isoformat() if ended else None,
        "outbreaks": [_outbreak(session, one) for one in view.places],
        "control_measures": _measures(view),
        "source": "Unknown or inconclusive",
    }


def woah_rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a report as rows of `COLUMNS`, one for each outbreak of the event."""
    measures = "; ".join(report["control_measures"])
    event = {name: report[name] for name in COLUMNS if name in report}
    return [{**event, **one, "control_measures": measures} for one in report["outbreaks"]]


def _kind(view: Situation) -> str:
    confirmed = view.reached(OutbreakState.CONFIRMED)
    if confirmed is None:
        return "None: not confirmed"
    return "Immediate notification" if view.on <= confirmed else "Follow-up report"


def _outbreak(session: Session, one: Affected) -> dict[str, Any]:
    site, counts = one.site, one.counts
    longitude, latitude = site.point or (None, None)
    cases = max(counts[Figure.SICK], counts[Figure.DEAD])
    gone = counts[Figure.CULLED] + counts[Figure.SLAUGHTERED]
    return {
        "outbreak": site.number,
        "first_administrative_division": site.province,
        "second_administrative_division": site.district,
        "location": ", ".join(part for part in (site.ward, site.llg) if part) or None,
        "latitude": latitude,
        "longitude": longitude,
        "epidemiological_unit": _UNITS.get(site.kind, "Other"),
        "outbreak_start_date": one.since.isoformat(),
        "species": "Swine",
        "measuring_unit": "Animal",
        # Untagged pigs are known only from the numbers in reports.
        "susceptible": max(heads_on(session, one.premises, one.since), cases, gone),
        "cases": cases,
        "deaths": counts[Figure.DEAD],
        "killed_and_disposed_of": counts[Figure.CULLED],
        "slaughtered": counts[Figure.SLAUGHTERED],
    }


def _measures(view: Situation) -> list[str]:
    binding: list[ControlOrder] = [one.row for one in view.orders if one.in_force]
    kinds = {row.kind for row in binding}
    applied = {
        "Movement control inside the country": bool(binding),
        "Quarantine": OrderKind.QUARANTINE in kinds,
        "Zoning": OrderKind.ZONE in kinds,
        "Stamping out": view.total[Figure.CULLED] > 0,
        "Official disposal of carcasses, by-products and waste": view.total[Figure.DISPOSED] > 0,
        "Traceability": True,
    }
    return [name for name, is_applied in applied.items() if is_applied]
