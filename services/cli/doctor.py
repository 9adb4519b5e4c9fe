"""`bilum doctor`: is everything in place, and if not, what to do."""

import sys
from pathlib import Path

import click
from rich.console import Console

from services.cli.common import FOUND
from services.core.settings import Settings
from services.doctor.checks import CHECKS, DoctorFinding, Weight, examine
from services.doctor.warnings import WEB_ENVIRONMENT
from services.runtime.container import Runtime

SHOWN_WEIGHTS = {
    Weight.OK: "[green]ok[/]    ",
    Weight.MIND: "[yellow]mind[/]  ",
    Weight.WRONG: "[red]wrong[/] ",
}
"""By weight: how a line of it begins."""


@click.command()
@click.option(
    "--web-environment",
    type=click.Path(path_type=Path),
    default=WEB_ENVIRONMENT,
    show_default=True,
    help="Environment file of the web processes, which must hold no signing key.",
)
def doctor(web_environment: Path) -> None:
    """Check settings, database, keys and ledger; exit status 1 when something is wrong."""
    console, sick = Console(), False
    runtime = Runtime.open(Settings.from_env())
    for found in examine(runtime, web_environment, CHECKS):
        sick = sick or found.weight is Weight.WRONG
        console.print(f"{SHOWN_WEIGHTS[found.weight]}{_told(found)}", highlight=False)
    runtime.close()
    sys.exit(FOUND if sick else 0)


def _told(found: DoctorFinding) -> str:
    return f"{found.part}: {found.sentence}" if found.part else found.sentence
