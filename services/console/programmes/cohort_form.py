"""The form of the groups of a course: which there are, and which days each of them gets."""

from services.console.programmes.draft_pages import OpenDraft
from services.console.programmes.part_fields import NAME, Fields
from services.console.programmes.part_replies import Written
from services.health.format.items import ALL
from services.health.format.part_edits import (
    phase_name,
    with_cohort,
    with_members,
    without_cohort,
)
from services.health.format.text_slots import Json

_YES = "yes"
_RESERVED = frozenset({ALL})


def drawn_cohorts(given: OpenDraft) -> Fields:
    """Return the fields of the groups: a box for each part of the course that each of them gets."""
    cohorts = given.document.get("cohorts", [])
    return {
        box_of(phase["id"], cohort): _YES
        for phase in given.document.get("phases", [])
        for cohort in cohorts
        if {ALL, cohort} & set(phase.get("cohorts", [ALL]))
    }


def box_of(phase: str, cohort: str) -> str:
    """Return the name of the box that gives a part of the course to a group."""
    return f"phase-{phase}-for-{cohort}"


def written_cohorts(given: OpenDraft, fields: Fields) -> Written:
    """Return the draft's differences with the groups as they were typed."""
    cohorts = given.document.get("cohorts", [])
    gone = [one for one in cohorts if f"gone-{one}" in fields]
    new, wrong = fields.get("new", ""), dict[str, str]()
    if new and (not NAME.fullmatch(new) or new in _RESERVED):
        wrong["new"] = "programmes_code_wrong"
    elif new in cohorts:
        wrong["new"] = "programmes_code_taken"
    overlay = given.overlay
    for phase in given.document.get("phases", []):
        told = _told(phase, cohorts, fields)
        if told == []:
            wrong[box_of(phase["id"], cohorts[0])] = "programmes_phase_nobody"
        elif told and not set(told) <= set(gone) and told != phase.get("cohorts", [ALL]):
            name = phase_name(phase["id"])
            overlay = with_members(overlay, given.base, name, {"cohorts": told})
    for one in gone:
        overlay = without_cohort(overlay, one)
    if new and not wrong:
        overlay = with_cohort(overlay, new)
    return Written(overlay, wrong)


def _told(phase: Json, cohorts: list[str], fields: Fields) -> list[str] | None:
    """Return the groups that get a part of the course; None: everybody does, as before."""
    told = [one for one in cohorts if box_of(phase["id"], one) in fields]
    for_all = ALL in phase.get("cohorts", [ALL])
    return None if for_all and told == cohorts else told
