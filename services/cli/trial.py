"""`bilum trial`: trials that chance decides, what they give, and their end."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from services.api.documents import csv_text
from services.cli.common import FILE, find_party, opened, print_table
from services.health.trials.closing import Decision, close_trial, get_trial
from services.health.trials.effects import COLUMNS, estimate, export
from services.health.trials.flow import consort
from services.health.trials.views import checklist_view, trial_view, trial_views
from services.runtime.container import Runtime
from services.storage.models import TrialRow

_CHANNEL = "cli"
_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_NAME = click.argument("name", metavar="PROGRAMME/TRIAL")
_HEADINGS = ("trial", "state", "unit", "arms", "people", "start", "stop", "receipt")
_FLOW = (
    *("arm", "allocated", "received", "not_received", "left", "died", "not_due", "answered"),
    *("lost", "analysed"),
)


@click.group()
def trial() -> None:
    """Trials: chance decides, and the ledger shows that nobody chose. See docs/trials.md."""


@trial.command("list")
def list_all() -> None:
    """List trials, newest first."""
    with opened() as runtime, runtime.database.read() as session:
        views = trial_views(session)
    print_table(_HEADINGS, map(_row, views))


@trial.command()
@_NAME
def show(name: str) -> None:
    """Print a trial as JSON: its design, the digest of its seed, and where the ledger has it."""
    with opened() as runtime, runtime.database.read() as session:
        _print(trial_view(session, _found(session, name)))


@trial.command("consort")
@_NAME
@_JSON
def flow(name: str, *, as_json: bool) -> None:
    """Count the flow of people (CONSORT); before the end arms are letters."""
    with opened() as runtime, runtime.database.read() as session:
        found = consort(session, _found(session, name), runtime.clock())
    if as_json:
        _print(found)
        return
    click.echo(f"assessed {found['assessed']}, allocated {found['allocated']}")
    for why, people in found["excluded"].items():
        click.echo(f"  not allocated: {people} {why}")
    print_table(_FLOW, ([arm[name] for name in _FLOW] for arm in found["arms"]))
    click.echo(f"looks at outcomes by arm: {len(found['looks'])}")


@trial.command()
@_NAME
@_JSON
def checklist(name: str, *, as_json: bool) -> None:
    """Fill mERA and TIDieR from the file and the records; what they cannot know is OPEN."""
    with opened() as runtime, runtime.database.read() as session:
        price = runtime.settings.sms.price_toea
        found = checklist_view(session, _found(session, name), runtime.clock(), price)
    if as_json:
        _print(found)
        return
    for title, items in found.items():
        click.echo(f"# {title}")
        for item in items:
            click.echo(f"- {item['item']}\n  {item['told']}")


def _on_ground(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what a recorded look or an end is told."""
    for take in (
        click.option("--by", metavar="PARTY|PHONE", required=True, help="Who asks."),
        click.option("--reference", required=True, help="Of the signed document; no name in it."),
        _NAME,
    ):
        command = take(command)
    return command


@trial.command("estimate")
@_on_ground
def effect(name: str, by: str, reference: str) -> None:
    """Estimate the effect on the primary outcome; the ledger records that you looked."""
    with opened() as runtime, runtime.database.write() as session:
        decision = _decision(runtime, session, by, reference)
        _print(estimate(session, _found(session, name), decision))


@trial.command("export")
@_on_ground
@click.option("--out", type=FILE, required=True, help="CSV, a row for each person.")
def rows(name: str, by: str, reference: str, out: Path) -> None:
    """Write each person's row with the arm, after the end; the ledger records it."""
    with opened() as runtime, runtime.database.write() as session:
        decision = _decision(runtime, session, by, reference)
        found = export(session, _found(session, name), decision)
        _write(out, csv_text(COLUMNS, found))


@trial.command()
@_on_ground
@click.option("--early", metavar="REASON", help="Why it closes before its follow-up is over.")
def close(name: str, by: str, reference: str, early: str | None) -> None:
    """Close a trial for good and reveal its seed, so that anybody can draw again."""
    with opened() as runtime, runtime.database.write() as session:
        row = _found(session, name)
        close_trial(session, row, _decision(runtime, session, by, reference), early)
        click.echo(f"{name} is closed; its seed is {row.revealed}")


def _found(session: Session, name: str) -> TrialRow:
    programme, _, code = name.partition("/")
    return get_trial(session, programme, code)


def _decision(runtime: Runtime, session: Session, by: str, reference: str) -> Decision:
    party = find_party(session, runtime.database.vault, by)
    return Decision(party.id, party.public_id, reference, _CHANNEL, runtime.clock())


def _row(view: dict[str, Any]) -> Sequence[object]:
    design = view["design"]
    arms = ", ".join(f"{arm['code']} {arm['ratio']}" for arm in design["arms"])
    name = f"{view['programme']}/{view['trial']}"
    dates = design["start"], design["stop"]
    return (name, view["state"], design["unit"], arms, view["people"], *dates, view["receipt"])


def _print(found: object) -> None:
    click.echo(json.dumps(found, indent=2, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _write(out: Path, text: str) -> None:
    out.touch(mode=0o600)
    out.write_text(text, encoding="utf-8", newline="")
