"""Attacks with tokens of the API: old, stolen, too powerful, guessed, and too many requests."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.api.guards import Roles
from services.api.limits import RateLimits
from services.api.tokens import (
    Terms,
    create_token,
    find_holder,
    list_tokens,
    renew_token,
    revoke_token,
)
from services.console.guards import SignedIn
from services.core.errors import Conflict, RateExceeded
from services.core.roles import Role, Scope, least
from services.storage.models import Party

STRANGER = {"REMOTE_ADDR": "203.0.113.9"}
OTHER = {"REMOTE_ADDR": "203.0.113.10"}


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def make(world, role, party=None, **terms):
    with world.runtime.database.write() as session:
        return create_token(
            session, role, world.runtime.clock(), party_id=party, terms=Terms(**terms)
        )


def key_of(world, public_id):
    with world.runtime.database.read() as session:
        return session.scalar(select(Party.id).where(Party.public_id == UUID(public_id)))


def set_role(world, party, role):
    with world.runtime.database.write() as session:
        session.execute(update(Party).where(Party.id == party).values(role=role.value))


def test_old_token__found_after_its_day__opens_nothing_and_is_told_what_to_do(world, clock):
    secret = make(world, Role.ADMINISTRATOR)
    client = world.app.test_client()
    clock.now += timedelta(days=90, seconds=-1)
    assert client.get("/api/v1/parties", headers=bearer(secret)).status_code == 200
    clock.now += timedelta(seconds=1)
    refused = client.get("/api/v1/parties", headers=bearer(secret))
    assert (refused.status_code, refused.json["code"]) == (401, "token_expired")
    assert "bilum token renew 1" in refused.json["detail"]
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_renewed_token__is_good_again_and_a_revoked_one_never_is(world, clock):
    secret = make(world, Role.AUDITOR, days=1)
    clock.now += timedelta(days=2)
    with world.runtime.database.write() as session:
        renew_token(session, 1, clock(), 30)
    with world.runtime.database.write() as session:
        assert find_holder(session, secret, clock()) is not None
        revoke_token(session, 1, clock())
        with pytest.raises(Conflict, match="revoked, for good"):
            renew_token(session, 1, clock(), 30)


def test_demoted_officer__with_the_token_of_before__has_the_new_role_at_once(scene):
    world, key = scene.world, key_of(scene.world, scene.officer.party)
    assert scene.officer.get("/api/v1/parties").status_code == 200
    assert scene.officer.get("/api/v1/orders").status_code == 200
    set_role(world, key, Role.KEEPER)
    refused = scene.officer.get("/api/v1/parties")
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert scene.officer.get("/api/v1/orders").status_code == 403
    # What is everybody's remains, as everybody sees it.
    assert scene.officer.get("/api/v1/animals").status_code == 200


def test_promoted_person__with_a_weak_token__gets_no_more_by_it(scene):
    set_role(scene.world, key_of(scene.world, scene.keeper.party), Role.ADMINISTRATOR)
    assert scene.keeper.get("/api/v1/parties").status_code == 403


def test_moved_officer__to_a_service_with_nothing_in_common__gets_nothing(scene):
    set_role(scene.world, key_of(scene.world, scene.officer.party), Role.CLINICIAN)
    refused = scene.officer.get("/api/v1/animals")
    assert refused.status_code == 403
    assert "token of the new role" in refused.json["detail"]


def test_token__of_a_role_beyond_its_partys__is_not_made(scene):
    key = key_of(scene.world, scene.keeper.party)
    with pytest.raises(Conflict, match="no more than its party, whose role is keeper"):
        make(scene.world, Role.ADMINISTRATOR, key)
    assert make(scene.world, Role.KEEPER, key)


def test_least__of_any_two_roles__is_symmetric_and_one_of_them_or_a_keepers():
    for one in Role:
        assert least(one, one) is one
        for other in Role:
            assert least(one, other) is least(other, one)
            assert least(one, other) in {one, other, Role.KEEPER, None}
    assert least(Role.ADMINISTRATOR, Role.INSPECTOR) is Role.INSPECTOR
    assert least(Role.CLINICIAN, Role.ADMINISTRATOR) is None


def test_token_to_read__in_a_thiefs_hands__changes_nothing(scene):
    key = key_of(scene.world, scene.officer.party)
    thief = bearer(make(scene.world, Role.VETERINARY_OFFICER, key, scopes=frozenset({Scope.READ})))
    client = scene.world.app.test_client()
    assert client.get("/api/v1/orders", headers=thief).status_code == 200
    before = scene.world.counts()
    for path in ("/api/v1/events", "/api/v1/orders", "/api/v1/outbreaks", "/api/v1/parties"):
        refused = client.post(path, json={}, headers=thief | {"Idempotency-Key": "k" * 36})
        assert refused.status_code == 403, path
        assert "scope" in refused.json["detail"]
    assert client.get("/api/v1/parties", headers=thief).status_code == 403
    assert scene.world.counts() == before


def test_routes__for_holders_of_tokens__declare_the_scope_that_each_needs(world):
    """And what changes something never opens to a token that may read alone."""
    for rule in world.app.url_map.iter_rules():
        blueprint, _, endpoint = rule.endpoint.rpartition(".")
        guard = world.app.blueprints[blueprint].guards[endpoint]
        # A session is no token, and its holder may do whatever their role may.
        if isinstance(guard, Roles) and not isinstance(guard, SignedIn):
            assert guard.scope in Scope, rule.rule
            if rule.methods & {"POST", "PUT", "DELETE", "PATCH"}:
                assert guard.scope is not Scope.READ, rule.rule


def test_route__for_holders_without_a_scope__cannot_be_declared():
    from services.api.blueprint import Blueprint  # noqa: PLC0415 — made here alone
    from services.api.guards import Public  # noqa: PLC0415

    blueprint = Blueprint("unguarded", "A feature that forgot.")
    with pytest.raises(TypeError, match="declares the scope"):
        blueprint.route("/x", guard=Roles(Role.KEEPER))(lambda: None)
    with pytest.raises(TypeError, match="declares the scope"):
        blueprint.route("/y", guard=Public("anybody"), scope=Scope.READ)(lambda: None)


def test_last_use__of_many_requests_a_day__is_written_once(world, clock):
    secret = make(world, Role.AUDITOR)
    client, written = world.app.test_client(), []
    from sqlalchemy import event  # noqa: PLC0415 — for this count alone

    @event.listens_for(world.runtime.database.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_more):
        if statement.startswith("UPDATE token"):
            written.append(statement)

    for _ in range(5):
        client.get("/api/v1/animals", headers=bearer(secret))
    assert len(written) == 1
    clock.now += timedelta(days=1)
    client.get("/api/v1/animals", headers=bearer(secret))
    assert len(written) == 2
    with world.runtime.database.read() as session:
        assert list_tokens(session)[0].last_used_on == clock.now.date() == date(2026, 11, 26)


def test_requests__of_one_token_beyond_its_rate__wait_and_others_go_on(open_world):
    world = open_world(api_rate=3)
    first, second = (bearer(make(world, Role.AUDITOR)) for _ in range(2))
    client = world.app.test_client()
    told = [client.get("/api/v1/animals", headers=first).status_code for _ in range(4)]
    # At most one minute ends between them.
    assert told[:3] == [200, 200, 200]
    limited = client.get("/api/v1/animals", headers=first)
    assert (limited.status_code, limited.json["code"]) == (429, "rate_exceeded")
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert client.get("/api/v1/animals", headers=second).status_code == 200


def test_requests__of_one_address_without_any_token__are_limited_before_they_cost(open_world):
    world = open_world(api_rate=1)
    client = world.app.test_client()
    told = [client.get("/api/v1/animals", environ_base=STRANGER).status_code for _ in range(8)]
    assert told == [401] * 5 + [429] * 3
    assert client.get("/api/v1/animals", environ_base=OTHER).status_code == 401


def test_guessed_tokens__from_one_address__end_in_429_and_honest_ones_there_go_on(world):
    client, honest = world.app.test_client(), bearer(make(world, Role.AUDITOR))
    guesses = [
        client.get(
            "/api/v1/animals", headers=bearer(f"bilum_{number}"), environ_base=STRANGER
        ).status_code
        for number in range(40)
    ]
    assert guesses == [401] * 30 + [429] * 10
    shared = client.get("/api/v1/animals", headers=honest, environ_base=STRANGER)
    assert shared.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gateway/devices/enrol"),
        ("POST", "/gateway/kannel/mo?secret=guessed-by-somebody"),
        ("POST", "/gateway/ussd/africastalking?secret=guessed-by-somebody"),
        ("POST", "/gateway/twilio/sms"),
    ],
)
def test_guessed_secrets__of_devices_and_carriers__end_in_429(open_world, settings, method, path):
    from services.core.settings import draw_secrets  # noqa: PLC0415 — carriers that are on

    client = open_world(gateway=draw_secrets(settings.gateway)).app.test_client()
    body = {"code": "AAAA", "public_key": "A" * 43 + "=", "signature": "A" * 86 + "=="}
    told = [
        client.open(path, method=method, json=body, environ_base=STRANGER).status_code
        for _ in range(35)
    ]
    assert set(told[:30]) <= {401, 403}
    assert set(told[30:]) == {429}


def test_carrier__with_its_secret__loses_no_text_to_any_limit(open_world, settings):
    from dataclasses import replace  # noqa: PLC0415 — for its settings alone

    secret = "a secret of Kannel"
    world = open_world(gateway=replace(settings.gateway, kannel_secret=secret), api_rate=1)
    client = world.app.test_client()
    for number in range(50):
        query = {"from": "+67570000001", "id": str(UUID(int=number)), "text": "HELP"}
        told = client.get(
            "/gateway/kannel/mo",
            query_string=query,
            headers={"Bilum-Secret": secret},
            environ_base=STRANGER,
        )
        assert told.status_code == 200


def test_limits__of_ipv6__count_a_customers_whole_network_as_one():
    limits = RateLimits(1, clock=lambda: 0.0)
    for number in range(5):
        limits.admit_address(f"2001:db8::{number:x}")
    with pytest.raises(RateExceeded):
        limits.admit_address("2001:db8::ffff:1")
    limits.admit_address("2001:db8:0:1::1")


def test_limits__in_the_next_window__begin_again():
    now = [0.0]
    limits = RateLimits(1, clock=lambda: now[0])
    limits.admit_token(1)
    with pytest.raises(RateExceeded) as caught:
        limits.admit_token(1)
    assert caught.value.seconds == 60
    now[0] = 60.0
    limits.admit_token(1)


def test_limits__of_more_callers_than_memory_should_hold__share_one(monkeypatch):
    monkeypatch.setattr("services.api.limits._MOST_CALLERS", 2)
    limits = RateLimits(1, clock=lambda: 0.0)
    for number in range(3):
        limits.admit_token(number)
    with pytest.raises(RateExceeded):
        limits.admit_token(4)


def test_token_commands__list_renew_and_bound_the_days(bilum):
    assert bilum("token", "create", "--role", "auditor", "--days", 7, "--scope", "read").status == 0
    listed = " ".join(bilum("token", "list").out.split())
    assert "read" in listed
    assert "expires" in listed
    assert bilum("token", "renew", 1, "--days", 365).status == 0
    refused = bilum("token", "renew", 1, "--days", 366)
    assert refused.status == 2
    assert "BILUM_TOKEN_DAYS" in refused.err
