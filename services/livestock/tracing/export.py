"""Traces for machines: JSON, CSV and GeoJSON. They name no person; parties by their public ids."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.ledger.receipts import ReceiptState
from services.livestock.domain.movements import Stay
from services.livestock.tracing.animals import AnimalTrace, Companion
from services.livestock.tracing.chains import Summary
from services.livestock.tracing.model import Chain, Edge, Evidence, Link, Trace, TracedPlace, links
from services.livestock.tracing.movement_records import Keeper
from services.livestock.tracing.pork import PorkLink

Json = dict[str, Any]

SUMMARY_COLUMNS = (
    "root",
    "in_degree",
    "out_degree",
    "ingoing_contact_chain",
    "outgoing_contact_chain",
)
MOVEMENT_COLUMNS = (
    "direction",
    "from",
    "to",
    "animal",
    "departed_on",
    "arrived_on",
    "departure_event",
    "departure_ledger",
    "arrival_event",
    "arrival_ledger",
    "from_derived",
)


def summaries_csv(rows: Iterable[tuple[str, Summary]]) -> str:
    """Write degrees and contact chains as CSV, a row for each root."""
    return _csv(SUMMARY_COLUMNS, ((number, *summary) for number, summary in rows))


def movements_csv(trace: Trace) -> str:
    """Write the movements of contact chains as CSV."""
    return _csv(
        MOVEMENT_COLUMNS,
        (
            (direction.value, *_flat(edge, trace.places))
            for direction, chain in trace.chains.items()
            for edge in chain.edges
        ),
    )


def trace_json(trace: Trace, keepers: Iterable[Keeper]) -> Json:
    """Return contact chains, the movements behind them, and whom to call."""
    return {
        "root": trace.places[trace.root].number,
        "from": str(trace.window.first),
        "to": str(trace.window.last),
        **{
            direction.value: _chain(chain, trace.places)
            for direction, chain in trace.chains.items()
        },
        "keepers": [keeper_json(one) for one in keepers],
    }


def animal_json(trace: AnimalTrace) -> Json:
    """Return where an animal was, with which others, its events and whom to call."""
    return {
        "animal": str(trace.animal),
        "stays": _stays(trace.stays, trace.places),
        "came_from": [_pork(one, trace.places) for one in trace.pork.came_from],
        "became": [_pork(one, trace.places) for one in trace.pork.became],
        "companions": [_companion(one, trace.places) for one in trace.companions],
        "companions_at_most": trace.met.at_most,
        "events": [_evidence(one) for one in trace.events],
        "keepers": [keeper_json(one) for one in trace.keepers],
    }


def keeper_json(keeper: Keeper) -> Json:
    """Return whom to call; phone numbers only where they were asked for."""
    phones = {"phones": list(keeper.phones)} if keeper.phones else {}
    return {"party": str(keeper.public_id), "premises": list(keeper.premises), **phones}


def trace_geojson(trace: Trace) -> Json:
    """Return contact chains as a FeatureCollection (RFC 7946).

    Premises are points and the movements between two of them one line, both with null geometry
    where a point is not known. Positions are longitude and latitude, WGS 84.
    """
    features = [_premises_feature(trace, one) for one in trace.places]
    features += [
        _link_feature(trace, direction.value, link)
        for direction, chain in trace.chains.items()
        for link in links(chain.edges)
    ]
    return {"type": "FeatureCollection", "features": features}


def ledger_status(evidence: Evidence) -> str:
    """Return where an event is: `on chain` or `waiting`."""
    return (ReceiptState.ON_CHAIN if evidence.on_chain else ReceiptState.WAITING).value


def _csv(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _movement(edge: Edge, places: Mapping[int, TracedPlace]) -> Json:
    return {
        "from": places[edge.origin].number,
        "to": places[edge.destination].number,
        "animal": str(edge.animal),
        "departed_on": _day(edge.departed_on),
        "arrived_on": _day(edge.arrived_on),
        "departure": _evidence(edge.departure),
        "arrival": _evidence(edge.arrival),
        # Nobody told where it began.
        **({"from_derived": True} if edge.derived else {}),
    }


def _flat(edge: Edge, places: Mapping[int, TracedPlace]) -> list[object]:
    told = _movement(edge, places)
    derived = "yes" if told.pop("from_derived", False) else None
    *plain, departure, arrival = told.values()
    sides = (side or {"event": None, "ledger": None} for side in (departure, arrival))
    return [*plain, *(side[name] for side in sides for name in ("event", "ledger")), derived]


def _chain(chain: Chain, places: Mapping[int, TracedPlace]) -> Json:
    return {
        "degree": chain.degree,
        "contact_chain": len(chain.reached),
        "premises": [
            {**_place(places[one]), "day": str(reached.day), "steps": reached.steps}
            for one, reached in chain.reached.items()
        ],
        "movements": [_movement(edge, places) for edge in chain.edges],
    }


def _companion(one: Companion, places: Mapping[int, TracedPlace]) -> Json:
    return {
        "animal": str(one.animal),
        "shared": _stays(one.shared, places),
        "before": _stays(one.before, places),
        "after": _stays(one.after, places),
    }


def _pork(one: PorkLink, places: Mapping[int, TracedPlace]) -> Json:
    return {
        "number": str(one.key),
        "of": str(one.of),
        "kind": one.kind,
        "ended_on": _day(one.ended_on),
        "carcass": one.carcass,
        "kilograms": one.kilograms,
        "stays": _stays(one.stays, places),
    }


def _stays(stays: Iterable[Stay], places: Mapping[int, TracedPlace]) -> list[Json]:
    return [
        {
            "premises": places[stay.premises].number if stay.premises is not None else None,
            "since": _day(stay.since),
            "until": _day(stay.until),
            **({"presumed": True} if stay.presumed else {}),
        }
        for stay in stays
    ]


def _evidence(evidence: Evidence | None) -> Json | None:
    if evidence is None:
        return None
    return {
        "event": str(evidence.event_id),
        "index": evidence.index,
        "ledger": ledger_status(evidence),
    }


def _place(place: TracedPlace) -> Json:
    return {
        "number": place.number,
        "id": str(place.public_id),
        "kind": place.kind,
        "province": place.province,
    }


def _premises_feature(trace: Trace, premises: int) -> Json:
    place = trace.places[premises]
    chains = {
        direction.value: {"day": str(one.day), "steps": one.steps}
        for direction, chain in trace.chains.items()
        if (one := chain.reached.get(premises))
    }
    return _feature(
        "Point",
        list(place.point) if place.point else None,
        {**_place(place), "root": premises == trace.root, **chains},
    )


def _link_feature(trace: Trace, direction: str, link: Link) -> Json:
    origin, destination = trace.places[link.origin], trace.places[link.destination]
    known = origin.point and destination.point
    return _feature(
        "LineString",
        [list(origin.point or ()), list(destination.point or ())] if known else None,
        {
            "direction": direction,
            "from": origin.number,
            "to": destination.number,
            "animals": link.animals,
            "first": str(link.first),
            "last": str(link.last),
            "events": link.events,
            "on_chain": link.on_chain,
        },
    )


def _feature(kind: str, coordinates: list[Any] | None, properties: Json) -> Json:
    geometry = None if coordinates is None else {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _day(day: object) -> str | None:
    return None if day is None else str(day)
