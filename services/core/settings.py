"""Settings: the only reader of the environment; `variables` declares what it reads.

`Settings.from_env(environ)` collects every fault and fails once, naming them all.
"""

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from chain.settings import ChainSettings
from gateway.operators import Network, Operator, read_operators
from gateway.settings import GatewaySettings
from services.core import variables as var
from services.core.errors import SettingsError
from services.core.keyring import KeyRing
from services.core.setting_forms import SettingReader
from sms.answering import AnswerLimits
from sms.settings import HERE, AfricasTalkingSettings, KannelSettings, SmsSettings, TwilioSettings

DEVELOPMENT_WARNING = (
    "development mode: whoever reaches this server can write as any phone; "
    "for others, set BILUM_DEVELOPMENT=0"
)


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A ministry's own sign-in: its issuer, our name and secret there, and what people call it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the whole program. Units are in the names.

    `office_phones`: by province, or `*` for the country.
    `development`: one person tries Bilum alone; anyone who reaches the server may play any phone.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    data_key: KeyRing | None = field(repr=False)
    host: str
    port: int
    standstill_days: int
    contact_days: int
    permit_provinces: tuple[str, ...]
    chain: ChainSettings
    gateway: GatewaySettings
    sms: SmsSettings
    proxy: str | None = None
    drain_seconds: float = 0
    api_rate: int = 600
    row_days: int = 730
    reading_days: int = 2557
    token_days: int = 365
    broker_url: str | None = field(default=None, repr=False)
    dhis2_url: str | None = None
    dhis2_token: str | None = field(default=None, repr=False)
    oidc: OidcSettings | None = None
    metrics_token: str | None = field(default=None, repr=False)
    office_phones: Mapping[str, str] = field(default_factory=dict)
    docs_url: str | None = None
    backup_recipients: tuple[str, ...] = ()
    backup_copy: Path | None = None
    development: bool = False
    census_chase_days: int = 7
    box_texts: int = 1000
    box_numbers: int = 200
    box_asked: int = 30

    @property
    def address(self) -> str:
        """Address of the web server: the public one, or else its host and port."""
        return self.gateway.public_url or f"http://{self.host}:{self.port}"

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, *, signs: bool = True
    ) -> "Settings":
        """Read the settings from `environ`, by default the process's.

        `signs`: whether the process may hold the recorder's key. One that serves the web alone may
        not, and refuses an environment that has it.

        Raises:
            SettingsError: with every fault.
        """
        read = SettingReader(os.environ if environ is None else environ)  # noqa: TID251 — the one place
        settings = _settings(read)
        read.refuse(var.FORMER)
        if not signs:
            read.refuse(var.SIGNERS)
            settings = replace(settings, chain=replace(settings.chain, signs=False))
        if read.faults:
            raise SettingsError(read.faults)
        return settings


def _settings(read: SettingReader) -> Settings:
    data_dir = read(var.DATA_DIR)
    gateway = _gateway(read)
    sms = _sms(read, gateway)
    if alone := read(var.DEVELOPMENT):
        gateway = draw_secrets(gateway)
    settings = Settings(
        data_dir=data_dir,
        database_url=read(var.DATABASE_URL) or f"sqlite:///{data_dir / 'bilum.db'}",
        data_key=read(var.DATA_KEY),
        host=read(var.HOST),
        port=read(var.PORT),
        standstill_days=read(var.STANDSTILL_DAYS),
        contact_days=read(var.CONTACT_DAYS),
        census_chase_days=read(var.CENSUS_CHASE_DAYS),
        permit_provinces=read(var.PERMIT_PROVINCES),
        row_days=read(var.ROW_DAYS),
        reading_days=read(var.READING_DAYS),
        chain=_chain(read, data_dir),
        gateway=gateway,
        sms=sms,
        broker_url=read(var.BROKER_URL),
        backup_recipients=read(var.BACKUP_RECIPIENTS),
        backup_copy=read(var.BACKUP_COPY),
        dhis2_url=read(var.DHIS2_URL),
        dhis2_token=read(var.DHIS2_TOKEN),
        oidc=_oidc(read),
        metrics_token=read(var.METRICS_TOKEN),
        office_phones=read(var.OFFICE_PHONES),
        docs_url=read(var.DOCS_URL),
        proxy=read(var.PROXY),
        drain_seconds=read(var.DRAIN_SECONDS),
        api_rate=read(var.API_RATE),
        token_days=read(var.TOKEN_DAYS),
        development=alone,
        box_texts=read(var.BOX_TEXTS),
        box_numbers=read(var.BOX_NUMBERS),
        box_asked=read(var.BOX_ASKED),
    )
    if alone:
        read.faults.extend(development_faults(settings))
    return settings


def _oidc(read: SettingReader) -> OidcSettings | None:
    issuer, client, secret = (
        read(one) for one in (var.OIDC_ISSUER, var.OIDC_CLIENT_ID, var.OIDC_CLIENT_SECRET)
    )
    if issuer and client and secret:
        return OidcSettings(issuer, client, secret, read(var.OIDC_NAME) or issuer)
    if issuer or client or secret:
        read.faults.append(
            "BILUM_OIDC_ISSUER, BILUM_OIDC_CLIENT_ID and BILUM_OIDC_CLIENT_SECRET go together:"
            " set all of them, or none"
        )
    return None


