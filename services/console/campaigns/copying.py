"""A campaign as it was typed, to begin another with it; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.health.campaigns.audience import read_audience
from services.health.campaigns.model import CampaignKind, wording_of
from services.storage.models import Campaign


def content_from(row: Campaign, zone: str) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return what was typed to make a campaign; days and hours are those of a zone."""
    inviting = row.kind == CampaignKind.INVITATION
    said = {} if inviting else wording_of(row).say
    text = {
        "kind": row.kind,
        "programme": (row.programme or "") if inviting else "",
        "name": row.name,
        "payer": row.payer,
        "reference": row.reference or "",
        **{f"text_{language}": one for language, one in said.items()},
    }
    when = {**_local("first", row.opens_at, zone), **_local("last", row.closes_at, zone)}
    return {
        "text": {name: [value] for name, value in text.items()},
        "audience": _audience(row),
        "when": {name: [value] for name, value in when.items()} | {"rate": [str(row.rate)]},
    }


def _audience(row: Campaign) -> dict[str, Sequence[str]]:
    found = read_audience(row.audience)
    ages = {"age_from": found.age_from, "age_to": found.age_to}
    return {
        "provinces": found.provinces,
        "districts": [", ".join(found.districts)],
        "sex": [found.sex or ""],
        **{name: [] if age is None else [str(age)] for name, age in ages.items()},
        "languages": found.languages,
        "in_programme": [found.programme or ""],
        "cohorts": [", ".join(found.cohorts)],
        "states": found.states,
        "lists": found.lists,
    }


def _local(which: str, at: datetime, zone: str) -> dict[str, str]:
    here = at.astimezone(ZoneInfo(zone))
    return {f"{which}_day": here.date().isoformat(), f"{which}_hour": str(here.hour)}
