"""A campaign from its first word to its first texts: a planner makes it, an approver sends it."""

from __future__ import annotations

from services.health.campaigns.running import run_campaigns
from sms.settings import SmsSettings
from tests.services.console.campaigns.test_campaigns import TEXT
from tests.services.console.staff import add_staff, staff_is_there
from tests.services.console.walk import Walk
from tests.services.health.campaigns.town import Town

CLICKS_OF_PLANNER, CLICKS_OF_APPROVER = 9, 2


class Ministry(Walk):
    """A planner and an approver send a campaign to a province.

    `people`: how many are there; `left_out`: what the page says of others, None: of nobody.
    """

    typed = frozenset({"clinic"})
    people = 4
    left_out: str | None = "1: stopped all messages"

    def begin(self) -> None:
        """Begin a campaign."""
        self.heading("Campaigns")
        self.look("campaigns")
        self.press("New campaign")
        self.heading("What the campaign says")

    def say_nothing(self) -> None:
        """Go on without a word."""
        self.press("Save and go on")
        self.is_told("Give the campaign a name")
        self.look("campaign-text-wrong")
        self.goto("/campaigns/new")

    def write(self) -> None:
        """Write the text."""
        self.fill("Name of the campaign", "Clinic on Friday")
        self.choose("A text of your own")
        self.fill("Text in English", TEXT["text_en"])
        self.fill("Text in Tok Pisin", "")
        self.keys += len(TEXT["text_tpi"])
        self.field("Text in Tok Pisin").press_sequentially(TEXT["text_tpi"])
        self.fill("Who pays", "Ministry of Health")
        if self.scripts:
            self.sees("Maria, the clinic is open on Friday.")
        self.look("campaign-text")
        self.press("Save and go on")

    def choose_people(self) -> None:
        """Choose a province, and the time that is offered."""
        self.heading("Who gets it")
        self.choose("Jiwaka")
        if self.scripts:
            self.sees(f"People: {self.people}.")
        self.look("campaign-audience")
        self.press("Save and go on")
        self.heading("When it goes")
        self.look("campaign-when")
        self.press("Save and go on")

    def submit(self) -> None:
        """Count it, have a test, and submit it."""
        self.heading("Clinic on Friday")
        self.sees("nobody knows what it costs")
        self.press("Count people and cost")
        self.see_left_out()
        self.look("campaign-check")
        self.press("Send a test to my phone")
        self.sees("Texts on their way to your phone: 2.")
        self.press("Submit for approval")
        self.sees("It waits for a second person")

    def see_left_out(self) -> None:
        """See who does not get it, and why."""
        if self.left_out:
            self.sees(self.left_out)

    def approve(self) -> None:
        """See the same as the planner, and approve it."""
        self.follow("Clinic on Friday")
        self.sees("planner asks you to approve this. You see what they saw.")
        self.see_left_out()
        self.look("campaign-approve")
        self.press("Approve and send")
        self.sees_alone("approved")

    def watch(self) -> None:
        """See how far it is."""
        self.follow("Clinic on Friday")
        told = f"{self.people} of {self.people} people"
        self.sees(told)
        self.look("campaign-running")

    def run_on(self) -> None:
        """Let a day pass."""
        clock = self.world.runtime.clock
        clock.pass_by(26 * 3600)
        with self.world.runtime.database.write() as session:
            run_campaigns(session, SmsSettings(), clock())

    def end(self) -> None:
        """Pause it, and end it."""
        self.press("Pause")
        self.sees("waits: the campaign is paused")
        self.follow("End it for good…")
        self.heading("End this campaign for good?")
        self.look("campaign-cancel")
        self.press("Yes, end it")
        self.sees("taken back: the campaign was ended")

    def go(self) -> None:
        """Go the whole way."""
        if not staff_is_there(self.world):
            add_staff(self.world)
            town = Town(self.world.runtime.database)
            for name in ("Maria", "Jon", "Anna", "Petrus"):
                town.add(name, language="tpi" if name == "Jon" else "en")
            town.refuse(town.add("Stopped"), "*")
        self.take_session_of("planner")
        self.goto("/campaigns")
        self.begin()
        self.say_nothing()
        # The wrong way is not counted.
        self.clicks = 1
        self.write()
        self.choose_people()
        self.submit()
        assert self.clicks == CLICKS_OF_PLANNER, self.clicks
        self.take_session_of("approver")
        self.goto("/campaigns")
        self.clicks = 0
        self.approve()
        assert self.clicks == CLICKS_OF_APPROVER, self.clicks
        self.run_on()
        # The clock has ended the session.
        self.take_session_of("approver")
        self.goto("/campaigns")
        self.watch()
        self.end()
        self.draw_in_tok_pisin("campaign")
