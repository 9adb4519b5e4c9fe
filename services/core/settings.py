"""Settings: the only reader of the environment.

`Settings.from_env(environ)` reads every variable of `VARIABLES`, collects each fault, and fails
once, naming them all. Any variable may come as `NAME_FILE`, the path of a file that holds it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import TypeVar

from chain.settings import ChainSettings
from gateway.operators import Network, Operator, read_operators
from gateway.settings import GatewaySettings
from services.core import development, setting_parsers
from services.core.errors import SettingsError
from services.core.keyring import KeyRing
from services.core.variables import FORMER, VARIABLES
from sms.settings import AfricasTalkingSettings, KannelSettings, SmsSettings, TwilioSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program is told from outside. Units are in the names.

    `development`: one person tries it alone; anyone who reaches the web server may play any phone.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    data_key: KeyRing | None = field(repr=False)
    host: str
    port: int
    standstill_days: int
    permit_provinces: tuple[str, ...]
    chain: ChainSettings
    gateway: GatewaySettings
    sms: SmsSettings
    broker_url: str | None = field(default=None, repr=False)
    dhis2_url: str | None = None
    dhis2_token: str | None = field(default=None, repr=False)
    development: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `environ`, by default the process's.

        Raises:
            SettingsError: with every fault.
        """
        reader = _Reader(os.environ if environ is None else environ)  # noqa: TID251 — the one place
        settings = _build(reader)
        reader.refuse_former()
        if reader.faults:
            raise SettingsError(reader.faults)
        return settings


