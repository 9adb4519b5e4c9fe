"""Choices of a page of figures: programme, days, cuts, figure and public."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.console.days import read_day
from services.console.words import language
from services.health.errors import BadPeriod
from services.health.indicators.disaggregation import Cut, Period, period_of
from services.health.indicators.periods import PeriodName, named_period
from services.health.versions.store import find_version, programme_of
from services.storage.models import ProgrammeVersion

FIRST_SHOWN = "members"
_MOST_PROGRAMMES = 100


class FigureQuery(NamedTuple):
    """Choices of the form above the figures; each has a value that is good at once.

    Attributes:
        period: name of the period; `typed`: the two days as they were typed.
        show: name of the indicator of map and table.
        by: at most two cuts.
        wrong: by field, the code of a sentence that tells what to do.
    """

    code: str
    period: PeriodName
    days: Period
    typed: tuple[str, str]
    show: str
    by: tuple[Cut, ...]
    public: bool
    wrong: Mapping[str, str]

    @property
    def query(self) -> str:
        """The choices as a query string, for links to other pages of the same figures."""
        return urlencode(self._members())

    def _members(self) -> list[tuple[str, str]]:
        own = self.period is PeriodName.OWN
        return [
            ("period", self.period.value),
            *([("from", self.typed[0]), ("to", self.typed[1])] if own else []),
            ("show", self.show),
            *(("by", cut.value) for cut in self.by),
            *([("public", "1")] if self.public else []),
        ]


def query_of(code: str, given: Mapping[str, str], cuts: list[str], today: date) -> FigureQuery:
    """Read what was chosen; what cannot be read is told, and last month is shown in its place."""
    name = _name(given.get("period", ""))
    typed = given.get("from", ""), given.get("to", "")
    days, wrong = _days(name, typed, today)
    known = [Cut(one) for one in dict.fromkeys(cuts) if one in set(Cut)]
    public = given.get("public") == "1"
    if public and len(known) > 1:
        wrong = {**wrong, "and": "indicators_one_cut"}
    most = 1 if public else 2
    show = given.get("show", "")[:100] or FIRST_SHOWN
    by = tuple(known[:most]) or (Cut.PROVINCE,)
    return FigureQuery(code, name, days, typed, show, by, public, wrong)


def _name(given: str) -> PeriodName:
    return PeriodName(given) if given in set(PeriodName) else PeriodName.LAST_MONTH


def _days(
    name: PeriodName, typed: tuple[str, str], today: date
) -> tuple[Period, Mapping[str, str]]:
    if name is not PeriodName.OWN:
        return named_period(name, today), {}
    usual = named_period(PeriodName.LAST_MONTH, today)
    first, last = (read_day(one) for one in typed)
    wrong = {
        field: "indicators_day_wrong"
        for field, found in (("from", first), ("to", last))
        if found is None
    }
    if first is None or last is None:
        return usual, wrong
    try:
        return period_of(first, last), {}
    except BadPeriod:
        return usual, {"to": "indicators_days_wrong"}


def programmes(session: Session) -> list[tuple[str, str]]:
    """Return the code and title of each programme, in the order of the codes."""
    codes = session.scalars(
        select(ProgrammeVersion.code)
        .distinct()
        .order_by(ProgrammeVersion.code)
        .limit(_MOST_PROGRAMMES)
    )
    return [(code, title_of(session, code)) for code in codes]


def title_of(session: Session, code: str) -> str:
    """Return the title of a programme's newest version in the language of the page.

    Raises:
        UnknownProgramme: there is none.
    """
    titles = programme_of(find_version(session, code)).title
    return titles.get(language()) or titles.get("en") or code
