"""Every route has a guard, and every role meets every route, with what is its own and what is not.

`MATRIX` holds the decisions a second time: whoever changes one changes it here too. A route without
a row fails; a row of `BY_PREFIX` stands for all routes of a blueprint whose own tests hold them.
"""

from __future__ import annotations

from itertools import count
from uuid import uuid4

import pytest

from services.api.guards import Public, Roles
from services.core.roles import Role
from services.devices.api.signed_calls import DeviceSigned
from services.devices.registry import DeviceKind
from services.messaging.api.carrier_calls import SharedSecret
from services.messaging.api.twilio import TwilioSigned
from services.messaging.api.ussd import OperatorSecret
from tests.factories import official
from tests.services.scene import OTHER_PIG, PIG, TODAY, event

ROLES = {
    "keeper": Role.KEEPER,
    "recorder": Role.RECORDER,
    "abattoir": Role.ABATTOIR,
    "auditor": Role.AUDITOR,
    "inspector": Role.INSPECTOR,
    "officer": Role.VETERINARY_OFFICER,
    "administrator": Role.ADMINISTRATOR,
}
OPEN = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/api/openapi.json"),
    ("POST", "/gateway/devices/enrol"),
}
SIGNED = {("POST", "/gateway/twilio/sms"), ("POST", "/gateway/twilio/status")}
# Each operator has its own secret: tests/services/messaging/ussd/test_channel.py.
OPERATORS = {("POST", "/gateway/ussd/<operator>")}
# Whose secret opens a route that nobody signs for.
SHARED = {
    ("POST", "/gateway/africastalking/sms"): "africastalking",
    ("POST", "/gateway/africastalking/delivery"): "africastalking",
    ("GET", "/gateway/kannel/mo"): "kannel",
    ("POST", "/gateway/kannel/mo"): "kannel",
    ("GET", "/gateway/kannel/dlr"): "kannel",
}
# Which kinds of field device sign for a route.
_SESSION = "/gateway/readers/<uuid:device>/sessions/<uuid:session>"
FIELD: dict[tuple[str, str], set[DeviceKind]] = {
    ("POST", "/gateway/readers/<uuid:device>/scans"): set(DeviceKind),
    ("POST", f"{_SESSION}/review"): set(DeviceKind),
    ("POST", f"{_SESSION}/confirm"): set(DeviceKind),
    ("POST", "/gateway/sync"): {DeviceKind.VILLAGE},
}
# Endpoints that begin so have their own tests; here only that a guard keeps other roles out.
BY_PREFIX = (
    "accesses.",
    "audits.",
    "boxes.",
    "campaigns.",
    "censuses.",
    "channels.",
    "clinicians.",
    "concerns.",
    "cover.",
    "decisions.",
    "dhis2.",
    "epcis.",
    "field_devices.",
    "icar.",
    "imports.",
    "inbox.",
    "indicators.",
    "notices.",
    "orders.",
    "outbreaks.",
    "woah.",
    "passports.",
    "people.",
    "permits.",
    "programmes.",
    "programme_drafts.",
    "programme_recalls.",
    "receipts.",
    "roadblocks.",
    "scan.",
    "simulator.",
    "subscriptions.",
    "targets.",
    "tasks.",
    "tokens.",
    "transfers.",
    "trials.",
    "verifier.",
)

IDS = (
    *("message_id", "notice_id", "capture_id"),
    *("subscription_id", "concern_id", "campaign_id", "box_id", "list_id", "task_id", "import_id"),
    *("transfer_id", "recall_id", "device_id", "audit_id", "sending_id"),
)
NEW_TAGS = count(5_000)
WEIGHT = {"details": {"kilograms": 30}}


def everyone(status, **others):
    return dict.fromkeys(ROLES, status) | others


def officers(status, **others):
    """All but officers are refused."""
    return everyone(403, inspector=status, officer=status, administrator=status) | others


