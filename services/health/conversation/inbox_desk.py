"""Messages of people's health among those that a person must read: by words and by sender."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import bindparam, select

from services.health.conversation.health_words import tells_of_health, words_of_programmes
from services.health.conversation.member import ActiveProgramme
from services.health.courses.subscriptions import OPEN
from services.messaging.command_router import CommandContext
from services.messaging.inbox_rules import InboxDesk, KnownSender, Service
from services.storage.models import Person, Subscription

# Made once: it is asked of each text that nothing matches.
_PROVINCE = (
    select(Person.province)
    .join(Subscription, Subscription.person_id == Person.id)
    .where(Person.link == bindparam("link"), Subscription.state.in_(sorted(OPEN)))
    .order_by(Subscription.id.desc())
    .limit(1)
)


def health_desk(
    programmes: Mapping[str, ActiveProgramme], *, members: bool
) -> InboxDesk[CommandContext]:
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
    link = context.unit.vault.link(context.party.public_id)
    found = context.unit.session.connection().execute(_PROVINCE, {"link": link}).first()
    return KnownSender(found.province) if found else None
