"""Sign-in, as its user and as whoever would like to be its user."""

from __future__ import annotations

import re
import statistics
import time
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from services.api.context import EXTENSION
from services.audit.findings import AuditReport
from services.audit.parties import compare_parties
from services.console.browser_session import COOKIE as FORM_COOKIE
from services.console.pages import local_path
from services.console.sessions import COOKIE
from services.storage.models import Account, Invitation, Journal, Token
from tests.services.console.visitors import (
    PASSWORD,
    Visitor,
    account_of,
    code_of,
    enrol,
    invited,
    key_on,
    phone_of,
)

HOUR = timedelta(hours=1).total_seconds()


def later(world, seconds=60):
    world.runtime.clock.pass_by(seconds)


@pytest.mark.slow
def test_invitation__taken_up__makes_an_account_once_and_signs_in(scene, visitor):
    code = invited(scene.world, "officer")
    visitor.get(f"/console/invitation?code={code}")
    shown = visitor.submit("/console/invitation")
    secret = key_on(shown.text)
    assert "+67570000005" in shown.text
    assert "veterinary officer" in shown.text
    form = visitor.fields("/console/invitation/account")
    good = {"password": PASSWORD, "password_again": PASSWORD}
    right = {"app_code": code_of(scene.world, secret)}
    for typed, told in (
        ({"password": "short", "password_again": "short"} | right, "12 to 128"),
        ({"password": "password1234", "password_again": "password1234"} | right, "guessed"),
        ({"password": "570000005570000", "password_again": "570000005570000"} | right, "guessed"),
        (good | {"password_again": PASSWORD + "x"} | right, "not the same"),
        (good | {"app_code": "000000"}, "clock of your phone"),
    ):
        refused = visitor.send("/console/invitation/account", form | typed)
        assert refused.status_code == 422
        assert told in refused.text
        assert PASSWORD not in refused.text
    assert account_of(scene.world, "officer") is None
    made = visitor.send("/console/invitation/account", form | good | right)
    codes = re.findall(r"<li>((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})</li>", made.text)
    assert len(codes) == 8
    assert visitor.get("/console/account").status_code == 200
    # Used: by whoever has it too.
    other = Visitor(scene.world)
    other.get("/console/invitation")
    assert other.submit("/console/invitation", code=code).status_code == 422
    kept = account_of(scene.world, "officer")
    assert kept.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    with scene.world.runtime.database.read() as session:
        raw = session.connection().exec_driver_sql("SELECT * FROM account").one()
        assert secret.encode() not in b"".join(one for one in raw if isinstance(one, bytes))
        changes = [row for row in session.scalars(select(Journal.content)) if row]
        assert any(b'"invited"' in one for one in changes)
        assert any(b'"signed_in"' in one for one in changes)


@pytest.mark.slow
def test_invitation__late_or_replaced__is_over_and_a_new_one_ends_sessions(scene, visitor):
    first = invited(scene.world, "officer")
    second = invited(scene.world, "officer")
    visitor.get("/console/invitation")
    assert visitor.submit("/console/invitation", code=first).status_code == 422
    assert visitor.submit("/console/invitation", code=second).status_code == 200
    later(scene.world, 7 * 24 * HOUR)
    visitor.get("/console/invitation")
    assert visitor.submit("/console/invitation", code=second).status_code == 422
    enrol(visitor, "officer")
    enrol(Visitor(scene.world), "officer")
    assert visitor.get("/console/account").status_code == 303


@pytest.mark.slow
def test_sign_in__three_right_things__opens_a_session_and_each_code_works_once(scene, visitor):
    world = scene.world
    secret, phone = enrol(Visitor(world), "officer"), phone_of(world, "officer")
    # That code was used by the invitation.
    assert visitor.sign_in(phone, code_of(world, secret)).status_code == 422
    later(world)
    code = code_of(world, secret)
    for wrong in (
        {"phone": phone, "code": code, "password": PASSWORD + "x"},
        {"phone": phone, "code": "123456"},
        {"phone": "+67570000001", "code": code},
        {"phone": "nobody", "code": code},
        {"phone": phone, "code": "٣٤٥٦٧٨"},
    ):
        refused = visitor.sign_in(**wrong)
        assert refused.status_code == 422
        assert "is not right" in refused.text
        assert PASSWORD not in refused.text
        assert visitor.cookie() is None
    signed = visitor.sign_in("675 7000 0005", code)
    assert (signed.status_code, signed.headers["Location"]) == (303, "/console")
    [cookie] = [one for one in signed.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}=")]
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert visitor.get("/console").headers["Location"] == "/console/tasks"
    # The same code again, in another browser.
    assert Visitor(world).sign_in(phone, code).status_code == 422


