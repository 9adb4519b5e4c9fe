"""Reports of many phones by Twilio's webhook, each of a pig of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from tests.fakes.twilio_server import ACCOUNT, TOKEN

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

OUR_NUMBER = "+67570000000"


def post_report(pool: PoolManager, public_url: str, number: int) -> BaseHTTPResponse:
    """Hand over the report of a number, as Twilio does; return the answer.

    Raises:
        urllib3.exceptions.HTTPError: there is none.
    """
    form = {
        "MessageSid": f"SM{number:032x}",
        "AccountSid": ACCOUNT,
        "From": phone(number),
        "To": OUR_NUMBER,
        "Body": f"REG {tag(number)}",
        "NumMedia": "0",
    }
    url = f"{public_url}/gateway/twilio/sms"
    headers = {SIGNATURE_HEADER: sign(url, form.items(), TOKEN)}
    return pool.request_encode_body("POST", url, form, headers, encode_multipart=False)


def phone(number: int) -> str:
    """Return the phone of a report: nobody reports twice."""
    return f"+6757{number:07}"


def tag(number: int) -> str:
    """Return the tag of a report."""
    return f"598{number:012}"
