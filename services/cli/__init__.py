"""The command `bilum`. Subcommands load when they are called, so that each starts fast.

Exit status: 0 done; 1 a check found something (audit, verify, doctor, refused rows); 2 wrong usage
or input; 3 a part that is needed does not answer.
"""

import gc
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from chain.errors import ChainError, LedgerError
from gateway.errors import GatewayError
from services.core.errors import Invalid, ServiceError, Unavailable
from sms.errors import SmsError

USAGE, UNAVAILABLE = 2, 3

_COMMANDS = {
    "demo:demo": "Play the story: two farmers, an inspector, three pigs, six SMS; then prove it.",
    "server:run": "Run web server, recorder and dispatcher in one process: all that a small "
    "server needs.",
    "server:serve": "Run the web server alone; `bilum worker` records and sends.",
    "worker:worker": "Run the recorder and the dispatcher; the web server runs elsewhere.",
    "worker:celery": "Record and send whenever RabbitMQ notifies; run as many as wanted, on any "
    "machine.",
    "campaign:campaign": "Campaigns: one text, or one invitation, to many people.",
    "danger:danger": "Reading of texts for danger to people.",
    "console:console": "Invite people to the pages of the console, and end their sessions.",
    ":db": "Look after the database.",
    "devices:device": "Readers, pages and village boxes, which sign their requests.",
    "backups:backup": "Write database and embedded chain to FILE; the server may keep running.",
    "backups:restore": "Put the backup FILE into an empty data folder and database.",
    "doctor:doctor": "Check settings, database, keys and ledger; exit status 1 when something is "
    "wrong.",
    "messages:inbox": "Count or print the messages that a person must read, by service.",
    "tasks:task": "List, read and end tasks of officers and clinicians.",
    "journal:journal": "The journal of events.",
    "messages:message": "Print the history of the message ID: its state, why, and each attempt.",
    "messages:silenced": "Print the numbers whose answers were held back, the most first.",
    "imports:import_group": "Import records from another system.",
    "animals:animal": "Show where an animal has been, and its events.",
    "census:census": "Counts of pigs, asked of keepers by SMS.",
    "animals:tag": "Show the life of a tag: ordered, issued, fitted, lost, replaced, retired.",
    "outbreak:outbreak": "Outbreaks of disease.",
    "ledger:proof": "Write the proof of every recorded event of an animal or premises.",
    "ledger:verify": "Verify a proof file of either kind: `bilum verify FILE [OPTIONS of python "
    "-m chain verify]`.",
    "audit:audit": "Compare the database with the ledger, record by record.",
    ":ledger_group": "Look after the ledger contract.",
    "receipts:receipt": "Show the way of the report behind the receipt CODE, from its SMS to its "
    "block.",
    "outbreak:roadblock": "Roadblocks.",
    "texting:sms": "Texts as phones get them.",
    "people:token": "Tokens of the API.",
    "contacts:contact": "Premises in contact with an infected place.",
    "trace:trace": "Trace the contacts of PREMISES, of all premises, or of an animal.",
    "programme:programme": "Health programmes: their files, versions and approvals.",
    "reader:reader": "An RFID reader on this computer.",
    "indicators:indicators": "Figures of a health programme, counted from its records; see "
    "docs/indicators.md.",
    "subscription:subscription": "People in health programmes.",
    "people:party": "People and bodies.",
    "animals:passport": "Print the address of an animal's passport, with its code.",
    "phone:phone": "Play phones: each line is an SMS, *123# is a call, /help lists the rest.",
    "trial:trial": "Trials: chance decides, and the ledger shows that nobody chose.",
    "people:twilio": "Helpers for Twilio's webhooks.",
    "village:village": "Run the box of a village without signal; on the server, bind numbers to "
    "boxes.",
}
_DATABASE = {
    "database:upgrade": "Upgrade the database to this program's schema and rules; create it if "
    "there is none.",
    "database:let_send": "Let a restored copy send texts, records and figures: the old one is gone "
    "for good.",
    "database:stop_sending": "Stop all texts at once, on every machine, until `bilum db let-send`.",
    "database:rotate_key": "Start using a new data key and encrypt everything with it; run again "
    "to continue.",
    "database:backup_key": "Make the pair of keys of backups: the private one into FILE, the "
    "public one on the screen.",
    "backup_trial:verify_backup": "Restore BACKUP into a scratch place and check it; the "
    "installation is left alone.",
}
_LEDGER = {
    "ledger_admin:status": "Show the ledger's identity, size, root, head, roles and balance, as "
    "read from the node.",
    "ledger:consistency": "Write the proof that the ledger only grew: its first OLD records are "
    "unchanged.",
    "ledger:deploy": "Deploy the ledger contract on the node of BILUM_CHAIN_URL.",
    "ledger_admin:key": "Make keys.",
    "ledger_admin:grant": "Let ADDRESS record.",
    "ledger_admin:revoke": "Stop ADDRESS from recording.",
    "ledger_admin:pause": "Pause recording; events are still accepted, and wait.",
    "ledger_admin:unpause": "Resume recording.",
    "ledger_admin:fund": "Send COINS (10^18 wei each) to ADDRESS, to pay for gas.",
    "ledger_admin:admin": "Hand the contract over to another admin: begin, wait for the delay, "
    "accept.",
    "ledger_network:network": "Make a network of several organisations' validators; no key leaves "
    "its owner.",
}


class Lazy(click.Group):
    """A group that imports a command when it is called, not to list it.

    `where` has the line of help by `module:command` of this package. A command that cannot have its
    own name in its module ends in `_group` there, and has `_` for each `-`.
    """

    def __init__(self, *, where: Mapping[str, str], **settings: Any) -> None:  # noqa: ANN401 — click's
        super().__init__(**settings)
        places = {
            place.partition(":")[2].removesuffix("_group").replace("_", "-"): place
            for place in where
        }
        self.where = {name: (place, where[place]) for name, place in places.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """Return the names, in the order they were given in."""
        return list(self.where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 — same
        """Return a command, None where there is none of the name."""
        if cmd_name not in self.where:
            return None
        module, _, name = self.where[cmd_name][0].partition(":")
        command: click.Command = getattr(_load(f"services.cli.{module}".rstrip(".")), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 — same
        """Write every command with its line of help, without importing it."""
        width = formatter.width - 6 - max(map(len, self.where))
        lines = [
            (name, click.Command(name, help=line).get_short_help_str(width))
            for name, (_, line) in self.where.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(lines)


def _load(name: str) -> ModuleType:
    """Import a module, and never look for garbage in it: that is a fifth of a short command."""
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.group(cls=Lazy, where=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bilum")
def cli() -> None:
    """Track pigs on a ledger that anyone can check; send the SMS programmes."""


@click.group("db", cls=Lazy, where=_DATABASE)
def db() -> None:
    """Look after the database."""


@click.group("ledger", cls=Lazy, where=_LEDGER)
def ledger_group() -> None:
    """Look after the ledger contract."""


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