@pytest.mark.slow
def test_sign_in__by_recovery_code__works_once_each_until_new_ones_are_made(scene, visitor):
    world = scene.world
    visitor.get(f"/console/invitation?code={invited(world, 'officer')}")
    secret = key_on(visitor.submit("/console/invitation").text)
    typed = {"password": PASSWORD, "password_again": PASSWORD}
    made = visitor.submit("/console/invitation/account", **typed, app_code=code_of(world, secret))
    codes = re.findall(r"<li>([0-9A-Z-]{19})</li>", made.text)
    phone, other = phone_of(world, "officer"), Visitor(world)
    assert other.sign_in(phone, codes[0].lower().replace("-", " ")).status_code == 303
    assert Visitor(world).sign_in(phone, codes[0]).status_code == 422
    assert "You have 7 left" in other.get("/console/account").text
    renewed = other.submit("/console/account/recovery", code=codes[1])
    assert renewed.status_code == 200
    assert Visitor(world).sign_in(phone, codes[2]).status_code == 422
    fresh = re.findall(r"<li>([0-9A-Z-]{19})</li>", renewed.text)
    assert Visitor(world).sign_in(phone, fresh[0]).status_code == 303


@pytest.mark.slow
def test_session__idle_or_old_or_ended__asks_to_sign_in_again(scene, visitor):
    world = scene.world
    visitor.take_session_of("officer")
    for _ in range(25):
        later(world, 29 * 60)
        alive = visitor.get("/console/account").status_code == 200
        if not alive:
            break
    # Twelve hours, however busy.
    assert world.runtime.clock().hour == (1 + 12) % 24
    visitor.take_session_of("officer")
    later(world, 30 * 60)
    asked = visitor.get("/console/search?q=17")
    assert asked.status_code == 303
    assert asked.headers["Location"] == "/console/sign-in?next=%2Fconsole%2Fsearch%3Fq%3D17"
    visitor.take_session_of("officer")
    other = Visitor(world).take_session_of("officer")
    secret = visitor.cookie()
    visitor.get("/console/account")
    assert visitor.submit("/console/sign-out").status_code == 303
    assert visitor.cookie() in {None, ""}
    visitor.client.set_cookie(COOKIE, secret, secure=True)
    assert visitor.get("/console/account").status_code == 303
    third = Visitor(world).take_session_of("officer")
    other.get("/console/account")
    everywhere = other.fields("/console/sign-out") | {"everywhere": "1"}
    assert other.send("/console/sign-out", everywhere).status_code == 303
    assert third.get("/console/account").status_code == 303


def test_session__and_token_of_the_api__are_not_taken_for_each_other(scene, visitor):
    world = scene.world
    visitor.take_session_of("officer")
    headers = {"Authorization": f"Bearer {visitor.cookie()}"}
    assert world.app.test_client().get("/api/v1/animals", headers=headers).status_code == 401
    other = Visitor(world)
    token = scene.officer.headers["Authorization"].partition(" ")[2]
    other.client.set_cookie(COOKIE, token, secure=True)
    assert other.get("/console/account").status_code == 303
    assert other.get("/console/account", **scene.officer.headers).status_code == 303


@pytest.mark.slow
def test_session__set_before_sign_in__is_not_the_one_after(scene, visitor):
    world = scene.world
    secret, phone = enrol(Visitor(world), "officer"), phone_of(world, "officer")
    later(world)
    visitor.client.set_cookie(COOKIE, "planted", secure=True)
    visitor.get("/console/sign-in")
    planted = visitor.fields("/console/sign-in")["csrf_token"]
    assert visitor.sign_in(phone, code_of(world, secret)).status_code == 303
    assert visitor.cookie() != "planted"
    # Nor is the form token of before good for anything.
    fields = {"csrf_token": planted, "everywhere": "1"}
    assert visitor.send("/console/sign-out", fields).status_code == 400
    assert visitor.get("/console/account").status_code == 200


@pytest.mark.slow
def test_guesses__of_a_password__are_slowed_but_shut_out_no_known_browser(scene, visitor):
    world = scene.world
    own = Visitor(world)
    secret, phone = enrol(own, "officer"), phone_of(world, "officer")
    own.get("/console/account")
    own.submit("/console/sign-out")
    here = world.app.extensions[EXTENSION]
    for name in (phone, "+67571234567"):
        for _ in range(9):
            here.limits.admit_guess(f"name {here.database.vault.index(name).hex()}")
        # Whether anybody has the number is not told.
        statuses = [visitor.sign_in(name, "123456").status_code for _ in range(2)]
        assert statuses == [422, 429], name
    later(world)
    assert "Try again in" in visitor.sign_in(phone, code_of(world, secret)).text
    assert own.sign_in(phone, code_of(world, secret)).status_code == 303


