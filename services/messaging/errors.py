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


class NotOnDuty(Forbidden):
    """A task for somebody who sees no tasks, or not this one."""

    detail = "Only people on duty in the province, or of the programme, may have this task"


class UnknownTask(NotFound):
    """Unknown number of a task, or one of others."""

    detail = "No task of yours has the number {number}"


class TaskEnded(Conflict):
    """The task has ended: who wants more done opens it again."""

    detail = "Task {number} has ended before: open it again if there is more to do"


class TaskTaken(Conflict):
    """The task has an owner, who still has time for it."""

    detail = "Somebody else has taken task {number}"


class TaskUndecided(Conflict):
    """A permit that is asked for still waits: its task ends with the decision."""

    detail = "Decide on the permit first: task {number} ends with the decision"


class TaskGoesOn(Conflict):
    """The task has not ended, or another about the same goes on."""

    detail = "Task {number} is about the same and goes on"


class SenderForgotten(Conflict):
    """The sender's number was erased, so no answer can be sent."""
