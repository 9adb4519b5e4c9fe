"""`bilum token`, `bilum party` and `bilum twilio`."""

import json
import secrets
import shlex
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import click

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from services.api.tokens import (
    EVERY_SCOPE,
    USUAL_DAYS,
    Terms,
    create_token,
    list_tokens,
    renew_token,
    revoke_token,
    scopes_of,
)
from services.cli.common import (
    FILE,
    LIMIT,
    find_party,
    opened,
    print_table,
    public_ids,
    read_party,
    screen,
)
from services.core.errors import SettingsError
from services.core.roles import Role, Scope
from services.core.settings import Settings
from services.ledger.party_log import PartyAct
from services.messaging.offices import appoint
from services.messaging.subject_access import export_person
from services.messaging.ussd.pins import reset_pin
from services.runtime.container import Runtime
from services.storage.parties import party_of
from services.storage.read_log import SERVER, ReadSubject, accesses_of, note_access
from services.storage.unit_of_work import Unit
from sms.numbers import normalise

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def token() -> None:
    """Tokens of the API."""


_DAYS = click.option(
    "--days",
    type=click.IntRange(min=1),
    default=USUAL_DAYS,
    show_default=True,
    help="Days that it is good.",
)


@token.command()
@click.option(
    "--role", required=True, type=_ROLES, help="Role that decides what its holder may do."
)
@click.option("--phone", help="Phone number of the token's owner.")
@click.option("--party", "party_id", type=click.UUID, help="Id of the party that owns the token.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    help="Part of the role that the token has; give it several times. By default it has all.",
)
@_DAYS
def create(
    role: str, phone: str | None, party_id: UUID | None, scopes: tuple[str, ...], days: int
) -> None:
    """Make a token and print it, once; only its digest is kept.

    With the token of a keeper, recorder or abattoir, its party can read and report on what it has.
    So such a token needs --phone or --party. A token never does more than its party may.
    """
    if phone and party_id:
        raise click.UsageError("Give --phone or --party, not both")
    terms = Terms(days, frozenset(map(Scope, scopes)) or EVERY_SCOPE)
    with opened() as runtime, runtime.database.write() as session:
        _require_days(runtime, days)
        owner = _owner(Unit(session, runtime.database.vault), phone, party_id)
        secret = create_token(session, Role(role), runtime.clock(), party_id=owner, terms=terms)
    click.echo(secret)


def _require_days(runtime: Runtime, days: int) -> None:
    most = runtime.settings.token_days
    if days > most:
        raise click.UsageError(f"--days is at most {most}, the setting BILUM_TOKEN_DAYS")


def _owner(unit: Unit, phone: str | None, party_id: UUID | None) -> int | None:
    if phone:
        return party_of(unit, normalise(phone)).id
    return read_party(unit.session, unit.vault, str(party_id)).party_id if party_id else None


@token.command("list")
def list_all() -> None:
    """List tokens: what each may do, when it ends, when it was last used. No secret is kept."""
    with opened() as runtime, runtime.database.read() as session:
        tokens = list_tokens(session)
        whose = public_ids(session, (one.party_id for one in tokens))
        rows = [
            (
                one.id,
                one.role,
                "all" if one.scopes is None else " ".join(sorted(scopes_of(one))),
                whose.get(one.party_id),
                one.created_at,
                one.expires_at,
                one.last_used_on,
                one.revoked_at,
            )
            for one in tokens
        ]
    print_table(
        ("id", "role", "scopes", "party", "created", "expires", "last used", "revoked"), rows
    )


@token.command()
@click.argument("token_id", metavar="ID", type=int)
@_DAYS
def renew(token_id: int, days: int) -> None:
    """Let the token ID of `bilum token list` be good for some days from now."""
    with opened() as runtime, runtime.database.write() as session:
        _require_days(runtime, days)
        row = renew_token(session, token_id, runtime.clock(), days)
        screen.print(f"token {token_id} is good until {row.expires_at:%Y-%m-%d %H:%M}Z")


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
        appoint(session, found, Role(role), PartyAct("role", None, "cli", runtime.clock()))
        screen.print(f"party {found.public_id} is now {role}")


@party.command()
@click.argument("whose", metavar="PARTY|PHONE")
@LIMIT
def accesses(whose: str, limit: int) -> None:
    """List accesses to the record of a person, newest first: when, by which party and token, how.

    Name the person by the party's id or the phone number.
    """
    with opened() as runtime, runtime.database.read() as session:
        found = accesses_of(session, read_party(session, runtime.database.vault, whose), limit)
        readers = public_ids(session, (one.actor_id for one in found))
        rows = [
            (
                one.at,
                readers.get(one.actor_id, "" if one.token_id else "this server"),
                one.token_id,
                one.what,
            )
            for one in found
        ]
    print_table(("at", "party", "token", "what"), rows)


@party.command()
@click.argument("whose", metavar="PARTY|PHONE")
@click.argument("file", type=FILE)
def export(whose: str, file: Path) -> None:
    """Write everything that is kept of a person to FILE (JSON), for the person alone.

    Name the person by the party's id or the phone number. The export is in the list of accesses.
    What the person reported of animals is in the journal: see `bilum animal`.
    """
    with opened() as runtime, runtime.database.write() as session:
        found = find_party(session, runtime.database.vault, whose)
        told = export_person(session, found)
        note_access(session, SERVER, ReadSubject(found.id), "bilum party export", runtime.clock())
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    rows = sum(map(len, told.values()))
    screen.print(f"{file}: {rows} rows. Hand it to the person alone, then delete it.")


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
    url = f"{settings.address}/gateway/twilio/sms"
    sid = sid or f"SM{secrets.token_hex(16)}"
    form = [("MessageSid", sid), ("From", sender), ("To", recipient), ("Body", body)]
    header = f"{SIGNATURE_HEADER}: {sign(url, form, secret)}"
    click.echo(shlex.join(["curl", "-sS", "-H", header, "--data", urlencode(form), url]))
