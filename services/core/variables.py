"""Every environment variable: its name, form, help and default, as `.env.example` lists them."""

from typing import Any

from services.core import setting_forms as form
from services.core.setting_forms import Variable, by_channel, maybe, secret

DATA_DIR = Variable(
    "BILUM_DATA_DIR",
    form.FOLDER,
    "Folder of the embedded database, the embedded chain and the keys.",
    "~/.local/share/bilum",
)
DATABASE_URL = secret(
    "BILUM_DATABASE_URL",
    form.TEXT,
    "SQLAlchemy address of the database; absent: SQLite in the data folder. PostgreSQL: "
    "postgresql+psycopg://user@host/name.",
)
DATA_KEY = secret(
    "BILUM_DATA_KEY",
    form.KEY,
    "32 bytes in hexadecimal, or a ring of keys, that encrypt numbers and payloads; absent: a"
    " file in the data folder, made at the first start.",
)
BROKER_URL = secret(
    "BILUM_BROKER_URL",
    form.BROKER,
    "Address of RabbitMQ, which wakes workers on many machines: amqp://user:password@host/; "
    "absent: workers look by themselves.",
)
HOST = Variable("BILUM_HOST", form.NAME, "Address that the web server listens on.", "127.0.0.1")
PORT = Variable("BILUM_PORT", form.PORT, "Port that the web server listens on.", "8080")
PUBLIC_URL = Variable(
    "BILUM_PUBLIC_URL",
    maybe(form.URL),
    "Address under which the world reaches the web server, such as https://bilum.example; "
    "webhooks' signatures are checked against it.",
)
PROXY = Variable(
    "BILUM_PROXY",
    maybe(form.IP_ADDRESS),
    "Address of the reverse proxy, whose X-Forwarded-For tells where a request comes from; absent:"
    " nobody's is believed.",
)
DRAIN_SECONDS = Variable(
    "BILUM_DRAIN_SECONDS",
    form.SECONDS,
    "Seconds for which a web server that was told to end still serves, while /ready answers 503, "
    "so that a load balancer goes elsewhere. 0: it ends at once.",
    "0",
)
API_RATE = Variable(
    "BILUM_API_RATE",
    form.NATURAL,
    "Most requests of one token in a minute, in each web process; of one address five times as"
    " many. Carriers and field devices are not limited.",
    "600",
)
TOKEN_DAYS = Variable(
    "BILUM_TOKEN_DAYS", form.NATURAL, "Most days that a token of the API is good.", "365"
)
METRICS_TOKEN = secret(
    "BILUM_METRICS_TOKEN",
    form.SECRET,
    "Bearer token that opens /metrics to other machines; absent: this machine alone reads it.",
)
CHAIN_URL = secret(
    "BILUM_CHAIN_URL",
    maybe(form.URL),
    "JSON-RPC address of an EVM node; absent: the embedded chain.",
)
LEDGER_ADDRESS = Variable(
    "BILUM_LEDGER_ADDRESS", form.ADDRESS, "Address of the ledger contract on that node."
)
SIGNER_KEYSTORE = Variable(
    "BILUM_SIGNER_KEYSTORE", form.FILE, "Keystore v3 file of the recorder's key."
)
SIGNER_PASSWORD = secret("BILUM_SIGNER_PASSWORD", form.TEXT, "Password of that keystore.")
CONFIRMATIONS = Variable(
    "BILUM_CONFIRMATIONS",
    maybe(form.NATURAL),
    "Blocks after which a record is final; absent: 12, or 1 on the embedded chain.",
)
BATCH_RECORDS = Variable(
    "BILUM_BATCH_RECORDS", form.NATURAL, "Most records in one transaction.", "500"
)
BATCH_SECONDS = Variable(
    "BILUM_BATCH_SECONDS", form.SECONDS, "How long a record waits for others.", "5"
)
MAX_FEE_GWEI = Variable(
    "BILUM_MAX_FEE_GWEI",
    form.RATE,
    "Most that a transaction offers for a gas, in gwei; above it, records wait.",
    "200",
)
ROUTES = Variable(
    "BILUM_ROUTES",
    form.ROUTES,
    "Start of the numbers, then the channels that serve them, best first: +675 kannel twilio,"
    " + twilio. Channels: console, twilio, africastalking, kannel.",
    "+ console",
)
TWILIO_ACCOUNT_SID = Variable("BILUM_TWILIO_ACCOUNT_SID", form.TEXT, "Twilio account.")
TWILIO_AUTH_TOKEN = secret(
    "BILUM_TWILIO_AUTH_TOKEN", form.TEXT, "Twilio's secret: signs webhooks, opens its API."
)
TWILIO_FROM = Variable("BILUM_TWILIO_FROM", form.TEXT, "Number or sender that messages come from.")
TWILIO_MESSAGING_SERVICE_SID = Variable(
    "BILUM_TWILIO_MESSAGING_SERVICE_SID", form.TEXT, "Twilio's service that chooses the sender."
)
TWILIO_URL = Variable(
    "BILUM_TWILIO_URL", form.URL, "Address of Twilio's API.", "https://api.twilio.com"
)
KANNEL_URL = Variable(
    "BILUM_KANNEL_URL",
    maybe(form.URL),
    "Address of Kannel's smsbox, such as http://127.0.0.1:13013.",
)
KANNEL_USER = Variable("BILUM_KANNEL_USER", form.TEXT, "Name of its group sendsms-user.")
KANNEL_PASSWORD = secret("BILUM_KANNEL_PASSWORD", form.TEXT, "Password of that user.")
KANNEL_FROM = Variable(
    "BILUM_KANNEL_FROM", form.TEXT, "Short code or number that messages come from."
)
KANNEL_SECRET = secret(
    "BILUM_KANNEL_SECRET",
    form.SECRET,
    "What Kannel calls us with: http://bilum:SECRET@HOST/gateway/kannel/mo; at least 16"
    " characters.",
)
AFRICASTALKING_USERNAME = Variable(
    "BILUM_AFRICASTALKING_USERNAME", form.TEXT, "Name of the application at Africa's Talking."
)
AFRICASTALKING_API_KEY = secret("BILUM_AFRICASTALKING_API_KEY", form.TEXT, "Its key.")
AFRICASTALKING_FROM = Variable(
    "BILUM_AFRICASTALKING_FROM", form.TEXT, "Short code or sender that messages come from."
)
AFRICASTALKING_URL = Variable(
    "BILUM_AFRICASTALKING_URL",
    form.URL,
    "Address of its API; the sandbox: https://api.sandbox.africastalking.com.",
    "https://api.africastalking.com",
)
AFRICASTALKING_SECRET = secret(
    "BILUM_AFRICASTALKING_SECRET",
    form.SECRET,
    "What it calls us with at /gateway/africastalking/sms; at least 16 characters.",
)
AFRICASTALKING_SOURCES = Variable(
    "BILUM_AFRICASTALKING_SOURCES",
    form.NETWORKS,
    "Addresses or networks that its calls come from, with commas between; absent: any.",
)
DEVELOPMENT = Variable(
    "BILUM_DEVELOPMENT",
    form.SWITCH,
    "1: one person tries it alone, with phones at /simulator; carriers' secrets that are "
    "absent are drawn at random. Whoever reaches the server can then write as any phone, so "
    "it is refused together with routes to real carriers, a proxy, or an address that is not this"
    " machine's own.",
    "0",
)
USSD_SECRET = secret(
    "BILUM_USSD_SECRET",
    form.SECRET,
    "What operators call us with for USSD, such as at /gateway/ussd/africastalking; at least 16"
    " characters.",
)
USSD = secret(
    "BILUM_USSD",
    form.TEXT,
    "Other operators of USSD in TOML: see docs/ussd.md; best given as BILUM_USSD_FILE.",
)
SECRET_IN_ADDRESS = Variable(
    "BILUM_SECRET_IN_ADDRESS",
    form.NAMES_OR_NONE,
    "Carriers whose secret may stand in the address that they call, where logs keep it, with commas"
    " between: kannel, africastalking, ussd (every operator), ussd-NAME. The others send it by HTTP"
    " Basic or in the header Bilum-Secret; write none where all do, for empty means the default.",
    "kannel, africastalking, ussd",
)
STANDSTILL_DAYS = Variable(
    "BILUM_STANDSTILL_DAYS", form.COUNT, "Days that a pig stays where it arrived.", "21"
)
CONTACT_DAYS = Variable(
    "BILUM_CONTACT_DAYS", form.NATURAL, "Days that a contact chain stays under watch.", "30"
)
CENSUS_CHASE_DAYS = Variable(
    "BILUM_CENSUS_CHASE_DAYS",
    form.NATURAL,
    "Days after which a census asks the silent once more; after as many more it lists them.",
    "7",
)
ROW_DAYS = Variable(
    "BILUM_ROW_DAYS",
    form.NATURAL,
    "Days that rows of messages outside programmes, of their deliveries, and of what came are kept;"
    " texts go after 90.",
    "730",
)
READING_DAYS = Variable(
    "BILUM_READING_DAYS",
    form.NATURAL,
    "Days that the log keeps who read whose record.",
    "2557",
)
PERMIT_PROVINCES = Variable(
    "BILUM_PERMIT_PROVINCES",
    form.NAMES,
    "Provinces in which each movement needs a permit, with commas between.",
    "Southern Highlands, Enga, Hela, Western Highlands, Jiwaka, Chimbu, Eastern Highlands",
)
OFFICE_PHONES = Variable(
    "BILUM_OFFICE_PHONES",
    form.OFFICES,
    "Phones of the offices to call about sick pigs, which situation pages show: of a province or, "
    "by *, of the country, such as Jiwaka: +675 542 1000, *: 180 1332. Never a person's own.",
)
DOCS_URL = Variable(
    "BILUM_DOCS_URL",
    maybe(form.URL),
    "Address of the documentation for this deployment's people, which the first page links to.",
)
SMS_FREE = Variable(
    "BILUM_SMS_FREE",
    form.SWITCH,
    "1: people pay nothing to answer, by a number that the carriers agreed to; only then may a "
    "course say that it is free.",
    "0",
)
SMS_PRICE_TOEA = Variable(
    "BILUM_SMS_PRICE_TOEA", form.NATURAL, "Price of one segment of an SMS, in toea.", "25"
)
SMS_PRICES = Variable(
    "BILUM_SMS_PRICES",
    by_channel(form.NATURAL, "kannel 12"),
    "The same by channel, where it differs: kannel 12, twilio 60.",
)
SMS_RATES = Variable(
    "BILUM_SMS_RATES",
    by_channel(form.RATE, "kannel 10"),
    "Most segments a second by channel, all workers together: kannel 10, twilio 1.",
)
SMS_ONE_SEGMENT = Variable(
    "BILUM_SMS_ONE_SEGMENT",
    form.NAMES,
    "Channels whose operators join no parts, with commas between: longer texts avoid them, or"
    " go as several.",
)
QUIET_HOURS = Variable(
    "BILUM_QUIET_HOURS",
    form.HOURS,
    "Local times between which only answers and what is urgent goes.",
    "21:00-07:00",
)
DAILY_CAP = Variable(
    "BILUM_DAILY_CAP", form.NATURAL, "Most programme messages to one number in a local day.", "10"
)
ANSWERS_AN_HOUR = Variable(
    "BILUM_ANSWERS_AN_HOUR",
    form.NATURAL,
    "Most answers by SMS to one number in an hour; what comes beyond is recorded all the same.",
    "20",
)
WORKERS_ANSWERS_AN_HOUR = Variable(
    "BILUM_WORKERS_ANSWERS_AN_HOUR",
    form.NATURAL,
    "The same to recorders, officers and others who have a role.",
    "200",
)
COUNTRIES = Variable(
    "BILUM_COUNTRIES",
    form.COUNTRIES,
    "Countries whose numbers get messages, in two letters, with commas between; * means all. "
    "Satellite and premium numbers get none, unless their start is named: PG, +8816.",
    "PG",
)
DENIED_NUMBERS = Variable(
    "BILUM_DENIED_NUMBERS",
    form.NUMBERS,
    "Numbers that never get a message, with commas between; with * at the end, all that begin so: "
    "+67570009999, +675321*.",
)
DAILY_CEILING_TOEA = Variable(
    "BILUM_DAILY_CEILING_TOEA",
    form.COUNT,
    "Most that answers and urgent texts cost in a day before answers stop; 0: no limit. "
    "docs/operations.md tells how to reckon it.",
    "50000",
)
BUDGET_TOEA = Variable(
    "BILUM_BUDGET_TOEA",
    maybe(form.NATURAL),
    "Most that programme messages cost in a month; absent: any.",
)
DISPATCH_WIDTH = Variable(
    "BILUM_DISPATCH_WIDTH", form.NATURAL, "Calls of carriers that one worker makes at once.", "32"
)
BOX_TEXTS = Variable(
    "BILUM_BOX_TEXTS",
    form.NATURAL,
    "Most texts that one village box may bring in a day; after days without a link, so many for "
    "each.",
    "1000",
)
BOX_NUMBERS = Variable(
    "BILUM_BOX_NUMBERS",
    form.NATURAL,
    "Most numbers in a day that are not bound to a village box and whose texts it may bring.",
    "200",
)
BOX_ASKED = Variable(
    "BILUM_BOX_ASKED",
    form.NATURAL,
    "Most numbers that are asked in a day whether they write by one village box.",
    "30",
)
DHIS2_URL = Variable(
    "BILUM_DHIS2_URL",
    maybe(form.URL),
    "Address of the DHIS2 that figures are sent to, without /api: https://dhis2.example/enhis.",
)
DHIS2_TOKEN = secret(
    "BILUM_DHIS2_TOKEN", form.TEXT, "Personal access token of that DHIS2; it may write data values."
)
OIDC_ISSUER = Variable(
    "BILUM_OIDC_ISSUER",
    maybe(form.URL),
    "Issuer of a ministry's own sign-in (OpenID Connect) to the console: https://id.example/realms/health."
    " Its way back is /console/sign-in/ministry/back at the public address.",
)
OIDC_CLIENT_ID = Variable("BILUM_OIDC_CLIENT_ID", form.TEXT, "Our name at that issuer.")
OIDC_CLIENT_SECRET = secret(
    "BILUM_OIDC_CLIENT_SECRET", form.TEXT, "Secret that the issuer gave to us."
)
OIDC_NAME = Variable(
    "BILUM_OIDC_NAME", form.TEXT, "Name of that sign-in, as people know it: Ministry of Health."
)
BACKUP_RECIPIENTS = Variable(
    "BILUM_BACKUP_RECIPIENTS",
    form.NAMES,
    "Public keys (age1…) that backups are encrypted to, with commas; `bilum db backup-key` makes"
    " a pair.",
)
BACKUP_COPY = Variable(
    "BILUM_BACKUP_COPY",
    maybe(form.FOLDER),
    "Second folder that `bilum backup --into` copies to, on another machine at best; absent: none.",
)

VARIABLES: tuple[Variable[Any], ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Variable)
)
"""All of the above, in their order."""

FORMER = {"BILUM_CARRIER": "is no setting any more: write BILUM_ROUTES, such as: + twilio"}
"""Names of before, and what to write instead."""

SIGNERS = {
    one.name + suffix: "is for `bilum worker` alone, and a process that serves the web holds no"
    " signing key: take it out of this environment, and put it into the worker's"
    for one in (SIGNER_KEYSTORE, SIGNER_PASSWORD)
    for suffix in ("", "_FILE")
}
"""Names that a web process refuses, and what to do."""
