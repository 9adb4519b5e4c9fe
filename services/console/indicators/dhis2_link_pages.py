"""Pages that say what goes where in DHIS2: data set, places and figures, chosen from its lists.

Its lists are read before the writers' lock is taken: nobody waits for another system.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.indicators.dhis2_frame import (
    ONE,
    SEND,
    Listed,
    frame,
    listed,
    may_send,
    sendable,
)
from services.console.indicators.dhis2_words import (
    EVERYBODY,
    ChosenCombos,
    alike_group,
    combos_of,
    group_choices,
)
from services.console.indicators.figure_pages import counting
from services.console.pages import show
from services.core.roles import Scope
from services.health.errors import BadMapping, StillCounting
from services.health.indicators.dhis2_links import (
    ROWS,
    SavedLink,
    alike,
    find_link,
    save_link,
    with_data_set,
    with_places,
    with_target,
    without_target,
)
from services.health.indicators.dhis2_lists import (
    DataElement,
    DataSet,
    Named,
    Unit,
    data_elements,
    data_sets,
    units,
)
from services.health.indicators.periods import PeriodName

_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY
_COMBO = "combo-"

blueprint = ConsoleBlueprint("dhis2_links", "What goes where in DHIS2.")
blueprint.register_error_handler(StillCounting, counting)


@blueprint.route(f"{ONE}/data-set", guard=SEND, scope=Scope.SEND)
def choose_set(code: str) -> Response:
    """Choose the data set that gets the figures."""
    return _show_sets(code, listed(data_sets), {})


@blueprint.route(f"{ONE}/data-set", methods=["POST"], guard=SEND, scope=Scope.SEND)
def chosen_set(code: str) -> Response:
    """Keep the data set."""
    sets, wanted = listed(data_sets), _typed("data_set")
    chosen = next((one for one in sets.items if one.id == wanted), None)
    if chosen is None:
        return _show_sets(code, sets, {"data_set": sets.trouble or "indicators_choose_one"})
    answer: Response = _keep_set(code=code, chosen=chosen)
    return answer


@once
def _keep_set(work: Work, code: str, chosen: DataSet) -> Response:
    link = with_data_set(find_link(work.session, code), chosen)
    _save(work, link)
    return go_to(f"{PREFIX}/indicators/{code}/dhis2{'' if link.places else '/places'}")


@blueprint.route(f"{ONE}/places", guard=SEND, scope=Scope.SEND)
def choose_places(code: str) -> Response:
    """Say where each province's figures go; names that are alike are chosen already."""
    found, shown = listed(units), frame(code)
    kept = shown["link"].places or {name: one.id for name, one in alike(found.items).items()}
    return _show_places(shown, found, kept, {})


@blueprint.route(f"{ONE}/places", methods=["POST"], guard=SEND, scope=Scope.SEND)
def chosen_places(code: str) -> Response:
    """Keep where each province's figures go."""
    found, shown = listed(units), frame(code)
    given = {name: _typed(f"place-{number}") for number, name in enumerate(ROWS)}
    known = {one.id: one for one in found.items}
    chosen = {name: known[one] for name, one in given.items() if one in known}
    wrong = {} if chosen else {"place-0": found.trouble or "indicators_no_place"}
    try:
        with_places(shown["link"], chosen)
    except BadMapping as error:
        wrong = {f"place-{ROWS.index(name)}": _wrong_place(name) for name in error.fields}
    if wrong:
        return _show_places(shown, found, given, wrong)
    answer: Response = _keep_places(code=code, chosen=chosen)
    return answer


@once
def _keep_places(work: Work, code: str, chosen: Mapping[str, Unit]) -> Response:
    _save(work, with_places(find_link(work.session, code), chosen))
    return go_to(f"{PREFIX}/indicators/{code}/dhis2")


@blueprint.route(f"{ONE}/figures", methods=["POST"], guard=SEND, scope=Scope.SEND)
def added(code: str) -> Response:
    """Add a figure and the data element that it goes to; ask of its combinations if it has some."""
    link: SavedLink = frame(code)["link"]
    elements = listed(lambda asked: data_elements(asked, link.data_set or ""))
    element = next((one for one in elements.items if one.id == _typed("element")), None)
    known = {one.name for one, _ in sendable(code)[1]}
    wrong = {} if _typed("indicator") in known else {"indicator": "indicators_choose_one"}
    if element is None:
        wrong["element"] = elements.trouble or "indicators_choose_one"
        return show_link(code, wrong, elements)
    if wrong:
        return show_link(code, wrong, elements)
    told = _told_combos(element)
    if told is None or told.wrong:
        return _ask_combos(code, element, told.wrong if told else None)
    target = _target(element, told)
    names = [Named(element.id, element.name), *element.combos]
    try:
        changed = with_target(link, target, names)
        if changed.is_whole:
            changed.mapping()
    except BadMapping:
        return show_link(code, {"element": "indicators_element_twice"}, elements)
    answer: Response = _keep_target(code=code, target=target, names=names)
    return answer


