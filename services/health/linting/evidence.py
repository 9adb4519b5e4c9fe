"""Lint rules for evidence: each text has its technique and its source, none unknown; pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from services.health.format.evidence import NO_EVIDENCE, PRACTICE, Guideline
from services.health.format.model import Programme
from services.health.format.techniques import is_technique
from services.health.linting.findings import Finding, Placed, fault, texts_of, warning

FARTHEST_REVIEW = timedelta(days=3 * 366)
"""Longest time until a review: whoever looks at a document cannot say that it holds for ever."""

_SHOWN = 5
# A dose, an age, a share, an interval or a test: what only a guideline can say.
_CLAIM = re.compile(
    r"\b[0-9]+ ?(?:mg|ml|mmol|grams?|gram|kilos?|%|percent|pesen|(?:tea)?spoons?|tispun|puffs?"
    r"|paf|tablets?|drops?|units?)\b"
    r"|\b(?:over|under|aged|winim|aninit long) [0-9]{1,2}\b(?! minit| minutes)"
    r"|\b[0-9]+ (?:years old|krismas)\b"
    r"|\b[0-9]+ (?:in|of|out of|long) (?:every )?[0-9]+\b"
    r"|\b(?:every|each|olgeta) [0-9]+ (?:to [0-9]+ )?(?:months?|years?|mun|yia)\b"
    r"|\b(?:HPV|VIA|HbA1c|sputum|X-ray)\b"
    r"|\b(?:blood|sugar|urine|suga|blut) (?:test|tes)\b",
    re.IGNORECASE,
)


def lint_evidence(programme: Programme, today: date) -> Iterator[Finding]:
    """Yield texts without technique or source, unknown ones, and sources that need a look.

    A course that names no source at all gets one warning instead: none of its texts is traced.
    """
    told = any(placed.text.evidence != NO_EVIDENCE for placed in texts_of(programme))
    if not programme.sources and not told:
        message = "names no guideline: nobody can tell what its texts rest on"
        yield warning("no_sources", "sources", message)
        return
    for placed in texts_of(programme):
        yield from _text(programme, placed)
    used = texts_by_source(programme)
    for source in programme.sources:
        yield from _source(source, used.get(source.id, ()), today)


def texts_by_source(programme: Programme) -> Mapping[str, list[str]]:
    """Return the places of the texts that rest on each source, by its id."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for where, text in texts_of(programme):
        for source in text.evidence.sources or ():
            found[source].append(where)
    return found


def overdue_sources(programme: Programme, today: date) -> list[Guideline]:
    """Return the sources whose day of review is past, and on which texts rest."""
    used = texts_by_source(programme)
    return [one for one in programme.sources if one.review < today and one.id in used]


def listed(places: list[str] | tuple[str, ...]) -> str:
    """Name the first few places, and how many more there are."""
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"{', '.join(places[:_SHOWN])}{more}"


def _text(programme: Programme, placed: Placed) -> Iterator[Finding]:
    where, evidence = placed.where, placed.text.evidence
    if evidence.techniques is None:
        message = "has no technique: number it by the BCT Taxonomy, or write `bct: []`"
        yield fault("no_technique", where, message)
    for number in evidence.techniques or ():
        if not is_technique(number):
            yield fault("unknown_technique", where, f"the BCT Taxonomy v1 has no {number}")
    if not evidence.sources:
        message = f"has no source: name one of `sources`, or `{PRACTICE}`"
        yield fault("no_source", where, message)
    known = {PRACTICE, *(one.id for one in programme.sources)}
    for source in sorted(set(evidence.sources or ()) - known):
        yield fault("unknown_source", where, f"there is no source {source}")
    if evidence.needs_clinic and not evidence.action:
        message = "needs a clinic for an action, and has none: `action: true`"
        yield fault("clinic_without_action", where, message)
    # What uses no technique claims nothing: it asks, or tells how the course goes.
    if evidence.sources == (PRACTICE,) and evidence.techniques:
        yield from _claims(placed)


def _claims(placed: Placed) -> Iterator[Finding]:
    for language, said in placed.text.say.items():
        claim = _CLAIM.search(said)
        if claim:
            message = f"says {claim.group()}, and rests on {PRACTICE}: name the guideline"
            yield warning("claim_on_practice", placed.where, message, language)


def _source(source: Guideline, used: list[str] | tuple[str, ...], today: date) -> Iterator[Finding]:
    where = f"sources.{source.id}"
    if not used:
        yield warning("source_unused", where, "no text rests on it")
    if source.year > today.year:
        yield fault("source_year", where, f"is of {source.year}, which has not come yet")
    if source.review > today + FARTHEST_REVIEW:
        message = f"is to be reviewed on {source.review}: the day must be within three years"
        yield fault("review_far", where, message)
    if source.review < today and used:
        message = (
            f"was to be reviewed by {source.review}: look whether it still stands, and whether "
            f"these say the same: {listed(used)}"
        )
        yield warning("source_overdue", where, message)
