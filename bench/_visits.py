"""Pages that are asked for, each with an address of something that is there."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flask import Flask
from sqlalchemy import text

from bench._control import ORDERS, OUTBREAK, TAGS, order_number
from bench._country import SEED, SIZES
from bench._ministry import LARGE, PHASE, SMALL
from services.console.blueprint import ConsoleBlueprint
from services.core.roles import Role
from services.runtime.container import Runtime

# As many as a form takes; more come by a shape.
_MOST_TYPED = 500
_CHANCE = random.Random(SEED)  # noqa: S311 — a sample
_VALUE = re.compile(r"<(?:\w+:)?(\w+)>")
_SAMPLE = 200

# Not in a role's menu: they lead elsewhere, or want what no page of ours gives.
_APART = ("/console/sign-in", "/console/invitation", "/console/assets", "/api")
_MORE: Mapping[str, Sequence[str]] = {
    "/console/tasks": ("?which=call", "?which=mine", "?which=late", "?which=free", "?from=9000"),
    "/console/concerns": ("?which=ended", "?from=5000"),
    "/console/inbox": ("?which=ended", "?which=all", "?from=5000"),
    "/console/people": ("?which=all", "?which=ended", "?which=waiting", "?province=Morobe"),
    "/console/administration/messages": ("?state=delivered", "?state=delivered&reason=loop"),
    "/console/administration/people": ("?role=keeper", "?role=clinician"),
    "/console/ledger/records": (
        *("?about=premises:{place}", "?day=2026-11-25", "?kind=death", "?kind=sickness"),
    ),
    "/console/orders": ("?which=all",),
    "/console/permits": ("?which=all",),
    "/console/indicators/<code>": ("?period=month", "?by=sex&by=age", "?public=1"),
    "/console/outbreaks/<number>": ("?calls=200",),
    "/console/programmes/<code>/recalls/<recall_id>": ("?count=1",),
    "/console/programmes/<code>/draft/question": ("?id=month1",),
    "/console/programmes/<code>/draft/word": ("?id=crave", "?id=join"),
}
# Pages of something that their address must name behind the question mark.
_NAMED: Mapping[str, Sequence[str]] = {
    "/console/programmes/<code>/draft/text": ("?id=welcome", "?id=month1"),
    "/console/programmes/<code>/draft/add": ("?part=phase/<phase>",),
}
_SEARCHED = (*("598{tag}", "premises:{place}", "{permit}", "QQQQ-QQQQ-QQQQ-QQQQ", "7{phone}"),)
# Of variables whose things are of one service, that of the reader's.
_TASKS = "SELECT public_id FROM task WHERE service = '{service}' AND closed_at IS NULL"
_ARRIVALS = "SELECT encode(key_digest, 'hex') FROM envelope WHERE service = '{service}'"
_SQL: Mapping[str, str] = {
    "task_id": _TASKS,
    "arrival": _ARRIVALS,
    "subscription_id": f"SELECT public_id FROM subscription WHERE programme = '{LARGE}'",  # noqa: S608
    "campaign_id": "SELECT public_id FROM campaign WHERE id = 1",
    "event_id": "SELECT event_id FROM journal WHERE id > 3000000",
    "message_id": "SELECT public_id FROM message",
    "party_id": "SELECT public_id FROM party WHERE id < 300",
    "audit_id": "SELECT public_id FROM audit_run",
    "draft_id": "SELECT public_id FROM campaign_draft WHERE author_id = {party}",
    "import_id": "SELECT public_id FROM person_import WHERE party_id = {party}",
    "recall_id": "SELECT public_id FROM recall",
    "sending_id": "SELECT public_id FROM dhis2_sending",
}


class Visit(NamedTuple):
    """A page of a role: its rule, as the table names it, and addresses of it, taken in turn."""

    page: str
    paths: Sequence[str]


class Visitor(NamedTuple):
    """A person who is signed in: role, and database key."""

    role: Role
    party: int


def visits(app: Flask, runtime: Runtime, who: Visitor) -> Iterator[Visit]:
    """Yield every page with addresses of it; which of them a role may open, the answers tell."""
    values = _values(runtime, who)
    for rule in _rules(app):
        for page in _kinds(rule):
            names = [one for one in _VALUE.findall(page) if one not in ORDERS]
            if all(values.get(one) for one in names):
                yield Visit(page, [_filled(page, values) for _ in range(_SAMPLE)])
            else:
                yield Visit(page, ())


def _rules(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        blueprint = app.blueprints.get(rule.endpoint.rpartition(".")[0])
        ours = isinstance(blueprint, ConsoleBlueprint) and "GET" in (rule.methods or ())
        if (ours and not rule.rule.startswith(_APART)) or rule.rule in _PUBLIC:
            yield rule.rule


_PUBLIC = ("/passports/<tag>", "/verify/", "/scan")


def _kinds(rule: str) -> Iterator[str]:
    """Yield a rule as the pages of it that are measured by themselves."""
    if rule == "/console/search":
        yield from (f"{rule}?q={one}" for one in _SEARCHED)
    elif rule == "/console/orders/<number>":
        yield from (rule.replace("<number>", f"<{name}>") for name in ORDERS)
    elif rule in _NAMED:
        yield from (rule + ending for ending in _NAMED[rule])
    elif "sending_id>" in rule:
        yield rule
    elif "/indicators/<code>" in rule:
        for ending in ("", *_MORE.get(rule, ())):
            yield from (rule.replace("<code>", code) + ending for code in (LARGE, SMALL))
    elif rule.endswith("/<step>"):
        yield from (rule.replace("<step>", step) for step in ("text", "audience", "when"))
    else:
        yield from (rule + ending for ending in ("", *_MORE.get(rule, ())))


def _filled(page: str, values: Mapping[str, Sequence[str]]) -> str:
    for name in ORDERS:
        page = page.replace(f"<{name}>", order_number(name))
    path = _VALUE.sub(lambda found: _CHANCE.choice(values[found[1]]), page)
    return path.format(
        tag=f"{_CHANCE.randint(1, SIZES['animals']):012}",
        place=_CHANCE.randint(1, SIZES["premises"]),
        permit=1_000_000 + _CHANCE.randint(1, SIZES["permits"]),
        phone=f"{_CHANCE.randint(0, 9_999_999):07}",
    )


def _values(runtime: Runtime, who: Visitor) -> dict[str, Sequence[str]]:
    service = "health" if who.role is Role.CLINICIAN else "livestock"
    found: dict[str, Sequence[str]] = {
        "tag": [f"598{one:012}" for one in _CHANCE.sample(TAGS, min(_SAMPLE, len(TAGS)))],
        "premises": [f"premises:{_CHANCE.randint(1, SIZES['premises'])}" for _ in range(_SAMPLE)],
        "permit": [str(1_000_000 + _CHANCE.randint(1, SIZES["permits"])) for _ in range(_SAMPLE)],
        "code": [LARGE],
        "number": [OUTBREAK],
        "receipt": ["QQQQ-QQQQ-QQQQ-QQQQ"],
        "phase": [PHASE],
    }
    with runtime.database.read() as session:
        for name, statement in _SQL.items():
            asked = statement.format(service=service, party=who.party)
            rows = session.scalars(text(f"{asked} LIMIT {10 * _SAMPLE}")).all()
            found[name] = [str(one) for one in rows]
    return found


def previews() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the forms of orders whose reach is shown before they are declared."""
    usual = {"since": "2026-11-25", "area_name": "somewhere", "until": "", "number": ""}
    usual |= {"what": "infected", "outbreak": OUTBREAK, "names": "", "centre": ""}
    for name, area in ORDERS.items():
        told = f"{_MOST_TYPED} places" if "premises" in area else name
        yield (
            f"/console/orders/preview ({told})",
            usual
            | {"what": "infected", "outbreak": OUTBREAK, "names": "", "centre": ""}
            | _typed(area),
        )


def _typed(area: Mapping[str, Sequence[object]]) -> dict[str, str]:
    if "provinces" in area:
        return {"names": str(area["provinces"][0]), "places": "", "kilometres": ""}
    if "circles" in area:
        return {"centre": "premises:1", "kilometres": "100", "places": ""}
    places = SIZES["premises"]
    numbers = [f"premises:{1 + 37 * one % places}" for one in range(_MOST_TYPED)]
    return {"what": "quarantine", "places": " ".join(numbers), "kilometres": ""}
