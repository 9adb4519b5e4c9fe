"""A ministry adapts one text of a shipped course, and a colleague approves it: no command."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import expect

from tests.services.console.programmes.ministry import staffed
from tests.services.console.walk import Walk

CODE = "hypertension"
HOME = f"/programmes/{CODE}"
NARROW, CLICKS = 360, 8
LONG = "Take your pressure pill at the same hour each day, after you have washed your face. " * 3
BEGIN = ("Adapt this course: Steady heart", "Go on with the draft: Steady heart")
TOO_LONG = "Shorten it until it fits one SMS."
OLD = "Shared phones get the words of before."
FIRST = "c-01"
"""The first text of the days, by the name that stands above it."""
PAGES = ("versions/1", "versions/1/texts", "draft")


class Adapting(Walk):
    """A planner and an approver."""

    def begin(self) -> None:
        """Begin a draft, or go on with the one that is there."""
        self.move(self.button(BEGIN[0]).or_(self.button(BEGIN[1])).first)

    def adapt(self) -> None:
        """Open the first text of the days, from the list of programmes."""
        self.heading("Health programmes")
        self.look("programmes")
        self.begin()
        self.heading("Draft of Steady heart")
        self.select_about("Part of the course", "Days:")
        if not self.scripts:
            self.press("Show")
        self.link("Add a text to these days").wait_for()
        self.look("programme-draft")
        self.follow(FIRST)
        self.heading_has("Text ")

    def write_too_much(self) -> None:
        """Write more than an SMS holds, and see it counted."""
        self.fill("Text", LONG)
        if not self.scripts:
            self.press("Check")
        self.sees(TOO_LONG)
        self.look("programme-text-long")

    def write(self, text: str) -> None:
        """Write a text, and see it counted."""
        self.fill("Text", text)
        if not self.scripts:
            self.press("Check")
        told = f"{len(text)} of 160 characters"
        self.sees(told)
        expect(self.page.get_by_text(self.part(TOO_LONG))).to_have_count(0)
        self.look("programme-text")

    def share(self) -> None:
        """Read that shared phones get the words of before, and let them get the same."""
        self.sees(OLD)
        self.fill("On a shared phone", "")
        expect(self.page.get_by_text(self.part(OLD))).to_have_count(0)

    def keep(self) -> None:
        """Save the text."""
        self.press("Save")
        self.sees("Saved: ")

    def submit(self) -> None:
        self.press("Check and send for approval")
        self.heading("Check and send for approval")
        self.look("programme-submit")
        self.press("Send for approval")
        self.heading_has("version")

    def approve(self) -> None:
        """Read the change, tell that old sources were looked at, and approve."""
        self.open_card(": waits for an approver")
        self.heading_has("Steady heart")
        self.look("programme-version")
        self.page.get_by_role("checkbox", name=self.part("I looked at all")).check()
        self.clicks += 1
        self.fill("Number of the signed document", "NDOH 2026/114")
        self.press("Approve")
        self.sees("Approved by approver")
        self.look("programme-approved")

    def meet_others(self) -> None:
        """Save a text that a colleague changed meanwhile: both are shown; then add one."""
        self.take_session_of("planner")
        self.goto("/programmes")
        self.begin()
        self.goto(f"{HOME}/draft/text?id=welcome")
        self.write_as_another(f"Welcome, all {self.page.viewport_size['width']}.")
        self.fill("Text", "Welcome to all of you.")
        self.press("Save")
        self.sees("Yours is not saved yet")
        self.look("programme-meanwhile")
        self.goto(f"{HOME}/draft/add?part=phase/course")
        self.press("Save")
        self.is_told("Write the text")
        self.look("programme-add")

    def write_as_another(self, text: str) -> None:
        """Write the text that is shown in a second window, and save it there."""
        window = self.page.context.new_page()
        window.goto(self.page.url)
        other = replace(self, page=window)
        other.fill("Text", text)
        other.keep()
        window.close()

    def ask(self) -> None:
        """Change the answers to a question, add a keyword and a group."""
        # Of a name of its own each time: others went this way before.
        own = f"{self.language}-{self.page.viewport_size['width']}-{self.scripts:d}"
        self.goto(f"{HOME}/draft")
        self.follow("Questions, keywords and groups")
        self.look("programme-parts")
        self.move(self.page.get_by_role("main").get_by_role("listitem").get_by_role("link").first)
        self.fill("Days to answer", "0")
        self.press("Save")
        self.is_told("Write a number of days from 1 to 366.")
        self.look("programme-question")
        self.fill("Days to answer", "5")
        self.keep()
        self.follow("New keyword")
        self.fill("Name", f"water-{own}")
        self.select("Source: what does it rest on?", "Practice or common sense alone")
        self.press("Check")
        self.is_told("Write at least one word.")
        self.page.get_by_label(self.part("A message begins with")).first.fill("WATER")
        self.page.get_by_label(self.part("Reply, ")).first.fill("Drink a cup of water.")
        self.look("programme-word")
        self.keep()
        self.follow("Change the groups")
        self.fill("Name of a new group", f"young-{own}")
        self.keep()
        self.follow("Change the groups")
        self.look("programme-groups")

    def read(self) -> None:
        """Look at the programme, and ask for a recall that is none."""
        self.goto(HOME)
        self.heading("Steady heart")
        self.look("programme")
        self.goto(f"{HOME}/recalls")
        self.heading("Recalls of wrong texts")
        self.press("Ask for the recall")
        self.is_told("Write the text's name")
        self.look("programme-recalls")
        for path in PAGES:
            self.goto(f"{HOME}/{path}")
            self.look(f"programme-{path.replace('/', '-')}")
        self.goto("/programmes")
        self.draw_in_tok_pisin("programmes")

    def go(self) -> None:
        """Go the whole way."""
        staffed(self.world, CODE)
        self.take_session_of("planner")
        self.goto("/programmes")
        self.adapt()
        self.write_too_much()
        # Another word each time: what is in use already is no change.
        letter = "x" if self.page.viewport_size["width"] > NARROW else "y"
        self.write(f"Take your pill at the same hour each day. Tell your family hour {letter}.")
        self.keep()
        self.submit()
        self.take_session_of("approver")
        self.goto("/programmes")
        self.approve()
        # From the list of programmes to the approval, by two people; without scripts the part of
        # the course is shown by a button, and the text checked by one, twice.
        assert self.clicks == (CLICKS if self.scripts else CLICKS + 3), self.clicks
        self.meet_others()
        self.ask()
        self.read()
