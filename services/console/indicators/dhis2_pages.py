"""Pages that send figures to DHIS2: what goes where, a trial, sending, and what was sent."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import own_party
from services.console.blueprint import ConsoleBlueprint, go_to, key_of_form
from services.console.browser_session import PREFIX
from services.console.days import read_day
from services.console.indicators.dhis2_frame import (
    ONE,
    READ,
    SEND,
    client,
    frame,
    may_send,
    trouble_of,
)
from services.console.indicators.dhis2_link_pages import show_link
from services.console.indicators.dhis2_words import ConflictLine, conflict_lines
from services.console.indicators.figure_pages import counting
from services.console.indicators.wording import group_name
from services.console.numbers import asked_number
from services.console.pages import show
from services.console.words import month, role_name
from services.core.errors import ServiceError
from services.core.roles import Role, Scope
from services.health.errors import (
    BadMapping,
    BadPeriod,
    Dhis2NotSet,
    Dhis2Refused,
    Dhis2Unreachable,
    OtherPeriods,
    StillCounting,
)
from services.health.indicators.dhis2 import Export
from services.health.indicators.dhis2_links import SavedLink, find_link
from services.health.indicators.dhis2_sending import (
    SendContent,
    SendingState,
    SendOrder,
    earlier_sending,
    export_of,
    find_sending,
    kind_of,
    send_once,
    sendings,
    state_of,
    try_out,
)
from services.health.indicators.dhis2_summary import ImportSummary
from services.health.indicators.disaggregation import UNKNOWN, Cut, Period, iso_period, period_of
from services.health.indicators.periods import PeriodName, named_period
from services.storage.models import Dhis2Sending, Party
from sms.local_time import local_day

_PAGE, _LAST_FEW = 20, 5

_MISSING = {
    "dataSet": "indicators_missing_dataset",
    "orgUnits": "indicators_missing_orgunits",
    "values": "indicators_missing_values",
}

_REFUSALS = (BadMapping, OtherPeriods, BadPeriod, Dhis2NotSet, Dhis2Refused, Dhis2Unreachable)

blueprint = ConsoleBlueprint("dhis2", "Sending figures to DHIS2.")
blueprint.register_error_handler(StillCounting, counting)


class SendingLine(NamedTuple):
    """A sending as the history shows it; `who`: name or office, None: a command on the server."""

    row: Dhis2Sending
    period: str
    state: SendingState
    who: str | None
    conflicts: Sequence[ConflictLine]


@blueprint.route(ONE, guard=READ, scope=Scope.READ)
def overview(code: str) -> Response:
    """See what goes where in DHIS2, and what was sent lately."""
    return _overview(code, {})


@blueprint.route(f"{ONE}/try", guard=SEND, scope=Scope.SEND)
def tried(code: str) -> Response:
    """Ask DHIS2 what it would do with a period's figures; nothing is kept there."""
    here, days = context(), _days()
    if days is None:
        return _overview(code, {"period": "indicators_choose_one"})
    try:
        export = export_of(here.database, code, days, here.clock())
        with closing(client()) as asked:
            found = try_out(here.database, asked, export)
    except _REFUSALS as error:
        return _refused(code, error)
    shown = frame(code)
    return show(
        "indicators/dhis2_try.html",
        **shown,
        days=days,
        everything=request.args.get("everything") == "1",
        found=found,
        unmapped=_unmapped(export),
        conflicts=_conflicts(found.summary, shown["link"]),
    )


@blueprint.route(f"{ONE}/sendings", methods=["POST"], guard=SEND, scope=Scope.SEND)
def sent(code: str) -> Response:
    """Send a period's figures; the same form again sends nothing and shows the same answer.

    It keeps its key itself: no transaction may be open while DHIS2 is asked.
    """
    here, key, days = context(), f"{g.party_public_id} {key_of_form()}", _days()
    if days is None:
        return _overview(code, {"period": "indicators_choose_one"})
    everything = request.form.get("everything") == "1"
    try:
        content = SendContent(code, iso_period(days), everything)
        with here.database.read() as session:
            row = earlier_sending(session, key, content)
            done = row.public_id if row else None
        if done is None:
            order = SendOrder(key, own_party(), here.clock(), everything)
            export = export_of(here.database, code, days, order.now)
            with closing(client()) as asked:
                done = send_once(here.database, asked, export, order)
    except _REFUSALS as error:
        return _refused(code, error)
    except StillCounting:
        return _wait_for_count(code, days)
    return go_to(f"{PREFIX}/indicators/{code}/dhis2/sendings/{done}")


