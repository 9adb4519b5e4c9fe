"""The matter of a task, beyond its card: concerns with what was said, or messages to answer."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import g
from sqlalchemy.orm import Session

from services.api.context import context
from services.console.questions import answer_in_words, question_in_words
from services.health.care.concern_stories import (
    ConcernStory,
    facts_of,
    stories_of,
)
from services.health.care.known_facts import KnownFacts
from services.health.versions.store import readable
from services.messaging.api.inbox import inbox_of, note_messages
from services.messaging.inbox import Inbox, InboxMessage
from services.messaging.inbox_rules import CALLS
from services.messaging.inbox_threads import Exchange, exchanges_of
from services.messaging.tasks.model import TaskKind
from services.messaging.tasks.reading import subject_of
from services.storage.models import Task
from sms.encoding import SEGMENT, outside_gsm7, units


class TaskMatter(NamedTuple):
    """The matter of a task; empty of other tasks than concerns and messages.

    Attributes:
        facts: what is known of the person of concerns.
        answers: their last answers, by what was asked, as people write them.
        open: the message to answer; None: there is none, or the reader may not answer.
    """

    stories: Sequence[ConcernStory] = ()
    facts: KnownFacts | None = None
    answers: Sequence[tuple[str, str]] = ()
    exchanges: Sequence[Exchange] = ()
    open: InboxMessage | None = None


class AnswerPreview(NamedTuple):
    """An answer before it is sent.

    Attributes:
        text: as its receiver will read it.
        left: letters that still fit one SMS; below zero: too many.
        odd: letters that a plain SMS does not have.
    """

    text: str
    left: int
    odd: Sequence[str]

    @property
    def fits(self) -> bool:
        """True if it goes as one plain SMS."""
        return self.left >= 0 and not self.odd


def matter_of(session: Session, row: Task) -> TaskMatter:
    """Read what a task is about."""
    if row.kind == TaskKind.CONCERN:
        facts = facts_of(session, row)
        told = _last_answers(session, facts) if facts else ()
        return TaskMatter(stories_of(session, row), facts, told)
    if row.kind != TaskKind.MESSAGE:
        return TaskMatter()
    vault = context().database.vault
    found = exchanges_of(session, inbox_of(session, vault), row)
    if subject_of(session, vault, row) is None:
        # The task names nobody whose reading its card would note.
        note_messages(session, [one.message for one in found])
    return TaskMatter(exchanges=found, open=open_one([one.message for one in found]))


def open_one(messages: Sequence[InboxMessage]) -> InboxMessage | None:
    """Return the newest message that waits for an answer, if who is signed in may answer."""
    if g.holder.role not in CALLS:
        return None
    return next((one for one in messages if one.sender and not one.answered), None)


def _last_answers(session: Session, facts: KnownFacts) -> list[tuple[str, str]]:
    version = facts.version_id
    programme = readable(session, version) if version and facts.answers else None
    return [
        (
            question_in_words(programme, one.item),
            answer_in_words(programme, one.item, one.answer),
        )
        for one in facts.answers
    ]


def preview_of(inbox: Inbox, found: InboxMessage, text: str) -> AnswerPreview:
    """Measure an answer as it would go out."""
    sent = inbox.as_sent(found, text)
    return AnswerPreview(sent, SEGMENT - units(sent), outside_gsm7(sent))
