"""Pages of field devices: who has which, a code for a new key that is shown once, and an end."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from flask import Response, abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.api.paging import read_newest
from services.console.administration.common import ADMINISTRATORS, party_of_text, typed
from services.console.blueprint import ConsoleBlueprint, go_to, once, shown_once
from services.console.browser_session import PREFIX
from services.console.lists import asked_page, further
from services.console.pages import show
from services.core.errors import NotFound
from services.core.roles import Scope
from services.devices.registry import CODE_LIFE, DeviceKind, add_device, give_code
from services.storage.models import Device
from services.village.api.devices import device_views
from services.village.device_ends import end_device

_LIST = "/administration/devices"
_ONE = f"{_LIST}/<uuid:device_id>"

blueprint = ConsoleBlueprint("admin_field_devices", "Field devices.")


@blueprint.route(_LIST, guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def devices() -> Response:
    """See the devices that sign what they send, the newest first."""
    here = context()
    with here.database.read() as session:
        page = read_newest(session, select(Device), Device.id, asked_page())
        rows = device_views(session, page.rows, here.clock())
    return show("administration/devices.html", rows=rows, more=further(page.cursor, {}))


@blueprint.route(f"{_LIST}/new", guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def asked_device() -> Response:
    """Be asked which device, and whose."""
    return _show_new({"kind": DeviceKind.PAGE.value})


@blueprint.route(f"{_LIST}/new", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@shown_once(_LIST)
def added(work: Work) -> Response:
    """Register a device; the code with which it brings its key is shown once."""
    form = {name: typed(name) for name in ("name", "kind", "whose")}
    party = party_of_text(work.session, form["whose"])
    wrong = _wrong(form)
    if wrong or party is None:
        wrong |= {} if party else {"whose": "admin_nobody"}
        abort(_show_new(form, HTTPStatus.UNPROCESSABLE_ENTITY, wrong))
    kind = DeviceKind(form["kind"])
    device, code = add_device(work.session, form["name"], kind, party, work.now)
    return show("administration/device_code.html", name=device.name, code=code, life=CODE_LIFE)


@blueprint.route(f"{_ONE}/rotate", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@shown_once(_LIST)
def rotated(work: Work, device_id: UUID) -> Response:
    """Get a code with which a device brings a new key; it is shown once."""
    device = _find(work.session, device_id)
    code = give_code(device, work.now)
    return show("administration/device_code.html", name=device.name, code=code, life=CODE_LIFE)


@blueprint.route(f"{_ONE}/end", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.PEOPLE)
@once
def ended(work: Work, device_id: UUID) -> Response:
    """End a device: nothing that it signs is believed any more."""
    end_device(work.session, _find(work.session, device_id), work.now)
    return go_to(f"{PREFIX}{_LIST}")


def _find(session: Session, public_id: UUID) -> Device:
    row = session.scalars(select(Device).where(Device.public_id == public_id)).first()
    if row is None:
        raise NotFound("There is no such device")
    return row


def _wrong(form: Mapping[str, str]) -> dict[str, str]:
    found = {} if form["name"] else {"name": "admin_name_empty"}
    return found if form["kind"] in set(DeviceKind) else found | {"kind": "admin_kind_wrong"}


def _show_new(
    kept: Mapping[str, str],
    status: HTTPStatus = HTTPStatus.OK,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    return show(
        "administration/device_new.html", status, kept=kept, wrong=wrong, kinds=list(DeviceKind)
    )
