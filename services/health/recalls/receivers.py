"""People who may have a recalled text: counted before its approval, noted for correction after it.

The approval itself notes nobody, so that nobody waits for it: from then on the wrong text is not
sent, so it does not matter when its people are looked for.
"""

import logging
from collections.abc import Sequence
from functools import partial

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.health.format.text_ids import is_reply, text_digest, texts_by_id
from services.health.versions.store import programme_of
from services.storage.bulk import add_new_of
from services.storage.models import (
    Message,
    ProgrammeVersion,
    Recall,
    Subscription,
    TextCorrection,
)
from services.storage.rowsets import keys
from sms.states import MAY_HAVE_COME

PEOPLE = 2_000
_LOG = logging.getLogger(__name__)


def note_receivers(session: Session, limit: int = PEOPLE) -> bool:
    """Note the next people who may have a text that was recalled; return whether more may have.

    A chunk of them is one transaction with the place where the next one begins.
    """
    recalls = session.scalars(
        select(Recall)
        .where(Recall.noted_to.is_not(None))
        .order_by(Recall.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return any(
        isolated(
            session,
            _LOG,
            f"the people of recall {recall.id} are not found",
            partial(_note_next, session, recall, limit),
        )
        for recall in recalls
    )


def _note_next(session: Session, recall: Recall, limit: int) -> None:
    theirs_alone = Subscription.version_id.in_(recall.wrong_versions or [])
    people = session.scalars(
        select(Subscription.id)
        .where(theirs_alone, Subscription.id > recall.noted_to)
        .order_by(Subscription.id)
        .limit(limit)
    ).all()
    rows = [
        {"recall_id": recall.id, "subscription_id": key}
        for key in sorted(_to_correct(session, recall, people))
    ]
    add_new_of(session, TextCorrection, "id", rows)
    recall.noted_to = people[-1] if people else None
    session.flush()


def _to_correct(session: Session, recall: Recall, people: Sequence[int]) -> set[int]:
    if not people:
        return set()
    wrong = session.get_one(ProgrammeVersion, (recall.wrong_versions or [])[0])
    # Of a reply, everybody: nobody is to see who was answered.
    if is_reply(programme_of(wrong), recall.text_id):
        return set(people)
    chosen = Message.subscription_id.in_(keys(session, people))
    return receivers(session, recall, and_(chosen, Message.language == recall.language))


def receivers(session: Session, recall: Recall, to_them: ColumnElement[bool]) -> set[int]:
    """Return the subscriptions that may have got another text than the right one.

    Args:
        to_them: the condition on messages to some people, such as `theirs`.
    """
    mine = and_(to_them, Message.version_id.in_(wrong_sources(session, recall)))
    got = and_(mine, Message.state.in_(MAY_HAVE_COME))
    items = select(Message.subscription_id).where(got, Message.item == recall.text_id)
    # Which reply it was is sealed: the database cannot tell.
    replies = select(Message.subscription_id, Message.reply).where(got, Message.reply.is_not(None))
    rows = session.execute(replies.execution_options(yield_per=2_000))
    found = {row.subscription_id for row in rows if row.reply == recall.text_id}
    return found | {key for key in session.scalars(items) if key is not None}


def theirs(recall: Recall, versions: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition on messages in a recall's language to the people of versions."""
    people = select(Subscription.id).where(Subscription.version_id.in_(versions))
    return and_(Message.subscription_id.in_(people), Message.language == recall.language)


def wrong_sources(session: Session, recall: Recall) -> list[int]:
    """Return the versions whose own text is another than the right one, by now."""
    right = {recall.digest, *_later(session, recall)}
    mine = ProgrammeVersion.code == recall.programme
    rows = session.scalars(select(ProgrammeVersion).where(mine))
    return [
        version.id
        for version in rows
        if recall.text_id in texts_by_id(programme_of(version))
        and own_digest(version, recall) not in right
    ]


def _later(session: Session, recall: Recall) -> Sequence[bytes]:
    """Return the digests of the texts that recalls after this one made the right one."""
    if recall.approved_at is None:
        return ()
    of_it = and_(
        Recall.programme == recall.programme,
        Recall.text_id == recall.text_id,
        Recall.language == recall.language,
    )
    after = Recall.approved_at > recall.approved_at
    return session.scalars(select(Recall.digest).where(of_it, after)).all()


def own_digest(version: ProgrammeVersion, recall: Recall) -> bytes:
    """Return the digest of a version's own text of a recall, in its language."""
    return text_digest(texts_by_id(programme_of(version))[recall.text_id], recall.language)
