"""Messages of people's health among those that a person must read: by words and by sender."""

from collections.abc import Mapping
from functools import partial

from services.health.conversation.health_words import tells_of_health, words_of_programmes
from services.health.conversation.member import ActiveProgramme
from services.health.courses.subscriptions import open_subscriptions
from services.messaging.command_router import CommandContext, InboxDesk
from services.messaging.inbox_rules import KnownSender, Service
from services.storage.models import Person


def health_desk(programmes: Mapping[str, ActiveProgramme], *, members: bool) -> InboxDesk:
    """Return the desk of health, which listens to the words of the active programmes.

    `members`: whether anybody is in a course; else no sender is looked up.
    """
    every = (one for active in programmes.values() for one in active.programmes.values())
    speaks = partial(tells_of_health, words=words_of_programmes(every))
    return InboxDesk(Service.HEALTH, speaks, _sender if programmes or members else _nobody)


def _nobody(_context: CommandContext) -> None:
    return None


def _sender(context: CommandContext) -> KnownSender | None:
    """Look up whether a sender is in a course, and their province."""
    session = context.unit.session
    found = open_subscriptions(session, context.party)
    if not found:
        return None
    return KnownSender(session.get_one(Person, found[0].person_id).province)
