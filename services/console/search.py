"""Search by one text: an animal, a place, a permit, an outbreak, a receipt, a phone."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import read_receipt
from chain.errors import ChainError
from services.api.context import context
from services.api.guards import note_read
from services.console.blueprint import ConsoleBlueprint, go_to
from services.console.browser_session import PREFIX
from services.console.field.common import animal_path, permit_path, place_path
from services.console.guards import ANYBODY
from services.console.pages import show
from services.console.words import day, role_name, shared, t
from services.core.errors import ServiceError
from services.core.roles import OFFICERS, Role, Scope
from services.ledger.receipts import look_up_receipt
from services.livestock.api.animals import animal_view
from services.livestock.api.common import READ, viewer
from services.livestock.api.outbreaks import outbreak_view
from services.livestock.control.outbreaks import find_outbreak
from services.livestock.control.permits import may_read
from services.livestock.domain import access
from services.livestock.queries.animals import animal_history
from services.livestock.queries.permits import permit_views
from services.livestock.queries.premises import premises_views
from services.livestock.recording.lookup import known_premises, parse_key
from services.livestock.recording.ownership import ties_of
from services.livestock.recording.permit_subjects import find_permit
from services.storage.models import Contact, Party, Premises
from services.storage.read_log import ReadSubject
from sms.errors import SmsError
from sms.local_time import local_day
from sms.numbers import normalise

_LONGEST = 64
_FEWEST_DIGITS = 7
_TAG = re.compile(r"(?!00)[0-9]{15}")

blueprint = ConsoleBlueprint("search", "Search.")


class Line(NamedTuple):
    """A fact: the code of its label, and its value."""

    label: str
    value: object


class Found(NamedTuple):
    """Something that was found: its kind, its facts, and the address of its page, if it has one."""

    kind: str
    name: str
    lines: Sequence[Line]
    path: str | None = None


@blueprint.route("/search", guard=ANYBODY, scope=Scope.READ)
def search() -> Response:
    """See what is found of a text that is no phone, by what one may see."""
    wanted = request.args.get("q", "").strip()[:_LONGEST]
    found = list(_search(wanted)) if wanted else []
    return show("search.html", q=wanted, found=found, held=_may_hold_phone(wanted))


@blueprint.route("/search", methods=["POST"], guard=ANYBODY, scope=Scope.READ)
def searched() -> Response:
    """Search: what may be a phone stays out of addresses, and so out of histories and logs."""
    wanted = request.form.get("q", "").strip()[:_LONGEST]
    if not _may_hold_phone(wanted):
        return go_to(f"{PREFIX}/search?{urlencode({'q': wanted})}")
    return show("search.html", q=wanted, found=[*_search(wanted), *_people(wanted)])


def _may_hold_phone(wanted: str) -> bool:
    """Tell whether a text has the digits of a phone, perhaps of one with a slip, and is no tag."""
    digits = sum(map(str.isdigit, wanted))
    return digits >= _FEWEST_DIGITS and not _TAG.fullmatch(wanted)


def _search(wanted: str) -> Iterator[Found]:
    with context().database.read() as session:
        for look in _LOOKS:
            with suppress(ServiceError, ChainError):
                yield from look(session, wanted)


def _animal(session: Session, wanted: str) -> Iterator[Found]:
    history = animal_history(session, parse_key(session, wanted, "animal"))
    ties = ties_of(session, viewer(), [history.id])[history.id]
    today = local_day(context().clock())
    view: Mapping[str, Any] = animal_view(viewer(), history, access.sight_of(viewer(), ties), today)
    places = [" ".join(filter(None, map(one.get, _PLACE))) for one in view.get("at", ())]
    statuses = [shared(f"condition.{one.kind}") for one in view["statuses"]]
    yield Found(
        shared(f"label.{view['kind']}"),
        wanted,
        _told(
            ("search_state", shared(f"status.{view['status']}")),
            ("search_statuses", ", ".join(statuses)),
            ("search_province", view["province"]),
            ("search_numbers", ", ".join(view.get("numbers", ()))),
            ("search_at", "; ".join(places)),
        ),
        animal_path(wanted),
    )


def _place(session: Session, wanted: str) -> Iterator[Found]:
    row = session.get_one(Premises, known_premises(session, wanted).id)
    [view] = premises_views(session, viewer(), [row], local_day(context().clock()))
    statuses: Sequence[Any] = view.get("statuses", ())  # type: ignore[assignment]
    numbers: Sequence[str] = view.get("numbers", ())  # type: ignore[assignment]
    yield Found(
        shared("label.place"),
        wanted,
        _told(
            ("search_name", view.get("name")),
            ("search_kind", shared(f"value.{view['kind']}") if "kind" in view else None),
            ("search_statuses", ", ".join(shared(f"condition.{one.kind}") for one in statuses)),
            ("search_province", view["province"]),
            ("search_district", view.get("district")),
            ("search_numbers", ", ".join(numbers)),
        ),
        place_path(wanted),
    )


def _permit(session: Session, wanted: str) -> Iterator[Found]:
    row = find_permit(session, wanted)
    if row is None or not may_read(session, row, g.party_id, g.holder.role):
        return
    [view] = permit_views(session, [row])
    yield Found(
        t("kind_permit"),
        wanted,
        _told(
            ("search_state", shared(f"value.{view['state']}")),
            ("search_from", view["origin"]),
            ("search_to", view["destination"]),
            ("search_pigs", view["head_count"] or len(view["animals"])),
            ("search_first", day(view["first_day"])),
            ("search_last", day(view["last_day"])),
        ),
        permit_path(wanted),
    )


def _outbreak(session: Session, wanted: str) -> Iterator[Found]:
    if g.holder.role not in READ.roles:
        return
    view = outbreak_view(session, find_outbreak(session, wanted))
    yield Found(
        t("kind_outbreak"),
        wanted,
        _told(
            ("search_disease", shared(f"disease.{view['disease']}")),
            ("search_state", shared(f"value.{view['state']}")),
            ("search_at", view["premises"]),
            ("search_first", day(view["began_on"])),
        ),
    )


def _receipt(session: Session, wanted: str) -> Iterator[Found]:
    row = look_up_receipt(session, read_receipt(wanted))
    yield Found(
        shared("label.receipt"),
        wanted,
        _told(
            ("search_state", shared(f"console.receipt_{row.state.name.lower()}")),
            ("search_record", row.place),
            ("search_size", row.size),
        ),
    )


def _people(wanted: str) -> Iterator[Found]:
    """Find the person of a phone number: for officers, and the reading is noted."""
    if g.holder.role not in OFFICERS:
        return
    here = context()
    with suppress(SmsError):
        index = here.database.vault.index(normalise(wanted))
        with here.database.write(exclusive=False) as session:
            mine = select(Party).join(Contact, Contact.party_id == Party.id)
            for row in session.scalars(mine.where(Contact.number_index == index).limit(1)):
                note_read(session, ReadSubject(row.id, index))
                yield _person(row)


def _person(row: Party) -> Found:
    return Found(
        t("kind_person"),
        row.name or "",
        _told(("search_office", role_name(Role(row.role))), ("search_province", row.province)),
    )


def _told(*lines: tuple[str, object]) -> list[Line]:
    return [Line(*one) for one in lines if one[1] not in {None, ""}]


_PLACE = ("number", "name", "province")
_LOOKS: tuple[Callable[[Session, str], Iterator[Found]], ...] = (
    _animal,
    _place,
    _permit,
    _outbreak,
    _receipt,
)
