"""`bilum console`: who may sign in to the pages."""

import click

from services.cli.common import find_party, opened, screen
from services.console.accounts import INVITATION_LIFE, invite
from services.console.invitation_links import link_of, text_link
from services.console.sessions import SIGNED_OUT, end_every_session
from services.ledger.party_log import PartyAct

_WHOSE = click.argument("whose", metavar="PARTY|PHONE")


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
        base, ends = runtime.settings.address, now + INVITATION_LIFE
        told = text_link(session, party, base, code, now) if sms else code
    click.echo(f"code  {told}")
    if not sms:
        click.echo(f"link  {link_of(base, code)}")
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