def _chain(read: SettingReader, data_dir: Path) -> ChainSettings:
    return ChainSettings(
        url=read(var.CHAIN_URL),
        embedded=data_dir / "chain.db",
        address=read(var.LEDGER_ADDRESS),
        keystore=read(var.SIGNER_KEYSTORE),
        keystore_password=read(var.SIGNER_PASSWORD),
        confirmations=read(var.CONFIRMATIONS),
        batch_records=read(var.BATCH_RECORDS),
        batch_seconds=read(var.BATCH_SECONDS),
        max_fee_gwei=read(var.MAX_FEE_GWEI),
    )


def _sms(read: SettingReader, gateway: GatewaySettings) -> SmsSettings:
    quiet_from, quiet_until = read(var.QUIET_HOURS)
    settings = SmsSettings(
        routes=read(var.ROUTES),
        twilio=_twilio(read, gateway),
        kannel=_kannel(read, gateway),
        africastalking=_africastalking(read),
        public_url=gateway.public_url,
        price_toea=read(var.SMS_PRICE_TOEA),
        free=read(var.SMS_FREE),
        prices=read(var.SMS_PRICES),
        rates=read(var.SMS_RATES),
        one_segment=frozenset(read(var.SMS_ONE_SEGMENT)),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        daily_cap=read(var.DAILY_CAP),
        answers=AnswerLimits(read(var.ANSWERS_AN_HOUR), read(var.WORKERS_ANSWERS_AN_HOUR)),
        countries=read(var.COUNTRIES),
        denied=read(var.DENIED_NUMBERS),
        daily_ceiling_toea=read(var.DAILY_CEILING_TOEA) or None,
        budget_toea=read(var.BUDGET_TOEA),
        width=read(var.DISPATCH_WIDTH),
    )
    read.faults.extend((*gateway.faults(), *settings.faults()))
    return settings


def _twilio(read: SettingReader, gateway: GatewaySettings) -> TwilioSettings:
    return TwilioSettings(
        account_sid=read(var.TWILIO_ACCOUNT_SID),
        auth_token=gateway.twilio_auth_token,
        sender=read(var.TWILIO_FROM),
        messaging_service_sid=read(var.TWILIO_MESSAGING_SERVICE_SID),
        url=read(var.TWILIO_URL),
    )


def _kannel(read: SettingReader, gateway: GatewaySettings) -> KannelSettings:
    return KannelSettings(
        url=read(var.KANNEL_URL),
        user=read(var.KANNEL_USER),
        password=read(var.KANNEL_PASSWORD),
        sender=read(var.KANNEL_FROM),
        secret=gateway.kannel_secret,
    )


def _africastalking(read: SettingReader) -> AfricasTalkingSettings:
    return AfricasTalkingSettings(
        username=read(var.AFRICASTALKING_USERNAME),
        api_key=read(var.AFRICASTALKING_API_KEY),
        sender=read(var.AFRICASTALKING_FROM),
        url=read(var.AFRICASTALKING_URL),
    )


def _gateway(read: SettingReader) -> GatewaySettings:
    sources = read(var.AFRICASTALKING_SOURCES)
    return GatewaySettings(
        public_url=read(var.PUBLIC_URL),
        twilio_auth_token=read(var.TWILIO_AUTH_TOKEN),
        kannel_secret=read(var.KANNEL_SECRET),
        africastalking_secret=read(var.AFRICASTALKING_SECRET),
        africastalking_sources=sources,
        ussd=_operators(read, sources),
        secret_in_address=frozenset(read(var.SECRET_IN_ADDRESS)),
    )


def _operators(read: SettingReader, sources: tuple[Network, ...]) -> tuple[Operator, ...]:
    secret = read(var.USSD_SECRET)
    try:
        return read_operators(read(var.USSD) or "", secret, sources)
    except ValueError as error:
        read.faults.append(f"{var.USSD.name} is wrong: {error}")
        return ()


def draw_secrets(gateway: GatewaySettings) -> GatewaySettings:
    """Draw, for this run, the secrets that are absent: with them the phones call as carriers do."""
    draw = secrets.token_urlsafe
    return replace(
        gateway,
        kannel_secret=gateway.kannel_secret or draw(24),
        africastalking_secret=gateway.africastalking_secret or draw(24),
        ussd=tuple(
            replace(one, proof=one.proof._replace(secret=one.proof.secret or draw(24)))
            for one in gateway.ussd
        ),
    )


def development_faults(settings: Settings) -> Iterator[str]:
    """Say why nobody may try things alone with these settings, if so."""
    real = [channel for channel in settings.sms.channels if channel != HERE]
    if real:
        yield (
            f"BILUM_ROUTES sends to real phones by {', '.join(real)}, and in development mode "
            f"anyone may write as any phone: set BILUM_DEVELOPMENT=0, or name {HERE} alone"
        )
    public = settings.gateway.public_url
    named = {
        "BILUM_HOST": settings.host,
        "BILUM_PUBLIC_URL": urlsplit(public).hostname if public else None,
        "BILUM_PROXY": settings.proxy and "a proxy",
    }
    for name, host in named.items():
        if host and not is_loopback(host):
            yield (
                f"{name} lets others reach this server ({host}), and in development mode anyone "
                "who reaches it may write as any phone: set BILUM_DEVELOPMENT=0, or leave it out "
                "and reach it by `ssh -L 8080:127.0.0.1:8080`"
            )


def is_loopback(host: str) -> bool:
    """Return whether a name or address of a host is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
