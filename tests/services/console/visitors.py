"""Somebody with a browser, who fills in the forms that they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pyotp
from sqlalchemy import select

from services.console.accounts import invite
from services.console.sessions import COOKIE, begin_session
from services.ledger.party_log import PartyAct
from services.storage.models import Account, Contact, Party

if TYPE_CHECKING:
    from werkzeug.test import Client, TestResponse

    from tests.services.world import World

PASSWORD = "tri liklik pik i go maket"


class Forms(HTMLParser):
    """The forms of a page: their addresses, and fields with what they hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.found.append((told.get("action") or "", {}))
        elif tag == "input" and self.found and told.get("name"):
            if told.get("type") not in {"radio", "checkbox"} or "checked" in told:
                self.found[-1][1][str(told["name"])] = told.get("value") or ""
        elif tag == "textarea":
            self._area = told.get("name")
        elif tag == "button" and self.found and told.get("formaction"):
            # One form with several ways to send it.
            self.found.append((str(told["formaction"]), self.found[-1][1]))

    def handle_data(self, data: str) -> None:
        if self._area and self.found:
            self.found[-1][1][self._area] = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


@dataclass
class Visitor:
    """One browser: its cookies, and the page that it shows."""

    world: World
    client: Client = field(init=False)
    page: TestResponse | None = None

    def __post_init__(self) -> None:
        self.client = self.world.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        self.page = self.client.get(path, headers=headers)
        return self.page

    def fields(self, action: str) -> dict[str, str]:
        """The first form of the page that goes to an address, as it was drawn."""
        assert self.page is not None
        return next(fields for at, fields in Forms(self.page.text).found if at == action)

    def submit(self, action: str, **typed: str) -> TestResponse:
        """Fill a form of the page in, and send it."""
        return self.send(action, self.fields(action) | typed)

    def send(self, action: str, fields: dict[str, str], **headers: str) -> TestResponse:
        self.page = self.client.post(action, data=fields, headers=headers)
        return self.page

    def sign_in(self, phone: str, code: str, password: str = PASSWORD) -> TestResponse:
        self.get("/console/sign-in")
        return self.submit("/console/sign-in", phone=phone, password=password, code=code)

    def take_session_of(self, name: str) -> Visitor:
        """Be signed in as somebody of the scene, without the pages of it."""
        with self.world.runtime.database.write() as session:
            secret = begin_session(session, party_named(session, name), self.world.runtime.clock())
        self.client.set_cookie(COOKIE, secret, secure=True)
        return self

    def cookie(self, name: str = COOKIE) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None


def party_named(session, name):
    return next(one for one in session.scalars(select(Party)) if one.name == name)


def phone_of(world, name):
    with world.runtime.database.read() as session:
        party = party_named(session, name)
        return session.scalar(select(Contact.number).where(Contact.party_id == party.id))


def invited(world, name):
    """An invitation's code, as `bilum console invite` prints it."""
    now = world.runtime.clock()
    with world.runtime.database.write() as session:
        return invite(session, party_named(session, name), PartyAct("invited", None, "cli", now))


def enrol(visitor, name):
    """Take an invitation up by its pages; return the app's secret."""
    visitor.get(f"/console/invitation?code={invited(visitor.world, name)}")
    shown = visitor.submit("/console/invitation")
    secret = key_on(shown.text)
    made = visitor.submit(
        "/console/invitation/account",
        password=PASSWORD,
        password_again=PASSWORD,
        app_code=code_of(visitor.world, secret),
    )
    assert made.status_code == 200, made.text
    return secret


def key_on(page):
    """The key of the app as the page shows it, typed without blanks."""
    return page.split('class="bilum-code">')[1].split("<")[0].replace(" ", "")


def code_of(world, secret, later=0):
    return pyotp.TOTP(secret).at(int(world.runtime.clock().timestamp()) + later)


def account_of(world, name):
    with world.runtime.database.read() as session:
        found = session.get(Account, party_named(session, name).id)
        session.expunge_all()
        return found
