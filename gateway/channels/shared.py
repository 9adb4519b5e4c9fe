"""Carriers that sign nothing: a secret that each of their calls carries, and where they call from.

The secret comes as the password of HTTP Basic (RFC 7617), in a header, or, from a carrier that can
do neither, in the address: there every log between keeps it, so each such carrier is named.
"""

import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple, Protocol

from gateway.errors import BadSecret, ChannelOff
from gateway.settings import GatewaySettings, Network

SECRET_PARAMETER = "secret"  # noqa: S105 — its name
SECRET_HEADER = "Bilum-Secret"  # noqa: S105 — as above
_BASIC = "basic "


class GivenSecret(NamedTuple):
    """Secret of one call; `in_address`: it stood in the query."""

    text: str | None
    in_address: bool = False


class Headers(Protocol):
    """Headers of a request, by their names in any letters."""

    def get(self, key: str, /) -> str | None:
        """Return a header; None: it is absent."""
        ...


def given_secret(headers: Headers, query: Mapping[str, str]) -> GivenSecret:
    """Return the secret that a call carries: the password of Basic, the header's, or the query's.

    Args:
        headers: of the request.
        query: parameters of its address.
    """
    basic, header = headers.get("Authorization") or "", headers.get(SECRET_HEADER)
    if basic.lower().startswith(_BASIC):
        return GivenSecret(_password(basic[len(_BASIC) :]))
    if header is not None:
        return GivenSecret(header)
    return GivenSecret(query.get(SECRET_PARAMETER), in_address=True)


def verify(channel: str, given: GivenSecret, source: str | None, settings: GatewaySettings) -> None:
    """Return if a request carries the channel's secret and comes from one of its networks.

    Args:
        channel: `kannel`, `africastalking`, or an operator's of USSD: see `GatewaySettings.proofs`.
        given: see `given_secret`.
        source: the caller's address; behind a proxy that is not named in the settings, the proxy's.
        settings: with the secrets.

    Raises:
        BadSecret: it does not.
        ChannelOff: there is no secret to tell.
    """
    proof = settings.proofs()[channel]
    if not proof.secret:
        raise ChannelOff(
            f"there is no secret of {channel}: its requests cannot be told from others"
        )
    if not hmac.compare_digest(_bytes(given.text or ""), _bytes(proof.secret)):
        raise BadSecret(
            f"what came by Basic, in {SECRET_HEADER} or as the parameter "
            f"{SECRET_PARAMETER} is not the secret of {channel}"
        )
    if given.in_address and not settings.takes_in_address(channel):
        raise BadSecret(
            f"the secret of {channel} came in the address, where logs keep it: send it by HTTP "
            f"Basic or in {SECRET_HEADER}, or name {channel} in BILUM_SECRET_IN_ADDRESS"
        )
    if proof.sources and not _within(source, proof.sources):
        raise BadSecret(f"the request comes from no address of {channel}")


def _password(encoded: str) -> str | None:
    try:
        return b64decode(encoded, validate=True).decode("utf-8").partition(":")[2]
    except (Error, ValueError):
        return None


def _within(source: str | None, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(source or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
