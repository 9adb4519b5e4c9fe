"""Settings of the gateway; built by `services.config`, never read from the environment here."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How field devices and carriers reach the gateway.

    Attributes:
        public_url: address under which the outside world sees the gateway, with the path that
            a proxy strips, if any; None: requests arrive as they were sent.
        twilio_auth_token: signs Twilio's requests; None: the channel is off.
        kannel_secret: what Kannel's requests carry; None: the channel is off.
        africastalking_secret: what Africa's Talking's requests carry; None: the channel is off.
        africastalking_sources: networks that those come from; empty: any.
    """

    public_url: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    kannel_secret: str | None = field(default=None, repr=False)
    africastalking_secret: str | None = field(default=None, repr=False)
    africastalking_sources: tuple[Network, ...] = ()