def _wait_for_count(code: str, days: Period) -> Response:
    """Lead to the trial, which shows itself once the figures are counted; nothing is sent yet."""
    told: dict[str, object] = {"from": days.first, "to": days.last}
    if request.form.get("everything") == "1":
        told["everything"] = 1
    return go_to(f"{PREFIX}/indicators/{code}/dhis2/try?{urlencode(told)}")


@blueprint.route(f"{ONE}/sendings/<uuid:sending_id>", guard=READ, scope=Scope.READ)
def sending(code: str, sending_id: UUID) -> Response:
    """See what came of one sending, and those before."""
    with context().database.read() as session:
        link = find_link(session, code)
        line = _line(session, find_sending(session, code, sending_id), link)
        lines = _lines(session, code, 0, _LAST_FEW)
    return show(
        "indicators/dhis2_sending.html", line=line, lines=lines, may_send=may_send(), **frame(code)
    )


@blueprint.route(f"{ONE}/sendings", guard=READ, scope=Scope.READ)
def history(code: str) -> Response:
    """See everything that was sent, the newest first."""
    start = asked_number("from")
    with context().database.read() as session:
        lines = _lines(session, code, start, _PAGE + 1)
    more = start + _PAGE if len(lines) > _PAGE else None
    return show("indicators/dhis2_history.html", lines=lines[:_PAGE], more=more, **frame(code))


def _refused(code: str, error: ServiceError) -> Response:
    """Answer with the first page, and what is wrong there."""
    if isinstance(error, BadMapping):
        return _overview(code, {"figures": _missing(error)})
    if isinstance(error, OtherPeriods):
        wrong = {"period": "indicators_dhis2_other_period"}
        return _overview(code, wrong, data_set_periods=error.needed)
    if isinstance(error, Dhis2NotSet | Dhis2Refused | Dhis2Unreachable):
        return _overview(code, {"period": trouble_of(error)})
    return _overview(code, {"period": "indicators_dhis2_no_such_period"})


def _in_words(period: str) -> str:
    """Write a month as people do; quarters and years are plain as they are."""
    if kind_of(period) != "Monthly":
        return period
    return month(date(int(period[:4]), int(period[4:]), 1))


def _missing(error: BadMapping) -> str:
    known = (sentence for name, sentence in _MISSING.items() if name in error.fields)
    return next(known, "indicators_missing_more")


def _days() -> Period | None:
    """Return the days that the form names, by their name or by both days."""
    name = request.values.get("period", "")
    if name in set(PeriodName) and name != PeriodName.OWN:
        return named_period(PeriodName(name), local_day(context().clock()))
    first, last = (read_day(request.values.get(one, "")) for one in ("from", "to"))
    return period_of(first, last) if first and last and first <= last else None


def _overview(code: str, wrong: Mapping[str, str], **more: Any) -> Response:  # noqa: ANN401 — as `show`
    with context().database.read() as session:
        lines = _lines(session, code, 0, _LAST_FEW)
    return show_link(code, wrong, lines=lines, **more)


def _unmapped(export: Export) -> dict[str, Sequence[str]]:
    places = [group_name(Cut.PROVINCE, one) if one == UNKNOWN else one for one in export.places]
    return {"places": places, "groups": export.groups, "idle": export.idle}


def _conflicts(summary: ImportSummary | None, link: SavedLink) -> list[ConflictLine]:
    return conflict_lines(summary.conflicts, link.names) if summary else []


def _lines(session: Session, code: str, start: int, most: int) -> list[SendingLine]:
    link = find_link(session, code)
    return [_line(session, row, link) for row in sendings(session, code, start, most)]


def _line(session: Session, row: Dhis2Sending, link: SavedLink) -> SendingLine:
    party = session.get(Party, row.sent_by_id or 0)
    who = (party.name or role_name(Role(party.role))) if party else None
    state = state_of(row, context().clock())
    session.expunge(row)
    return SendingLine(
        row, _in_words(row.period), state, who, conflict_lines(row.conflicts, link.names)
    )
