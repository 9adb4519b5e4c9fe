"""Shared parts of the pages about DHIS2: client, lists, what is kept, and who may send."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Generic, NamedTuple, TypeVar

from flask import g

from services.api.context import context
from services.console.guards import SignedIn
from services.console.indicators import wording
from services.console.indicators.asking import title_of
from services.console.indicators.figure_pages import READERS
from services.core.roles import Role
from services.health.errors import Dhis2NotSet, Dhis2Refused, Dhis2Unreachable
from services.health.format.model import Programme
from services.health.indicators.dhis2_client import Dhis2Client, client_to, shown_address
from services.health.indicators.dhis2_links import find_link
from services.health.indicators.dhis2_lists import Found
from services.health.indicators.kept_reports import kept_report
from services.health.indicators.measure import Measure, Reading
from services.health.indicators.periods import PeriodName, named_period
from services.health.indicators.tables import Report
from sms.local_time import local_day

T = TypeVar("T")

SENDERS = (Role.HEALTH_ANALYST, Role.PLANNER)
READ, SEND = SignedIn(*READERS), SignedIn(*SENDERS)
ONE = "/indicators/<code>/dhis2"
PATIENCE = 30
"""Seconds that a person waits for DHIS2's answer before the page says that there was none."""


class Listed(NamedTuple, Generic[T]):
    """A list of DHIS2; `trouble`: code of a sentence that tells why it could not be read."""

    items: Sequence[T]
    has_more: bool = False
    trouble: str | None = None


def client() -> Dhis2Client:
    """Return a client of the DHIS2 that the settings name; raise Dhis2NotSet."""
    here = context()
    return client_to(here.settings.dhis2_url, here.settings.dhis2_token, read=PATIENCE)


def listed(read: Callable[[Dhis2Client], Found[T]]) -> Listed[T]:
    """Read a list, or say in words why it cannot be read. No transaction is open meanwhile."""
    try:
        with closing(client()) as asked:
            return Listed(*read(asked))
    except (Dhis2NotSet, Dhis2Refused, Dhis2Unreachable) as error:
        return Listed((), trouble=trouble_of(error))


def trouble_of(error: Dhis2NotSet | Dhis2Refused | Dhis2Unreachable) -> str:
    """Return the code of the sentence that tells what went wrong, and what to do."""
    kind = "not_set" if isinstance(error, Dhis2NotSet) else error.kind
    return f"indicators_dhis2_{kind}"


def frame(code: str) -> dict[str, Any]:
    """Return what every page about DHIS2 shows: programme, what is kept, and where it goes.

    Raises:
        UnknownProgramme: there is none.
    """
    here = context()
    with here.database.read() as session:
        link, title = find_link(session, code), title_of(session, code)
    address = shown_address(here.settings.dhis2_url) if here.settings.dhis2_url else None
    return {"code": code, "title": title, "link": link, "address": address}


def may_send() -> bool:
    """Tell whether the reader may change what is sent, and send."""
    return bool(g.holder.role in SENDERS)


def sendable(code: str) -> tuple[Programme, list[tuple[Measure, str]]]:
    """Return the programme, and the indicators that DHIS2 may get, with their names."""
    report = _last_month(code)
    return report.programme, [
        (one, wording.measure_name(one, report.programme))
        for one in report.measures
        if one.reading is not Reading.CAUTION
    ]


def _last_month(code: str) -> Report:
    here = context()
    days = named_period(PeriodName.LAST_MONTH, local_day(here.clock()))
    return kept_report(here.database, (code, days), here.clock()).report