# Method, rule -> body, what is answered by role of what is the keeper's own (and in the recorder's
# province), and of what is the neighbour's. None: there is nothing that is anybody's.
MATRIX = {
    ("GET", "/api/v1/animals"): (None, everyone(200), None),
    ("GET", "/api/v1/animals/<path:tag>"): (None, everyone(200), everyone(200)),
    # Nothing is on the ledger here.
    ("GET", "/api/v1/animals/<path:tag>/proof"): (
        None,
        officers(409, auditor=409),
        officers(409, auditor=409),
    ),
    ("GET", "/api/v1/animals/<path:tag>/owners"): (
        None,
        officers(200, keeper=200),
        officers(200),
    ),
    ("GET", "/api/v1/tags/<path:tag>"): (None, everyone(200), everyone(200)),
    ("POST", "/api/v1/tags/ranges"): (
        lambda it: {
            "premises": it["number"],
            **dict.fromkeys(("first", "last"), official(next(NEW_TAGS))),
        },
        everyone(403, officer=201, administrator=201),
        None,
    ),
    ("GET", "/api/v1/ledger"): (None, everyone(200), None),
    # Between which sizes is not asked here.
    ("GET", "/api/v1/ledger/consistency"): (None, everyone(422), None),
    ("GET", "/api/v1/ledger/checkpoints"): (None, everyone(200), None),
    # There is no such programme.
    ("GET", "/api/v1/programmes/<code>/proof"): (None, everyone(403, auditor=404), None),
    ("GET", "/api/v1/mobs"): (None, everyone(200), None),
    ("GET", "/api/v1/consignments"): (None, everyone(200), None),
    ("POST", "/api/v1/mobs"): (
        lambda it: {"premises": it["number"], "occurred": {"at": TODAY}},
        everyone(201, abattoir=403, auditor=403),
        officers(201),
    ),
    ("POST", "/api/v1/consignments"): (
        lambda it: {"premises": it["number"], "occurred": {"at": TODAY}, "kilograms": 9},
        everyone(201, abattoir=403, auditor=403),
        officers(201),
    ),
    ("GET", "/api/v1/premises"): (None, everyone(200), None),
    ("GET", "/api/v1/premises/<path:number>"): (None, everyone(200), everyone(200)),
    ("POST", "/api/v1/premises"): (
        lambda it: {"kind": "household", "province": it["province"]},
        everyone(201, abattoir=403, auditor=403),
        # A keeper's new home is his wherever it lies.
        officers(201, keeper=201),
    ),
    ("POST", "/api/v1/premises/<path:number>"): (
        {"village": "Kudjip"},
        everyone(200, abattoir=403, auditor=403),
        officers(200),
    ),
    ("GET", "/api/v1/parties"): (None, officers(200), None),
    ("POST", "/api/v1/parties"): (
        lambda _: {"phone": f"+6757{uuid4().int % 10**7:07}"},
        officers(201),
        None,
    ),
    ("GET", "/api/v1/parties/<uuid:party_id>"): (None, officers(200, keeper=200), officers(200)),
    ("POST", "/api/v1/parties/<uuid:party_id>"): (
        {"language": "tpi"},
        officers(200),
        officers(200),
    ),
    ("POST", "/api/v1/events"): (
        lambda it: {"events": [event("weight", it["tag"], at=it["number"], **WEIGHT)]},
        # A recorder reports for the keepers who accepted them; of this one it is evidence.
        everyone(201, recorder=202, abattoir=403, auditor=403),
        officers(201),
    ),
    ("GET", "/api/v1/events"): (None, everyone(200), None),
    ("GET", "/api/v1/events/<uuid:event_id>"): (
        None,
        everyone(200, abattoir=403),
        officers(200, auditor=200),
    ),
    # Whoever is refused changes nothing, so the first who may does it, and the rest come too late.
    ("POST", "/api/v1/events/<uuid:event_id>/void"): (
        {"reason": "did_not_occur"},
        officers(409, keeper=201),
        officers(409, inspector=201),
    ),
    # Nothing is on the ledger here, so no erasure could name it.
    ("POST", "/api/v1/events/<uuid:event_id>/erasure"): (
        {"reason": "asked_by_the_person"},
        everyone(403, administrator=409),
        everyone(403, administrator=409),
    ),
    ("GET", "/api/v1/movements"): (None, everyone(200), None),
    ("GET", "/api/v1/flags"): (None, everyone(200), None),
    ("GET", "/api/v1/traces/premises/<path:number>"): (
        None,
        officers(200, auditor=200),
        officers(200, auditor=200),
    ),
    ("POST", "/api/v1/traces/premises/<path:number>/contacts"): (
        {
            "from": "2026-11-01",
            "to": TODAY,
            "direction": "both",
            "disease": "african_swine_fever",
        },
        officers(201, inspector=403),
        officers(201, inspector=403),
    ),
    ("GET", "/api/v1/traces/animals/<path:tag>"): (
        None,
        officers(200, auditor=200),
        officers(200, auditor=200),
    ),
    ("POST", "/api/v1/messages/search"): (
        {"to": "+67570000001"},
        everyone(403, administrator=200),
        None,
    ),
    ("GET", "/api/v1/messages/<uuid:message_id>"): (None, everyone(403, administrator=404), None),
    ("POST", "/api/v1/messages/<uuid:message_id>/cancel"): (
        None,
        everyone(403, administrator=404),
        None,
    ),
}


