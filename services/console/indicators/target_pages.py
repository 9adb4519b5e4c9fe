"""The page of targets: what a ministry aims at, and who said so."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, g, request

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.guards import SignedIn
from services.console.indicators import wording
from services.console.indicators.asking import title_of
from services.console.indicators.dhis2_frame import sendable
from services.console.indicators.figure_pages import READ, counting
from services.console.pages import show
from services.core.roles import Role, Scope
from services.health.errors import StillCounting
from services.health.indicators.measure import Measure
from services.health.indicators.targets import (
    MOST_COUNT,
    MOST_SHARE,
    TargetChange,
    may_have_target,
    set_target,
    targets_of,
)

SETTERS = SignedIn(Role.PLANNER)
_ONE = "/indicators/<code>/targets"

blueprint = ConsoleBlueprint("targets", "Targets of figures.")
blueprint.register_error_handler(StillCounting, counting)


@blueprint.route(_ONE, guard=READ, scope=Scope.READ)
def targets(code: str) -> Response:
    """See the targets of a programme; a planner sets them here."""
    return _show(code, {})


@blueprint.route(_ONE, methods=["POST"], guard=SETTERS, scope=Scope.SEND)
def chosen(code: str) -> Response:
    """Set a target, or end it."""
    measure = next((one for one, _ in _named(code) if one.name == request.form.get("show")), None)
    if measure is None:
        return _show(code, {"show": "indicators_choose_one"})
    goal, wrong = _goal(measure)
    if wrong:
        return _show(code, {"goal": wrong})
    answer: Response = _keep(code=code, measure=measure, goal=goal)
    return answer


@once
def _keep(work: Work, code: str, measure: Measure, goal: int | None) -> Response:
    set_target(work.session, measure, TargetChange(code, goal, own_party(), work.now))
    return go_to(f"{PREFIX}/indicators/{code}/targets")


def _goal(measure: Measure) -> tuple[int | None, str | None]:
    """Read the number; with the button that ends a target there is none."""
    if request.form.get("end") == "1":
        return None, None
    typed = request.form.get("goal", "").replace(",", "").replace("%", "").strip()
    most, code = (
        (MOST_COUNT, "indicators_goal_count")
        if measure.denominator is None
        else (MOST_SHARE, "indicators_goal_share")
    )
    if not (typed.isascii() and typed.isdecimal()) or not 0 < int(typed[:9]) <= most:
        return None, code
    return int(typed[:9]), None


def _named(code: str) -> list[tuple[Measure, str]]:
    return [pair for pair in sendable(code)[1] if may_have_target(pair[0])]


def _show(code: str, wrong: Mapping[str, str]) -> Response:
    with context().database.read() as session:
        goals, title = targets_of(session, code), title_of(session, code)
    named = _named(code)
    return show(
        "indicators/targets.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        code=code,
        title=title,
        rows=[
            (one, name, wording.goal_in_words(one, goals[one.name]))
            for one, name in named
            if one.name in goals
        ],
        measures=[
            (one.name, name if one.denominator is None else f"{name} (%)") for one, name in named
        ],
        typed=request.form,
        may_set=g.holder.role in SETTERS.roles,
        wrong=wrong,
    )
