"""Ways through the pages of people, by what stands on them."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from services.health.imports.taking import take_lists
from tests.services.console.people.lists import WRONG, workbook
from tests.services.console.people.ministry import set_ministry
from tests.services.console.sentences import ways
from tests.services.console.walk import Walk


class PeopleWalk(Walk):
    """A clinician finds a person, moves their quit date, lets them rest, and ends their course."""

    def open_form(self, name: str) -> None:
        """Press what looks like a button and leads to a page."""
        self.press(name)

    def find(self) -> None:
        """Find somebody by their phone."""
        self.goto("/people")
        self.heading("People")
        self.look("people")
        self.fill("Find a person by phone", "7")
        self.search()
        self.is_told("This is no phone number")
        self.look("people-wrong")
        self.fill("Find a person by phone", "7000 0001")
        self.search()
        self.follow("+675•••••001")
        self.heading("+675•••••001")
        self.look("person")

    def search(self) -> None:
        """Press the button of the page's own search, not that of the frame."""
        page = self.page.get_by_role("main")
        self.move(page.get_by_role("button", name=self.name("Search"), exact=True))

    def move_date(self) -> None:
        """Move the quit date by two days, and see what it changes before it does."""
        self.open_form("Move a date")
        self.fill("Quit date", "2099-12-07")
        self.press("Show what it changes")
        self.is_told("two years away")
        self.look("person-dates-wrong")
        self.fill("Quit date", "2026-12-07")
        self.press("Show what it changes")
        self.heading("Move these texts?")
        self.sees("7 Dec 2026 07:30")
        self.look("person-confirm")
        self.press("Move them")
        self.is_told("The dates were moved", "status")

    def rest(self) -> None:
        """Let the course wait, and go on."""
        self.open_form("Pause")
        self.look("person-pause")
        self.press("Pause it")
        self.sees("The course goes on by itself")
        self.open_form("Go on")
        self.press("Let it go on")
        self.is_told("The course goes on", "status")

    def end(self) -> None:
        """End the course, as the person asked."""
        self.open_form("End the course")
        self.look("person-end")
        self.field("They do not want it any more").check()
        self.press("Show what it changes")
        self.heading("End this course?")
        self.press("End it")
        self.sees_alone("Left")

    def in_tok_pisin(self) -> None:
        """Read the same in the other language."""
        self.draw_in_tok_pisin("person")
        self.goto("/people?which=all")
        self.heading("People")
        self.draw_in_tok_pisin("people")

    def go(self) -> None:
        """Go the whole way, each time with a person who begins."""
        course = set_ministry(self.world)
        course.later(days=2)
        self.world.runtime.clock.now = course.now
        self.take_session_of("clinician")
        self.find()
        self.move_date()
        self.rest()
        self.end()
        self.in_tok_pisin()


CLICKS, KEYS = 6, 60


class ImportWalk(Walk):
    """A ministry officer imports people, corrects rows, and starts; clicks count.

    `wrong`: cells of the list that are wrong, and what is right; `first`: number of the first.
    """

    typed = frozenset({"Consent"})
    wrong = WRONG
    first = 0

    def upload(self, people: int) -> None:
        """Open the page from the menu, choose the file, and upload it."""
        self.follow("Import people")
        self.heading("Import people")
        self.look("imports")
        # The chooser of the browser takes a click.
        self.clicks += 1
        content = workbook(people, self.wrong, first=self.first)
        file = {"name": "clinic.xlsx", "mimeType": "", "buffer": content}
        self.field("List of people").set_input_files(file)
        self.press("Upload")
        self.heading("Match the columns")
        expect(self.page.get_by_label("Mobile")).to_have_value("phone")
        self.look("import-columns")

    def check(self, people: int) -> None:
        """Check, and correct what is marked, by what stands beside it."""
        self.press("Check")
        self.heading(f"{people - len(self.wrong)} of {people} rows can be taken")
        self.look("import-check")
        for (line, _), (_, right) in self.wrong.items():
            [cell] = ways(f"x, row {line}", self.language)
            field = self.page.get_by_role("textbox", name=re.compile(rf"{cell[1:]}$"))
            self.type_into(field, right)
        self.press("Check again")
        self.heading(f"{people} of {people} rows can be taken")
        self.sees_alone("Begin the programme")
        self.look("import-ready")

    def start(self, people: int) -> None:
        """Let the rows be taken."""
        self.press(f"Start: take {people} rows")
        self.heading("Rows are being taken")

    def watch(self, people: int) -> None:
        """See how far it is."""
        take_lists(self.world.runtime.database, self.world.runtime.clock())
        self.follow("Look again")
        self.sees_alone(f"50 of {people} rows are taken")
        self.look("import-running")
        self.take_all()
        self.see_done()

    def take_all(self) -> None:
        """Let all rows be taken."""
        while take_lists(self.world.runtime.database, self.world.runtime.clock()):
            pass

    def see_done(self) -> None:
        """See that the list is done."""
        if not self.scripts:
            self.follow("Look again")
        # With scripts the page looks by itself.
        self.heading("The list is done")
        self.look("import-done")

    def in_tok_pisin(self) -> None:
        """Read the same in the other language."""
        self.goto("/imports")
        self.heading("Import people")
        self.draw_in_tok_pisin("imports")

    def go(self, people: int = 500) -> None:
        """Go the whole way."""
        set_ministry(self.world)
        self.take_session_of("planner")
        # Each way has people of its own.
        self.first = self.page.viewport_size["width"] * 1_000
        self.goto("/account")
        self.upload(people)
        self.check(people)
        self.start(people)
        # Menu, file, Upload, Check, Check again, Start; and what was wrong, typed anew.
        assert self.clicks == CLICKS
        assert self.keys <= KEYS
        self.watch(people)
        self.in_tok_pisin()
