"""Holds: a keeper is told that another's report of sickness keeps their pigs where they are."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.livestock.domain.model import Recorded, SuspicionStanding
from services.messaging.offices import OfficeHolder, messages_for, reachable_holders
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Party, Premises
from services.texts.catalogue import language_of, say
from sms.message import Kind

_LIFE = timedelta(days=3)


def tell_held(
    session: Session, done: Recorded, place: Premises, reporter: int | None, now: datetime
) -> None:
    """Text the keeper of a place, once a day, all of whose pigs another's report holds.

    Args:
        reporter: database key of the party; None: a machine of the ministry's own.
    """
    report, keeper = done.report, place.keeper_id
    of_place = report.standing is SuspicionStanding.OF_PLACE
    if not of_place or keeper is None or keeper == reporter:
        return

    def text(holder: OfficeHolder) -> str:
        language = language_of(holder.language)
        return say("held", language, place=report.premises, receipt=done.receipt)

    about = hold_name(place, now)
    holders = reachable_holders(session, Party.id == keeper)
    enqueue_messages(session, messages_for(holders, about, text), hold_options(now))


def hold_options(now: datetime) -> SendOptions:
    """Return the options of texts to a keeper about what holds their pigs."""
    return SendOptions("held", now, now + _LIFE, Kind.URGENT)


def hold_name(place: Premises, at: datetime) -> str:
    """Return what the messages of a hold are named by that was told at an instant (UTC)."""
    return f"held\0{place.public_id}\0{at.date().isoformat()}"
