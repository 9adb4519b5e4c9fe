"""Settings of a simulated phone: numbers to call, the alphabet, the words."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from gateway.channels.shared import SECRET_PARAMETER
from gateway.operators import AFRICASTALKING
from gateway.settings import GatewaySettings
from services.texts.catalogue import LANGUAGES, sentences, template
from sms.encoding import BASIC, EXTENSION, LIMITS, Encoding

SHORT_CODE, USSD_CODE = "16345", "*123#"
USSD_SECONDS = 10
"""After which an operator ends a call that is not answered."""

PHONES = {
    "+67570000001": "Maria",
    "+67570000002": "Peter",
    "+67570000003": "Agnes",
    "+67570000004": "John",
    "+67570000005": "Martha",
    "+67570000006": "Ruth",
}
_NETWORK = "53701"

_FIRSTS = (1, 2, 3, 4)


def make_setup(gateway: GatewaySettings) -> dict[str, Any]:
    """Return it as JSON; it holds the carriers' secrets of this run."""
    ussd = gateway.proofs()[AFRICASTALKING.channel]
    return {
        "sms": {
            "address": _address("/gateway/kannel/mo", gateway.kannel_secret),
            "to": SHORT_CODE,
        },
        "ussd": {
            "address": _address(f"/gateway/ussd/{AFRICASTALKING.name}", ussd.secret),
            "code": USSD_CODE,
            "network": _NETWORK,
            "seconds": USSD_SECONDS,
        },
        "phones": [{"number": number, "name": name} for number, name in PHONES.items()],
        "alphabet": {
            "basic": "".join(sorted(BASIC)),
            "extension": "".join(sorted(EXTENSION)),
            "gsm7": LIMITS[Encoding.GSM7],
            "ucs2": LIMITS[Encoding.UCS2],
        },
        "words": {language: words(language) for language in LANGUAGES},
        "firsts": {language: [one._asdict() for one in firsts(language)] for language in LANGUAGES},
    }


def _address(path: str, secret: str | None) -> str:
    return f"{path}?{urlencode({SECRET_PARAMETER: secret or ''})}"


class First(NamedTuple):
    """A text that a newcomer may send, and why, in one language."""

    text: str
    why: str


def say(code: str, language: str, /, **values: str) -> str:
    """Return a word in a language, with its values."""
    return template(f"phone.{code}", language).format(**values)


def help_of(language: str, code: str) -> str:
    """Return what can be typed in the terminal, where `code` is called."""
    return template("terminal.help", language).format(code=code)


def words(language: str) -> dict[str, str]:
    """Return every word in a language, by code."""
    return {
        code.removeprefix("phone."): sentence.forms[0]
        for code, sentence in sentences(language).items()
        if code.startswith("phone.")
    }


def firsts(language: str) -> tuple[First, ...]:
    """Return what a newcomer may try, in this order."""
    return tuple(
        First(template(f"first.{one}.text", language), template(f"first.{one}.why", language))
        for one in _FIRSTS
    )
