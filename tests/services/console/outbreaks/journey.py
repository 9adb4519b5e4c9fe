"""An outbreak from the alarm to its release, by what stands on the pages; each click is counted."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.services.console.outbreaks.scenes import alarm, measure, send_pig
from tests.services.console.walk import Walk


class OutbreakJourney(Walk):
    """Two officers: one does the work, the other approves the texts."""

    def answer(self) -> None:
        """Take the alarm, call the keeper, and open the outbreak of the place."""
        self.goto("/tasks")
        self.open_card("sick pigs")
        expect(self.link("Call 70000001")).to_be_visible()
        self.press("Take this task")
        self.fill("What you found, or what the call gave", "Three pigs lie down and do not eat.")
        self.press("Save as a call")
        self.follow("Open or see the outbreak of this place")
        self.heading("Open an outbreak")
        self.look("outbreak-new")
        self.press("Open it")
        self.heading(f"Outbreak {self.number()}: ASF")

    def number(self) -> str:
        """The number of the outbreak that is shown."""
        self.page.wait_for_url("**/outbreaks/*")
        return self.page.url.partition("/outbreaks/")[2].partition("/")[0].partition("#")[0]

    def examine(self) -> None:
        """Enter a sample, and what the laboratory found in it."""
        self.follow("Enter a sample")
        self.press("Save")
        self.is_told("There is a problem")
        self.look("outbreak-sample")
        sample = f"S-{self.outbreak}"
        self.fill("Number on the sample", sample)
        self.press("Save")
        self.follow(f"Enter a result {sample}")
        self.look("outbreak-result")
        self.choose("POSITIVE")
        self.fill("Laboratory", "NAQIA Kila Kila")
        self.press("Save")
        self.sees("Confirmed")

    def see_reach(self) -> None:
        """Fill a zone of three kilometres in, and see whom and what it reaches."""
        self.follow("Declare a zone")
        self.heading("New order")
        self.fill("The area in words, as keepers read it", "Kudjip")
        self.press("Show what it reaches")
        self.sees("Permits that it stops")
        self.look("outbreak-order-new")

    def declare(self) -> None:
        """Declare the zone, and draft what its keepers are told."""
        self.press("Declare it now")
        self.page.wait_for_url("**/orders/Z-*")
        self.order = self.page.url.rpartition("/")[2]
        self.heading(f"{self.order} Kudjip")
        self.press("Save for a second officer to approve")
        self.sees("a second officer must approve it")
        self.look("outbreak-order")

    def approve(self) -> None:
        """The second officer sends the notice."""
        self.take_session_of("administrator")
        self.page.reload()
        self.send_notice("administrator")
        self.take_session_of("officer")

    def send_notice(self, name: str) -> None:
        """Approve the notice that is shown, as somebody who did not draft it."""
        self.press_about("Approve and send")
        self.sees(f"Approved by {name}")

    def trace(self) -> None:
        """Trace the movements, and watch the contacts."""
        self.follow(f"Outbreak {self.outbreak}")
        self.follow("Trace the movements")
        self.look("outbreak-trace")
        self.press_about("Put under watch")
        self.sees("Contacts to call")
        self.look("outbreak")

    def call(self, done: int = 0) -> None:
        """Call the first contact that nobody has spoken to; so many are called already."""
        self.fill("What the call gave", "All pigs are well.")
        self.press("Spoken to")
        expect(self.page.get_by_text(self.part("✓ Called"))).to_have_count(done + 1)

    def print_situation(self) -> None:
        """See the page of the day, and come back."""
        self.follow("Situation page to print")
        # It is a document, which is in English for every reader.
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Outbreak")
        self.clicks += 1
        self.page.go_back()

    def lift(self) -> None:
        """End the order, and come back to the outbreak."""
        self.follow(self.order)
        self.select("Reason", "The disease is over there")
        self.press("End it")
        self.sees("not in force")
        self.follow(f"Outbreak {self.outbreak}")

    def become(self, state: str) -> None:
        """Set the state of the outbreak."""
        self.select("State", state)
        self.press("Set the state")

    def finish(self) -> None:
        """See that the outbreak is over, and end the task that began it."""
        self.sees("It is over.")
        self.follow("Outbreaks")
        self.look("outbreaks")
        self.follow("Tasks")
        self.open_card("sick pigs")
        self.choose("Done")
        self.press("End it")

    def go(self) -> None:
        """Go the whole way."""
        measure(self.world)
        send_pig(self.world)
        alarm(self.world)
        self.take_session_of("officer")
        self.answer()
        self.outbreak = self.number()
        self.examine()
        self.see_reach()
        self.declare()
        self.approve()
        self.trace()
        self.call()
        self.print_situation()
        self.lift()
        self.become("Controlled")
        self.become("Released")
        self.finish()
