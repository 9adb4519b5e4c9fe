"""Hypothesis strategies: any event of ours, with any details that its schema allows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import assume
from hypothesis import strategies as st

from services.livestock.domain import details as d
from services.livestock.domain.model import (
    AnimalKind,
    EventType,
    Key,
    Occurred,
    Precision,
    write_key,
)
from services.livestock.standards.claims import ClaimedEvent, Spot, Subject

ZONES = ("Pacific/Port_Moresby", "Pacific/Bougainville", "UTC", "America/St_Johns", "Asia/Beirut")
# Neither control characters nor halves of characters, which no JSON can hold.
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))

texts = st.text(LETTERS, min_size=1, max_size=12)
heads = st.integers(1, d.MOST_PIGS)
kilograms = st.one_of(
    st.integers(1, d.MOST_KILOGRAMS).map(float),
    st.floats(0.001, d.MOST_KILOGRAMS).map(lambda value: round(value, 3)),
)
days = st.dates(date(1990, 1, 1), date(2026, 11, 20))
uuids = st.uuids(version=4)
officials = st.integers(0, 10**12 - 1).map(lambda n: Key("iso11784", f"598{n:012}"))
shorts = st.integers(100, 10**6).map(lambda n: Key("bilum", str(n)))
sources = texts.map(lambda text: Key("animal", text))
keys = st.one_of(officials, shorts, sources)
numbers = keys.map(write_key)
by_id = uuids.map(Spot)
by_number = keys.map(lambda key: Spot(None, key))


def one_of(values):
    return st.sampled_from(values)


def fields(required=None, **optional):
    return st.fixed_dictionaries(required or {}, optional=optional)


registrations = fields(
    sex=one_of(d.SEXES),
    breed=texts,
    colour=texts,
    born=days.map(str),
    dam=numbers,
    sire=numbers,
    kind=one_of(("mob", "consignment")),
    head_count=st.integers(0, 9),
    kilograms=kilograms,
    part_of=numbers,
    owner=uuids.map(str),
)
pork = fields(
    {
        "kind": st.just("consignment"),
        "pigs": st.lists(numbers, min_size=1, max_size=4, unique=True).map(sorted),
    },
    kilograms=kilograms,
)
movings = fields(permit=texts, head_count=heads)
treatments = fields(
    {"product": texts, "withdrawal_days": st.integers(0, 365)},
    dose=kilograms,
    unit=st.one_of(texts, one_of(("ml", "mg", "g", "l"))),
    batch=texts,
)
DETAILS = {
    EventType.REGISTER: st.one_of(registrations, pork),
    EventType.BIRTH: registrations,
    EventType.RETAG: fields({"new": numbers}, lost=numbers),
    EventType.TAG_LOST: fields({"lost": numbers}),
    EventType.COUNT: fields(head_count=st.integers(0, 9), taken=heads, added=heads),
    EventType.DEPART: movings,
    EventType.ARRIVE: movings,
    EventType.TRANSFER: fields(
        {"receiver": uuids.map(str), "terms": one_of(("sold", "given"))}, giver=uuids.map(str)
    ),
    EventType.TREATMENT: treatments,
    EventType.VACCINATION: treatments,
    EventType.WEIGHT: fields({"kilograms": kilograms}, method=one_of(("scale", "tape", "eye"))),
    EventType.FEED: fields({"product": texts}, kilograms=kilograms),
    EventType.CONDITION: fields({"score": st.integers(1, 5)}),
    EventType.CHECK: fields(
        {"purpose": one_of(d.PURPOSES), "outcome": one_of(d.OUTCOMES)},
        reasons=st.lists(texts, max_size=3),
        permit=texts,
        condemned=st.lists(one_of(d.CONDEMNATIONS), min_size=1, max_size=3),
    ),
    EventType.SICKNESS: fields(
        {"signs": st.lists(one_of(d.SIGNS), max_size=3)},
        head_count=heads,
        suspicion=one_of(d.NOTIFIABLE),
    ),
    EventType.SAMPLE: fields(
        {"specimen": one_of(("blood", "swab", "tissue", "other")), "sample": texts},
        disease=one_of(d.NOTIFIABLE),
    ),
    EventType.RESULT: fields(
        {
            "sample": texts,
            "disease": one_of(d.NOTIFIABLE),
            "outcome": one_of(("positive", "negative", "inconclusive", "unfit")),
        },
        method=texts,
        laboratory=texts,
    ),
    EventType.STATUS: fields(
        {
            "action": one_of(("begun", "ended")),
            "status": one_of(("infected", "suspect", "contact", "permit_required")),
        },
        disease=one_of(d.NOTIFIABLE),
    ),
    EventType.STOLEN: fields(),
    EventType.RECOVERED: fields(),
    EventType.DECLARATION: fields({"clean": st.booleans()}, buyer=st.uuids().map(str)),
    EventType.DEATH: fields(
        {"cause": one_of(d.CAUSES), "disposal": one_of(d.DISPOSALS)}, head_count=heads
    ),
    EventType.SLAUGHTER: fields(
        {"place": one_of(("abattoir", "home", "feast"))},
        carcass=texts,
        kilograms=kilograms,
        head_count=heads,
    ),
}
SILENT = sorted(set(EventType) - DETAILS.keys() - {EventType.VOID})
ONE_ANIMAL = frozenset({EventType.RETAG, EventType.TAG_LOST})


@st.composite
def occurrences(draw, zones=ZONES):
    zone = draw(one_of(zones))
    if draw(st.booleans()):
        return Occurred.on(draw(days), zone)
    moment = draw(st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 20)))  # noqa: DTZ001 — local
    moment = moment.replace(microsecond=0, fold=0, tzinfo=ZoneInfo(zone))
    # EPCIS tells the moment: a time that a change of clocks left out is another one by it.
    assume(moment.astimezone(UTC).astimezone(moment.tzinfo).hour == moment.hour)
    text = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    return Occurred(text, Precision.SECOND, zone)


@st.composite
def subjects(draw):
    """Animals, then groups: the order in which EPCIS tells them."""
    unique = draw(st.lists(keys, max_size=4, unique=True))
    kinds = sorted((draw(one_of(list(AnimalKind))) for _ in unique), key=list(AnimalKind).index)
    return tuple(Subject(kind, key) for kind, key in zip(kinds, unique, strict=True))


@st.composite
def animals(draw, least=1, most=1):
    found = draw(st.lists(keys, min_size=least, max_size=most, unique=True))
    return tuple(Subject(AnimalKind.ANIMAL, key) for key in found)


@st.composite
def claims(draw, kinds=tuple(DETAILS), spot=by_id, whom=None, zones=ZONES):
    """Claims of any type that a standard has a place for."""
    kind = draw(one_of(kinds))
    who = animals() if kind in ONE_ANIMAL else subjects() if whom is None else whom
    named, details = draw(who), draw(DETAILS[kind])
    # Nobody gives an animal the number that it has.
    assume(details.get("new") not in [f"{one.key.scheme}:{one.key.value}" for one in named])
    return ClaimedEvent(
        kind,
        named,
        draw(st.none() | spot),
        draw(st.none() | spot),
        draw(occurrences(zones)),
        details,
    )