class _Reader:
    """Looks variables up and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._defaults = {variable.name: variable.default for variable in VARIABLES}
        self.faults: list[str] = []

    def text(self, name: str) -> str | None:
        value = self._environ.get(name) or self._from_file(name) or self._defaults[name]
        return value.strip() or None

    def value(self, name: str, read: Callable[[str], T], fallback: T, what: str) -> T:
        text = self.text(name)
        if text is None:
            return fallback
        try:
            return read(text)
        except ValueError:
            self.faults.append(f"{name} must be {what}")
            return fallback

    def refuse_former(self) -> None:
        """Name what was set under a name that means nothing any more."""
        self.faults += [
            f"{former} is no setting any more: {instead}"
            for former, instead in FORMER.items()
            if self._environ.get(former)
        ]

    def _from_file(self, name: str) -> str | None:
        path = self._environ.get(f"{name}_FILE")
        if not path:
            return None
        try:
            return Path(path).read_text(encoding="utf-8")
        except OSError as error:
            self.faults.append(f"{name}_FILE cannot be read: {error.strerror}")
            return None


def _build(read: _Reader) -> Settings:
    data_dir = Path(read.text("BILUM_DATA_DIR") or ".").expanduser().absolute()
    gateway = _gateway(read)
    sms = _sms(read, gateway)
    alone = read.value("BILUM_DEVELOPMENT", setting_parsers.switch, fallback=False, what="1 or 0")
    if alone:
        gateway = development.draw_secrets(gateway)
        read.faults.extend(development.faults(sms))
    return Settings(
        data_dir=data_dir,
        database_url=read.text("BILUM_DATABASE_URL") or f"sqlite:///{data_dir / 'bilum.db'}",
        data_key=read.value("BILUM_DATA_KEY", setting_parsers.key, None, "64 hexadecimal digits"),
        host=read.text("BILUM_HOST") or "",
        port=read.value("BILUM_PORT", setting_parsers.port, 0, "a port from 1 to 65535"),
        standstill_days=read.value(
            "BILUM_STANDSTILL_DAYS", setting_parsers.days, 21, "a whole number from 0"
        ),
        permit_provinces=setting_parsers.names(read.text("BILUM_PERMIT_PROVINCES") or ""),
        chain=_chain(read, data_dir),
        gateway=gateway,
        sms=sms,
        broker_url=read.value("BILUM_BROKER_URL", setting_parsers.broker, None, "an amqp address"),
        dhis2_url=read.value(
            "BILUM_DHIS2_URL", setting_parsers.url, None, "an http or https address"
        ),
        dhis2_token=read.text("BILUM_DHIS2_TOKEN"),
        development=alone,
    )


def _chain(read: _Reader, data_dir: Path) -> ChainSettings:
    keystore = read.text("BILUM_SIGNER_KEYSTORE")
    return ChainSettings(
        url=read.value("BILUM_CHAIN_URL", setting_parsers.url, None, "an http or https address"),
        embedded=data_dir / "chain.db",
        address=read.value(
            "BILUM_LEDGER_ADDRESS", setting_parsers.address, None, "0x and 40 hexadecimal digits"
        ),
        keystore=Path(keystore) if keystore else None,
        keystore_password=read.text("BILUM_SIGNER_PASSWORD"),
        confirmations=read.value(
            "BILUM_CONFIRMATIONS", setting_parsers.natural, None, "a whole number from 1"
        ),
        batch_records=read.value(
            "BILUM_BATCH_RECORDS", setting_parsers.natural, 500, "a whole number from 1"
        ),
        batch_seconds=read.value(
            "BILUM_BATCH_SECONDS", setting_parsers.seconds, 5.0, "a number of seconds"
        ),
        max_fee_gwei=read.value(
            "BILUM_MAX_FEE_GWEI", setting_parsers.rate, 200.0, "a number above 0"
        ),
    )


def _sms(read: _Reader, gateway: GatewaySettings) -> SmsSettings:
    quiet = read.value(
        "BILUM_QUIET_HOURS", setting_parsers.hours, (time(21), time(7)), "such as 21:00-07:00"
    )
    settings = SmsSettings(
        routes=read.value(
            "BILUM_ROUTES", setting_parsers.routes, (), "such as: +675 kannel twilio, + twilio"
        ),
        twilio=_twilio(read),
        kannel=_kannel(read, gateway),
        africastalking=_africastalking(read),
        public_url=gateway.public_url,
        price_toea=read.value(
            "BILUM_SMS_PRICE_TOEA", setting_parsers.natural, 25, "a whole number from 1"
        ),
        prices=read.value(
            "BILUM_SMS_PRICES",
            setting_parsers.by_channel(setting_parsers.natural),
            {},
            "such as: kannel 12",
        ),
        rates=read.value(
            "BILUM_SMS_RATES",
            setting_parsers.by_channel(setting_parsers.rate),
            {},
            "such as: kannel 10",
        ),
        one_segment=frozenset(setting_parsers.names(read.text("BILUM_SMS_ONE_SEGMENT") or "")),
        quiet_from=quiet[0],
        quiet_until=quiet[1],
        daily_cap=read.value(
            "BILUM_DAILY_CAP", setting_parsers.natural, 10, "a whole number from 1"
        ),
        budget_toea=read.value(
            "BILUM_BUDGET_TOEA", setting_parsers.natural, None, "a whole number from 1"
        ),
        width=read.value(
            "BILUM_DISPATCH_WIDTH", setting_parsers.natural, 32, "a whole number from 1"
        ),
    )
    read.faults.extend(settings.faults())
    return settings


def _twilio(read: _Reader) -> TwilioSettings:
    return TwilioSettings(
        account_sid=read.text("BILUM_TWILIO_ACCOUNT_SID"),
        auth_token=read.text("BILUM_TWILIO_AUTH_TOKEN"),
        sender=read.text("BILUM_TWILIO_FROM"),
        messaging_service_sid=read.text("BILUM_TWILIO_MESSAGING_SERVICE_SID"),
        url=read.value("BILUM_TWILIO_URL", setting_parsers.url, "", "an http or https address"),
    )


def _kannel(read: _Reader, gateway: GatewaySettings) -> KannelSettings:
    return KannelSettings(
        url=read.value("BILUM_KANNEL_URL", setting_parsers.url, None, "an http or https address"),
        user=read.text("BILUM_KANNEL_USER"),
        password=read.text("BILUM_KANNEL_PASSWORD"),
        sender=read.text("BILUM_KANNEL_FROM"),
        secret=gateway.kannel_secret,
    )


def _africastalking(read: _Reader) -> AfricasTalkingSettings:
    return AfricasTalkingSettings(
        username=read.text("BILUM_AFRICASTALKING_USERNAME"),
        api_key=read.text("BILUM_AFRICASTALKING_API_KEY"),
        sender=read.text("BILUM_AFRICASTALKING_FROM"),
        url=read.value(
            "BILUM_AFRICASTALKING_URL", setting_parsers.url, "", "an http or https address"
        ),
    )


def _gateway(read: _Reader) -> GatewaySettings:
    sources: tuple[Network, ...] = read.value(
        "BILUM_AFRICASTALKING_SOURCES", setting_parsers.networks, (), "addresses or networks"
    )
    return GatewaySettings(
        public_url=read.value(
            "BILUM_PUBLIC_URL", setting_parsers.url, None, "an http or https address"
        ),
        twilio_auth_token=read.text("BILUM_TWILIO_AUTH_TOKEN"),
        kannel_secret=read.value(
            "BILUM_KANNEL_SECRET", setting_parsers.secret, None, "at least 16 characters"
        ),
        africastalking_secret=read.value(
            "BILUM_AFRICASTALKING_SECRET", setting_parsers.secret, None, "at least 16 characters"
        ),
        africastalking_sources=sources,
        ussd=_operators(read, sources),
    )


def _operators(read: _Reader, sources: tuple[Network, ...]) -> tuple[Operator, ...]:
    secret = read.value("BILUM_USSD_SECRET", setting_parsers.secret, None, "at least 16 characters")
    try:
        return read_operators(read.text("BILUM_USSD") or "", secret, sources)
    except ValueError as error:
        read.faults.append(f"BILUM_USSD is wrong: {error}")
        return ()
