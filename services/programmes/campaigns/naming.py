"""The programmes, cohorts and lists that an audience names, as they are called here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.programmes.campaigns.errors import BadCampaign
from services.programmes.format.model import ALL
from services.programmes.versions import programme_of
from services.storage.models import Listed, ProgrammeVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from services.programmes.campaigns.audience import Audience


def as_named_here(session: Session, audience: Audience) -> Audience:
    """Return an audience with its lists as they are spelt here; capitals make no difference.

    Args:
        session: an open session.
        audience: as it was told.

    Raises:
        BadCampaign: there is no such programme, cohort or list: nobody would be reached.
    """
    faults: dict[str, list[str]] = {}
    if audience.programme is not None:
        faults |= _unknown_in(session, audience.programme, audience.cohorts)
    spelt = _spelt(session) if audience.lists else {}
    unknown = [name for name in audience.lists if name.casefold() not in spelt]
    if unknown:
        faults["lists"] = [f"there is no list {name}" for name in unknown]
    if faults:
        raise BadCampaign("The audience has faults: see the fields", {"audience": faults})
    found = {name for told in audience.lists for name in spelt[told.casefold()]}
    return replace(audience, lists=tuple(sorted(found)))


def _unknown_in(session: Session, code: str, cohorts: Iterable[str]) -> dict[str, list[str]]:
    versions = session.scalars(select(ProgrammeVersion).where(ProgrammeVersion.code == code)).all()
    if not versions:
        return {"programme": [f"there is no programme {code}: see `bilum programme list`"]}
    # Of every version: who joined by an old one stays in its cohort.
    known = {cohort for one in versions for cohort in programme_of(one).cohorts or (ALL,)}
    unknown = [cohort for cohort in cohorts if cohort not in known]
    told = [f"{cohort} is none of {', '.join(sorted(known))}" for cohort in unknown]
    return {"cohorts": told} if told else {}


def _spelt(session: Session) -> dict[str, list[str]]:
    spelt: dict[str, list[str]] = {}
    for name in session.scalars(select(Listed.list_name).distinct()):
        spelt.setdefault(name.casefold(), []).append(name)
    return spelt
