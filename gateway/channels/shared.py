"""Carriers that sign nothing: a secret in the address that they call, and where they call from."""

import hmac
from ipaddress import IPv6Address, ip_address

from gateway.errors import BadSecret, ChannelOff
from gateway.settings import GatewaySettings, Network

SECRET_PARAMETER = "secret"  # noqa: S105 — its name


def verify(channel: str, given: str | None, source: str | None, settings: GatewaySettings) -> None:
    """Return if a request carries the channel's secret and comes from one of its networks.

    Args:
        channel: `kannel`, `africastalking`, or an operator's of USSD: see `GatewaySettings.proofs`.
        given: the parameter `secret` of the address that was called.
        source: the caller's address; behind a proxy that does not hand it on, the proxy's.

    Raises:
        BadSecret: it does not.
        ChannelOff: there is no secret to tell.
    """
    proof = settings.proofs()[channel]
    if not proof.secret:
        raise ChannelOff(
            f"there is no secret of {channel}: its requests cannot be told from others"
        )
    if not hmac.compare_digest(_bytes(given or ""), _bytes(proof.secret)):
        raise BadSecret(f"the parameter {SECRET_PARAMETER} is not the secret of {channel}")
    if proof.sources and not _within(source, proof.sources):
        raise BadSecret(f"the request comes from no address of {channel}")


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
