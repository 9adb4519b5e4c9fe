"""`bilum programme add`, `approve`, `withdraw`, `list`, `clinicians`: versions and who answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from sqlalchemy.orm import Session

from services.cli.common import find_party, opened, print_table, screen
from services.core.errors import Invalid, NotFound
from services.core.geography import PROVINCES
from services.core.settings import Settings
from services.health.care.concerns import clinicians_of, set_clinicians
from services.health.care.rota import DutyHours
from services.health.errors import BadProgramme
from services.health.format.overlays import Base
from services.health.linting.findings import LintSettings
from services.health.versions.approvals import ApprovalAct
from services.health.versions.approvals import approve as approve_language
from services.health.versions.approvals import withdraw as withdraw_language
from services.health.versions.bases import base_finder, shipped_base
from services.health.versions.store import (
    check_version,
    find_version,
    programme_of,
    refuse_other_trial,
    shipped,
    shipped_overlays,
    shipped_text,
    store_version,
)
from services.health.versions.views import approval_view, programme_views
from services.messaging.postings import ANYWHERE
from services.runtime.command_catalogue import keywords
from services.storage.models import ProgrammeApproval, ProgrammeVersion

Act = Callable[[Session, ProgrammeVersion, str, ApprovalAct], ProgrammeApproval]

_CHANNEL, _ALL = "cli", "all"
_PROVINCE = click.Choice(list(PROVINCES), case_sensitive=False)


@click.command()
@click.argument("source", metavar="FILE|CODE")
@click.option("--author", metavar="PARTY|PHONE", required=True, help="Who brings it.")
def add(source: str, author: str) -> None:
    """Store FILE, or the shipped programme CODE, as a version; the same again is the same version.

    What the linter calls a fault refuses it. Each language is then approved by another person.
    """
    text = text_of(source)
    with opened() as runtime, runtime.database.write() as session:
        party = find_party(session, runtime.database.vault, author)
        settings = lint_settings_of(runtime.settings)
        now = runtime.clock()
        checked = check_version(text, now, settings, base_finder(session))
        refuse_other_trial(session, checked, text)
        made = store_version(session, checked, party.id, now)
        click.echo(f"{made.code} version {made.number} {made.digest.hex()}")


def _about(command: Callable[..., None]) -> click.Command:
    """Give a command what approving and withdrawing are told."""
    for take in (
        click.option("--approver", metavar="PARTY|PHONE", required=True, help="Who decides."),
        click.option("--reference", required=True, help="Of the signed document; no name in it."),
        click.option("--version", "number", type=int, help="Its number; else the newest."),
        click.argument("language"),
        click.argument("code"),
    ):
        command = take(command)
    return click.command()(command)


@_about
@click.option(
    "--overdue",
    metavar="SOURCE,...|all",
    default="",
    help="Sources that you looked at although their review is overdue; the ledger keeps them.",
)
@click.option(
    "--keep",
    metavar="TEXT,...",
    default="",
    help="Texts that stay although the base mended what they replace; the ledger keeps them.",
)
def approve(
    code: str,
    language: str,
    number: int | None,
    reference: str,
    approver: str,
    *,
    overdue: str,
    keep: str,
) -> None:
    """Approve LANGUAGE of a version of the programme CODE; the ledger gets the digest."""
    settings = lint_settings_of(Settings.from_env())
    act = partial(_approve, settings=settings, overdue=overdue, keep=keep)
    _act(act, (code, number, language), reference, approver)


@_about
def withdraw(code: str, language: str, number: int | None, reference: str, approver: str) -> None:
    """Withdraw the approval of LANGUAGE of the programme CODE, for good."""
    _act(withdraw_language, (code, number, language), reference, approver)


@click.command("list")
def list_all() -> None:
    """List programmes: each version with its languages and their approval."""
    with opened() as runtime, runtime.database.read() as session:
        rows = [
            (programme["code"], *row)
            for programme in programme_views(session)
            for version in programme["versions"]
            for row in _rows(version)
        ]
    headings = ("programme", "version", "added", "language", "state", "reference", "receipt")
    print_table(headings, rows)


def _approve(
    session: Session,
    version: ProgrammeVersion,
    language: str,
    given: ApprovalAct,
    *,
    settings: LintSettings,
    overdue: str,
    keep: str,
) -> ProgrammeApproval:
    named = set(overdue.split(","))
    if overdue == _ALL:
        named = {one.id for one in programme_of(version).sources}
    given = given._replace(overdue=frozenset(named), kept=frozenset(keep.split(",")))
    return approve_language(session, version, language, given, settings)


def _act(act: Act, what: tuple[str, int | None, str], reference: str, approver: str) -> None:
    code, number, language = what
    with opened() as runtime, runtime.database.write() as session:
        party = find_party(session, runtime.database.vault, approver)
        given = ApprovalAct(
            reference, party.id, uuid4(), _CHANNEL, party.public_id, runtime.clock()
        )
        version = find_version(session, code, number)
        view = approval_view(session, act(session, version, language, given))
        click.echo(f"{code} version {version.number} {language} {_state(view)} {view['receipt']}")
    screen.print("It waits for the ledger: `bilum audit` tells when it is there")


def _rows(version: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    approvals = {one["language"]: one for one in version["approvals"]}
    added = f"{version['created_at']:%Y-%m-%d}"
    for language, status in version["languages"].items():
        one = approvals.get(language, {"reference": None, "receipt": None})
        state = _state(one) if language in approvals else status
        yield version["number"], added, language, state, one["reference"], one["receipt"]


def _state(approval: Mapping[str, Any]) -> str:
    return "withdrawn" if approval["withdrawn_at"] else "approved"


@click.command()
@click.argument("code")
@click.option("--anywhere", metavar="PARTY|PHONE", help="Where no province has its own.")
@click.option(
    "--in",
    "provinces",
    type=(_PROVINCE, str),
    metavar="PROVINCE PARTY|PHONE",
    multiple=True,
    help="In one province; may be repeated.",
)
@click.option("--hours", metavar="FROM-UNTIL", help="When they call and read the inbox: 8-16.")
@click.option("--days", default="1234567", show_default=True, help="1 is Monday.")
def clinicians(
    code: str,
    anywhere: str | None,
    provinces: Sequence[tuple[str, str]],
    hours: str | None,
    days: str,
) -> None:
    """Set who is told of red flags in the programme CODE, replacing the earlier list; print it.

    Give each the role clinician first: bilum party add --role clinician. A programme without
    --hours, by the clock of each province, cannot be approved.
    """
    wanted = dict(provinces) | ({ANYWHERE: anywhere} if anywhere else {})
    if len({province for province, _ in provinces}) < len(provinces):
        raise click.UsageError("A province has one clinician")
    with opened() as runtime:
        database, vault = runtime.database, runtime.database.vault
        with database.write(exclusive=False) if wanted else database.read() as session:
            found = find_version(session, code).code
            if wanted:
                parties = {
                    where: find_party(session, vault, whose).public_id
                    for where, whose in wanted.items()
                }
                set_clinicians(session, found, parties, _duty(wanted, hours, days))
            postings = clinicians_of(session, found)
            rows = [(one.province or "anywhere else", one.party, one.hours) for one in postings]
    shown = [(*row, f"{told.opens}-{told.closes}" if told else "-") for *row, told in rows]
    print_table(("province", "party", "hours"), shown)


def _duty(provinces: Iterable[str], hours: str | None, days: str) -> dict[str, DutyHours]:
    """Return the hours of all provinces; a wrong form is a mistake of the caller."""
    if hours is None:
        return {}
    opens, _, closes = hours.partition("-")
    if not (opens.isdecimal() and closes.isdecimal()):
        raise click.UsageError("--hours are such as 8-16")
    duty = DutyHours(int(opens), int(closes), days)
    if duty.fault:
        raise click.UsageError(duty.fault)
    return dict.fromkeys(provinces, duty)


def text_of(source: str) -> str:
    """Return the text of a file, or of a programme or differences shipped under a name.

    Raises:
        NotFound: there is neither.
        Invalid: the file is not UTF-8.
    """
    known = [*shipped(), *shipped_overlays()]
    if source in known:
        return shipped_text(source)
    path = Path(source)
    if not path.is_file():
        raise NotFound(f"There is no file {source}; programmes shipped: {', '.join(known)}")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} is not UTF-8 text") from error


def find_base(name: str) -> Base:
    """Return the base that a file extends: a shipped one, or else a version stored here."""
    try:
        return shipped_base(name)
    except BadProgramme:
        with opened() as runtime, runtime.database.read() as session:
            return base_finder(session)(name)


def lint_settings_of(settings: Settings) -> LintSettings:
    """Return what the linter needs of an installation."""
    sms = settings.sms
    return LintSettings(sms.price_toea, sms.daily_cap, keywords(), sms.free)
