"""Recall of a text: another version's replaces it for people who are in a course already.

One person asks, a second one approves. From then on the dispatcher leaves the wrong text, and every
course is read with the right one. What waits is written anew, and who has the wrong one corrected.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from chain.canonical import new_salt
from services.core.roles import Role
from services.health.errors import (
    BadRecall,
    NotAPlanner,
    NothingToRecall,
    SamePerson,
    UnknownRecall,
)
from services.health.format.text_ids import text_digest, texts_by_id
from services.health.recalls.fitness import NumberedProgramme, require_fit
from services.health.recalls.receivers import own_digest
from services.health.versions.approvals import ApprovalAct, require_approver
from services.health.versions.authors import wrote
from services.health.versions.programme_log import PROGRAMME, record_of_programme
from services.health.versions.store import find_version, programme_in_force, programme_of
from services.ledger.journal import RecordedAct
from services.storage.locks import one_programme_sender, require_one_writer
from services.storage.models import (
    Party,
    ProgrammeApproval,
    ProgrammeVersion,
    Recall,
    RecalledText,
)

RECALLED = "recalled"
"""Action of the event of a recall."""


class RecallDraft(NamedTuple):
    """A text of a programme in a language, to recall, and the version that has it right."""

    programme: str
    text_id: str
    language: str
    by: int
    reason: str
    correct: bool = False


def ask_recall(session: Session, draft: RecallDraft, asker_id: int, now: datetime) -> Recall:
    """Store a recall for a second person to approve; nothing changes yet.

    Raises:
        NotAPlanner: this person may not ask.
        UnknownProgramme, UnknownRecall: there is no such version, or no such text in it.
        NothingToRecall: nobody is in a version whose text differs.
        BadRecall: the text cannot take the other's place.
    """
    if session.get_one(Party, asker_id).role != Role.PLANNER:
        raise NotAPlanner("Only a person with the role planner may ask for a recall")
    by = find_version(session, draft.programme, draft.by)
    affected(session, by, draft.text_id, draft.language)
    salt = new_salt()
    made = Recall(
        public_id=uuid4(),
        programme=by.code,
        text_id=draft.text_id,
        language=draft.language,
        by_version_id=by.id,
        digest=text_digest(texts_by_id(programme_of(by))[draft.text_id], draft.language),
        reason=draft.reason,
        salt=salt,
        # The salt keeps a short reason from being guessed.
        reason_digest=sha256(salt + draft.reason.encode()).digest(),
        correct=draft.correct,
        asked_by_id=asker_id,
        asked_at=now,
    )
    session.add(made)
    session.flush()
    return made


def find_recall(session: Session, code: str | None, public_id: UUID) -> Recall:
    """Return a recall of a programme, or of any, by its id; or raise UnknownRecall."""
    found = session.scalars(select(Recall).where(Recall.public_id == public_id)).first()
    if found is None or code not in {None, found.programme}:
        raise UnknownRecall("There is no such recall: see `bilum programme recalls`")
    return found


def approve_recall(session: Session, recall: Recall, given: ApprovalAct) -> Recall:
    """Put a recall in force: an event, a leaf of the ledger, and the end of the wrong text.

    Raises:
        NotAnApprover, SamePerson: this person may not approve it.
        NothingToRecall: it was approved before, or nobody is in a version whose text differs.
        BadRecall: the text cannot take the other's place any more.
    """
    require_one_writer(session)
    require_approver(session, given)
    # Who has the wrong text is then known exactly: no dispatcher is in the middle of sending it.
    one_programme_sender(session)
    session.refresh(recall, with_for_update=True)
    if recall.approved_at is not None:
        raise NothingToRecall("This recall was approved before")
    by = session.get_one(ProgrammeVersion, recall.by_version_id)
    if recall.asked_by_id == given.approver_id or wrote(session, by, given.approver_id):
        raise SamePerson("You asked for it, or wrote the text: a second person must approve it")
    wrong = affected(session, by, recall.text_id, recall.language)
    recall.reference, recall.approved_by_id = given.reference, given.approver_id
    recall.approved_at = given.now
    stale = _stale(session, recall, wrong)
    recall.journal_id = _record(session, recall, by, stale, given)
    if recall.correct:
        # They are looked for later: see `services.health.recalls.receivers`.
        recall.wrong_versions, recall.noted_to = [version.id for version in wrong], 0
    _put_in_force(session, recall, stale, given.now)
    return recall


def affected(
    session: Session, by: ProgrammeVersion, text_id: str, language: str
) -> list[ProgrammeVersion]:
    """Return the versions whose people get another text now than a version's, all of them fit."""
    right = texts_by_id(programme_of(by)).get(text_id, {})
    if not right or any(language not in text.say for text in right.values()):
        raise UnknownRecall(f"Version {by.number} has no text {text_id} in {language}")
    approved = _approved_versions(session, by.code, language)
    if by not in approved:
        raise BadRecall(f"Version {by.number} is not approved in {language}: have it approved")
    digest, found = text_digest(right, language), []
    for version in approved:
        now = programme_in_force(session, version)
        mine = texts_by_id(now).get(text_id)
        # The version itself counts where an earlier recall replaced its text.
        if mine and text_digest(mine, language) != digest:
            older = NumberedProgramme(version.id, version.number, now)
            newer = NumberedProgramme(by.id, by.number, programme_of(by))
            require_fit(older, newer, text_id, language)
            found.append(version)
    if not found:
        raise NothingToRecall(
            f"In no other approved version does {text_id} differ in {language}: nobody gets another"
        )
    return found


