"""A keyword as it was typed, with what the linter finds in it and in its replies."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.console.programmes.draft_pages import OpenDraft, found_in
from services.health.drafts.store import whole_document
from services.health.errors import BadProgramme, Fault
from services.health.format.parser import build
from services.health.format.text_slots import Json
from services.health.linting.findings import Finding


class CheckedPart(NamedTuple):
    """A part that was checked: why it makes no programme, and what the linter finds in it."""

    faults: Sequence[Fault]
    findings: Sequence[Finding]


def checked_word(session: Session, given: OpenDraft, overlay: Json, name: str) -> CheckedPart:
    """Check what differences make of a keyword."""
    try:
        same = overlay == given.overlay
        programme = given.programme if same else build(whole_document(session, overlay))
    except BadProgramme as error:
        return CheckedPart(error.faults, ())
    return CheckedPart((), findings_at(found_in(programme), name, f"words.{name}"))


def findings_at(findings: Sequence[Finding], *places: str) -> list[Finding]:
    """Return the findings at some places, and below them."""
    return [
        one
        for one in findings
        if any(
            one.where == place or one.where.startswith((f"{place}.", f"{place}["))
            for place in places
        )
    ]
