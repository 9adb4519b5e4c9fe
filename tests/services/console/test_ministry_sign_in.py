"""Sign-in at a ministry's own provider: whom it tells of, and whom it cannot."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from joserfc.jwk import RSAKey
from playwright.sync_api import expect

from services.core.settings import OidcSettings
from services.runtime.app import create_app
from services.storage.models import Account
from tests.services.console.visitors import Visitor, enrol, invited, party_named
from tests.services.console.walk import Walk
from tests.support.chromium import open_page
from tests.support.oidc_provider import CLIENT, SECRET, answered, provider
from tests.support.web import on_socket

pytestmark = pytest.mark.sockets
GO, TAKE = "/console/sign-in/ministry", "/console/invitation/ministry"
FLIGHT = "__Host-bilum-ministry"


@pytest.fixture
def ministry(scene):
    """The provider, and the application that knows it."""
    with provider(scene.world.runtime.clock().timestamp()) as made:
        set_up(scene.world, OidcSettings(made.base, CLIENT, SECRET, "Ministry of Health"))
        yield made


def set_up(world, oidc):
    """Restart the application with other settings."""
    settings = replace(world.runtime.settings, oidc=oidc)
    world.runtime = replace(world.runtime, settings=settings)
    world.app = create_app(world.runtime)


def link(world, ministry, name="officer"):
    """Take an invitation up by the provider."""
    visitor = Visitor(world)
    visitor.get(f"/console/invitation?code={invited(world, name)}")
    visitor.submit("/console/invitation")
    visitor.submit(TAKE)
    address = html.unescape(re.search('url=([^"]+)"', visitor.page.text)[1])
    visitor.get(answered(ministry, address))
    return visitor


def go(world, ministry, path=GO):
    visitor = Visitor(world)
    address = visitor.get(path).headers["Location"]
    visitor.back = answered(ministry, address)
    return visitor


def test_invitation__taken_up_at_the_ministry__signs_in_there_from_then_on(scene, ministry):
    world = scene.world
    linked = link(world, ministry)
    assert linked.page.status_code == 200
    assert linked.get("/console/tasks").status_code == 200
    [told] = ministry.tokens
    assert told["code_verifier"]
    asked = ministry.asked[-1]
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid", "S256")
    again = go(world, ministry, f"{GO}?next=/console/account")
    page = again.get(again.back)
    assert "url=/console/sign-in/ministry/done?next=%2Fconsole%2Faccount" in page.text
    assert again.get("/console/sign-in/ministry/done?next=/console/account").status_code == 303
    assert again.get("/console/account").status_code == 200
    assert "/console/sign-in/ministry" in Visitor(world).get("/console/sign-in").text


def test_answer__that_is_not_for_this_question__signs_nobody_in(scene, ministry):
    world = scene.world
    link(world, ministry)
    for claims in (
        {"nonce": "of another"},
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": int(ministry.now) - 600},
        {"sub": None},
    ):
        ministry.claims = claims
        visitor = go(world, ministry)
        assert visitor.get(visitor.back).status_code == 422, claims
        assert visitor.cookie() is None
    ministry.claims = {}
    ministry.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    visitor = go(world, ministry)
    assert visitor.get(visitor.back).status_code == 422
    ministry.signs_with = None
    # Without the cookie of the way there, or with another's, nobody comes back.
    visitor = go(world, ministry)
    assert Visitor(world).get(visitor.back).status_code == 422
    other = go(world, ministry)
    assert other.get(visitor.back).status_code == 422
    # Neither twice.
    visitor = go(world, ministry)
    assert visitor.get(visitor.back).status_code == 200
    assert visitor.cookie(FLIGHT) is None
    assert visitor.get(visitor.back).status_code == 422


def test_strangers__who_press_the_link__ask_the_provider_once_an_hour(scene, ministry):
    for _ in range(5):
        assert Visitor(scene.world).get(GO).status_code == 303
    assert ministry.looked == 1
    scene.world.runtime.clock.pass_by(3601)
    assert Visitor(scene.world).get(GO).status_code == 303
    assert ministry.looked == 2


def test_somebody__whom_nobody_invited__is_told_so(scene, ministry):
    ministry.claims = {"sub": "a stranger"}
    visitor = go(scene.world, ministry)
    page = visitor.get(visitor.back)
    assert page.status_code == 422
    assert "Take up an invitation first" in page.text
    assert visitor.cookie() is None


def test_somebody_at_the_ministry__is_one_person_here__and_invitations_end(scene, ministry):
    world = scene.world
    link(world, ministry, "officer")
    # The same person at the ministry is now the inspector, and the officer no longer.
    link(world, ministry, "inspector")
    visitor = go(world, ministry)
    visitor.get(visitor.back)
    assert "inspector, inspector" in visitor.get("/console/account").text
    code = invited(world, "officer")
    late = Visitor(world)
    late.get(f"/console/invitation?code={code}")
    late.submit("/console/invitation")
    fields = late.fields(TAKE)
    world.runtime.clock.pass_by(8 * 24 * 3600)
    assert late.send(TAKE, fields).status_code == 404


@pytest.mark.slow
def test_password__after_the_ministry_and_back__is_gone_with_the_old_way(scene, ministry):
    world = scene.world
    enrol(Visitor(world), "officer")
    link(world, ministry)
    with world.runtime.database.read() as session:
        assert session.get(Account, party_named(session, "officer").id) is None
    enrol(Visitor(world), "officer")
    visitor = go(world, ministry)
    assert visitor.get(visitor.back).status_code == 422


def test_code__guessed_by_both_ways__is_tried_ten_times_in_all(scene, ministry):
    world = scene.world
    code = invited(world, "officer")
    for number in range(10):
        guess = f"{code[:-4]}{1000 + number}"
        visitor = Visitor(world)
        visitor.get(f"/console/invitation?code={guess}")
        if number % 2:
            visitor.submit("/console/invitation")
        else:
            visitor.send(TAKE, visitor.fields("/console/invitation") | {"code": guess})
        assert visitor.page.status_code in {404, 422}
    # Another web process has seen none of them.
    world.app = create_app(world.runtime)
    other = Visitor(world)
    other.get(f"/console/invitation?code={code}")
    fields = other.fields("/console/invitation") | {"code": code}
    assert other.send(TAKE, fields).status_code == 429


def test_account__of_somebody_of_the_ministry__asks_for_no_code_of_an_app(scene, ministry):
    linked = link(scene.world, ministry)
    page = linked.get("/console/account")
    assert page.status_code == 200
    assert "Sign out everywhere" in page.text
    assert 'name="code"' not in page.text


def test_provider__that_is_down_or_another__is_named_on_the_page(scene, ministry):
    world = scene.world
    right, ministry.base = ministry.base, "https://elsewhere.example"
    assert Visitor(world).get(GO).status_code == 503
    ministry.base = right
    set_up(world, replace(world.runtime.settings.oidc, issuer="http://127.0.0.1:9"))
    page = Visitor(world).get(GO)
    assert page.status_code == 503
    assert "does not answer now" in page.text
    set_up(world, None)
    assert Visitor(world).get(GO).status_code == 404


@pytest.mark.browser
@pytest.mark.console
def test_ministry__in_a_browser__leads_there_and_back(scene, ministry, browser):
    # 127.0.0.1 and localhost are two sites: the strict cookie does not come with the way back.
    with on_socket(scene.world.app) as base:
        local = base.replace("127.0.0.1", "localhost")
        for scripts in (True, False):
            with open_page(browser, 360, scripts=scripts) as page:
                walk = Walk(page, local, scene.world, checks=scripts)
                walk.goto(f"/invitation?code={invited(scene.world, 'officer')}")
                walk.press("Go on")
                walk.look("account-ministry")
                walk.press("Use Ministry of Health to sign in")
                expect(page.get_by_role("link", name="Your account")).to_be_visible()
                walk.press("Sign out")
                walk.look("sign-in-ministry")
                page.get_by_role("link", name="Sign in with Ministry of Health").click()
                walk.heading("Tasks")
