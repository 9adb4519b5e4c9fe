"""Guards of what comes from the field: devices that sign, and operators of USSD."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from flask import g, request

from gateway import devices
from gateway.channels import shared
from gateway.channels.shared import SECRET_PARAMETER
from services.errors import Forbidden, NotFound
from services.storage.devices import find_signer
from services.web.context import context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.operators import Operator
    from services.storage.devices import DeviceKind


class DeviceSigned:
    """A field device of one of these kinds may call it: it signs each request.

    `g.signer` tells which it is, `g.claim` what it claims. An id of a device in the address must be
    its own.
    """

    security: ClassVar[Sequence[Mapping[str, Sequence[str]]]] = ({"device": ()},)
    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)

    def __init__(self, *kinds: DeviceKind) -> None:
        self.kinds = frozenset(kinds)

    def admit(self) -> None:
        """Verify the signature with a key that is believed at this moment.

        Raises:
            MalformedMessage, UnknownDevice, DeviceRevoked, BadDeviceSignature: see
                `gateway.devices` and `services.storage.devices`.
            Forbidden: a device of another kind, or in another device's name.
        """
        claim, signature = devices.read_claim(dict(request.headers))
        with context().database.read() as session:
            signer = find_signer(session, claim, context().clock())
        signed = devices.Request(request.method, request.path, request.get_data(cache=True))
        devices.verify(signed, claim, signature, signer.public)
        if signer.kind not in self.kinds:
            raise Forbidden(f"A device of the kind {signer.kind} may not do this")
        of = (request.view_args or {}).get("device", claim.device)
        if of != claim.device or request.query_string:
            raise Forbidden("A device may call its own address alone, without a query")
        g.claim, g.signer = claim, signer


class OperatorSecret:
    """An operator of USSD may call its own address: it carries the operator's secret."""

    security: ClassVar[Sequence[Mapping[str, Sequence[str]]]] = ({"ussd": ()},)
    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)

    def admit(self) -> None:
        """Compare the secret, and where the request comes from.

        Raises:
            NotFound: there is no such operator.
            BadSecret, ChannelOff: see `gateway.channels.shared.verify`.
        """
        given = request.args.get(SECRET_PARAMETER)
        channel = operator_called().channel
        shared.verify(channel, given, request.remote_addr, context().gateway)


def operator_called() -> Operator:
    """Return the operator whose address is called.

    Raises:
        NotFound: there is none.
    """
    name = (request.view_args or {}).get("operator")
    for operator in context().gateway.ussd:
        if operator.name == name:
            return operator
    raise NotFound("There is no such operator: BILUM_USSD tells which there are")
