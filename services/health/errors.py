"""Errors of health programmes, each a kind of `services.core.errors`.

Errors of DHIS2 differ by remedy: another token or mapping (`Conflict`), or waiting.
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from services.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable

_SHOWN = 5


class Fault(NamedTuple):
    """A fault of a programme's file, at a place such as `phases[2].messages[0].at`.

    `line` is that of the file, from 1; None where the document was not read from a file.
    """

    where: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}, "
        return f"{line}{self.where} {self.message}"


class BadProgramme(Invalid):
    """The file is not a programme; `fields` lists every fault by its place."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        fields: dict[str, list[str]] = {}
        for fault in faults:
            fields.setdefault(fault.where, []).append(fault.message)
        shown = "; ".join(map(str, faults[:_SHOWN]))
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        super().__init__(f"Correct the programme's file: {shown}{more}", fields)
        self.faults = tuple(faults)


class UnknownProgramme(NotFound):
    """Unknown name of a programme, or unknown number of a version."""


class FaultyProgramme(Invalid):
    """The linter finds faults; `fields` lists them by their place."""


class AlteredProgramme(Conflict):
    """The stored document does not match the digest stored beside it."""

    sentence = "programme_suspended"


class LanguageNotReady(Conflict):
    """The language is missing from the programme, or is a draft, so it cannot be approved."""


class ApprovedAlready(Conflict):
    """The language of this version was approved before; after a withdrawal, add a new version."""


class NotApproved(Conflict):
    """The language has no approval in force."""


class NotAnApprover(Forbidden):
    """Missing role: approvals and withdrawals need the role approver."""


class NotAnAnalyst(Forbidden):
    """Missing role: outcomes by arm of a trial are for the role health-analyst alone."""


class SamePerson(Forbidden):
    """The author may not approve their own work: a second person must."""


class UnknownRecall(NotFound):
    """Unknown id of a recall, or unknown id of a text to recall."""


class NothingToRecall(Conflict):
    """The text differs in no other approved version, or the recall was approved before."""


class BadRecall(Conflict):
    """The other version's text cannot take the place of the wrong one; the sentence says why."""


class HoldsRecalledText(Conflict):
    """The version has a text that was recalled, so its language cannot be approved."""


class NotAClinician(Conflict):
    """A clinician on call needs the role clinician and a phone number."""


class NobodyOnDuty(Conflict):
    """A province of the programme has no clinician, or nobody with hours who reads its inbox."""


class TrialChanged(Conflict):
    """People are allocated in the programme's trial, so its design cannot be changed."""


class UnknownTrial(NotFound):
    """The programme has no such trial on record."""


class TrialRunning(Conflict):
    """Arms are told only after the trial is closed."""


class TrialOver(Conflict):
    """The trial was closed before."""


class UndecidedTexts(Conflict):
    """An approval does not name every text that the base mended and the version replaces."""


class OverdueSources(Conflict):
    """An approval does not name every source of the version whose day of review is past."""


class UnknownSubscription(NotFound):
    """Unknown id of a subscription."""


class NotRunning(Conflict):
    """The subscription's course is not running, so its plan cannot be changed."""


class UnknownConcern(NotFound):
    """Unknown id of a concern."""


class HandledAlready(Conflict):
    """The concern was handled before."""


class ProgrammeSuspended(Conflict):
    """The approval of the sender's programme was withdrawn, so it sends no more texts."""


class BadPeriod(Invalid):
    """The days make no period, or none that the other system knows."""


class BadCut(Invalid):
    """The cut does not exist, or a public table may not have it."""


class BadMapping(Invalid):
    """The mapping file has faults; `fields` names each."""


class Dhis2Refused(Conflict):
    """DHIS2 refused some or all values; the sentence names them."""


class Dhis2Unreachable(Unavailable):
    """DHIS2 did not answer, or failed; the same may be sent again."""


class Dhis2NotSet(Unavailable):
    """The address or the token of DHIS2 is not set."""

    retryable: ClassVar[bool] = False


class UnknownAssessment(NotFound):
    """The programme assesses no outcome by this question."""


class UnknownCampaign(NotFound):
    """Unknown id of a campaign."""


class BadCampaign(Invalid):
    """The draft has faults; `fields` names each."""


class WrongState(Conflict):
    """The campaign's state does not allow this."""

    code = "campaign_state"


class NothingApproved(Conflict):
    """The invitation's text is approved in no language."""

    code = "campaign_not_approved"


class NobodyReached(Conflict):
    """The campaign reaches nobody, so it cannot be approved."""

    code = "campaign_nobody"


class NoPhone(Conflict):
    """The person who asked for a test has no phone number here."""

    code = "campaign_no_phone"


class NotAPlanner(Forbidden):
    """The person's role does not allow this with campaigns."""
