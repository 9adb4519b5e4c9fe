"""Errors of messaging, each a kind of `services.core.errors`."""

from services.core.errors import Conflict, Forbidden, Invalid, NotFound


class NotForBoxes(Forbidden):
    """A list for a village box by somebody who may not propose or decide on it."""

    detail = (
        "The box's owner or an officer proposes numbers; another officer of the province, or an "
        "administrator, decides"
    )


class BoxListDecided(Conflict):
    """A list for a village box that was decided on before."""

    detail = "The list was decided on before: propose the numbers anew"


class TooManyCodes(Conflict):
    """Refusal of a new code to a person who got several within the hour."""

    detail = "Several codes went to this phone within the hour: confirm by PIN, or ask an officer"


class AnsweredAlready(Conflict):
    """The inbox message was answered before."""


class AnswerTooLong(Invalid):
    """With the name of the service, the answer is more than one segment."""


class UnknownArrival(NotFound):
    """Unknown id of an inbox message."""


class SenderForgotten(Conflict):
    """The sender's number was erased, so no answer can be sent."""
