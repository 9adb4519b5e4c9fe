"""The environment variables, as `.env.example` lists them."""

from __future__ import annotations

from dataclasses import dataclass


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
        "32 bytes in hexadecimal, or a ring of keys, that encrypt numbers and payloads; absent: "
        "a file in the data folder, made at the first start.",
        secret=True,
    ),
    Variable(
        "BILUM_BROKER_URL",
        "Address of RabbitMQ, which wakes workers on many machines: amqp://user:password@host/; "
        "absent: workers look by themselves.",
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
    Variable(
        "BILUM_MAX_FEE_GWEI",
        "Most that a transaction offers for a gas, in gwei; above it, records wait.",
        "200",
    ),
    Variable(
        "BILUM_ROUTES",
        "Start of the numbers, then the channels that serve them, best first: "
        "+675 kannel twilio, + twilio. Channels: console, twilio, africastalking, kannel.",
        "+ console",
    ),
    Variable("BILUM_TWILIO_ACCOUNT_SID", "Twilio account."),
    Variable(
        "BILUM_TWILIO_AUTH_TOKEN", "Twilio's secret: signs webhooks, opens its API.", secret=True
    ),
    Variable("BILUM_TWILIO_FROM", "Number or sender that messages come from."),
    Variable("BILUM_TWILIO_MESSAGING_SERVICE_SID", "Twilio's service that chooses the sender."),
    Variable("BILUM_TWILIO_URL", "Address of Twilio's API.", "https://api.twilio.com"),
    Variable("BILUM_KANNEL_URL", "Address of Kannel's smsbox, such as http://127.0.0.1:13013."),
    Variable("BILUM_KANNEL_USER", "Name of its group sendsms-user."),
    Variable("BILUM_KANNEL_PASSWORD", "Password of that user.", secret=True),
    Variable("BILUM_KANNEL_FROM", "Short code or number that messages come from."),
    Variable(
        "BILUM_KANNEL_SECRET",
        "What Kannel calls us with: /gateway/kannel/mo?secret=…; at least 16 characters.",
        secret=True,
    ),
    Variable("BILUM_AFRICASTALKING_USERNAME", "Name of the application at Africa's Talking."),
    Variable("BILUM_AFRICASTALKING_API_KEY", "Its key.", secret=True),
    Variable("BILUM_AFRICASTALKING_FROM", "Short code or sender that messages come from."),
    Variable(
        "BILUM_AFRICASTALKING_URL",
        "Address of its API; the sandbox: https://api.sandbox.africastalking.com.",
        "https://api.africastalking.com",
    ),
    Variable(
        "BILUM_AFRICASTALKING_SECRET",
        "What it calls us with: /gateway/africastalking/sms?secret=…; at least 16 characters.",
        secret=True,
    ),
    Variable(
        "BILUM_AFRICASTALKING_SOURCES",
        "Addresses or networks that its calls come from, with commas between; absent: any.",
    ),
    Variable(
        "BILUM_DEVELOPMENT",
        "1: one person tries it alone, with phones at /simulator; carriers' secrets that are "
        "absent are drawn at random. Whoever reaches the server can then write as any phone, so it "
        "is refused together with routes to real carriers.",
        "0",
    ),
    Variable(
        "BILUM_USSD_SECRET",
        "What operators call us with for USSD: /gateway/ussd/africastalking?secret=…; at least 16 "
        "characters.",
        secret=True,
    ),
    Variable(
        "BILUM_USSD",
        "Other operators of USSD in TOML: see docs/ussd.md; best given as BILUM_USSD_FILE.",
        secret=True,
    ),
    Variable("BILUM_STANDSTILL_DAYS", "Days that a pig stays where it arrived.", "21"),
    Variable(
        "BILUM_PERMIT_PROVINCES",
        "Provinces in which each movement needs a permit, with commas between.",
        "Southern Highlands, Enga, Hela, Western Highlands, Jiwaka, Chimbu, Eastern Highlands",
    ),
    Variable("BILUM_SMS_PRICE_TOEA", "Price of one segment of an SMS, in toea.", "25"),
    Variable("BILUM_SMS_PRICES", "The same by channel, where it differs: kannel 12, twilio 60."),
    Variable(
        "BILUM_SMS_RATES",
        "Most segments a second by channel, all workers together: kannel 10, twilio 1.",
    ),
    Variable(
        "BILUM_SMS_ONE_SEGMENT",
        "Channels whose operators join no parts, with commas between: longer texts avoid them, or "
        "go as several.",
    ),
    Variable(
        "BILUM_QUIET_HOURS",
        "Local times between which only answers and what is urgent goes.",
        "21:00-07:00",
    ),
    Variable("BILUM_DAILY_CAP", "Most programme messages to one number in a local day.", "10"),
    Variable("BILUM_BUDGET_TOEA", "Most that programme messages cost in a month; absent: any."),
    Variable("BILUM_DISPATCH_WIDTH", "Calls of carriers that one worker makes at once.", "32"),
    Variable(
        "BILUM_DHIS2_URL",
        "Address of the DHIS2 that figures are sent to, without /api: https://dhis2.example/enhis.",
    ),
    Variable(
        "BILUM_DHIS2_TOKEN",
        "Personal access token of that DHIS2; it may write data values.",
        secret=True,
    ),
)

FORMER = {"BILUM_CARRIER": "write BILUM_ROUTES, such as: + twilio"}
"""Names of before, and what to write instead."""