@once
def _keep_target(work: Work, code: str, target: Mapping[str, Any], names: list[Named]) -> Response:
    _save(work, with_target(find_link(work.session, code), target, names))
    return go_to(f"{PREFIX}/indicators/{code}/dhis2#figures")


@blueprint.route(f"{ONE}/figures/remove", methods=["POST"], guard=SEND, scope=Scope.SEND)
@once
def removed(work: Work, code: str) -> Response:
    """Take a figure out."""
    _save(work, without_target(find_link(work.session, code), _typed("indicator")))
    return go_to(f"{PREFIX}/indicators/{code}/dhis2#figures")


def show_link(
    code: str,
    wrong: Mapping[str, str],
    elements: Listed[DataElement] | None = None,
    **more: Any,  # noqa: ANN401 — as `show`
) -> Response:
    """Show what goes where, what is still to be chosen, and how to send."""
    shown, here = frame(code), context()
    link: SavedLink = shown["link"]
    if elements is None and link.data_set and may_send():
        elements = listed(lambda asked: data_elements(asked, link.data_set or ""))
    elif elements is None:
        is_set = here.settings.dhis2_url and here.settings.dhis2_token
        elements = Listed((), trouble=None if is_set else "indicators_dhis2_not_set")
    known = {one.name: name for one, name in sendable(code)[1]}
    return show(
        "indicators/dhis2.html",
        _WRONG if wrong else HTTPStatus.OK,
        **shown,
        elements=elements,
        element_choices=[(one.id, one.name) for one in elements.items],
        measures=list(known.items()),
        targets=[(one, known.get(one["indicator"], one["indicator"])) for one in link.targets],
        may_send=may_send(),
        periods=[one for one in PeriodName if one is not PeriodName.OWN],
        typed=request.values,
        wrong=wrong,
        **more,
    )


def _show_sets(code: str, sets: Listed[DataSet], wrong: Mapping[str, str]) -> Response:
    status = _WRONG if wrong else HTTPStatus.OK
    return show("indicators/dhis2_set.html", status, sets=sets, wrong=wrong, **frame(code))


def _show_places(
    shown: Mapping[str, Any],
    found: Listed[Unit],
    kept: Mapping[str, str],
    wrong: Mapping[str, str],
) -> Response:
    levels = sorted({one.level for one in found.items})
    return show(
        "indicators/dhis2_places.html",
        _WRONG if wrong else HTTPStatus.OK,
        units=found,
        levels=[(one, [unit for unit in found.items if unit.level == one]) for one in levels],
        rows=[(f"place-{number}", name, kept.get(name, "")) for number, name in enumerate(ROWS)],
        wrong=wrong,
        **shown,
    )


def _told_combos(element: DataElement) -> ChosenCombos | None:
    """Return which group each combination gets; None: it has several, and nobody was asked yet."""
    if len(element.combos) <= 1:
        return ChosenCombos(None, None, {}, None)
    if not any(name.startswith(_COMBO) for name in request.form):
        return None
    return combos_of({one.id: _typed(f"{_COMBO}{one.id}") for one in element.combos})


def _ask_combos(code: str, element: DataElement, wrong: str | None) -> Response:
    """Ask which group each combination gets; nothing is kept yet."""
    programme, known = sendable(code)
    first = element.combos[0].id
    return show(
        "indicators/dhis2_combos.html",
        _WRONG if wrong else HTTPStatus.OK,
        element=element,
        indicator=_typed("indicator"),
        measure_name={one.name: name for one, name in known}[_typed("indicator")],
        rows=[(one, _typed(f"{_COMBO}{one.id}") or alike_group(one)) for one in element.combos],
        choices=group_choices(programme),
        everybody=f"{EVERYBODY}:",
        wrong={f"{_COMBO}{first}": wrong} if wrong else {},
        **frame(code),
    )


def _target(element: DataElement, told: ChosenCombos) -> dict[str, Any]:
    """Return a figure and where it goes, as a mapping file writes it."""
    return {
        "indicator": _typed("indicator"),
        "dataElement": element.id,
        **({"categoryOptionCombo": told.combo} if told.combo else {}),
        **({"by": told.by, "combos": dict(told.combos)} if told.by else {}),
    }


def _wrong_place(name: str) -> str:
    return "indicators_country_or_provinces" if name == ROWS[-1] else "indicators_place_twice"


def _save(work: Work, link: SavedLink) -> None:
    save_link(work.session, link, own_party(), work.now)


def _typed(name: str) -> str:
    return request.form.get(name, "")
