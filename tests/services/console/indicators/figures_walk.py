"""A morning of an analyst: last month's figures, what goes where in DHIS2, a trial, sending."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from sqlalchemy import delete, select

from services.api.context import EXTENSION
from services.storage.models import Dhis2Link, Dhis2Sending, Exported, Party
from tests.fakes.dhis2_server import TOKEN, dhis2_server
from tests.services.console.indicators.ministry import AT, TODAY, furnish, stock
from tests.services.console.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

CLICKS, FIELDS = 9, 6
"""From the menu to the history: buttons and links, and choices from lists."""

_RATIOS = """() => [...document.querySelectorAll(".bilum-tile")].map((tile) => {
  const light = (text) => {
    const [red, green, blue] = text.match(/[0-9.]+/g).slice(0, 3).map((one) => {
      const part = Number(one) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const style = getComputedStyle(tile);
  const [high, low] = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
})"""


class AnalystMorning(Walk):
    """An analyst looks at figures and sends them.

    `course`: of which programme, `days`: of last month as the page names them, `month`: as the
    history does; `meanwhile`: what others do while the page says that the figures are counted.
    """

    course = "Quit tobacco"
    days = "1 Oct 2026 \N{EN DASH} 31 Oct 2026"
    month = "Oct 2026"
    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def see_figures(self) -> None:
        self.follow("Figures")
        self.meanwhile()
        self.heading(f"{self.course}: {self.days}")
        self.look("figures")
        if self.checks:
            assert min(self.page.evaluate(_RATIOS)) >= 4.5

    def link_figures(self) -> None:
        """Choose data set, places and two figures from DHIS2's lists."""
        self.follow("Send to DHIS2")
        self.heading(f"{self.course}: Send to DHIS2")
        self.look("dhis2-empty")
        self.follow("Choose Data set")
        self.select("Data set", "Tobacco by SMS (Monthly)")
        self.look("dhis2-set")
        self.press("Go on")
        self.heading("Places")
        self.look("dhis2-places")
        expect(self.page.get_by_label("Enga", exact=True)).to_have_value("ouProv00006")
        self.select("not known", "Papua New Guinea")
        self.press("Keep these places")
        for ours, theirs in (
            ("asked to join, or were invited", "Smokers who asked"),
            ("people in the course", "Smokers in the course"),
        ):
            self.select("Our figure", ours)
            self.select("Data element of DHIS2", theirs)
            self.press("Add")
            expect(self.page.get_by_role("listitem").filter(has_text=theirs)).to_be_visible()
        self.look("dhis2")

    def send(self) -> None:
        """Try and send, and see it in the history."""
        self.press("Try it first")
        self.heading("DHIS2 would take these figures")
        self.look("dhis2-try")
        self.press("Send these figures")
        self.heading("The figures are in DHIS2")
        expect(self.page.get_by_role("table")).to_contain_text(self.part(self.month))
        self.look("dhis2-sent")

    def send_again(self, server) -> None:
        """Send again: nothing doubles; then go back to the form of before and press it again."""
        before = dict(server.values)
        self.goto(f"{AT.removeprefix('/console')}/dhis2")
        self.press("Try it first")
        self.press("Send these figures")
        told = f"Nothing had changed: DHIS2 has all {len(before)} values already."
        self.sees(told)
        self.page.go_back()
        self.press("Send these figures")
        self.heading("The figures are in DHIS2")
        assert (server.values, len(server.requests)) == (before, 1)

    def see_the_rest(self) -> None:
        """Look at months, cuts, targets and faults, on paper and in the other language."""
        self.goto(f"{AT.removeprefix('/console')}/months?show=consented&months=12")
        self.heading("Agreed, month by month")
        if self.scripts:
            chart = self.page.get_by_role(
                "img", name=self.part("The table below has the same numbers.")
            )
            expect(chart.locator("canvas")).to_be_visible()
        self.look("figures-months")
        self.goto(f"{AT.removeprefix('/console')}?by=sex&by=age&show=delivered&public=1")
        self.look("figures-wrong")
        self.goto(f"{AT.removeprefix('/console')}?by=age&show=delivered&public=1")
        self.look("figures-public")
        self.take_session_of("planner")
        self.goto(f"{AT.removeprefix('/console')}/targets")
        self.select("Figure", "agreed (%)")
        self.fill("Target", "1000")
        self.press("Set a target")
        self.look("targets-wrong")
        self.fill("Target", "60")
        self.press("Set a target")
        self.sees("60 %")
        self.look("targets")

    def see_language(self) -> None:
        """Look at the figures as they are now, in the other language too."""
        self.goto(AT.removeprefix("/console"))
        self.draw_in_tok_pisin("figures")
        self.goto(f"{AT.removeprefix('/console')}/dhis2")
        self.draw_in_tok_pisin("dhis2")

    def print_pages(self) -> None:
        """Print both pages: the frame of the console stays off the paper."""
        self.goto(AT.removeprefix("/console"))
        self.page.emulate_media(media="print")
        expect(self.page.get_by_role("searchbox")).to_be_hidden()
        expect(self.page.get_by_role("heading", name=self.name("Joining"))).to_be_visible()
        self.goto(f"{AT.removeprefix('/console')}/page")
        # One sheet, with the style that the policy of the page allows.
        paper = self.page.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
        self.page.emulate_media(media="screen")

    def send_figures(self) -> None:
        """Look at figures, link them, and send them twice."""
        prepare(self.world)
        with dhis2_server() as server:
            stock(server)
            connect(self.world, server)
            self.take_session_of("analyst")
            self.goto("/account")
            self.see_figures()
            self.link_figures()
            self.send()
            assert (self.clicks, self.fields) == (CLICKS, FIELDS)
            self.send_again(server)
            self.see_language()

    def go(self) -> None:
        """Go the whole way."""
        self.send_figures()
        self.see_the_rest()
        if self.scripts:
            self.print_pages()


def prepare(world):
    """Furnish a world once; let nothing be chosen or sent there."""
    database = world.runtime.database
    with database.read() as session:
        names = {one.name for one in session.scalars(select(Party))}
    if "analyst" not in names:
        furnish(world)
    world.runtime.clock.now = TODAY
    with database.write() as session:
        for table in (Dhis2Link, Dhis2Sending, Exported):
            session.execute(delete(table))


def connect(world, server):
    """Let the settings of a running application name a DHIS2."""
    here = world.app.extensions[EXTENSION]
    told = replace(here.settings, dhis2_url=server.url, dhis2_token=TOKEN)
    world.app.extensions[EXTENSION] = replace(here, settings=told)
