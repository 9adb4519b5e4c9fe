"""Questions about danger that a digit answers: the newest that a sender was asked."""

from services.health.care.danger_questions import open_question
from services.health.care.second_contacts import open_contact
from services.health.courses.subscriptions import newest_open_question
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import answerable
from services.storage.models import DangerQuestion, SecondContact
from services.storage.persons import find_person


def waiting_question(context: CommandContext) -> SecondContact | DangerQuestion | None:
    """Return the question about danger that a digit answers: nothing was asked since."""
    session = context.unit.session
    person = find_person(session, context.party)
    if person is None:
        return None
    asked = (
        open_question(session, person.id, context.now),
        open_contact(session, person.id, context.now),
    )
    sent = [(one.sent_at, one) for one in asked if one is not None and one.sent_at is not None]
    if context.read_by is not None:
        # What was written before answers something else.
        sent = [each for each in sent if each[0] <= context.read_by]
    at, row = max(sent, key=lambda each: each[0], default=(context.now, None))
    asked_by, read_by = context.asked_by, context.read_by
    question = newest_open_question(session, context.health_index, asked_by, read_by)
    if row is None or (question and (question.reminded_at or question.asked_at) > at):
        return None
    waiting = answerable(session, context.party.id, context.said_at, context.read_by)
    return None if any(one.made_at > at for one in waiting) else row
