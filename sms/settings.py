"""Settings of text messaging; built by `core.settings`, never read from the environment here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from sms.answering import USUAL, AnswerLimits
from sms.message import VILLAGE
from sms.numbers import PAPUA_NEW_GUINEA
from sms.routing import Route, channels_of

HERE = "console"
"""The channel whose texts never leave the machine."""

CHANNELS = (HERE, "twilio", "africastalking", "kannel")
"""Channels that routes may name. A village box serves the numbers that wrote through it."""


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """Settings of Twilio.

    Attributes:
        account_sid: `AC` and 32 hexadecimal digits.
        auth_token: its secret; hidden from repr.
        sender: in E.164 form or an alphanumeric sender id.
        messaging_service_sid: `MG` and 32 hexadecimal digits; goes before `sender`.
        url: where Twilio's API is, without a path.
    """

    account_sid: str | None = None
    auth_token: str | None = field(default=None, repr=False)
    sender: str | None = None
    messaging_service_sid: str | None = None
    url: str = "https://api.twilio.com"

    def missing(self) -> tuple[str, ...]:
        """Name what it cannot do without."""
        needed = {
            "BILUM_TWILIO_ACCOUNT_SID": self.account_sid,
            "BILUM_TWILIO_AUTH_TOKEN": self.auth_token,
            "BILUM_TWILIO_FROM or BILUM_TWILIO_MESSAGING_SERVICE_SID": (
                self.sender or self.messaging_service_sid
            ),
        }
        return tuple(name for name, value in needed.items() if not value)


@dataclass(frozen=True, slots=True)
class KannelSettings:
    """Settings of Kannel's smsbox.

    Attributes:
        url: where smsbox listens, without a path, such as http://127.0.0.1:13013.
        user: name of its group `sendsms-user`.
        password: of that user; hidden from repr.
        sender: our short code or number.
        secret: what delivery reports come back with; hidden from repr.
    """

    url: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    sender: str | None = None
    secret: str | None = field(default=None, repr=False)

    def missing(self) -> tuple[str, ...]:
        """Name what it cannot do without."""
        needed = {
            "BILUM_KANNEL_URL": self.url,
            "BILUM_KANNEL_USER": self.user,
            "BILUM_KANNEL_PASSWORD": self.password,
            "BILUM_KANNEL_SECRET": self.secret,
        }
        return tuple(name for name, value in needed.items() if not value)


@dataclass(frozen=True, slots=True)
class AfricasTalkingSettings:
    """Settings of Africa's Talking.

    Attributes:
        username: of the application.
        api_key: its secret; hidden from repr.
        sender: our short code or alphanumeric sender id.
        url: where its API is, without a path.
    """

    username: str | None = None
    api_key: str | None = field(default=None, repr=False)
    sender: str | None = None
    url: str = "https://api.africastalking.com"

    def missing(self) -> tuple[str, ...]:
        """Name what it cannot do without."""
        needed = {
            "BILUM_AFRICASTALKING_USERNAME": self.username,
            "BILUM_AFRICASTALKING_API_KEY": self.api_key,
        }
        return tuple(name for name, value in needed.items() if not value)


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Channels with their abilities and prices, and rules for all messages.

    Attributes:
        routes: which channels serve which numbers.
        twilio, kannel, africastalking: of each carrier.
        public_url: where carriers reach this system, without a slash at the end; None: they are
            not asked for delivery reports.
        region: E.164 country code of numbers that are written without one.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for an answer; then the attempt is uncertain.
        price_toea: what one segment costs, in hundredths of a kina.
        free: whether people pay nothing to answer.
        prices: the same by channel, where it differs.
        rates: most segments a second, by channel, all workers together; absent: no limit.
        one_segment: channels that join no parts: where no other is left, a longer text goes as
            several, numbered.
        quiet_from, quiet_until: local times between which only answers and what is urgent go.
        daily_cap: most programme messages to one number in one local day.
        answers: most answers to one number an hour.
        countries: whose numbers get messages, in ISO 3166 letters; `*`: all; starts of special
            numbers, such as +8816 of a satellite, that get them too.
        denied: numbers that never get one; with `*` at the end, all that begin so.
        daily_ceiling_toea: most that answers and urgent texts may cost in a day before answers
            stop; None: no limit.
        budget_toea: most that programme messages may cost in a month; None: no limit.
        width: calls of carriers that one worker makes at once.
    """

    routes: tuple[Route, ...] = (Route("+", (HERE,)),)
    twilio: TwilioSettings = TwilioSettings()
    kannel: KannelSettings = KannelSettings()
    africastalking: AfricasTalkingSettings = AfricasTalkingSettings()
    public_url: str | None = None
    region: str = PAPUA_NEW_GUINEA
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    price_toea: int = 25
    free: bool = False
    prices: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    one_segment: frozenset[str] = frozenset()
    quiet_from: time = time(21)
    quiet_until: time = time(7)
    daily_cap: int = 10
    answers: AnswerLimits = USUAL
    countries: tuple[str, ...] = ("PG",)
    denied: tuple[str, ...] = ()
    daily_ceiling_toea: int | None = 50_000
    budget_toea: int | None = None
    width: int = 32

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel of the routing table."""
        return channels_of(self.routes)

    def price_of(self, channel: str) -> int:
        """Return the toea that one segment costs through `channel`."""
        if channel == VILLAGE:
            return 0
        return self.prices.get(channel, self.price_toea)

    def faults(self) -> tuple[str, ...]:
        """Name, one sentence each, what is wrong or missing for the channels that are used."""
        of: dict[str, TwilioSettings | KannelSettings | AfricasTalkingSettings] = {
            "twilio": self.twilio,
            "kannel": self.kannel,
            "africastalking": self.africastalking,
        }
        unknown = [channel for channel in self.channels if channel not in CHANNELS]
        return (
            *(f"BILUM_ROUTES names {one}, which is no channel" for one in unknown),
            *(
                f"the channel {channel} needs {name}"
                for channel in self.channels
                if channel in of
                for name in of[channel].missing()
            ),
        )
