"""Reports on an outbreak to WOAH: immediate notification, follow-up reports, final report.

They have the fields of WAHIS. Terrestrial Animal Health Code (2024), chapter 1.1: an event is all
outbreaks that are epidemiologically related, from the immediate notification to the final report
(article 1.1.2); the first report names the reason for it (article 1.1.3, point 1), follow-up
reports come weekly until the event is resolved, and a final report ends it (point 2). An outbreak
is one epidemiological unit with cases. Cases are the sick or the dead, whichever are more, because
dead pigs were mostly sick before; deaths are those not killed.

Numbers are those of the journal as it was known at an instant, so that what was sent can be made
again; what only the authority can say is in `services.livestock.control.woah_statements`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.ledger.journal import instant
from services.livestock.control.case_counts import CaseEvent, Figure
from services.livestock.control.outbreaks import OutbreakState
from services.livestock.control.situation import Affected, Situation
from services.livestock.control.woah_statements import SentReport, Statements, WoahReport
from services.livestock.domain.orders import OrderKind
from services.livestock.queries.known_events import heads_known
from services.storage.models import ControlOrder

COUNTRY = "Papua New Guinea"
COLUMNS = (
    "country", "report", "report_number", "report_date", "event", "event_status",
    "reason_for_notification", "disease", "causal_agent", "event_start_date",
    "confirmation_date", "end_date", "outbreak", "first_administrative_division",
    "second_administrative_division", "location", "latitude", "longitude",
    "epidemiological_unit", "outbreak_start_date", "species", "measuring_unit", "susceptible",
    "cases", "deaths", "killed_and_disposed_of", "slaughtered", "control_measures", "source",
    "epidemiological_comments",
)  # fmt: skip

DISEASES = {
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
_LABELS = {
    None: "None: not confirmed",
    WoahReport.IMMEDIATE: "Immediate notification",
    WoahReport.FOLLOW_UP: "Follow-up report",
    WoahReport.FINAL: "Final report",
}
REASONS = {
    "first_occurrence_in_country": "First occurrence in the country",
    "first_occurrence_in_zone": "First occurrence in a zone or a compartment",
    "recurrence": "Recurrence of an eradicated disease",
    "new_strain": "First occurrence of a new strain",
    "recurrence_of_strain": "Recurrence of an eradicated strain",
    "unexpected_change": "Unexpected change in distribution, incidence, virulence, morbidity or "
    "mortality",
    "unusual_host": "Occurrence in an unusual host species",
}
"""Reasons as WAHIS words them, by the codes of `services.livestock.domain.details.REASONS`."""
_OF_REPORT = frozenset({"report", "report_number", "report_date", "known_at", "changes"})
_BY_NUMBER = {"outbreaks": "outbreak", "diagnostics": "sample"}


def woah_report(session: Session, view: Situation, said: Statements) -> dict[str, Any]:
    """Return the report on an outbreak as it was on the day of a situation.

    Args:
        said: what the authority had said, and which reports it had sent.
    """
    disease, agent = DISEASES[view.disease]
    confirmed = view.reached(OutbreakState.CONFIRMED)
    ended = view.reached(OutbreakState.RELEASED)
    return {
        "country": COUNTRY,
        "report": _LABELS[report_kind(view, said.sent)],
        "report_number": len(said.sent) + 1,
        "report_date": view.on.isoformat(),
        "known_at": instant(view.known_at) if view.known_at else None,
        "event": view.number,
        "event_status": "Resolved" if ended else "Continuing",
        "reason_for_notification": REASONS[said.reason] if said.reason else None,
        "disease": disease,
        "causal_agent": agent,
        "event_start_date": view.began_on.isoformat(),
        "confirmation_date": confirmed.isoformat() if confirmed else None,
        "end_date": ended.isoformat() if ended else None,
        "outbreaks": [_outbreak(session, one, view.known_at) for one in view.places],
        "diagnostics": [_diagnostic(one) for one in view.results],
        "control_measures": _measures(view),
        "source": "Unknown or inconclusive",
        "epidemiological_comments": said.comment,
    }


def report_kind(view: Situation, sent: Sequence[SentReport]) -> WoahReport | None:
    """Tell which report is due; None: none, since the outbreak was never confirmed; pure.

    The first is the immediate notification, however late it is. After the final report there are
    follow-up reports only, which correct it.
    """
    if view.reached(OutbreakState.CONFIRMED) is None:
        return None
    if not sent:
        return WoahReport.IMMEDIATE
    ended = view.reached(OutbreakState.RELEASED) is not None
    if ended and all(one.report is not WoahReport.FINAL for one in sent):
        return WoahReport.FINAL
    return WoahReport.FOLLOW_UP


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs between two reports on one outbreak; pure.

    Each change names its field, and the outbreak or the sample that it is of; what was not there,
    or is gone, is null as a whole.
    """
    changes = [
        {"of": None, "field": name, "before": before[name], "after": after[name]}
        for name in after
        if name not in _OF_REPORT | _BY_NUMBER.keys() and before[name] != after[name]
    ]
    for part, key in _BY_NUMBER.items():
        old = {one[key]: one for one in before[part]}
        new = {one[key]: one for one in after[part]}
        for number in [*new, *(one for one in old if one not in new)]:
            changes += _changes_of(number, part, old.get(number), new.get(number))
    return changes


def _changes_of(
    number: str, part: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    if old is None or new is None:
        return [{"of": number, "field": part, "before": old, "after": new}]
    return [
        {"of": number, "field": name, "before": old[name], "after": new[name]}
        for name in new
        if old[name] != new[name]
    ]


def woah_rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a report as rows of `COLUMNS`, one for each outbreak of the event."""
    measures = "; ".join(report["control_measures"])
    event = {name: report[name] for name in COLUMNS if name in report}
    return [{**event, **one, "control_measures": measures} for one in report["outbreaks"]]


def _diagnostic(one: CaseEvent) -> dict[str, Any]:
    """Return a laboratory's result, as a report has it; what nobody told is null."""
    told = one.details
    return {
        "laboratory": told.get("laboratory"),
        "test": told.get("method"),
        "sample": told["sample"],
        "date": one.day.isoformat(),
        "outcome": told["outcome"],
    }


def _outbreak(session: Session, one: Affected, known_at: datetime | None) -> dict[str, Any]:
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
        "susceptible": max(heads_known(session, one.premises, one.since, known_at), cases, gone),
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
