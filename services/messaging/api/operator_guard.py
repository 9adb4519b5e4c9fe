"""The guard of USSD operators, who carry a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from flask import request

from gateway.channels import shared
from gateway.channels.shared import SECRET_PARAMETER
from gateway.operators import Operator
from services.api.context import context
from services.core.errors import NotFound


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
