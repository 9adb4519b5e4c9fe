"""Services whose staff read what nobody understood, and the readers of each; pure.

Health comes before livestock: what may tell of a person's health never reaches an officer, even
where a clinician so reads of a pig.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from gateway.envelope import StaffQueue
from services.core.roles import Role


class Service(StrEnum):
    """Services whose staff read messages and do tasks.

    UNKNOWN: neither the text nor its sender tells which. ONE_HEALTH: diseases of pigs that people
    get, which have tasks alone.
    """

    LIVESTOCK = "livestock"
    HEALTH = "health"
    UNKNOWN = "unknown"
    ONE_HEALTH = "one_health"


POSSIBLE_DANGER = "possible_danger"
"""Outcome of a message that may tell of danger to a person, or lacks a part that may."""

INSPECTING = frozenset({Role.VETERINARY_OFFICER, Role.INSPECTOR})
READS: Mapping[Role, frozenset[Service]] = {
    **dict.fromkeys(INSPECTING, frozenset({Service.LIVESTOCK, Service.UNKNOWN})),
    Role.CLINICIAN: frozenset({Service.HEALTH}),
    # Of the others they see how many wait.
    Role.ADMINISTRATOR: frozenset({Service.UNKNOWN}),
}
"""The services whose messages a role reads."""
CALLS = INSPECTING | {Role.CLINICIAN}
"""Roles that see a sender's number, so that they can call, and that answer."""


class KnownSender(NamedTuple):
    """A sender who has to do with a service, and their province there; None: not known."""

    province: str | None


class TextSigns(NamedTuple):
    """Signs by which a service knows its messages, by the text alone or by the sender.

    Attributes:
        named: whether the text was read as one of the service's own.
        speaks: tells whether it has words of the service.
        sender: looks the sender up; None: they have nothing to do with it.
    """

    service: Service
    named: bool
    speaks: Callable[[], bool]
    sender: Callable[[], KnownSender | None]


Context = TypeVar("Context")


@dataclass(frozen=True, slots=True)
class InboxDesk(Generic[Context]):
    """The messages of a service among those that a person must read.

    Attributes:
        speaks: tells whether a text has words of the service.
        sender: looks up whether its sender has to do with the service.
        outcomes: of messages that were read as the service's own.
    """

    service: Service
    speaks: Callable[[str], bool]
    sender: Callable[[Context], KnownSender | None]
    outcomes: frozenset[str] = frozenset()

    def signs(self, context: Context, text: str, outcome: str) -> TextSigns:
        """Return the signs of a message; each is looked for when it is asked for."""
        named = outcome in self.outcomes
        return TextSigns(
            self.service, named, lambda: self.speaks(text), lambda: self.sender(context)
        )


def find_staff(
    desks: Sequence[InboxDesk[Context]], context: Context, text: str, outcome: str
) -> StaffQueue:
    """Return who must read a message that nothing matched, or that tells of disease."""
    service, province = choose_service([desk.signs(context, text, outcome) for desk in desks])
    return StaffQueue(service.value, province)


def choose_service(signs: Sequence[TextSigns]) -> tuple[Service, str | None]:
    """Return the service that a message belongs to, and its sender's province there.

    What was read counts before words, and words before the sender; else the first of `signs`.
    """
    told = next((one for one in signs if one.named), None)
    told = told or next((one for one in signs if one.speaks()), None)
    if told is not None:
        known = told.sender()
        return told.service, known.province if known else None
    for one in signs:
        known = one.sender()
        if known is not None:
            return one.service, known.province
    return Service.UNKNOWN, None
