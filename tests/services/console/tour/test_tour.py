"""Every page of the console as readers of each language meet it, on a phone and on a computer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.fakes.dhis2_server import dhis2_server
from tests.services.console.english_left import codes_in, english_in, told_on
from tests.services.console.test_guards import pages
from tests.services.console.tour.country import settle
from tests.services.console.tour.stops import DOCUMENTS, LEFT_OUT, STOPS, TYPED
from tests.services.console.walk import LANGUAGES, SCREENS, TOK_PISIN, Walk
from tests.support.chromium import AXE, faults_of, open_page
from tests.support.web import on_socket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.console,
    pytest.mark.sockets,
]


class Tour(Walk):
    """People open pages one after the other; what is wrong with each is gathered."""

    def sit_down(self, who: str) -> None:
        """Let one person go, and the next come."""
        self.page.context.clear_cookies()
        self.take_session_of(who)

    def visit(self, path: str) -> Iterator[str]:
        """Open a page, and yield what is wrong with it."""
        answer = self.page.goto(f"{self.base}/console{path}")
        assert answer is not None
        shown = urlsplit(answer.url).path
        if answer.status != HTTPStatus.OK or shown != f"/console{urlsplit(path).path}":
            yield f"{answer.status} {shown}"
            return
        yield from self.read()
        yield from self.measure(*self.screens)

    @property
    def screens(self) -> Iterable[int]:
        """The screen on which the page was opened, then the other: each page changes it once."""
        return sorted(SCREENS, key=lambda width: width != self.page.viewport_size["width"])

    def read(self) -> Iterator[str]:
        """Yield what is not in the reader's language."""
        told = told_on(self.page)
        if told.language == TOK_PISIN == self.language:
            left = (*english_in(told), *codes_in(told))
            yield from (one for one in left if one.partition(": ")[2] not in TYPED)
        elif not self.is_document and told.language != self.language:
            yield "it is in another language"

    @property
    def is_document(self) -> bool:
        """Tell whether the page is a document."""
        return urlsplit(self.page.url).path.rpartition("/")[2] in DOCUMENTS

    def measure(self, *widths: int) -> Iterator[str]:
        """Yield what is too wide on each screen, and what axe finds there."""
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 800})
            wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                yield f"{wide} px wider than a screen of {width} px"
            yield from faults_of(self.page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page__opened_by_readers_of_each_language__is_theirs_on_both_screens(
    scene, browser, language
):
    wrong = []
    with dhis2_server() as server, on_socket(scene.world.app) as base:
        values = settle(scene, server)
        with open_page(browser, SCREENS[0]) as page:
            # Handed over once, not once a page.
            page.add_init_script(path=AXE)
            tour = Tour(page, base, scene.world, language=language)
            for who, paths in STOPS.items():
                tour.sit_down(who)
                for path in paths:
                    found = tour.visit(path.format_map(values))
                    wrong += [f"{who} {path}: {one}" for one in found]
    assert wrong == [], "\n".join(wrong)


def test_stops__and_what_is_left_out__are_all_pages(scene):
    rules = {rule for method, rule in dict(pages(scene.world.app)) if method == "GET"}
    match = scene.world.app.url_map.bind("").match
    any_values = AnyValues()
    seen = {
        match(f"/console{urlsplit(path.format_map(any_values)).path}", return_rule=True)[0].rule
        for paths in STOPS.values()
        for path in paths
    }
    assert seen & LEFT_OUT.keys() == set()
    assert rules - seen == LEFT_OUT.keys()
    assert seen - rules == set()


class AnyValues(dict):
    """A value of every name that fits every address."""

    def __missing__(self, name: str) -> str:
        return "00000000-0000-4000-8000-000000000001"
