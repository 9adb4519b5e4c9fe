"""The minister's page: activity, reach, outcomes and cost of a programme on one page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.core.geography import PROVINCES
from services.core.look import tokens, written_day
from services.health.indicators.disaggregation import EVERYBODY, Cut, Fact, Group
from services.health.indicators.measure import Family, Figure, Measure, Reading, figure
from services.health.indicators.tables import SMALL, Report, Table, make_table
from services.health.indicators.tiles import TILES
from services.health.linting.coverage import coverage
from sms.local_time import local_day

_TEMPLATES = Environment(
    loader=PackageLoader("services.health.indicators"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LANGUAGE = "en"


_NAMES = {"f": "women", "m": "men", "en": "English", "tpi": "Tok Pisin"}
_LONG = {Cut.JOINED}
_NOBODY = Measure("died", "", ("died",), None, (Family.HARM,), "people")
_OF_PROVINCE = ("members", "reached", "delivered", "answered", "opted_out")


_Figures = Mapping[str, Figure | None]


class ShownGroup(NamedTuple):
    """A group on the page, and its figures by name of the indicator; None: hidden."""

    name: str
    figures: _Figures


class Tile(NamedTuple):
    """A province on the map; `shade`: from 0 to 1, relative to the province with most members."""

    name: str
    column: int
    row: int
    label: str
    shade: float


class OutcomeLine(NamedTuple):
    """An outcome at one assessment; the figures are of everybody, None: hidden.

    All are of the people who began the course: what those who were asked said is no result.
    """

    label: str
    assessment: str
    success: Figure | None
    answered: Figure | None
    died: Figure | None
    cost: Figure | None


def as_page(report: Report, *, public: bool = False) -> str:
    """Render a report as one self-contained page of HTML to print."""
    whole = make_table(report, (), public=public)
    shown = _shown_group(report, whole, EVERYBODY).figures
    cuts = {cut.value: _groups(report, cut, public=public) for cut in Cut if cut not in _LONG}
    provinces = cuts.pop(Cut.PROVINCE.value)
    return _TEMPLATES.get_template("indicators.html").render(
        day=written_day,
        tokens=Markup(tokens()),  # noqa: S704 — a file of ours
        title=report.programme.title.get(_LANGUAGE, report.programme.code),
        report=report,
        public=public,
        small=SMALL,
        all=shown,
        reasons=_reasons(report, shown),
        outcomes=_outcomes(report, shown),
        provinces=provinces,
        tiles=_tiles(provinces),
        cuts={name: groups for name, groups in cuts.items() if len(groups) > 1},
        of_province=_OF_PROVINCE,
        evidence=coverage(report.programme, local_day(report.now)),
    )


def _shown_group(report: Report, table: Table, group: Group) -> ShownGroup:
    counted: Counter[Fact] = table.groups.get(group, Counter())
    name = group[0] if group else ""
    return ShownGroup(
        _NAMES.get(name, name),
        {
            one.name: None if table.hidden.hides(one, group) else figure(one, counted)
            for one in report.measures
        },
    )


def _groups(report: Report, cut: Cut, *, public: bool) -> list[ShownGroup]:
    table = make_table(report, (cut,), public=public)
    return [_shown_group(report, table, group) for group in table.groups if group != EVERYBODY]


def _reasons(report: Report, shown: _Figures) -> dict[str, list[tuple[str, Figure | None]]]:
    return {
        code: [
            (one.detail.replace("_", " "), shown[one.name])
            for one in report.measures
            if one.code == code and one.detail
        ]
        for code in ("screened_out", "opted_out", "concerns", "life_events")
    }


def _outcomes(report: Report, shown: _Figures) -> list[OutcomeLine]:
    labels = {one.code: one.label.get(_LANGUAGE, one.code) for one in report.programme.outcomes}
    names = ("success_of_activated", "answered_of_activated", "died", "cost_per_success")
    nobody = figure(_NOBODY, Counter())
    found = []
    for one in report.measures:
        if one.reading is not Reading.HEADLINE:
            continue
        code, _, assessment = one.detail.partition(".")
        cells = (shown.get(f"{name}.{one.detail}", nobody) for name in names)
        found.append(OutcomeLine(labels.get(code, code), assessment, *cells))
    return found


def _tiles(provinces: Sequence[ShownGroup]) -> list[Tile]:
    members = {one.name: one.figures["members"] for one in provinces}
    most = max((float(one.numerator) for one in members.values() if one), default=0.0)
    tiles = []
    for name in PROVINCES:
        column, row = TILES[name]
        known = members.get(name)
        count = int(known.numerator) if known else 0
        hidden = name in members and known is None
        label = "hidden" if hidden else str(count) if count else "none"
        tiles.append(Tile(name, column, row, label, count / most if most else 0.0))
    return tiles
