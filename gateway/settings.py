"""Settings of the gateway; built by `services.config`, never read from the environment here."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How field devices and carriers reach the gateway.

    Attributes:
        public_url: address under which the outside world sees the gateway, with the path that
            a proxy strips, if any; None: requests arrive as they were sent.
        twilio_auth_token: signs Twilio's requests; None: the channel is off.
    """

    public_url: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
