"""Errors of health programmes, each a kind of `services.core.errors`.

Every package of the feature has its own `errors` besides; these are of programmes themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.core.errors import Conflict, Forbidden, Invalid, NotFound

_SHOWN = 5


class Fault(NamedTuple):
    """One fault.

    Attributes:
        where: such as `phases[2].messages[0].at`.
        told: what is wrong there.
        line: of the file, from 1; None: it was not read from one.
    """

    where: str
    told: str
    line: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}, "
        return f"{line}{self.where} {self.told}"


class BadProgramme(Invalid):
    """The file is no programme; `fields` has every fault by its place."""

    code = "bad_programme"

    def __init__(self, faults: Sequence[Fault]) -> None:
        fields: dict[str, list[str]] = {}
        for fault in faults:
            fields.setdefault(fault.where, []).append(fault.told)
        shown = "; ".join(map(str, faults[:_SHOWN]))
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        super().__init__(f"Mend the programme's file: {shown}{more}", fields)
        self.faults = tuple(faults)


class UnknownProgramme(NotFound):
    """No programme, or no version of it, is here by this name."""

    code = "unknown_programme"


class FaultyProgramme(Invalid):
    """The linter finds faults; `fields` has them by where they are."""

    code = "faulty_programme"


class AlteredProgramme(Conflict):
    """The stored document is not the one whose digest stands beside it."""

    code = "altered_programme"
    sentence = "programme_suspended"


class LanguageNotReady(Conflict):
    """A language that the programme does not have, or has as a draft, cannot be approved."""

    code = "language_not_ready"


class ApprovedAlready(Conflict):
    """A language of a version is approved once; after a withdrawal a new version is needed."""

    code = "approved_already"


class NotApproved(Conflict):
    """There is no approval that holds."""

    code = "not_approved"


class NotAnApprover(Forbidden):
    """Only a person with the role approver approves and withdraws."""

    code = "not_an_approver"


class SamePerson(Forbidden):
    """Who wrote a version does not approve it: a second person does."""

    code = "same_person"


class NotAClinician(Conflict):
    """Who is told of red flags has the role clinician and a phone number."""

    code = "not_a_clinician"


class UnknownSubscription(NotFound):
    """No subscription has this id."""

    code = "unknown_subscription"


class NotRunning(Conflict):
    """The course of a subscription does not run, so its plan cannot be changed."""

    code = "not_running"


class UnknownConcern(NotFound):
    """No concern has this id."""

    code = "unknown_concern"


class HandledAlready(Conflict):
    """Somebody has looked after a concern already."""

    code = "handled_already"


class AnsweredAlready(Conflict):
    """A message of the inbox is answered once."""

    code = "answered_already"


class UnknownArrival(NotFound):
    """No message that nobody understood has this id."""

    code = "unknown_arrival"


class SenderForgotten(Conflict):
    """Who sent a message is no longer known, so nobody can be answered."""

    code = "sender_forgotten"


class ProgrammeSuspended(Conflict):
    """The approval of what the sender is in was withdrawn: nothing of it is said any more."""

    code = "programme_suspended"
