"""A day of an inspector and of a veterinary officer, by what stands on their pages."""

from __future__ import annotations

from tests.services.console.field.road import asked, scene_of, set_road
from tests.services.console.walk import Walk
from tests.services.scene import PIG


class Patrol(Walk):
    """An inspector decides a truck; an officer answers a permit and looks places up."""

    def paste(self, label: str, text: str) -> None:
        """Put a text in by one stroke, as a paste or a reader does."""
        self.keys += 1
        self.field(label).fill(text)

    def choose_roadblock(self, road) -> None:
        self.goto("/roadblock?change=1")
        self.heading("Which roadblock are you at?")
        self.look("field-choose-roadblock")
        self.press("I am here")
        self.sees("Choose a roadblock")
        self.page.get_by_label(road.post).check()
        self.press("I am here")
        self.heading_has(f"Roadblock {road.post}")

    def decide_truck(self, road) -> None:
        """Twenty pigs: paste, check, two choices, record; the receipt is for the driver."""
        self.look("field-roadblock")
        self.clicks = self.keys = 0
        self.paste("Numbers of the pigs, or of the permit", "\n".join(road.truck))
        self.decide("1 of 20 MAY NOT MOVE: dead", "Pass 19", "Turn back 1")
        # A minute for a person is some thirty clicks; this is four and one paste.
        assert (self.clicks, self.keys) == (4, 1)
        self.sees("Passed: 19")
        self.look("field-receipt")

    def decide(self, verdict: str, *outcomes: str) -> None:
        """Check what was typed, read the verdict, choose, and record."""
        self.press("Check")
        self.heading(verdict)
        self.look("field-verdict")
        assert self.page.get_by_role("radio", checked=True).count() == 0
        for outcome in outcomes:
            self.choose(outcome)
        self.press("Record it")
        self.heading("Written down")

    def answer_permit(self, bad: str, good: str) -> None:
        self.goto("/permits")
        self.heading("Permits")
        self.look("field-permits")
        self.follow(f"Permit {bad}, pigs: 2")
        self.look("field-permit")
        self.press("Refuse it")
        self.is_told("Choose a reason")
        self.field("dead").check()
        self.press("Refuse it")
        self.sees(f"Permit {bad}: refused")
        self.follow(f"Permit {good}, pigs: 1")
        self.press("Issue it")
        self.sees(f"Permit {good}: issued")

    def look_up(self, farm: str, dead: str) -> None:
        self.page.get_by_role("searchbox").fill(dead)
        self.press("Search")
        self.follow(f"Pig {dead}")
        self.sees("MAY NOT MOVE: dead")
        self.look("field-animal")
        died = self.page.get_by_role("listitem").filter(has_text=self.part("Died"))
        self.move(died.get_by_role("link").last)
        self.sees("Is this wrong?")
        self.look("field-event")
        self.goto(f"/places/{farm}")
        self.heading_has(farm)
        self.look("field-place")
        self.goto("/cover")
        self.sees("Hela")
        self.look("field-cover")

    def go(self) -> None:
        """Go the whole way, with a truck and a roadblock of its own."""
        scene = scene_of(self.world)
        road = set_road(scene, first=1001 + 100 * len(scene.places))
        bad, good = asked(scene, PIG, road.dead), asked(scene, PIG)
        self.take_session_of("inspector")
        self.choose_roadblock(road)
        self.decide_truck(road)
        self.take_session_of("officer")
        self.answer_permit(bad, good)
        self.look_up(scene.places["keeper"], road.dead)