def _approved_versions(session: Session, code: str, language: str) -> Sequence[ProgrammeVersion]:
    in_force = exists().where(
        ProgrammeApproval.version_id == ProgrammeVersion.id,
        ProgrammeApproval.language == language,
        ProgrammeApproval.withdrawn_at.is_(None),
    )
    wanted = select(ProgrammeVersion).where(ProgrammeVersion.code == code, in_force)
    return session.scalars(wanted.order_by(ProgrammeVersion.number)).all()


def _record(
    session: Session, recall: Recall, by: ProgrammeVersion, stale: "_Stale", given: ApprovalAct
) -> int:
    details: dict[str, object] = {
        "action": RECALLED,
        "text": recall.text_id,
        "language": recall.language,
        "version": by.number,
        "digest": by.digest.hex(),
        "wrong": [
            {"version": version.number, "digest": digest.hex()} for version, digest in stale.texts
        ],
        "right": recall.digest.hex(),
        "reason": recall.reason_digest.hex(),
        "correct": recall.correct,
        "reference": given.reference,
    }
    act = RecordedAct(given.act, PROGRAMME, given.now, given.channel, given.reporter)
    return record_of_programme(session, recall.programme, act, details)


class _Stale(NamedTuple):
    """Texts of versions that a recall replaces, with their digests, and rows of earlier recalls."""

    texts: Sequence[tuple[ProgrammeVersion, bytes]]
    earlier: Sequence[RecalledText]


def _stale(session: Session, recall: Recall, wrong: Sequence[ProgrammeVersion]) -> _Stale:
    # Texts that an earlier recall gave to their people are wrong too.
    given = [one.recall_id for one in _in_force(session, recall, wrong)]
    sources = session.scalars(
        select(ProgrammeVersion)
        .join(Recall, Recall.by_version_id == ProgrammeVersion.id)
        .where(Recall.id.in_(given))
    )
    everything = sorted({*wrong, *sources}, key=lambda version: version.number)
    texts = [(version, own_digest(version, recall)) for version in everything]
    # A version's own text may be the right one, which an earlier recall replaced.
    left = [one for one in texts if one[1] != recall.digest]
    return _Stale(left, _in_force(session, recall, everything))


def _in_force(
    session: Session, recall: Recall, versions: Sequence[ProgrammeVersion]
) -> Sequence[RecalledText]:
    return session.scalars(
        select(RecalledText).where(
            RecalledText.version_id.in_([version.id for version in versions]),
            RecalledText.text_id == recall.text_id,
            RecalledText.language == recall.language,
            RecalledText.until.is_(None),
        )
    ).all()


def _put_in_force(session: Session, recall: Recall, stale: _Stale, now: datetime) -> None:
    for one in stale.earlier:
        one.until = now
    session.flush()
    for version, digest in stale.texts:
        session.add(
            RecalledText(
                recall_id=recall.id,
                version_id=version.id,
                language=recall.language,
                text_id=recall.text_id,
                digest=digest,
                since=now,
            )
        )
    session.flush()
    session.expire_all()
