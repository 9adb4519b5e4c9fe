"""Pages of figures: a programme's results in a period, by month, and as files."""

from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

from flask import Response, request

from services.api.context import context
from services.api.documents import Page, csv_answer
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to
from services.console.browser_session import PREFIX
from services.console.guards import SignedIn
from services.console.indicators import shown, wording
from services.console.indicators.asking import FigureQuery, programmes, query_of, title_of
from services.console.pages import show
from services.core.look import style_policy
from services.core.roles import Role, Scope
from services.health.errors import StillCounting
from services.health.indicators.disaggregation import Cut, Period
from services.health.indicators.fhir import as_bundle, measure_reports
from services.health.indicators.kept_reports import LIFE, NEW, KeptReport, kept_report
from services.health.indicators.minister_page import as_page
from services.health.indicators.periods import PeriodName, months_up_to, period_before
from services.health.indicators.tables import COLUMNS, Report, rows
from services.health.indicators.targets import targets_of
from services.health.indicators.tiles import SHADES
from sms.local_time import local_day

READERS = (Role.HEALTH_ANALYST, Role.PLANNER, Role.APPROVER)
"""Who sees figures in the API too."""

READ = SignedIn(*READERS)
_ONE = "/indicators/<code>"
_MONTHS = (6, 12)
blueprint = ConsoleBlueprint(
    "indicators", "Figures of programmes.", MenuEntry("indicators_menu", "/indicators", READERS)
)


def counting(_: StillCounting) -> Response:
    """Say that the figures are being counted; the page asks again by itself."""
    return show("indicators/counting.html", HTTPStatus.ACCEPTED)


blueprint.register_error_handler(StillCounting, counting)


@blueprint.route("/indicators", guard=READ, scope=Scope.READ)
def first() -> Response:
    """Open the figures of the programme that was chosen, or of the first."""
    with context().database.read() as session:
        known = programmes(session)
    codes = [code for code, _ in known]
    chosen = request.args.get("code", "")
    if not codes:
        return show("indicators/none.html")
    code = chosen if chosen in codes else codes[0]
    kept = request.query_string.decode("ascii", "replace")
    return go_to(f"{PREFIX}/indicators/{code}{f'?{kept}' if kept else ''}")


@blueprint.route(_ONE, guard=READ, scope=Scope.READ)
def figures(code: str) -> Response:
    """See what a programme did: joining, leaving, provinces, every figure and its target."""
    asked = _asked(code)
    now, before = _all_counted(asked, [asked.days, period_before(asked.days)])
    report = now.report
    measure = shown.shown_measure(report, asked.show)
    with context().database.read() as session:
        known, targets = programmes(session), targets_of(session, code)
    blocks, careful = shown.blocks(now, before, targets, public=asked.public)
    by_province = asked.by == (Cut.PROVINCE,)
    return show(
        "indicators/figures.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if asked.wrong else HTTPStatus.OK,
        asked=asked,
        programmes=known,
        title=dict(known).get(code, code),
        report=report,
        before=before.report.period,
        blocks=blocks,
        careful=careful,
        funnel=shown.funnel(now, public=asked.public),
        measure=measure.name,
        measure_name=wording.measure_name(measure, report.programme),
        measures=_choices(report),
        groups=shown.groups(now, measure, asked.by, public=asked.public),
        tiles=shown.tiles(now, measure, public=asked.public) if by_province else None,
        shades=SHADES,
        cuts=[(cut.value, wording.cut_name(cut)) for cut in Cut],
        cut_names=[wording.cut_name(cut) for cut in asked.by],
        periods=list(PeriodName),
        wrong=asked.wrong,
    )


@blueprint.route(f"{_ONE}/months", guard=READ, scope=Scope.READ)
def months(code: str) -> Response:
    """See one figure month by month."""
    asked = _asked(code)
    given = request.args.get("months", "")
    count = int(given) if given in {str(one) for one in _MONTHS} else _MONTHS[0]
    # The month that goes on is not over: it would look like a fall.
    last = min(asked.days.last, period_before(_this_month()).last)
    found = _all_counted(asked, months_up_to(last, count))
    newest = found[-1].report
    measure = shown.shown_measure(newest, asked.show)
    points = [shown.month_point(one, measure.name, public=asked.public) for one in found]
    with context().database.read() as session:
        title = title_of(session, code)
    return show(
        "indicators/months.html",
        asked=asked,
        title=title,
        points=points,
        chart=_chart(points),
        months=count,
        choices=_MONTHS,
        measure=measure.name,
        measure_name=wording.measure_name(measure, newest.programme),
        measures=_choices(newest),
        is_share=measure.denominator is not None and not measure.is_money,
    )


@blueprint.route(f"{_ONE}.csv", guard=READ, scope=Scope.READ)
def table(code: str) -> Response:
    """Save the figures as a table, as the API gives it."""
    asked = _asked(code)
    cuts = [Cut(one) for one in request.args.getlist("by")][: len(asked.by)]
    answer = csv_answer(
        COLUMNS, rows(_counted(asked, asked.days).report, cuts, public=asked.public)
    )
    return _as_file(answer, asked, "csv")


@blueprint.route(f"{_ONE}.fhir.json", guard=READ, scope=Scope.READ)
def fhir(code: str) -> Response:
    """Save the figures as FHIR R4, as the API gives them."""
    asked = _asked(code)
    report = _counted(asked, asked.days).report
    body = "".join(as_bundle(measure_reports(report, public=asked.public), report.now))
    return _as_file(Response(body, content_type="application/fhir+json"), asked, "fhir.json")


@blueprint.route(f"{_ONE}/page", guard=READ, scope=Scope.READ)
def page(code: str) -> Response:
    """Open the page for a minister, to print."""
    asked = _asked(code)
    written = as_page(_counted(asked, asked.days).report, public=asked.public)
    return Page(written, style_policy(written))


def _asked(code: str) -> FigureQuery:
    today = local_day(context().clock())
    return query_of(code, request.args, request.args.getlist("by"), today)


def _counted(asked: FigureQuery, days: Period) -> KeptReport:
    here, anew = context(), request.args.get("anew") == "1"
    key = asked.code, days
    return kept_report(here.database, key, here.clock(), life=NEW if anew else LIFE)


def _all_counted(asked: FigureQuery, periods: Sequence[Period]) -> list[KeptReport]:
    """Return the reports of some periods; where several are not counted, all are asked for."""
    found = []
    for days in periods:
        with suppress(StillCounting):
            found.append(_counted(asked, days))
    if len(found) < len(periods):
        raise StillCounting
    return found


def _this_month() -> Period:
    return months_up_to(local_day(context().clock()), 1)[0]


def _choices(report: Report) -> list[tuple[str, str]]:
    """Return the indicators to choose from, without reasons, which have no groups."""
    return [
        (one.name, wording.measure_name(one, report.programme))
        for one in report.measures
        if not one.is_reason
    ]


def _as_file(answer: Response, asked: FigureQuery, ending: str) -> Response:
    first, last = asked.days
    name = f"{asked.code}-{first}-{last}{'-public' if asked.public else ''}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _chart(points: list[shown.MonthPoint]) -> list[tuple[int, int]]:
    """Return the points of the drawn line, on 600 by 200."""
    drawn = [(index, one.value) for index, one in enumerate(points) if one.value is not None]
    most = max((value for _, value in drawn), default=0.0) or 1.0
    step = 540 / max(len(points) - 1, 1)
    return [(int(30 + index * step), int(180 - value / most * 150)) for index, value in drawn]
