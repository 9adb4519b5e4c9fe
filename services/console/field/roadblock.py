"""An inspector at a roadblock: what is expected, may this truck go on, and what became of it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Response, abort, g, request
from sqlalchemy.orm import Session

from chain.canonical import read_receipt
from chain.errors import ReceiptError
from gateway.readers.pasted import numbers_in
from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, once
from services.console.browser_session import PREFIX
from services.console.field.common import ON_DUTY, place_in_words, reasons_in_words
from services.console.field.truck import (
    Truck,
    judge,
    last_truck,
    read_truck,
    record_outcomes,
    truck_of_form,
)
from services.console.field.verdicts import Verdict
from services.console.pages import show
from services.core.roles import Role, Scope
from services.livestock.api.common import acting_origin_of, viewer
from services.livestock.api.roadblocks import expected_view, today_at
from services.livestock.control.roadblocks import ROADBLOCK, post_of, stand_at
from services.livestock.domain.details import OUTCOMES
from services.livestock.domain.errors import UnknownReport
from services.livestock.queries.checks import CheckMade, checks_beside
from services.livestock.queries.premises import premises_wanted, read_places
from services.livestock.recording.lookup import known_premises
from services.livestock.reporting.event_reader import Faults
from services.storage.models import Party, Premises

_MOST_POSTS, _MOST_SHOWN, _LONGEST = 40, 20, 8_000
_INSPECTORS = (Role.INSPECTOR,)

blueprint = ConsoleBlueprint(
    "roadblock", "Roadblocks.", MenuEntry("field_roadblock", "/roadblock", _INSPECTORS)
)


@blueprint.route("/roadblock", guard=ON_DUTY, scope=Scope.READ)
def roadblock() -> Response:
    """Check a truck, and see which permits are expected."""
    with context().database.read() as session:
        row = post_of(session, _me(session))
        if row is None or "change" in request.args:
            return _choose(session)
        return _post_page(session, row)


@blueprint.route("/roadblock/post", methods=["POST"], guard=ON_DUTY, scope=Scope.REPORT)
@once
def chosen(work: Work) -> Response:
    """Say at which roadblock one is."""
    typed = request.form.get("number", "").strip() or request.form.get("post", "")
    faults = Faults()
    found = faults.read("number", known_premises, work.session, typed) if typed else None
    if found:
        faults.read("number", stand_at, work.session, _me(work.session), found.number)
    if not found or faults:
        code = "field_no_roadblock" if typed else "field_choose_roadblock"
        abort(_choose(work.session, {"number": code}))
    return go_to(f"{PREFIX}/roadblock")


@blueprint.route("/roadblock/check", methods=["POST"], guard=ON_DUTY, scope=Scope.REPORT)
@once
def checked(work: Work) -> Response:
    """Ask whether what was scanned or typed may move; the answer is recorded."""
    session, me = work.session, _me(work.session)
    row, text = post_of(session, me), request.form.get("numbers", "")[:_LONGEST]
    if row is None:
        return go_to(f"{PREFIX}/roadblock")
    texts, faults = numbers_in(text), Faults()
    truck = read_truck(session, row, texts, faults)
    if truck is None:
        wrong = _wrong_numbers(texts, faults)
        abort(_post_page(session, row, text, wrong))
    truck.ask(work.key, acting_origin_of(work), me)
    return go_to(f"{PREFIX}/roadblock/verdict")


@blueprint.route("/roadblock/verdict", guard=ON_DUTY, scope=Scope.READ)
def verdict() -> Response:
    """See the verdict first, then why, then decide."""
    with context().database.read() as session:
        me = _me(session)
        row = post_of(session, me)
        truck = last_truck(session, row, me, context().clock()) if row else None
        if row is None or truck is None:
            return go_to(f"{PREFIX}/roadblock")
        return _verdict_page(session, row, truck)


@blueprint.route("/roadblock/outcome", methods=["POST"], guard=ON_DUTY, scope=Scope.REPORT)
@once
def decided(work: Work) -> Response:
    """Record what became of those that may move, and of those that may not."""
    session, row = work.session, post_of(work.session, _me(work.session))
    truck = truck_of_form(session, row) if row else None
    if row is None or truck is None:
        return go_to(f"{PREFIX}/roadblock")
    found = judge(session, truck)
    if request.form.get("book") != found.book:
        _look_again(session, row, truck, {"book": "field_book_changed"})
    chosen = {"may": request.form.get("may", ""), "barred": request.form.get("barred", "")}
    wrong = _missing(found, chosen)
    if wrong:
        _look_again(session, row, truck, wrong)
    receipt = record_outcomes(truck, chosen, work.key, acting_origin_of(work))
    return go_to(f"{PREFIX}/roadblock/receipt/{receipt}")


@blueprint.route("/roadblock/receipt/<receipt>", guard=ON_DUTY, scope=Scope.READ)
def receipt(receipt: str) -> Response:
    """See what was recorded, with the receipt for the driver."""
    with context().database.read() as session:
        made = _checks(session, receipt)
        outcomes = [
            (outcome, [one for one in made if one.outcome == outcome])
            for outcome in OUTCOMES
            if any(one.outcome == outcome for one in made)
        ]
        return show(
            "field/receipt.html",
            made=made,
            outcomes=outcomes,
            reasons=reasons_in_words,
            post=made[0].at,
        )


def _checks(session: Session, receipt: str) -> list[CheckMade]:
    try:
        return checks_beside(session, read_receipt(receipt))
    except ReceiptError as error:
        raise UnknownReport from error


def _me(session: Session) -> Party:
    return session.get_one(Party, own_party())


def _choose(session: Session, wrong: Mapping[str, str] | None = None) -> Response:
    """Show the roadblocks to choose from, those of one's province first."""
    everywhere = {"kind": ROADBLOCK, "province": None, "district": None}
    mine = Premises.province == g.holder.province
    wanted = premises_wanted(viewer(), everywhere).order_by(mine.desc(), Premises.id)
    keys = [row.id for row in session.scalars(wanted.limit(_MOST_POSTS))]
    found = read_places(session, keys)
    posts = [(found[key].number, place_in_words(found[key])) for key in keys]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    typed = request.form.get("number", "")
    return show("field/choose_post.html", status, posts=posts, wrong=wrong, typed=typed)


