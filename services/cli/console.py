"""`bilum console`: who may sign in to the pages."""

from datetime import datetime
from urllib.parse import urlencode

import click
from sqlalchemy.orm import Session

from services.cli.common import find_party, opened, screen
from services.console.accounts import INVITATION_LIFE, invite
from services.console.browser_session import PREFIX
from services.console.sessions import SIGNED_OUT, end_every_session
from services.core.errors import Conflict
from services.core.geography import zone_of
from services.ledger.party_log import PartyAct
from services.livestock.domain.model import local_day
from services.messaging.offices import phone_to_text
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import Party
from services.texts.catalogue import day_and_month, language_of, say

_WHOSE = click.argument("whose", metavar="PARTY|PHONE")
_TOLD = 4


@click.group()
def console() -> None:
    """Invite people to the pages of the console, and end their sessions."""


@console.command("invite")
@_WHOSE
@click.option("--sms", is_flag=True, help="Send the link by SMS, and print what to tell beside it.")
def invite_person(whose: str, *, sms: bool) -> None:
    """Invite somebody who holds an office; print the link and its code, for paper.

    The link is good once, for seven days. It sets password and app, also of somebody who lost them,
    and ends their sessions. A link by SMS lacks the end of its code, which you tell them yourself:
    whoever reads their texts cannot use it.
    """
    with opened() as runtime, runtime.database.write() as session:
        now = runtime.clock()
        party = find_party(session, runtime.database.vault, whose)
        code = invite(session, party, PartyAct("invited", None, "cli", now))
        base, ends = runtime.settings.address.rstrip("/"), now + INVITATION_LIFE
        if sms:
            _send(session, party, _link(base, code[: -_TOLD - 1]), now)
    click.echo(f"code  {code[-_TOLD:] if sms else code}")
    if not sms:
        click.echo(f"link  {_link(base, code)}")
    screen.print(f"It is good once, until {ends:%Y-%m-%d %H:%M}Z")


@console.command("sign-out")
@_WHOSE
def sign_out(whose: str) -> None:
    """End every session of somebody; they may sign in again."""
    with opened() as runtime, runtime.database.write() as session:
        party = find_party(session, runtime.database.vault, whose)
        count = end_every_session(
            session, party, PartyAct(SIGNED_OUT, None, "cli", runtime.clock())
        )
    screen.print(f"{count} sessions have ended")


def _link(base: str, code: str) -> str:
    return f"{base}{PREFIX}/invitation?{urlencode({'code': code})}"


def _send(session: Session, party: Party, link: str, now: datetime) -> None:
    phone = phone_to_text(session, party)
    if phone is None:
        raise Conflict("None of their phones takes texts: print the link instead, without --sms")
    number, index = phone
    language, ends = language_of(party.language), now + INVITATION_LIFE
    body = say("invitation.sms", language, link=link, day=day_and_month(local_day(ends), language))
    message = OutboundMessage(
        number, index, body, f"invitation\0{link}", zone=zone_of(party.province)
    )
    options = SendOptions("invitation", now, ends, office=True, direct=True)
    enqueue_messages(session, [message], options)
