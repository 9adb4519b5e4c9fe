"""Development mode: one person tries everything alone, on phones that are drawn on the screen."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

from gateway.settings import GatewaySettings
from sms.settings import HERE, SmsSettings

WARNING = (
    "development mode: whoever reaches this server can write as any phone; "
    "for others, set BILUM_DEVELOPMENT=0"
)


def draw_secrets(gateway: GatewaySettings) -> GatewaySettings:
    """Draw, for this run, the secrets that are absent: with them the phones call as carriers do."""
    return replace(
        gateway,
        kannel_secret=gateway.kannel_secret or _draw(),
        africastalking_secret=gateway.africastalking_secret or _draw(),
        ussd=tuple(
            replace(one, proof=one.proof._replace(secret=one.proof.secret or _draw()))
            for one in gateway.ussd
        ),
    )


def faults(sms: SmsSettings) -> Iterator[str]:
    """Say why nobody may try things alone with these routes, if so."""
    real = [channel for channel in sms.channels if channel != HERE]
    if real:
        yield (
            f"BILUM_ROUTES sends to real phones by {', '.join(real)}, and in development mode "
            f"anyone may write as any phone: set BILUM_DEVELOPMENT=0, or name {HERE} alone"
        )


def _draw() -> str:
    return secrets.token_urlsafe(24)