def _post_page(
    session: Session, row: Premises, text: str = "", wrong: Sequence[str] = ()
) -> Response:
    expected = expected_view(session, row, today_at(row), _MOST_SHOWN)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show(
        "field/roadblock.html",
        status,
        text=text,
        wrong=wrong,
        expected=expected,
        permits=_permits(expected["permits"]),
        **_post(session, row),
    )


def _post(session: Session, row: Premises) -> dict[str, Any]:
    place = read_places(session, [row.id])[row.id]
    return {"post": place_in_words(place), "number": place.number}


def _permits(shown: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return permits of a list, with the pigs that each is for."""
    return [{**one, "pigs": one["head_count"] or len(one["animals"])} for one in shown]


def _wrong_numbers(texts: Sequence[str], faults: Faults) -> list[str]:
    """Return each number that cannot be asked about, with its fault; empty texts: none."""
    told = faults.get("numbers")
    found = told if isinstance(told, dict) else {}
    wrong = [f"{texts[int(place)]}: {fault}" for place, fault in found.items()]
    return wrong or [str(faults.get("all", ""))]


def _verdict_page(
    session: Session, row: Premises, truck: Truck, wrong: Mapping[str, str] | None = None
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show(
        "field/verdict.html",
        status,
        wrong=wrong,
        verdict=judge(session, truck),
        truck=truck,
        outcomes=OUTCOMES,
        **_post(session, row),
    )


def _look_again(
    session: Session, row: Premises, truck: Truck, wrong: Mapping[str, str]
) -> NoReturn:
    """Answer with the verdict again; nothing was recorded, and nothing of the form is kept."""
    abort(_verdict_page(session, row, truck, wrong))


def _missing(found: Verdict, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the groups of a truck for which nothing was chosen."""
    there = {"may": found.may, "barred": found.barred}
    return {
        name: f"field_choose_{name}"
        for name, numbers in there.items()
        if numbers and chosen[name] not in _OFFERED[name]
    }


_OFFERED = {"may": OUTCOMES, "barred": ("turned_back", "seized")}
