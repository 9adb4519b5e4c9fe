"""Every page against every role, and every form without its token: nobody has to remember."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from services.console.guards import SignedIn
from services.console.sessions import COOKIE, begin_session
from services.core.roles import Role
from services.storage.models import Base, Party
from tests.services.console.test_guards import pages
from tests.services.console.visitors import Visitor
from tests.support.paths import ROOT

VALUE = re.compile(r"<(?:(\w+):)?\w+>")
VALUES = {"uuid": "00000000-0000-4000-8000-000000000001", "int": "1"}
TEMPLATES = ROOT / "services" / "console" / "templates"
ELSEWHERE = "https://elsewhere.example"
# Reading is noted, and a session is seen.
NOTED = {"access", "token"}


def address(rule):
    return VALUE.sub(lambda found: VALUES.get(found[1], "x"), rule)


def signed_in(world, role):
    visitor = Visitor(world)
    with world.runtime.database.write() as session:
        party = Party(public_id=uuid4(), role=role, name=f"one {role}", language="en")
        session.add(party)
        session.flush()
        secret = begin_session(session, party, world.runtime.clock())
    visitor.client.set_cookie(COOKIE, secret, secure=True)
    return visitor


def counts(world):
    with world.runtime.database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
            if name not in NOTED
        }


@pytest.mark.slow
def test_page__of_each_role__opens_for_those_that_its_guard_names_alone(scene):
    for role in Role:
        visitor = signed_in(scene.world, role)
        for (method, rule), guard in pages(scene.world.app):
            if method == "GET" and isinstance(guard, SignedIn) and not VALUE.search(rule):
                answer = visitor.get(rule)
                # A page that wants a number in its address, and gets none, asks for it.
                wanted = {200, 303, 422} if role in guard.roles else {403}
                assert answer.status_code in wanted, (role, rule, answer.status_code)
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], rule


@pytest.mark.slow
def test_page__of_something_that_is_not_there__says_so_in_words(scene):
    for role in (Role.ADMINISTRATOR, Role.VETERINARY_OFFICER, Role.PLANNER, Role.AUDITOR):
        visitor = signed_in(scene.world, role)
        for (method, rule), guard in pages(scene.world.app):
            if method == "GET" and isinstance(guard, SignedIn) and VALUE.search(rule):
                answer = visitor.get(address(rule))
                wanted = {404, 422} if role in guard.roles else {403}
                assert answer.status_code in wanted, (role, rule, answer.status_code)
                assert "<h1" in answer.text, rule


@pytest.mark.slow
def test_form__without_its_token_or_from_elsewhere__does_nothing(scene):
    visitors = [signed_in(scene.world, one) for one in (Role.ADMINISTRATOR, Role.PLANNER)]
    before = counts(scene.world)
    for method, rule in dict(pages(scene.world.app)):
        if method == "POST":
            for visitor in visitors:
                told = {"csrf_token": "x", "form_key": "y", "next": "/console"}
                assert visitor.send(address(rule), told).status_code in {400, 403}, rule
                elsewhere = visitor.send(address(rule), told, Origin=ELSEWHERE)
                assert elsewhere.status_code in {400, 403}, rule
    assert counts(scene.world) == before


def test_page__that_asks_by_itself__does_not_keep_a_session_open(scene):
    visitor, clock = signed_in(scene.world, Role.PLANNER), scene.world.runtime.clock
    for _ in range(4):
        clock.pass_by(9 * 60)
        answer = visitor.get("/console/account", **{"Bilum-By-Itself": "1"})
    assert answer.status_code == 303
    polling = [
        one.read_text("utf-8")
        for one in TEMPLATES.rglob("*.html")
        if 'hx-trigger="every' in one.read_text("utf-8")
    ]
    assert len(polling) == 3
    assert all("Bilum-By-Itself" in one for one in polling)
