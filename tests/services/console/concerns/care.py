"""A clinician's morning: somebody with chest pain is called, and a message is answered."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.factories import FARMER
from tests.services.console.staff import add_staff, member, says, staff_is_there, write
from tests.services.console.walk import Walk

CLICKS = 3
DANGER, QUESTION = "I have chest pain", "is the nurse there tomorrow"


class Care(Walk):
    """A clinician looks after somebody, whose phone is `phone`, and answers a message."""

    phone = "70000001"

    def handle(self) -> None:
        """Handle a concern: seen, called, ended with what was done."""
        self.heading("Concerns")
        self.sees(DANGER)
        self.look("concerns")
        self.open_first()
        self.look("concern")
        expect(self.link(f"Call {self.phone}")).to_be_visible()
        self.choose("Done")
        self.fill("Note (if any)", "Called. Her sister takes her to the clinic.")
        self.press("End it")
        self.heading("Tasks")

    def see_nothing_waits(self) -> None:
        """See that nobody waits any more."""
        self.follow("Concerns")
        self.sees("Nothing waits.")

    def answer(self) -> None:
        """Answer a message by one SMS."""
        self.follow("Inbox")
        self.heading("Inbox")
        self.sees(QUESTION)
        self.look("inbox")
        self.clicks = 0
        self.open_first()
        if self.scripts:
            self.field("Your answer").press_sequentially("Yes, from 8 to 4.")
            self.sees("Still room for 143 letters.")
            phone = self.page.get_by_role("paragraph").filter(has_text="Yes, from 8 to 4.")
            expect(phone).to_be_visible()
        else:
            self.fill("Your answer", "Yes, from 8 to 4.")
            self.press("See how it looks")
            self.sees("Still room for 143 letters.")
        self.look("inbox-answer")
        self.press("Send the answer")
        self.heading("Inbox")
        self.sees("Nothing waits.")
        assert self.clicks == (2 if self.scripts else 3), self.clicks

    def go(self) -> None:
        """Go the whole way."""
        if staff_is_there(self.world):
            says(self.world, DANGER)
        else:
            add_staff(self.world)
            member(self.world, DANGER)
        write(self.world, QUESTION, FARMER)
        self.take_session_of("clinician")
        self.goto("/concerns")
        self.handle()
        assert self.clicks == CLICKS, self.clicks
        self.see_nothing_waits()
        self.answer()
        self.draw_in_tok_pisin("inbox")
