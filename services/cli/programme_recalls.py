"""`bilum programme recall`, `approve-recall`, `recalls`: a wrong text of a running course."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import click

from services.cli.common import find_party, opened, print_table, screen
from services.health.recalls.lifecycle import (
    RecallDraft,
    approve_recall,
    ask_recall,
    find_recall,
)
from services.health.recalls.views import RecallFigures, figures, recall_view, recall_views
from services.health.versions.approvals import ApprovalAct
from services.health.versions.store import find_version

_CHANNEL = "cli"


@click.command()
@click.argument("code")
@click.argument("text_id")
@click.option("--by", type=click.IntRange(1), required=True, help="The version that has it right.")
@click.option("--language", required=True, help="Of this language alone.")
@click.option("--reason", required=True, help="Why; the ledger gets its digest. No name in it.")
@click.option("--asker", metavar="PARTY|PHONE", required=True, help="Who asks.")
@click.option("--correct", is_flag=True, help="Send the right text to those who have the wrong.")
@click.option("--dry-run", is_flag=True, help="Only show what it comes to.")
def recall(code: str, text_id: str, *, dry_run: bool, asker: str, **told: Any) -> None:  # noqa: ANN401 — as the options have them
    """Ask to recall TEXT_ID of the programme CODE: another version's takes its place.

    A second person approves it: bilum programme approve-recall.
    """
    with opened() as runtime, runtime.database.write() as session:
        party, now = find_party(session, runtime.database.vault, asker), runtime.clock()
        made = ask_recall(session, RecallDraft(code, text_id, **told), party.id, now)
        _print_texts(recall_view(session, made))
        _print_figures(figures(session, made, runtime.settings.sms, now))
        if dry_run:
            session.rollback()
            return
        click.echo(f"recall {made.public_id}")
    screen.print("Nothing changes before a second person approves it")


@click.command("approve-recall")
@click.argument("recall_id", type=click.UUID)
@click.option("--approver", metavar="PARTY|PHONE", required=True, help="Who decides.")
@click.option("--reference", required=True, help="Of the signed document; no name in it.")
def approve(recall_id: UUID, approver: str, reference: str) -> None:
    """Approve a recall: from now on nobody gets the wrong text, and the ledger tells it."""
    with opened() as runtime, runtime.database.write() as session:
        party = find_party(session, runtime.database.vault, approver)
        given = ApprovalAct(
            reference, party.id, uuid4(), _CHANNEL, party.public_id, runtime.clock()
        )
        done = approve_recall(session, find_recall(session, None, recall_id), given)
        view = recall_view(session, done)
        _print_texts(view)
        click.echo(f"{done.programme} {done.text_id} {done.language} recalled {view['receipt']}")


@click.command("recalls")
@click.argument("code")
def list_all(code: str) -> None:
    """List the recalls of the programme CODE, newest first, and what became of corrections."""
    with opened() as runtime, runtime.database.read() as session:
        views = recall_views(session, find_version(session, code).code)
    rows = [
        (
            one["id"],
            one["text"],
            one["language"],
            one["by"],
            "in force" if one["approved_at"] else "asked",
            ", ".join(_told(one)),
        )
        for one in views
    ]
    print_table(("id", "text", "language", "by version", "state", "corrections"), rows)


def _told(one: Mapping[str, Any]) -> Iterator[str]:
    for what, many in sorted(one["corrections"].items()):
        yield f"{many} {what}"
    if one["noting"]:
        yield "others are still looked for"


def _print_texts(view: Mapping[str, Any]) -> None:
    for one in view["wrong"]:
        _print_side(f"version {one['version']} now", one["texts"])
    _print_side(f"version {view['by']} instead", view["right"])
    if view["safety"]:
        click.echo("This is a text of safety: have a clinician read it.")


def _print_side(title: str, texts: Sequence[Mapping[str, str | None]]) -> None:
    for text in texts:
        for manner in ("say", "discreet"):
            if text[manner]:
                click.echo(f"{title}{', discreet' if manner == 'discreet' else ''}: {text[manner]}")


def _print_figures(found: RecallFigures) -> None:
    kina = f"{found.cost // 100}.{found.cost % 100:02}"
    click.echo(
        f"{found.waiting} waiting texts are written anew; {found.have} people may have the wrong "
        f"text ({found.paused} in a pause, {found.left} left)"
    )
    click.echo(
        f"Correcting them takes {found.segments} segments, K{kina}; for {found.quiet} of them it "
        "waits for the end of their quiet hours"
    )
