"""`bilum programme`: check a programme's file, read it as its people do, see it as a calendar."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from services.cli.common import FOUND
from services.cli.programme_diff import diff
from services.cli.programme_evidence import print_evidence
from services.cli.programme_harms import harms
from services.cli.programme_recalls import approve as approve_recall
from services.cli.programme_recalls import list_all as list_recalls
from services.cli.programme_recalls import recall
from services.cli.programme_versions import (
    add,
    approve,
    clinicians,
    find_base,
    lint_settings_of,
    list_all,
    text_of,
    withdraw,
)
from services.core.clock import utc_now
from services.core.errors import NotFound
from services.core.settings import Settings
from services.health.format.entries import Entry, Text
from services.health.format.example_person import example_person
from services.health.format.items import Item
from services.health.format.model import ENROLMENT, Personal, Programme, render
from services.health.format.parser import read_programme
from services.health.linting.costs import Cost
from services.health.linting.course import items_of, weeks_of
from services.health.linting.coverage import coverage
from services.health.linting.findings import Finding, Severity
from services.health.versions.checking import lint_text
from sms.local_time import local_day

_MARKS = 16

_SOURCE = click.argument("source", metavar="FILE|CODE")
_COHORT = click.option("--cohort", help="Of one cohort, in a trial COHORT/ARM; else the first.")


@click.group()
def programme() -> None:
    """Health programmes: their files, versions and approvals."""


for command in (
    *(add, approve, withdraw, list_all, clinicians, harms),
    *(recall, approve_recall, list_recalls, diff),
):
    programme.add_command(command)


@programme.command("lint")
@_SOURCE
@click.option("--json", "as_json", is_flag=True, help="Print findings and costs for machines.")
def check(source: str, *, as_json: bool) -> None:
    """Check a programme's FILE, or the shipped programme CODE; exit with 1 where it has faults.

    It also prints what a whole course costs one person, by language and cohort, and what its texts
    rest on.
    """
    prices, today = lint_settings_of(Settings.from_env()), local_day(utc_now())
    given, found, costing = lint_text(text_of(source), find_base, prices, today)
    evidence = coverage(given, today)
    if as_json:
        findings = [{**one.as_json(), "line": line} for line, one in found]
        told = {
            "findings": findings,
            "costs": [one._asdict() for one in costing],
            "evidence": evidence.as_json(),
        }
        click.echo(json.dumps(told, indent=2))
    else:
        _print(given, found, costing)
        print_evidence(evidence)
    if any(one.severity is Severity.FAULT for _, one in found):
        sys.exit(FOUND)


@programme.command()
@_SOURCE
@_COHORT
@click.option("--language", default="en", show_default=True)
@click.option("--item", help="Only what has this id or code.")
@click.option("--discreet", is_flag=True, help="As on a phone that others read.")
def show(
    source: str, cohort: str | None, language: str, item: str | None, *, discreet: bool
) -> None:
    """Print a programme as a person gets it, day by day, with the name and days of an example."""
    given = read_programme(text_of(source), find_base)
    chosen = _cohort(given, cohort)
    if language not in given.languages:
        raise NotFound(f"{given.code} has no language {language}: {', '.join(given.languages)}")
    lines = list(told_course(given, chosen, language, discreet=discreet))
    shown = [line.text for line in lines if item in {None, line.id}]
    if not shown:
        raise NotFound(f"Nothing has the id {item}: see `bilum programme show {source}`")
    click.echo("\n".join(shown))


@programme.command()
@_SOURCE
@_COHORT
def calendar(source: str, cohort: str | None) -> None:
    """Print how many texts a person gets on each day, week by week from each anchor.

    Week 0 begins on the anchor's own day.
    """
    given = read_programme(text_of(source), find_base)
    weeks = weeks_of(given, _cohort(given, cohort))
    each = -(-max((week.total for week in weeks), default=1) // _MARKS)
    table = Table("anchor", "week", *(f"+{day}" for day in range(7)), "texts", "")
    sums = []
    for anchor, of_anchor in groupby(weeks, attrgetter("anchor")):
        own = list(of_anchor)
        for week in own:
            days = (str(count or ".") for count in week.days)
            marks = "#" * -(-week.total // each)
            table.add_row(anchor, f"{week.number:+}", *days, str(week.total), marks)
        table.add_section()
        total, most = sum(week.total for week in own), max(max(week.days) for week in own)
        sums.append(f"{anchor}: {total} texts, at most {most} on a day")
    Console().print(table, *sums, f"# is {each} of a week's texts", sep="\n")


def _print(
    given: Programme, found: Sequence[tuple[int | None, Finding]], costing: Sequence[Cost]
) -> None:
    for line, one in found:
        place = ", ".join(filter(None, (f"line {line}" if line else None, one.language)))
        click.echo(
            f"{one.severity}: {one.where}{place and f' ({place})'}: {one.message} [{one.code}]"
        )
    faults = sum(one.severity is Severity.FAULT for _, one in found)
    click.echo(f"{given.code}: {faults or 'no'} fault{'' if faults == 1 else 's'}\n")
    click.echo("A whole course for one person, who writes nothing but what the intake asks:")
    Console().print(_costs(costing))


def _costs(costing: Sequence[Cost]) -> Table:
    table = Table("language", "cohort", "texts", "segments", "kina", "texts besides", "longest")
    for one in costing:
        kina = f"{one.toea // 100}.{one.toea % 100:02}"
        sums = (str(one.messages), str(one.segments), kina, str(one.besides), str(one.longest))
        table.add_row(one.language, one.cohort, *sums)
    return table


def _cohort(given: Programme, told: str | None) -> str:
    cohorts = tuple(given.groups())
    if told is not None and told not in cohorts:
        raise NotFound(f"{given.code} has no cohort {told}: {', '.join(cohorts)}")
    return told or cohorts[0]


class Line(NamedTuple):
    """One or more lines of the screen, and the id of the text that they are of; None: a title."""

    id: str | None
    text: str


class _Reader(NamedTuple):
    """The person to whom the texts are shown."""

    programme: Programme
    language: str
    personal: Personal

    def line(self, text_id: str, text: Text, what: str = "") -> Line:
        said = render(self.programme, text, self.language, self.personal)
        return Line(text_id, f"  {what:<7}{text_id:<20} {said}")

    def asked(self, entry: Entry, what: str = "") -> Iterator[Line]:
        """Yield a text, and what follows each answer."""
        yield self.line(entry.id, entry.text, what)
        for branch in entry.ask.branches if entry.ask else ():
            if branch.reply:
                condition = ", ".join(branch.codes) or f"{branch.least or ''}-{branch.most or ''}"
                said = render(self.programme, branch.reply, self.language, self.personal)
                yield Line(entry.id, f"  {'':<27} to {condition.strip('-') or 'any'}: {said}")


def told_course(
    programme: Programme, cohort: str, language: str, *, discreet: bool = False
) -> Iterator[Line]:
    """Yield everything that a person of a cohort may be told, in the order of the course.

    The programme has no fault in the language. `discreet`: as on a phone that others read.
    """
    reader = _Reader(programme, language, example_person(programme, discreet=discreet))
    yield Line(None, "Joining")
    yield from _entries(reader, programme.intake)
    yield reader.line("welcome", programme.welcome)
    yield from _days(reader, items_of(programme, cohort))
    if programme.questions:
        yield Line(None, "Asked when an answer or a word leads to it")
        yield from _entries(reader, programme.questions)
    yield Line(None, "At any time")
    for word in programme.words:
        for text in word.replies:
            yield reader.line(word.code, text)
    for flag in programme.red_flags:
        yield reader.line(flag.code, flag.reply)
    if programme.stop:
        yield from reader.asked(programme.stop)


def _entries(reader: _Reader, entries: Iterable[Entry]) -> Iterator[Line]:
    for entry in entries:
        yield from reader.asked(entry)


def _days(reader: _Reader, items: Iterable[tuple[str, Item]]) -> Iterator[Line]:
    ordered = sorted(items, key=lambda one: (one[0] != ENROLMENT, one[0], one[1].day, one[1].at))
    for (anchor, day), of_day in groupby(ordered, key=lambda one: (one[0], one[1].day)):
        yield Line(None, f"{anchor} {day:+}" if day else f"{anchor}, the day itself")
        for _, item in of_day:
            yield from reader.asked(item, f"{item.at:%H:%M}")
