"""`bilum token`, `bilum party`, `bilum twilio` and `bilum import people`."""

from __future__ import annotations

import secrets
import shlex
import sys
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from services.api.documents import csv_text
from services.api.tokens import create_token, list_tokens, revoke_token
from services.cli.common import find_party, opened, progress_bar, read_party, ready, screen
from services.core.errors import NotFound, SettingsError, UnreadableFile
from services.core.roles import Role
from services.core.settings import Settings
from services.health.imports.import_people import Tally, import_people
from services.messaging.ussd.pins import reset_pin
from services.storage.models import Party, Token
from services.storage.parties import party_of
from services.storage.read_log import accesses_of
from services.storage.unit_of_work import Unit
from sms.numbers import normalise

_ROLES = click.Choice([role.value for role in Role])

_FOUND = 1
# Columns of the report of refused rows, and what of a refusal stands in each.
_REPORT = {
    "line": "line",
    "phone": "subject",
    "column": "column",
    "wrong": "wrong",
    "advice": "advice",
}


@click.group()
def token() -> None:
    """Tokens of the API."""


@token.command()
@click.option(
    "--role", required=True, type=_ROLES, help="Role that decides what its holder may do."
)
@click.option("--phone", help="Phone number of the token's owner.")
@click.option("--party", "party_id", type=click.UUID, help="Id of the party that owns the token.")
def create(role: str, phone: str | None, party_id: UUID | None) -> None:
    """Make a token and print it, once; only its digest is kept.

    With the token of a keeper, recorder or abattoir, its party can read and report on what it has.
    So such a token needs --phone or --party.
    """
    if phone and party_id:
        raise click.UsageError("Give --phone or --party, not both")
    with opened() as runtime, runtime.database.write() as session:
        owner = _owner(Unit(session, runtime.database.vault), phone, party_id)
        secret = create_token(session, Role(role), runtime.clock(), party_id=owner)
    click.echo(secret)


def _owner(unit: Unit, phone: str | None, party_id: UUID | None) -> int | None:
    if phone:
        return party_of(unit, normalise(phone)).id
    if party_id is None:
        return None
    found = unit.session.scalar(select(Party.id).where(Party.public_id == party_id))
    if found is None:
        raise NotFound(f"There is no party {party_id}")
    return found


@token.command("list")
def list_all() -> None:
    """List tokens: id, role, party, when made, when revoked. Their secrets are not kept."""
    table = Table("id", "role", "party", "created", "revoked")
    with opened() as runtime, runtime.database.read() as session:
        wanted = select(Party.id, Party.public_id).where(Party.id.in_(select(Token.party_id)))
        parties = {row.id: str(row.public_id) for row in session.execute(wanted)}
        for one in list_tokens(session):
            revoked = f"{one.revoked_at:%Y-%m-%d %H:%M}Z" if one.revoked_at else ""
            made, whose = f"{one.created_at:%Y-%m-%d %H:%M}Z", parties.get(one.party_id or 0, "")
            table.add_row(str(one.id), one.role, whose, made, revoked)
    Console().print(table)


@token.command()
@click.argument("token_id", metavar="ID", type=int)
def revoke(token_id: int) -> None:
    """End the token ID of `bilum token list`: nobody can use it from now on."""
    with opened() as runtime, runtime.database.write() as session:
        revoke_token(session, token_id, runtime.clock())
    screen.print(f"token {token_id} is revoked")


@click.group()
def party() -> None:
    """People and bodies."""


@party.command()
@click.option(
    "--role", required=True, type=_ROLES, help="Role that decides what the person may do."
)
@click.option("--phone", prompt=True, help="Phone number; asked for when it is not given.")
def add(role: str, phone: str) -> None:
    """Give the person of a phone number a role, such as inspector."""
    with opened() as runtime, runtime.database.write() as session:
        found = party_of(Unit(session, runtime.database.vault), normalise(phone))
        found.role = role
        session.flush()
        screen.print(f"party {found.public_id} is now {role}")


