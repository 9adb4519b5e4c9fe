"""Twilio SMS: what its webhooks say, and the proof that they are Twilio's.

Sources: Twilio, "Webhooks security" (signature), "Twilio's request to your incoming message
webhook URL" (fields), "Advanced Opt-Out" and "Twilio support for opt-out keywords" (stop list).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from gateway.channels.form import read_form
from gateway.channels.senders import ANY_SENDER
from gateway.envelope import Envelope
from gateway.errors import BadSignature, ChannelOff, MalformedMessage
from gateway.settings import GatewaySettings

CHANNEL = "twilio-sms"
_CARRIER = "Twilio"
SIGNATURE_HEADER = "X-Twilio-Signature"
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'

_REOPENING = frozenset({"START", "YES", "UNSTOP"})
_SID = re.compile(r"[A-Za-z0-9]{1,64}")
_STATUS = re.compile(r"[a-z_-]{1,32}")
_ERROR_CODE = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class StatusReport:
    """Status report of Twilio about a message that we sent.

    Attributes:
        reference: Twilio's id of the message, MessageSid.
        status: its word: `queued`, `sent`, `delivered`, `undelivered`, `failed`…
        error_code: digits, where something went wrong.
        attempt: our id of the attempt, from the query of the callback's address.
    """

    reference: str
    status: str
    error_code: str | None
    attempt: UUID | None


def public_address(requested: str, public_url: str | None) -> str:
    """Return the address that Twilio called, and signed, for the one that reached us.

    Args:
        requested: address as received, path and query exactly as they were sent.
        public_url: scheme, host and, where a proxy strips one, path that the world sees.
    """
    if public_url is None:
        return requested
    seen = urlsplit(requested)
    path = f"{seen.path}?{seen.query}" if seen.query else seen.path
    return public_url.rstrip("/") + path


def sign(url: str, form: Iterable[tuple[str, str]], token: str) -> str:
    """Return the signature, base64 of HMAC-SHA1, that Twilio would send with this request.

    Args:
        url: public address, with its query.
        form: fields of the body in any order; empty values count, repeated ones count once.
        token: auth token of the account.
    """
    return str(RequestValidator(token).compute_signature(url, MultiDict(form)))


def verify(
    requested: str,
    form: Iterable[tuple[str, str]],
    signature: str | None,
    settings: GatewaySettings,
) -> None:
    """Return if Twilio signed this request; with or without the port in the address.

    Args:
        requested: address as it reached us; `settings.public_url` puts it right.
        form: fields of the body, empty values included; none for a GET.
        signature: value of the header X-Twilio-Signature.

    Raises:
        BadSignature: it did not.
        ChannelOff: there is no auth token to tell.
    """
    if not settings.twilio_auth_token:
        raise ChannelOff("there is no auth token of Twilio: its requests cannot be verified")
    validator = RequestValidator(settings.twilio_auth_token)
    try:
        url = public_address(requested, settings.public_url)
        signed = validator.validate(url, MultiDict(form), signature or "")
    except ValueError as error:
        raise BadSignature("the address or a field is not text that could be signed") from error
    if not signed:
        raise BadSignature(f"{SIGNATURE_HEADER} does not fit the address, the fields and our token")


def read_sms(form: Iterable[tuple[str, str]], received_at: datetime) -> Envelope:
    """Turn the fields of an incoming message into an envelope; its key is MessageSid.

    The sender may be a name or a short code.

    Raises:
        MalformedMessage: a field is missing or has a shape it never has.
    """
    fields = read_form(form, _CARRIER, {"MessageSid": _SID, "From": ANY_SENDER, "Body": None})
    kind = fields.get("OptOutType")
    # Without that field Twilio obeys these words all the same, unless an account has it not.
    opened = kind == "START" or (kind is None and fields["Body"].strip().upper() in _REOPENING)
    return Envelope(
        channel=CHANNEL,
        key=fields["MessageSid"],
        sender=fields["From"],
        text=fields["Body"],
        received_at=received_at,
        to=fields.get("To") or None,
        opted_in=False if kind == "STOP" else opened or None,
    )


def read_status(form: Iterable[tuple[str, str]], query: Iterable[tuple[str, str]]) -> StatusReport:
    """Read a status callback; `attempt` is in the query, where we put it.

    Raises:
        MalformedMessage: a field is missing or has a shape it never has.
    """
    needed = {"MessageSid": _SID, "MessageStatus": _STATUS}
    fields = read_form(form, _CARRIER, needed, {"ErrorCode": _ERROR_CODE})
    return StatusReport(
        reference=fields["MessageSid"],
        status=fields["MessageStatus"],
        error_code=fields.get("ErrorCode") or None,
        attempt=_read_attempt(MultiDict(query).get("attempt")),
    )


def _read_attempt(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise MalformedMessage("attempt", "attempt is not one of our ids") from error
