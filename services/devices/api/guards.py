"""Guards of what comes from the field: devices that sign, and operators of USSD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from flask import g, request

from gateway import devices
from services.api.context import context
from services.core.errors import Forbidden
from services.devices.registry import DeviceKind, find_signer


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
                `gateway.devices` and `services.devices.registry`.
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
