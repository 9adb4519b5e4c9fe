"""Events of a person's life, and what a course does when one has happened: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.health.format.entries import Action, Do, Text
from services.health.format.items import Item, Phase

EVENT = "@"
"""Mark of the date of an event of a person's life, before its code, among their dates."""

EVENTS = ("loss", "remission", "cancer", "death", "moved", "phone_lost")
"""Events of a person's life that every course answers, or says why it does not.

LOSS: of a pregnancy or a child. REMISSION: of the illness. DEATH: of the member. PHONE_LOST: the
number is no longer the member's.
"""

PHONE_LOST = "phone_lost"
EVERYWHERE = frozenset({"death", PHONE_LOST})
"""Endings that are those of all of a person's courses."""


class Then(StrEnum):
    """Effect of an event on a course.

    STOP: it ends. CARE: only the event's own messages follow, from its day on, then it ends.
    PAUSE: it pauses. GO_ON: nothing.
    """

    STOP = "stop"
    CARE = "care"
    PAUSE = "pause"
    GO_ON = "go_on"


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """An event of a person's life, the words that tell of it, the reply, and what follows.

    Attributes:
        none: why the course has no answer; then all else is empty.
        hears: by language: words that tell of it, anywhere in a member's message.
        covers: codes of dangers in plain words that the reply answers.
        messages: of CARE; days from that of the event.
        last_day: of CARE, from that of the event.
        cohorts: whose course turns to CARE; empty: everybody's.
    """

    code: str
    none: str = ""
    hears: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    covers: tuple[str, ...] = ()
    reply: Text | None = None
    then: Then = Then.GO_ON
    messages: tuple[Item, ...] = ()
    last_day: int = 0
    actions: tuple[Action, ...] = ()
    cohorts: tuple[str, ...] = ()

    def of(self, cohort: str) -> "LifeEvent":
        """Return the answer to a member of a cohort: of another, the course only pauses."""
        if not self.cohorts or cohort in self.cohorts:
            return self
        alerts = tuple(action for action in self.actions if action.do is Do.ALERT)
        return replace(self, then=Then.PAUSE, messages=(), actions=alerts)

    @property
    def track(self) -> Phase:
        """Its messages as a phase, counted from its own day."""
        return Phase(self.code, f"{EVENT}{self.code}", self.messages)