def guards(app):
    """Every route of the API and its guard; the console's are held by its own tests."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console_"):
            continue
        blueprint, _, endpoint = rule.endpoint.rpartition(".")
        guard = app.blueprints[blueprint].guards[endpoint]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield (method, rule.rule), guard


def elsewhere(app):
    """Routes whose decisions are held by tests of their own."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(BY_PREFIX)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def things(scene):
    """What is the keeper's and what is the neighbour's, by the names that rules give it."""
    found = {}
    for who, tag, province in (("keeper", PIG, "Jiwaka"), ("neighbour", OTHER_PIG, "Enga")):
        events = scene.callers[who].get(f"/api/v1/events?animal={tag}").json["items"]
        found[who] = {
            "tag": tag,
            "number": scene.places[who],
            "party_id": scene.callers[who].party,
            "event_id": events[0]["id"],
            **{name: uuid4() for name in IDS},
            "version": 1,
            "token_id": 1,
            "code": "tobacco",
            "province": province,
        }
    return found


def fill(rule, it):
    path = rule
    for name, value in it.items():
        for kind in ("path:", "uuid:", "int:", ""):
            path = path.replace(f"<{kind}{name}>", str(value))
    return f"{path}?from=2026-11-01&to={TODAY}" if "/traces/premises" in path else path


def ask(scene, who, route, it):
    method, rule = route
    path, body = fill(rule, it), MATRIX[route][0]
    if method == "GET":
        return scene.callers[who].get(path)
    return scene.callers[who].post(path, body(it) if callable(body) else body)


def test_routes__of_the_url_map__have_a_row_each(world):
    shared = set(SHARED) | set(FIELD)
    decided = set(MATRIX) | OPEN | SIGNED | OPERATORS | shared | elsewhere(world.app)
    assert {route for route, _ in guards(world.app)} == decided


def test_guards__every_route__has_the_kind_that_was_decided(world):
    for route, guard in guards(world.app):
        if route in MATRIX:
            assert isinstance(guard, Roles), route
        elif route in OPEN:
            assert isinstance(guard, Public), route
        elif route in SIGNED:
            assert isinstance(guard, TwilioSigned), route
        elif route in OPERATORS:
            assert isinstance(guard, OperatorSecret), route
        elif route in SHARED:
            assert isinstance(guard, SharedSecret), route
            assert guard.channel == SHARED[route]
        elif route in FIELD:
            assert isinstance(guard, DeviceSigned), route
            assert guard.kinds == FIELD[route]


def test_guards__every_blueprint__runs_them_before_its_views(world):
    before = world.app.before_request_funcs
    for name, blueprint in world.app.blueprints.items():
        assert blueprint._admit in before[name]


def test_public_routes__each__tell_why(world):
    open_ones = [guard for _, guard in guards(world.app) if isinstance(guard, Public)]
    assert open_ones
    assert all(len(guard.reason) > 20 for guard in open_ones)


@pytest.mark.slow
@pytest.mark.parametrize("route", MATRIX, ids=" ".join)
def test_matrix__each_role_and_owner__is_answered_as_decided(scene, route):
    _, own, others = MATRIX[route]
    by_owner = {"keeper": own} | ({"neighbour": others} if others else {})
    its = things(scene)
    for whose, expected in by_owner.items():
        assert set(expected) == set(ROLES)
        for who, status in expected.items():
            response = ask(scene, who, route, its[whose])
            assert response.status_code == status, (who, whose, response.text)
            if status >= 400:
                assert response.content_type == "application/problem+json"


@pytest.mark.slow
def test_routes__with_a_role_that_their_guard_does_not_name__are_forbidden(scene):
    its = things(scene)["keeper"]
    for (method, rule), guard in guards(scene.world.app):
        if not isinstance(guard, Roles):
            continue
        path = fill(rule, its)
        for who, role in ROLES.items():
            if role not in guard.roles:
                headers = scene.callers[who].headers
                response = scene.world.app.test_client().open(path, method=method, headers=headers)
                assert (response.status_code, response.json["code"]) == (403, "forbidden"), path


@pytest.mark.slow
@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer bilum_nobody", "Basic dXNlcjpwYXNz", "bilum_nobody"]
)
def test_routes__without_a_token_that_is_known__answer_401_and_how(scene, given):
    its = things(scene)["keeper"]
    for (method, rule), guard in guards(scene.world.app):
        if not isinstance(guard, Roles):
            continue
        path = fill(rule, its)
        headers = {"Authorization": given} if given else {}
        response = scene.world.app.test_client().open(path, method=method, headers=headers)
        assert response.status_code == 401, path
        assert response.content_type == "application/problem+json"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", sorted(path for method, path in OPEN if method == "GET"))
def test_public__without_a_token__answers(world, path):
    assert world.get(path).status_code == 200