@pytest.mark.slow
def test_unknown_number__takes_as_long_as_a_wrong_password(scene, visitor):
    enrol(Visitor(scene.world), "officer")
    phone = phone_of(scene.world, "officer")

    def median(number):
        taken = []
        for _ in range(3):
            began = time.process_time()
            visitor.sign_in(number, "123456")
            taken.append(time.process_time() - began)
        return statistics.median(taken)

    median("+67571111111")
    assert median("+67572222222") > 0.5 * median(phone)


def test_forms__without_the_page_s_own_token__are_refused(scene, visitor):
    visitor.take_session_of("officer")
    paths = ("/console/sign-in", "/console/sign-out", "/console/account/recovery")
    for path, field in product(paths, ({}, {"csrf_token": ""}, {"csrf_token": "x"})):
        assert visitor.send(path, field).status_code == 400, path
    assert visitor.get("/console/account").status_code == 200


def test_forms__of_another_site__are_refused_and_nothing_typed_there_is_shown(scene, visitor):
    visitor.take_session_of("officer")
    visitor.get("/console/account")
    fields = visitor.fields("/console/sign-out") | {"note": "bought <b>pills</b>"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ):
        refused = visitor.send("/console/sign-out", fields, **headers)
        assert refused.status_code == 400
        assert "pills" not in refused.text
    assert visitor.get("/console/account").status_code == 200
    visitor.client.delete_cookie(COOKIE)
    assert "pills" not in visitor.send("/console/sign-out", fields, Origin="null").text


def test_next__that_leads_elsewhere__leads_to_the_first_page():
    for path in (
        "https://evil.example/",
        "//evil.example",
        "/console//evil.example",
        "/\\evil.example",
        "/console/\\evil",
        "/console\n/x",
        "/consolex",
        "/console/../api",
        "javascript:alert(1)",
        "/api/v1/animals",
        "",
    ):
        assert local_path(path) == "/console", path
    for path in ("/console", "/console/tasks", "/console/search?q=17"):
        assert local_path(path) == path


def test_pages__each__may_not_be_framed_cached_or_run_inline_scripts(scene, visitor):
    visitor.take_session_of("officer")
    for path in ("/console/sign-in", "/console/account", "/console/nothing", "/console/invitation"):
        page = visitor.get(path)
        policy = page.headers.getlist("Content-Security-Policy")
        assert len(policy) == 1
        assert "frame-ancestors 'none'" in policy[0]
        assert "unsafe" not in policy[0]
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers.getlist("Cache-Control") == ["no-store"]
        assert page.headers.getlist("Referrer-Policy") == ["same-origin"]
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", page.text)


def test_errors__of_pages_and_of_the_api__are_pages_and_problems(scene, visitor):
    visitor.take_session_of("officer")
    for path, method, status in (
        ("/console/nothing", "get", 404),
        ("/console/sign-out", "get", 405),
    ):
        page = getattr(visitor, method)(path)
        assert page.status_code == status
        assert page.content_type.startswith("text/html")
    assert "There is nothing here" in visitor.get("/console/nothing").text
    visitor.get("/console/account")
    fields = visitor.fields("/console/language") | {"language": "tpi"}
    visitor.send("/console/language", fields)
    assert "I no gat samting hia" in visitor.get("/console/nothing").text
    assert '<html lang="tpi">' in visitor.get("/console/account").text
    problem = scene.world.get("/api/v1/nothing")
    assert problem.content_type == "application/problem+json"
    assert FORM_COOKIE not in str(problem.headers)


def test_tables__of_sign_in__are_audited_exported_without_secrets_and_erased(scene, visitor):
    world = scene.world
    secret = enrol(visitor, "officer")
    with world.runtime.database.read() as session:
        report = AuditReport()
        compare_parties(session, report)
        assert list(report.findings) == []
    with world.runtime.database.write() as session:
        row = session.scalars(select(Token).where(Token.seen_at.is_not(None))).one()
        row.seen_at = None
    with world.runtime.database.read() as session:
        report = AuditReport()
        compare_parties(session, report)
        # A session that somebody made a token of the API.
        assert len(list(report.findings)) == 1
        assert session.scalars(select(Account)).one().totp_secret == secret
        assert session.scalars(select(Invitation)).one().used_at is not None
