"""The command `bilum`. Subcommands load when they are called, so that each starts fast.

Exit status: 0 done; 1 a check found something (audit, verify, doctor, refused rows); 2 wrong usage
or input; 3 a part that is needed does not answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import click

from chain.errors import ChainError, LedgerError
from gateway.errors import GatewayError
from services.cli.lazy import Lazy
from services.core.errors import Invalid, ServiceError, Unavailable
from sms.errors import SmsError

FOUND, USAGE, UNAVAILABLE = 1, 2, 3

_COMMANDS = {
    "demo": "demo:demo",
    "run": "server:run",
    "serve": "server:serve",
    "worker": "server:worker",
    "celery": "broker:celery",
    "campaign": "campaign:campaign",
    "db": "database:db",
    "device": "devices:device",
    "backup": "database:backup",
    "restore": "database:restore",
    "doctor": "doctor:doctor",
    "inbox": "messages:inbox",
    "journal": "journal:journal",
    "message": "messages:message",
    "import": "livestock:import_group",
    "animal": "livestock:animal",
    "outbreak": "outbreak:outbreak",
    "proof": "ledger:proof",
    "verify": "ledger:verify",
    "audit": "audit:audit",
    "ledger": "ledger_group:ledger_group",
    "roadblock": "outbreak:roadblock",
    "sms": "texting:sms",
    "token": "people:token",
    "trace": "trace:trace",
    "programme": "programme:programme",
    "reader": "reader:reader",
    "indicators": "indicators:indicators",
    "subscription": "subscription:subscription",
    "party": "people:party",
    "passport": "passport:passport",
    "phone": "phone:phone",
    "twilio": "people:twilio",
    "village": "village:village",
}


@click.group(cls=Lazy, where=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bilum")
def cli() -> None:
    """Track pigs on a ledger that anyone can check; send the SMS programmes."""


def main() -> None:
    """Run the command; turn errors into one sentence and an exit status."""
    try:
        cli()
    except (ServiceError, ChainError, GatewayError, SmsError) as error:
        click.echo(f"bilum: {error.detail} ({error.code})", err=True)
        for where, told in _told(error.fields) if isinstance(error, Invalid) else ():
            if told not in error.detail:
                click.echo(f"  {where}: {told}", err=True)
        sys.exit(UNAVAILABLE if isinstance(error, Unavailable | LedgerError) else USAGE)


def _told(fields: Mapping[str, object], below: str = "") -> Iterator[tuple[str, str]]:
    """Yield what is wrong with each field, and where it is."""
    for name, told in fields.items():
        where = f"{below}.{name}" if below else str(name)
        if isinstance(told, Mapping):
            yield from _told(told, where)
        else:
            yield from ((where, str(one)) for one in (told if isinstance(told, list) else [told]))
