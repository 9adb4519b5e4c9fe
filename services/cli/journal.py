"""`bilum journal erase`: what an event told goes, and the ledger says so."""

from uuid import UUID

import click
from sqlalchemy.orm import Session

from services.cli.common import find_party, opened, screen
from services.core.errors import Forbidden
from services.core.roles import Role
from services.ledger.content_erasure import ErasureOrder, ErasureReason
from services.livestock.domain.errors import AlreadyErased
from services.livestock.recording.erasure import Erased, erase_event, plan_erasure
from services.runtime.container import Runtime

_CHANNEL = "cli"
_REASONS = click.Choice([reason.value for reason in ErasureReason])


@click.group()
def journal() -> None:
    """The journal of events."""


@journal.command()
@click.argument("event", type=click.UUID)
@click.option("--reason", required=True, type=_REASONS, help="Recorded on the ledger.")
@click.option("--by", metavar="PARTY|PHONE", required=True, help="The administrator who decides.")
@click.option(
    "--apply", is_flag=True, help="Erase, after asking; without it, only show what would be erased."
)
@click.option("--yes", is_flag=True, help="With --apply: do not ask.")
def erase(event: UUID, reason: str, by: str, *, apply: bool, yes: bool) -> None:
    """Erase the content of EVENT for good; `bilum animal TAG` prints the ids.

    This deletes content and salts from the database, and adds a record of each erasure to the
    ledger. Backups, and proof files that others hold, keep the content.
    """
    with opened() as runtime:
        try:
            with runtime.database.read() as session:
                _administrator(session, runtime, by)
                _tell(plan_erasure(session, event))
            if not apply:
                screen.print("Nothing is erased: add --apply")
                return
            if not yes:
                click.confirm("Erase it? Nobody can bring it back", abort=True)
            _erase(runtime, event, reason, by)
        except AlreadyErased as done:
            screen.print(done.detail)


def _erase(runtime: Runtime, event: UUID, reason: str, by: str) -> None:
    with runtime.database.write() as session:
        reporter = _administrator(session, runtime, by)
        act = ErasureOrder(ErasureReason(reason), _CHANNEL, reporter, runtime.clock())
        done = erase_event(session, event, act)
    screen.print(f"{len(done.indexes)} record(s) are erased; the recorder takes it to the ledger")


def _administrator(session: Session, runtime: Runtime, by: str) -> UUID:
    party = find_party(session, runtime.database.vault, by)
    if party.role != Role.ADMINISTRATOR:
        raise Forbidden("Only an administrator erases: see `bilum party add --role`")
    return party.public_id


def _tell(plan: Erased) -> None:
    records = ", ".join(map(str, plan.indexes))
    screen.print(f"{plan.type}: its record(s) on the ledger are {records}")
    if plan.animals:
        screen.print(f"The state of {', '.join(plan.animals)} is made again without it")
