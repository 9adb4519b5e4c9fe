"""Pages of all programmes, and of one: its versions, and what waits for whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from flask import Response, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.console.blueprint import ConsoleBlueprint, MenuEntry
from services.console.numbers import asked_number
from services.console.pages import show
from services.console.programmes.guards import READERS, is_planner, name_of
from services.core.roles import HEALTH, Scope
from services.health.drafts.store import find_draft, last_edit
from services.health.errors import UnknownProgramme
from services.health.format.parser import read_programme
from services.health.linting.evidence import overdue_sources
from services.health.versions.standing import (
    WAITING_FOR,
    LanguageStanding,
    LanguageState,
    in_use,
    newest_versions,
    standings,
)
from services.health.versions.store import readable, shipped, shipped_text
from services.storage.models import ProgrammeVersion
from sms.local_time import local_day

_PAGE = 10

blueprint = ConsoleBlueprint(
    "programmes", "Health programmes.", MenuEntry("programmes", "/programmes", HEALTH)
)


class DraftLine(NamedTuple):
    """The open draft of a programme: when it was changed, and by whom."""

    at: datetime
    name: str | None


class ProgrammeCard(NamedTuple):
    """A programme as the list shows it.

    Attributes:
        title: by language; empty: it cannot be read.
        used: number of the version in use, by language.
        waiting: languages of the newest version that wait for somebody, or were sent back.
        mine: whether something waits for the reader.
    """

    code: str
    title: Mapping[str, str]
    used: Mapping[str, int]
    waiting: Sequence[LanguageStanding]
    draft: DraftLine | None
    mine: bool


class VersionCard(NamedTuple):
    """A version as the page of its programme shows it."""

    row: ProgrammeVersion
    author: str | None
    languages: Sequence[LanguageStanding]
    approvers: Mapping[str, str | None]


@blueprint.route("/programmes", guard=READERS, scope=Scope.READ)
def programmes() -> Response:
    """See all programmes, first those in which something waits for the reader."""
    with context().database.read() as session:
        rows = newest_versions(session)
        found = standings(session, rows, g.party_id)
        used = in_use(session, [one.code for one in rows])
        cards = [_card(session, row, found, used[row.code]) for row in rows]
        known = {one.code for one in cards}
        cards += [_shipped(session, code) for code in shipped() if code not in known]
        cards.sort(key=lambda card: not card.mine)
        return show("programmes/list.html", cards=cards)


@blueprint.route("/programmes/<code>", guard=READERS, scope=Scope.READ)
def programme(code: str) -> Response:
    """See one programme: what is in use, what waits, its draft, and its versions."""
    here, start = context(), asked_number("from")
    with here.database.read() as session:
        rows = session.scalars(
            select(ProgrammeVersion)
            .where(ProgrammeVersion.code == code)
            .order_by(ProgrammeVersion.number.desc())
            .offset(start)
            .limit(_PAGE + 1)
        ).all()
        if not rows and code not in shipped():
            raise UnknownProgramme(f"There is no programme {code}")
        found = standings(session, rows[:_PAGE], g.party_id)
        return show(
            "programmes/programme.html",
            code=code,
            title=_title(session, rows[0] if rows else None, code),
            draft=_draft(session, code),
            waiting=[one for one in found if one.standing in WAITING_FOR],
            overdue=_overdue(session, found, here.clock()),
            versions=[_version(session, row, found) for row in rows[:_PAGE]],
            more=start + _PAGE if len(rows) > _PAGE else None,
            planner=is_planner(),
        )


def waits_for_reader(one: LanguageStanding) -> bool:
    """Tell whether a language waits for what the reader's role does, and they may do it."""
    role = WAITING_FOR.get(one.standing)
    return role is g.holder.role and not (one.mine and one.standing is LanguageState.WAITS)


def _card(
    session: Session,
    row: ProgrammeVersion,
    found: Sequence[LanguageStanding],
    used: Mapping[str, int],
) -> ProgrammeCard:
    waiting = [one for one in found if one.version.code == row.code and one.standing in WAITING_FOR]
    return ProgrammeCard(
        row.code,
        _title(session, row, row.code),
        used,
        waiting,
        _draft(session, row.code),
        any(map(waits_for_reader, waiting)),
    )


def _shipped(session: Session, code: str) -> ProgrammeCard:
    return ProgrammeCard(
        code, _title(session, None, code), {}, (), _draft(session, code), mine=False
    )


def _title(session: Session, row: ProgrammeVersion | None, code: str) -> Mapping[str, str]:
    if row is None:
        return _shipped_title(code)
    found = readable(session, row.id)
    return found.title if found else {}


@cache
def _shipped_title(code: str) -> Mapping[str, str]:
    return read_programme(shipped_text(code)).title


def _draft(session: Session, code: str) -> DraftLine | None:
    found = find_draft(session, code)
    return DraftLine(*last_edit(session, found)[:2]) if found else None


def _overdue(
    session: Session, found: Sequence[LanguageStanding], now: datetime
) -> Mapping[int, int]:
    """Count the sources whose review is overdue, by the number of each version in use."""
    counted = {}
    for one in found:
        if one.standing is LanguageState.IN_USE and one.version.number not in counted:
            given = readable(session, one.version.id)
            late = overdue_sources(given, local_day(now)) if given else ()
            counted[one.version.number] = len(late)
    return {number: many for number, many in counted.items() if many}


def _version(
    session: Session, row: ProgrammeVersion, found: Sequence[LanguageStanding]
) -> VersionCard:
    own = [one for one in found if one.version is row]
    approvers = {
        one.language: name_of(session, one.approval.approved_by_id) for one in own if one.approval
    }
    return VersionCard(row, name_of(session, row.created_by_id), own, approvers)
