"""Approvals of versions: per language, by a second person, and their final withdrawal.

Approvals and withdrawals are events of the journal, so the ledger holds the digest of the approved
document. The leaf is filed under the programme's code, so anyone who knows the code finds them.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.danger.danger_lexicon import LexiconVersion, lexicon_version
from services.health.errors import (
    ApprovedAlready,
    HoldsRecalledText,
    LanguageNotReady,
    NotAnApprover,
    NotApproved,
    OverdueSources,
    SamePerson,
    UndecidedTexts,
)
from services.health.format.model import Programme, Status
from services.health.format.text_ids import text_digest, texts_by_id
from services.health.linting.evidence import overdue_sources
from services.health.linting.findings import LintSettings
from services.health.versions.authors import wrote
from services.health.versions.bases import undecided_texts, withdrawn_base
from services.health.versions.cover import require_cover
from services.health.versions.programme_log import PROGRAMME, record_of_programme
from services.health.versions.store import findings, programme_of, refuse_faults
from services.health.versions.trials import TrialAct, open_trial
from services.ledger.journal import RecordedAct
from services.messaging.outbox import close_waiting
from services.storage.locks import require_one_writer
from services.storage.models import (
    Message,
    Party,
    ProgrammeApproval,
    ProgrammeVersion,
    Recall,
    RecalledText,
    Subscription,
)
from sms.local_time import local_day
from sms.message import Kind, MessageState
from sms.reasons import Reason

_SETTINGS = LintSettings()

APPROVED, WITHDRAWN = "approved", "withdrawn"


def approve(
    session: Session,
    version: ProgrammeVersion,
    language: str,
    approval: "ApprovalAct",
    settings: LintSettings = _SETTINGS,
) -> ProgrammeApproval:
    """Approve one language of a version: a row, an event, and a leaf of the ledger.

    Raises:
        NotAnApprover, SamePerson: this person may not approve it.
        LanguageNotReady: the language is missing or a draft.
        FaultyProgramme: the linter finds faults in the language.
        OverdueSources: the approver has not named each source whose review is overdue.
        UndecidedTexts: the approver has not named each text that the base mended too.
        NobodyOnDuty: in a province nobody looks after its people.
        HoldsRecalledText: one of its texts was recalled.
        ApprovedAlready: the language was approved before.
        TrialChanged: people are allocated in a trial of another design.
    """
    require_one_writer(session)
    require_approver(session, approval)
    if wrote(session, version, approval.approver_id):
        raise SamePerson("You wrote this version: a second person must approve it")
    programme = programme_of(version)
    if programme.languages.get(language) is not Status.COMPLETE:
        raise LanguageNotReady(
            f"{language} is not complete in this version: have it proofread, write `complete` "
            "beside it in the file, and add the file as a new version"
        )
    found = findings(programme, approval.now, settings)
    refuse_faults([one for one in found if one.language in {None, language}])
    approval = approval._replace(overdue=_looked_at(programme, approval))
    require_cover(session, version.code)
    refuse_recalled(session, version, language)
    gone = withdrawn_base(session, version, language)
    if gone:
        raise LanguageNotReady(f"{gone}, which it extends, was withdrawn: extend one in force")
    approval = approval._replace(kept=_decided(session, version, language, approval.kept))
    lexicon = _lexicon(language)
    if _approval(session, version, language) is not None:
        raise ApprovedAlready(
            f"{language} of this version was approved before; after a withdrawal, add a new version"
        )
    open_trial(session, programme, TrialAct(approval.channel, approval.reporter, approval.now))
    made = ProgrammeApproval(
        version_id=version.id,
        language=language,
        reference=approval.reference,
        approved_by_id=approval.approver_id,
        approved_at=approval.now,
        journal_id=record_act(session, version, language, APPROVED, approval),
        lexicon_version=lexicon.version,
        lexicon_digest=lexicon.digest,
    )
    session.add(made)
    session.flush()
    return made


def withdraw(
    session: Session, version: ProgrammeVersion, language: str, withdrawal: "ApprovalAct"
) -> ProgrammeApproval:
    """Withdraw an approval for good: nobody enrols in it, and its waiting texts are cancelled.

    Raises:
        NotAnApprover: this person may not withdraw it.
        NotApproved: it was never approved, or was withdrawn before.
    """
    require_one_writer(session)
    require_approver(session, withdrawal)
    found = _approval(session, version, language)
    if found is None or found.withdrawn_at is not None:
        raise NotApproved(f"{language} of this version has no approval in force")
    record_act(session, version, language, WITHDRAWN, withdrawal)
    found.withdrawn_at, found.withdrawn_by_id = withdrawal.now, withdrawal.approver_id
    texts = and_(
        _of_its_people(version),
        Message.language == language,
        Message.kind != Kind.ANSWER.value,
    )
    close_waiting(session, texts, MessageState.CANCELLED, Reason.WITHDRAWN)
    session.flush()
    return found


def _of_its_people(version: ProgrammeVersion) -> ColumnElement[bool]:
    """Return the condition on texts to a version's people, in which a recall may stand another's.

    A text of this version that a recall gave to people of another one has that recall's approval.
    """
    theirs = select(Subscription.id).where(Subscription.version_id == version.id)
    given = (
        select(Subscription.id)
        .join(RecalledText, RecalledText.version_id == Subscription.version_id)
        .join(Recall, Recall.id == RecalledText.recall_id)
        .where(Recall.by_version_id == version.id)
    )
    own = and_(
        Message.version_id == version.id,
        or_(Message.subscription_id.is_(None), Message.subscription_id.not_in(given)),
    )
    return or_(own, Message.subscription_id.in_(theirs))


def refuse_recalled(session: Session, version: ProgrammeVersion, language: str) -> None:
    """Raise HoldsRecalledText if a version has a text that was recalled in a language."""
    rows = session.execute(
        select(RecalledText.text_id, RecalledText.digest)
        .join(ProgrammeVersion, ProgrammeVersion.id == RecalledText.version_id)
        .where(
            ProgrammeVersion.code == version.code,
            RecalledText.language == language,
            RecalledText.until.is_(None),
        )
    )
    texts = texts_by_id(programme_of(version))
    for text_id, digest in rows:
        if text_id in texts and text_digest(texts[text_id], language) == digest:
            raise HoldsRecalledText(
                f"{text_id} was recalled in {language}: put the right text into the file, and add "
                "it as a new version"
            )


def require_approver(session: Session, given: "ApprovalAct") -> None:
    """Raise NotAnApprover unless the person of an act has the role."""
    if session.get_one(Party, given.approver_id).role != Role.APPROVER:
        raise NotAnApprover("Only a person with the role approver may do this")


def _looked_at(programme: Programme, given: "ApprovalAct") -> frozenset[str]:
    """Return the sources whose review is overdue; OverdueSources: not all of them are named."""
    overdue = frozenset(one.id for one in overdue_sources(programme, local_day(given.now)))
    missing = sorted(overdue - given.overdue)
    if missing:
        raise OverdueSources(
            "The review of these sources is overdue: look whether each still stands and name it, "
            f"or add a version with a new day of review: {','.join(missing)}"
        )
    return overdue


def _decided(
    session: Session, version: ProgrammeVersion, language: str, named: frozenset[str]
) -> frozenset[str]:
    """Return the texts kept against a mend of the base; UndecidedTexts: not all are named."""
    kept = frozenset(undecided_texts(session, version, language))
    if kept - named:
        raise UndecidedTexts(
            "The base mended these texts, and this version replaces them as before: see `bilum "
            "programme diff FILE --onto BASE`, and write them anew, or name those that you keep: "
            f"{','.join(sorted(kept - named))}"
        )
    return kept


def _approval(
    session: Session, version: ProgrammeVersion, language: str
) -> ProgrammeApproval | None:
    return session.scalars(
        select(ProgrammeApproval).where(
            ProgrammeApproval.version_id == version.id, ProgrammeApproval.language == language
        )
    ).first()


class ApprovalAct(NamedTuple):
    """The act of approving or withdrawing: by whom, and on what ground.

    Attributes:
        reference: of the signed document.
        act: id of the event.
        reporter: public id of the approver's party.
        overdue: ids of sources that the approver looked at although their review is overdue.
        kept: ids of texts that stay as they are although the base mended what they replace.
    """

    reference: str
    approver_id: int
    act: UUID
    channel: str
    reporter: UUID
    now: datetime
    overdue: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


def _lexicon(language: str) -> LexiconVersion:
    """Return what danger is listened for in a language; LanguageNotReady: it has no lexicon."""
    found = lexicon_version(language)
    if found is None:
        raise LanguageNotReady(
            f"Danger is not listened for in {language}: it has no lexicon of danger"
        )
    return found


def record_act(
    session: Session, version: ProgrammeVersion, language: str, action: str, given: ApprovalAct
) -> int:
    """Write an act, APPROVED or WITHDRAWN, to the locked journal; return the row's key.

    An approval tells which words of danger the language was approved with, and which sources the
    approver looked at although their review was overdue, and which texts they kept although the
    base mended them.
    """
    details: dict[str, object] = {
        "action": action,
        "version": version.number,
        "language": language,
        "digest": version.digest.hex(),
        "reference": given.reference,
    }
    lexicon = lexicon_version(language) if action == APPROVED else None
    if lexicon is not None:
        details["lexicon"] = {"version": lexicon.version, "digest": lexicon.digest.hex()}
    if action == APPROVED and given.overdue:
        details["overdue"] = sorted(given.overdue)
    if action == APPROVED and given.kept:
        details["kept"] = sorted(given.kept)
    act = RecordedAct(given.act, PROGRAMME, given.now, given.channel, given.reporter)
    return record_of_programme(session, version.code, act, details)