@party.command()
@click.argument("whose", metavar="PARTY|PHONE")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def accesses(whose: str, limit: int) -> None:
    """List accesses to the record of a person, newest first: when, by which party and token, how.

    Name the person by the party's id or the phone number.
    """
    table = Table("at", "party", "token", "what")
    with opened() as runtime, runtime.database.read() as session:
        found = accesses_of(session, read_party(session, runtime.database.vault, whose), limit)
        wanted = select(Party.id, Party.public_id).where(Party.id.in_({a.actor_id for a in found}))
        readers = {row.id: str(row.public_id) for row in session.execute(wanted)}
        for one in found:
            reader = readers.get(one.actor_id or 0, "" if one.token_id else "this server")
            table.add_row(
                f"{one.at:%Y-%m-%d %H:%M}Z", reader, str(one.token_id or ""), Text(one.what)
            )
    Console().print(table)


@party.command("pin-reset")
@click.argument("whose", metavar="PARTY|PHONE")
def pin_reset(whose: str) -> None:
    """Remove a person's PIN and its lock; they set a new one by a code sent to their phone.

    Name the person by the party's id or the phone number.
    """
    with opened() as runtime, runtime.database.write() as session:
        found = find_party(session, runtime.database.vault, whose)
        gone = reset_pin(session, found)
        screen.print(f"party {found.public_id} has no PIN" + (" any more" if gone else ""))


@click.group()
def twilio() -> None:
    """Helpers for Twilio's webhooks."""


@twilio.command("sign")
@click.option("--from", "sender", required=True, help="Number of the sender.")
@click.option("--body", required=True, help="Text of the SMS.")
@click.option("--sid", help="MessageSid; by default a new one. The same again repeats a message.")
@click.option("--to", "recipient", default="+67570000000", help="Number of the receiver.")
def sign_sms(sender: str, body: str, sid: str | None, recipient: str) -> None:
    """Print a curl line that sends an SMS to this server as Twilio would, signed.

    Needs BILUM_TWILIO_AUTH_TOKEN; the address is BILUM_PUBLIC_URL, or else host and port.
    """
    settings = Settings.from_env()
    secret = settings.gateway.twilio_auth_token
    if not secret:
        raise SettingsError(["BILUM_TWILIO_AUTH_TOKEN is not set: choose any for a trial"])
    base = settings.gateway.public_url or f"http://{settings.host}:{settings.port}"
    url = f"{base}/gateway/twilio/sms"
    sid = sid or f"SM{secrets.token_hex(16)}"
    form = [("MessageSid", sid), ("From", sender), ("To", recipient), ("Body", body)]
    header = f"{SIGNATURE_HEADER}: {sign(url, form, secret)}"
    click.echo(shlex.join(["curl", "-sS", "-H", header, "--data", urlencode(form), url]))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows that were refused to this CSV: line, column, what is wrong, what to do.",
)
def people(file: Path, report: Path | None) -> None:
    """Import people for health programmes and campaigns from FILE: CSV or .xlsx.

    Columns: phone; where known name, language, province, district, sex, birth_year, list,
    programme, cohort, consent, consent_date, place, and days of the programme by their code. If it
    was stopped, run it again: rows that are there already change nothing.
    """
    with ready() as runtime, progress_bar() as bar:
        rows = bar.add_task("rows", total=None)
        tally = import_people(
            file, runtime.database, runtime.clock(), lambda done: bar.update(rows, completed=done)
        )
    _tell(tally)
    if report:
        refused = [
            {name: getattr(one, of) for name, of in _REPORT.items()} for one in tally.refusals
        ]
        report.write_text(csv_text(list(_REPORT), refused), encoding="utf-8", newline="")
    if tally.fault:
        raise UnreadableFile(f"{tally.fault}. The rows before that are taken")
    sys.exit(_FOUND if tally.refusals else 0)


def _tell(tally: Tally) -> None:
    for one in tally.refusals:
        click.echo(f"line {one.line}: {one.reason}", err=True)
    if tally.unused:
        screen.print(f"columns that mean nothing here: {', '.join(sorted(tally.unused))}")
    screen.print(
        f"{tally.people} new people, {tally.changed} rows with something new, {tally.unchanged} "
        f"with nothing new, {len(tally.refusals)} refused; {tally.enrolled} began a programme"
    )
