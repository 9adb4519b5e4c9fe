"""Settings: the only reader of the environment.

`Settings.from_env(environ)` reads every variable of `VARIABLES`, collects each fault, and fails
once, naming them all. Any variable may come as `NAME_FILE`, the path of a file that holds it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, cast, get_args

from chain.settings import ChainSettings
from gateway.settings import GatewaySettings
from services.errors import SettingsError
from sms.settings import SmsSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

_AES_256 = 32
_LAST_PORT = 65_535
_ADDRESS_LENGTH = 42
Carrier = Literal["console", "twilio"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable.

    Attributes:
        name: with its prefix.
        help: one sentence for `.env.example`.
        default: what holds when it is absent; empty: nothing.
        secret: never shown; best given as `NAME_FILE`.
    """

    name: str
    help: str
    default: str = ""
    secret: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "BILUM_DATA_DIR",
        "Folder of the embedded database, the embedded chain and the keys.",
        "~/.local/share/bilum",
    ),
    Variable(
        "BILUM_DATABASE_URL",
        "SQLAlchemy address of the database; absent: SQLite in the data "
        "folder. PostgreSQL: postgresql+psycopg://user@host/name.",
        secret=True,
    ),
    Variable(
        "BILUM_DATA_KEY",
        "32 bytes in hexadecimal that encrypt numbers and payloads; absent: "
        "a file in the data folder, made at the first start.",
        secret=True,
    ),
    Variable("BILUM_HOST", "Address that the web server listens on.", "127.0.0.1"),
    Variable("BILUM_PORT", "Port that the web server listens on.", "8080"),
    Variable(
        "BILUM_PUBLIC_URL",
        "Address under which the world reaches the web server, such as "
        "https://bilum.example; webhooks' signatures are checked against it.",
    ),
    Variable(
        "BILUM_CHAIN_URL",
        "JSON-RPC address of an EVM node; absent: the embedded chain.",
        secret=True,
    ),
    Variable("BILUM_LEDGER_ADDRESS", "Address of the ledger contract on that node."),
    Variable("BILUM_SIGNER_KEYSTORE", "Keystore v3 file of the recorder's key."),
    Variable("BILUM_SIGNER_PASSWORD", "Password of that keystore.", secret=True),
    Variable(
        "BILUM_CONFIRMATIONS",
        "Blocks after which a record is final; absent: 12, or 1 on the embedded chain.",
    ),
    Variable("BILUM_BATCH_RECORDS", "Most records in one transaction.", "500"),
    Variable("BILUM_BATCH_SECONDS", "How long a record waits for others.", "5"),
    Variable("BILUM_CARRIER", "How messages leave: console or twilio.", "console"),
    Variable("BILUM_TWILIO_ACCOUNT_SID", "Twilio account."),
    Variable(
        "BILUM_TWILIO_AUTH_TOKEN", "Twilio's secret: signs webhooks, opens its API.", secret=True
    ),
    Variable("BILUM_TWILIO_FROM", "Number or sender that messages come from."),
    Variable("BILUM_TWILIO_URL", "Address of Twilio's API.", "https://api.twilio.com"),
    Variable("BILUM_STANDSTILL_DAYS", "Days that a pig stays where it arrived.", "21"),
    Variable(
        "BILUM_PERMIT_PROVINCES",
        "Provinces in which each movement needs a permit, with commas between.",
        "Southern Highlands, Enga, Hela, Western Highlands, Jiwaka, Chimbu, Eastern Highlands",
    ),
    Variable("BILUM_SMS_PRICE_TOEA", "Price of one segment of an SMS, in toea.", "25"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program is told from outside. Units are in the names."""

    data_dir: Path
    database_url: str = field(repr=False)
    data_key: bytes | None = field(repr=False)
    host: str
    port: int
    standstill_days: int
    permit_provinces: tuple[str, ...]
    chain: ChainSettings
    gateway: GatewaySettings
    sms: SmsSettings

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `environ`, by default the process's.

        Raises:
            SettingsError: with every fault.
        """
        reader = _Reader(os.environ if environ is None else environ)  # noqa: TID251 — the one place
        settings = _build(reader)
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
    return Settings(
        data_dir=data_dir,
        database_url=read.text("BILUM_DATABASE_URL") or f"sqlite:///{data_dir / 'bilum.db'}",
        data_key=read.value("BILUM_DATA_KEY", _key, None, "64 hexadecimal digits"),
        host=read.text("BILUM_HOST") or "",
        port=read.value("BILUM_PORT", _port, 0, "a port from 1 to 65535"),
        standstill_days=read.value("BILUM_STANDSTILL_DAYS", _days, 21, "a whole number from 0"),
        permit_provinces=_names(read.text("BILUM_PERMIT_PROVINCES") or ""),
        chain=_chain(read, data_dir),
        gateway=GatewaySettings(
            public_url=read.value("BILUM_PUBLIC_URL", _url, None, "an http or https address"),
            twilio_auth_token=read.text("BILUM_TWILIO_AUTH_TOKEN"),
        ),
        sms=_sms(read),
    )


def _chain(read: _Reader, data_dir: Path) -> ChainSettings:
    keystore = read.text("BILUM_SIGNER_KEYSTORE")
    return ChainSettings(
        url=read.value("BILUM_CHAIN_URL", _url, None, "an http or https address"),
        embedded=data_dir / "chain.db",
        address=read.value("BILUM_LEDGER_ADDRESS", _address, None, "0x and 40 hexadecimal digits"),
        keystore=Path(keystore) if keystore else None,
        keystore_password=read.text("BILUM_SIGNER_PASSWORD"),
        confirmations=read.value("BILUM_CONFIRMATIONS", _natural, None, "a whole number from 1"),
        batch_records=read.value("BILUM_BATCH_RECORDS", _natural, 500, "a whole number from 1"),
        batch_seconds=read.value("BILUM_BATCH_SECONDS", _seconds, 5.0, "a number of seconds"),
    )


def _sms(read: _Reader) -> SmsSettings:
    carrier: Carrier = read.value("BILUM_CARRIER", _carrier, "console", "console or twilio")
    settings = SmsSettings(
        carrier=carrier,
        twilio_account_sid=read.text("BILUM_TWILIO_ACCOUNT_SID"),
        twilio_auth_token=read.text("BILUM_TWILIO_AUTH_TOKEN"),
        twilio_from=read.text("BILUM_TWILIO_FROM"),
        twilio_base_url=read.value("BILUM_TWILIO_URL", _url, "", "an http or https address"),
        public_url=read.text("BILUM_PUBLIC_URL"),
        price_toea=read.value("BILUM_SMS_PRICE_TOEA", _natural, 25, "a whole number from 1"),
    )
    read.faults.extend(settings.faults())
    return settings


def _key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != _AES_256:
        raise ValueError
    return key


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= _LAST_PORT:
        raise ValueError
    return port


def _natural(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _days(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < inf:
        raise ValueError
    return seconds


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError
    return text.rstrip("/")


def _address(text: str) -> str:
    if len(text) != _ADDRESS_LENGTH or not text.startswith("0x"):
        raise ValueError
    bytes.fromhex(text[2:])
    return text


def _carrier(text: str) -> Carrier:
    for carrier in get_args(Carrier):
        if text == carrier:
            return cast("Carrier", carrier)
    raise ValueError
