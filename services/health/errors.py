"""Errors of health programmes, each a kind of `services.core.errors`.

Errors of DHIS2 differ by remedy: another token or mapping (`Conflict`), or waiting.
"""

from collections.abc import Mapping, Sequence
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


class CannotAdapt(Conflict):
    """Programme without a version that can be adapted: none is in force, and none is shipped."""

    detail = (
        "No version of this programme can be adapted here: have one approved, or add a file by "
        "`bilum programme add`"
    )


class UnknownDraft(NotFound):
    """The programme has no open draft: it was submitted or discarded, or nobody began one."""

    detail = "This programme has no open draft: it was submitted or discarded, or nobody began one"


class DraftChanged(Conflict):
    """Change of an older draft: a newer one would have been overwritten."""

    detail = "Somebody changed this draft in the meantime: read it again, then send your change"


class NothingChanged(Conflict):
    """The draft says the same as what it began from."""

    detail = "This draft says the same as what it began from: change a text first"


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


class OtherPeriods(BadPeriod):
    """The data set takes periods of another kind, such as quarters; `needed` names it."""

    def __init__(self, needed: str) -> None:
        super().__init__(f"The data set takes figures of another kind of period: {needed}")
        self.needed = needed


class BadCut(Invalid):
    """The cut does not exist, or a public table may not have it."""


class StillCounting(Unavailable):
    """The figures are still being counted; the same request later has them."""

    detail = "The figures are being counted: ask again in a few seconds"


class BadTarget(Invalid):
    """The indicator can have no target, or the number is out of range; `fields` tells."""


class BadMapping(Invalid):
    """The mapping file has faults; `fields` names each."""


class Dhis2Refused(Conflict):
    """DHIS2 refused some or all values; the sentence names them.

    Attributes:
        kind: `token`, `address`, `unread`, `conflicts` or `ignored`.
        conflicts: each value that is refused, and why: see `dhis2_summary`.
    """

    def __init__(
        self, detail: str, kind: str = "conflicts", conflicts: Sequence[Mapping[str, str]] = ()
    ) -> None:
        super().__init__(detail)
        self.kind, self.conflicts = kind, tuple(conflicts)


class Dhis2Unreachable(Unavailable):
    """DHIS2 did not answer, or failed; the same may be sent again.

    Attributes:
        kind: `silent`, `failed`, `not_dhis2` or `too_much`.
    """

    def __init__(self, detail: str, kind: str = "silent") -> None:
        super().__init__(detail)
        self.kind = kind


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


class CampaignChanged(Conflict):
    """The draft was changed after its dry run, so it cannot be submitted."""

    code = "campaign_changed"


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


class UnknownImport(NotFound):
    """A list that is not this planner's, or whose time is over."""

    detail = "You have no list with this id: it was thrown away, or its seven days are over"


class ImportStarted(Conflict):
    """The list is being taken or was: nothing of it can be changed any more."""

    detail = "This list was started before: look at it to see how far it is"


class NothingToTake(Conflict):
    """A list of which nothing can be taken."""

    detail = "No row of this list can be taken: correct one first"
