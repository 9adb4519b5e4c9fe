"""Settings of text messaging; built by `services.config`, never read from the environment here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sms.numbers import PAPUA_NEW_GUINEA


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Which carrier sends, and what it needs to know.

    Attributes:
        carrier: `console` prints messages as a phone shows them; `twilio` sends them.
        twilio_account_sid: `AC` and 32 hexadecimal digits.
        twilio_auth_token: its secret; hidden from repr.
        twilio_from: sender in E.164 form or an alphanumeric sender id.
        twilio_messaging_service_sid: `MG` and 32 hexadecimal digits; goes before `twilio_from`.
        twilio_base_url: where Twilio's API is, without a path.
        public_url: where carriers reach this system, without a slash at the end; None: they are
            not asked for delivery reports.
        region: E.164 country code of numbers that are written without one.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for an answer; then the attempt is uncertain.
        price_toea: what one segment costs, in hundredths of a kina; for estimates alone.
    """

    carrier: Literal["console", "twilio"] = "console"
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    twilio_from: str | None = None
    twilio_messaging_service_sid: str | None = None
    twilio_base_url: str = "https://api.twilio.com"
    public_url: str | None = None
    region: str = PAPUA_NEW_GUINEA
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    price_toea: int = 25

    def faults(self) -> tuple[str, ...]:
        """Name, one sentence each, what is missing for the chosen carrier."""
        if self.carrier == "console":
            return ()
        needed = {
            "twilio_account_sid": self.twilio_account_sid,
            "twilio_auth_token": self.twilio_auth_token,
            "twilio_from or twilio_messaging_service_sid": (
                self.twilio_from or self.twilio_messaging_service_sid
            ),
        }
        return tuple(f"carrier twilio needs {name}" for name, value in needed.items() if not value)
