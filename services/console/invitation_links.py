"""Links of invitations: whole, for paper, or by SMS without the end of their code."""

from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from services.console.accounts import INVITATION_LIFE
from services.console.browser_session import PREFIX
from services.core.errors import Conflict
from services.core.geography import zone_of
from services.messaging.offices import phone_to_text
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Party
from services.texts.catalogue import day_and_month, language_of, say
from sms.local_time import local_day

_TOLD = 4


def link_of(base: str, code: str) -> str:
    """Return the address at which an invitation is taken up."""
    return f"{base.rstrip('/')}{PREFIX}/invitation?{urlencode({'code': code})}"


def text_link(session: Session, party: Party, base: str, code: str, now: datetime) -> str:
    """Send the link without the end of its code; return that end, to be told.

    Raises:
        Conflict: none of their phones takes texts.
    """
    phone = phone_to_text(session, party)
    if phone is None:
        raise Conflict("None of their phones takes texts: give them the link on paper")
    link, ends = link_of(base, code[: -_TOLD - 1]), now + INVITATION_LIFE
    language = language_of(party.language)
    body = say("invitation.sms", language, link=link, day=day_and_month(local_day(ends), language))
    message = OutboundMessage(*phone, body, f"invitation\0{link}", zone=zone_of(party.province))
    options = SendOptions("invitation", now, ends, office=True, direct=True)
    enqueue_messages(session, [message], options)
    return code[-_TOLD:]
