"""Several people at the console, each at a browser window of their own, on one deployment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tests.services.console.walk import Walk
from tests.support.chromium import open_page

if TYPE_CHECKING:
    from contextlib import ExitStack

    from playwright.sync_api import Browser, Page

    from tests.services.world import World

AnyWalk = TypeVar("AnyWalk", bound=Walk)

WIDTH = 1280


@dataclass
class Office:
    """Windows by the name of who sits before them, and what was done there since the last count."""

    browser: Browser
    base: str
    world: World
    windows: ExitStack
    pages: dict[str, Page] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)

    def walk(self, name: str, kind: type[AnyWalk], **told: object) -> AnyWalk:
        """Return a piece of work that somebody does at their window, as it stands there."""
        if name not in self.pages:
            opened = open_page(self.browser, WIDTH)
            self.pages[name] = self.windows.enter_context(opened)
        found = kind(self.pages[name], self.base, self.world, checks=False)
        for one, value in told.items():
            setattr(found, one, value)
        self.walks.append(found)
        return found

    def sit(self, name: str, kind: type[AnyWalk], room: str, **told: object) -> AnyWalk:
        """Let somebody sit down who is signed in, and press an entry of the menu."""
        found = self.walk(name, kind, **told)
        found.take_session_of(name)
        found.goto("")
        found.follow(room)
        return found

    def sign_in(self, name: str, secret: str) -> None:
        """Let somebody sign in by phone, password and app, of which the secret is known."""
        self.walk(name, Walk).sign_in(name, secret)

    def leave(self) -> None:
        """Let everybody go home: their pages ask for nothing any more."""
        for page in self.pages.values():
            page.goto("about:blank")

    def count_anew(self) -> None:
        """Forget what was done so far."""
        self.walks.clear()

    def counts(self) -> tuple[int, int, int]:
        """Return the clicks, fields and keys of all of them."""
        done = [(one.clicks, one.fields, one.keys) for one in self.walks]
        clicks, fields, keys = map(sum, zip(*done, strict=True))
        return clicks, fields, keys

    @property
    def minutes(self) -> float:
        """Estimate how long the hands and heads of all of them took, one after the other."""
        return sum(one.minutes for one in self.walks)
