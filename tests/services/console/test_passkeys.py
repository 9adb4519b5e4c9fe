"""Passkeys: made for a code, good for one sign-in a challenge, and gone when they should be."""

from __future__ import annotations

import html
import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from services.storage.models import Passkey
from tests.services.console.authenticator import Authenticator
from tests.services.console.visitors import PASSWORD, Visitor, code_of, enrol
from tests.services.console.walk import Walk
from tests.support.chromium import open_page
from tests.support.web import on_socket

ADD, USE = "/console/account/passkeys", "/console/sign-in/passkey"
HERE = "http://localhost"


def options(visitor):
    return html.unescape(re.search('data-options="([^"]+)"', visitor.page.text)[1])


def add(visitor, device, secret, later=30):
    visitor.get("/console/account")
    made = device.create(options(visitor))
    return visitor.submit(ADD, credential=made, code=code_of(visitor.world, secret, later))


def use(visitor, device):
    visitor.get("/console/sign-in")
    return visitor.submit(USE, credential=device.get(options(visitor)))


def count(world):
    with world.runtime.database.read() as session:
        return session.scalar(select(func.count(Passkey.id)))


@pytest.fixture
def device():
    return Authenticator(HERE)


@pytest.fixture
def owner(visitor, device):
    """An officer with a passkey, signed in."""
    visitor.secret = enrol(visitor, "officer")
    assert add(visitor, device, visitor.secret).status_code == 303
    visitor.world.runtime.clock.pass_by(1)
    return visitor


def test_passkey__of_its_owner__signs_in_and_leads_where_they_wanted(owner, device):
    other = Visitor(owner.world)
    other.get("/console/sign-in?next=/console/tasks?which=mine")
    answer = other.submit(USE, credential=device.get(options(other)))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/tasks?which=mine")
    assert other.get("/console/account").status_code == 200
    assert "Made 25 Nov 2026." in other.page.text


def test_passkey__wrong_in_any_way__signs_nobody_in(owner, device):
    world = owner.world
    stranger = Authenticator(HERE)
    assert use(Visitor(world), stranger).status_code == 422
    lazy = Authenticator(HERE, verifies=False, key=device.key, id=device.id, count=device.count)
    assert use(Visitor(world), lazy).status_code == 422
    elsewhere = Authenticator("https://bilum.example", key=device.key, id=device.id, count=90)
    assert use(Visitor(world), elsewhere).status_code == 422
    forged = Authenticator(HERE, id=device.id, count=95)
    assert use(Visitor(world), forged).status_code == 422
    for told in ("", "{}", "[]", "nonsense", "x" * 20_000, '{"id": 1, "rawId": null}'):
        other = Visitor(world)
        other.get("/console/sign-in")
        answer = other.submit(USE, credential=told)
        assert answer.status_code == 422, told
        assert "not known here" in answer.text
        assert other.cookie() is None


def test_signature__sent_again_or_for_a_challenge_of_another__signs_nobody_in(owner, device):
    world = owner.world
    first = Visitor(world)
    first.get("/console/sign-in")
    fields, kept = first.fields(USE), first.cookie("__Host-bilum-form")
    signed = device.get(options(first))
    assert first.send(USE, fields | {"credential": signed}).status_code == 303
    # The same cookie of before, and the same signature: a challenge is good once.
    thief = Visitor(world)
    thief.client.set_cookie("__Host-bilum-form", kept, secure=True)
    assert thief.send(USE, fields | {"credential": signed}).status_code == 422
    other = Visitor(world)
    other.get("/console/sign-in")
    assert other.submit(USE, credential=signed).status_code == 422
    # A page that was open for too long.
    late = Visitor(world)
    late.get("/console/sign-in")
    asked = options(late)
    world.runtime.clock.pass_by(601)
    assert late.submit(USE, credential=device.get(asked)).status_code == 422


def test_passkey__without_a_code_or_made_for_another__is_not_added(visitor, device):
    secret = enrol(visitor, "officer")
    visitor.get("/console/account")
    made = device.create(options(visitor))
    answer = visitor.submit(ADD, credential=made, code="000000")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    lazy = Authenticator(HERE, verifies=False)
    assert add(visitor, lazy, secret).status_code == 422
    assert count(visitor.world) == 0


def test_passkey__under_the_name_of_another_s__is_refused_and_takes_nothing(owner, device):
    thief = Visitor(owner.world)
    secret = enrol(thief, "inspector")
    copy = Authenticator(HERE, id=device.id)
    answer = add(thief, copy, secret)
    assert (answer.status_code, count(owner.world)) == (422, 1)
    owner.world.runtime.clock.pass_by(1)
    assert use(Visitor(owner.world), copy).status_code == 422
    signed_in = Visitor(owner.world)
    assert use(signed_in, device).status_code == 303
    assert "officer, veterinary officer" in signed_in.get("/console/account").text


@pytest.mark.slow
def test_passkey__removed_or_of_an_account_made_anew__signs_nobody_in(owner, device):
    world = owner.world
    inspector = Visitor(world)
    enrol(inspector, "inspector")
    owner.get("/console/account")
    remove = re.search(r'action="(/console/account/passkeys/\d+/remove)"', owner.page.text)[1]
    fields = owner.fields(remove)
    inspector.get("/console/account")
    token = inspector.fields("/console/sign-out")["csrf_token"]
    inspector.send(remove, {"csrf_token": token})
    assert count(world) == 1
    owner.send(remove, fields)
    assert count(world) == 0
    assert use(Visitor(world), device).status_code == 422
    world.runtime.clock.pass_by(60)
    again = Authenticator(HERE)
    assert add(owner, again, owner.secret, later=0).status_code == 303
    enrol(Visitor(world), "officer")
    assert count(world) == 0
    assert use(Visitor(world), again).status_code == 422


def test_address__that_is_a_number__offers_no_passkey(world):
    visitor = Visitor(world)
    page = visitor.client.get("/console/sign-in", base_url="http://127.0.0.1:8080")
    assert page.status_code == 200
    assert "data-passkey" not in page.text


@pytest.mark.browser
@pytest.mark.console
@pytest.mark.sockets
def test_passkey__of_a_browser__is_made_and_signs_in(scene, browser):
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
              "hasUserVerification": True, "isUserVerified": True}  # fmt: skip
    with on_socket(scene.world.app) as base, open_page(browser, 360) as page:
        local = base.replace("127.0.0.1", "localhost")
        visitor = Visitor(scene.world)
        secret = enrol(visitor, "officer")
        walk = Walk(page, local, scene.world)
        chrome = page.context.new_cdp_session(page)
        chrome.send("WebAuthn.enable")
        chrome.send("WebAuthn.addVirtualAuthenticator", {"options": device})
        walk.goto("/sign-in")
        walk.fill("Phone number", "70000005")
        walk.fill("Password", PASSWORD)
        scene.world.runtime.clock.pass_by(60)
        walk.fill("Code", code_of(scene.world, secret))
        walk.press("Sign in")
        walk.heading("Tasks")
        walk.goto("/account")
        scene.world.runtime.clock.pass_by(60)
        walk.fill("Code that the app shows now, to add a passkey", code_of(scene.world, secret))
        walk.press("Add a passkey")
        expect(page.get_by_text("Made 25 Nov 2026.")).to_be_visible()
        walk.look("passkeys")
        walk.press("Sign out")
        walk.look("sign-in-passkey")
        walk.press("Use a passkey")
        walk.heading("Tasks")
