"""`bilum programme diff`: what changes between two programmes, or with a new version of a base."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from services.cli.common import FOUND, opened
from services.cli.programme_versions import find_base, text_of
from services.core.errors import Invalid
from services.health.format.differences import Changed, Difference, conflicts, differences
from services.health.format.documents import read_source
from services.health.format.overlays import EXTENDS, is_overlay, whole_of
from services.health.versions.bases import document_of
from services.health.versions.store import find_version

_MARKS = {Changed.ADDED: "+", Changed.REMOVED: "-", Changed.CHANGED: "~", Changed.CONFLICT: "!"}


@click.command("diff")
@click.argument("old", metavar="FILE|CODE|CODE@N")
@click.argument("new", metavar="FILE|CODE|CODE@N", required=False)
@click.option("--onto", metavar="CODE@N", help="A new version of the base that OLD extends.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences for machines.")
def diff(old: str, new: str | None, onto: str | None, *, as_json: bool) -> None:
    """Print line by line what NEW changes of OLD, or what OLD becomes ONTO a new base.

    Exit with 1 where the base changed a text that OLD replaces: somebody must decide on it.
    """
    if (new is None) == (onto is None):
        raise click.UsageError("Give NEW, or --onto a base")
    found = _onto(old, onto) if onto else differences(_document(old), _document(new or ""))
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found], indent=2))
    else:
        _print(found)
    if any(one.kind is Changed.CONFLICT for one in found):
        sys.exit(FOUND)


def _onto(name: str, onto: str) -> list[Difference]:
    source = read_source(text_of(name))
    if not is_overlay(source.document):
        raise Invalid(f"{name} extends nothing")
    old, new = find_base(source.document[EXTENDS]), find_base(onto)
    before, after = whole_of(source, lambda _: old), whole_of(source, lambda _: new)
    decide = conflicts(source.document, old.document, new.document)
    return [*decide, *differences(before, after)]


def _document(name: str) -> dict[str, Any]:
    code, at, number = name.partition("@")
    if at and number.isdecimal():
        with opened() as runtime, runtime.database.read() as session:
            return document_of(find_version(session, code, int(number)))
    return whole_of(read_source(text_of(name)), find_base)


def _print(found: Sequence[Difference]) -> None:
    for one in found:
        click.echo(f"{_MARKS[one.kind]} {one.where}")
        for title, text in (("was", one.old), ("is", one.new), ("yours", one.own)):
            if text is not None:
                click.echo(f"    {title:<6}{text}")
    counted = {kind: sum(one.kind is kind for one in found) for kind in Changed}
    click.echo(", ".join(f"{many} {kind}" for kind, many in counted.items()))
