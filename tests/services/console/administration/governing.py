"""A morning of an administrator: sending, a message, a person, a token, a device, checks."""

from __future__ import annotations

from tests.services.console.administration.test_administration import close_channel, queue
from tests.services.console.walk import Walk


class Governing(Walk):
    """An administrator looks after channels, messages, people, tokens and devices."""

    def send(self) -> None:
        """See the closed channel, let a message try it, and cancel one that waits."""
        self.goto("/administration")
        self.heading("Sending")
        self.look("sending")
        self.press("Let the next message try now")
        self.sees("the next message tries")
        self.follow("Messages")
        self.look("messages")
        self.open_first()
        self.look("message")
        self.press("Cancel it")
        self.heading_has("Cancelled")

    def appoint(self) -> None:
        """Add a person, with a fault first, and invite them."""
        self.goto("/administration/people")
        self.look("people-in-office")
        self.press("Add a person")
        self.fill("Phone number", "12")
        self.press("Save")
        self.sees("Type a phone number, like 7000 0001")
        self.look("person-new-wrong")
        self.fill("Phone number", f"7111 {self.page.viewport_size['width']:04}")
        self.select("Role", "inspector")
        self.select("Province of duty", "Jiwaka")
        self.fill("Name", "Maria Kaupa")
        self.press("Save")
        self.heading("Maria Kaupa")
        self.look("person-in-office")
        self.press("Invite to these pages")
        self.heading("Invitation made")
        self.follow("Go back")
        self.heading("Maria Kaupa")

    def give(self) -> None:
        """Make a token and a device; both secrets are shown once, and drawn nowhere."""
        self.goto("/administration/tokens")
        self.look("tokens")
        self.press("Make a token")
        self.look("token-new")
        self.select("Role", "auditor")
        self.press("Make a token")
        self.heading("Token made")
        self.goto("/administration/devices/new")
        self.fill("Name", f"Roadblock {self.page.viewport_size['width']}{self.checks}")
        owner = "Its owner: phone number or id. The device may do what this person may do"
        self.fill(owner, "70000004")
        self.look("device-new")
        self.press("Add a device")
        self.follow("Devices")
        self.look("devices")

    def check(self) -> None:
        """See the checks and the log of changes."""
        self.goto("/administration/doctor")
        self.heading("Checks")
        self.look("doctor")
        self.follow("Changes")
        self.sees("Maria Kaupa")
        self.look("changes")
        self.follow("Sending")
        self.draw_in_tok_pisin("sending")

    def go(self) -> None:
        """Go the whole way."""
        close_channel(self.world)
        queue(self.world, body=f"Text {self.page.viewport_size['width']} {self.checks}")
        self.take_session_of("administrator")
        self.send()
        self.appoint()
        self.give()
        self.check()
