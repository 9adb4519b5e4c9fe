"""Kannel's smsbox: an operator's short code by SMPP, or a SIM in a modem.

Kannel 1.4.5, user's guide: "Using the HTTP interface to send SMS messages" (a text posted to
/cgi-bin/sendsms with X-Kannel headers, so that neither secrets nor numbers are in an address) and
"Delivery Reports". Kannel gives no id and cannot be asked: what became of a message comes with its
delivery reports alone.
"""

import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote, urlencode
from uuid import UUID

from sms.carriers.base import classify, failed
from sms.carriers.http import Http, Reply
from sms.encoding import Encoding, count
from sms.errors import CarrierError, CarrierUnreachableError, ReportError
from sms.message import (
    AttemptState,
    DeliveryReport,
    FailureClass,
    Outcome,
    Outgoing,
    UncertainAttempt,
)
from sms.settings import SmsSettings

NAME = "kannel"
REPORT_PATH = "/gateway/kannel/dlr"
# Of HTTP Basic; only the password tells who calls. Kannel undoes no escape in it.
_USER = "bilum"
_PLAIN = re.compile("[A-Za-z0-9_-]+")
_SEND_PATH = "/cgi-bin/sendsms"
_SECONDS_OF_MINUTE = 60
_CODING = {Encoding.GSM7: "0", Encoding.UCS2: "2"}

_DELIVERED, _FAILED, _BUFFERED, _ACCEPTED, _REJECTED = 1, 2, 4, 8, 16
_MASK = str(_DELIVERED | _FAILED | _BUFFERED | _ACCEPTED | _REJECTED)
_STATES = {
    _DELIVERED: AttemptState.DELIVERED,
    _FAILED: AttemptState.UNDELIVERED,
    _BUFFERED: AttemptState.SENT,
    _ACCEPTED: AttemptState.SENT,
    _REJECTED: AttemptState.FAILED,
}

# Status, how the answer begins, what it means, and our name for it.
_TAKEN = ("0: ", "3: ", "Sent.")
_REFUSALS = (
    (403, "Authorization failed", FailureClass.CHANNEL_DOWN, "authorization"),
    (403, "Not routable", FailureClass.ROUTE, "not-routable"),
    (400, "Number(s) has/have been denied", FailureClass.ROUTE, "denied"),
    (400, "Sender missing", FailureClass.CHANNEL_DOWN, "no-sender"),
    (400, "DLR-URL field misformed", FailureClass.CHANNEL_DOWN, "dlr-url"),
    # The bearerbox did not take it: its queue is full, or it is about to end.
    (503, "Temporal failure", FailureClass.TRANSIENT, "temporal-failure"),
)

# A receipt's text (SMPP 3.4, appendix B), and what Kannel puts before an SMSC's refusal.
_RECEIPT = re.compile(r"stat:([A-Z]{1,8})(?: err:([0-9A-Za-z]{1,3}))?")
_REFUSED = re.compile(r"NACK/(0x[0-9a-f]{8})")
# Absent, busy, or with a full memory: local error codes of MAP (3GPP TS 29.002, section 17.6.6),
# which most SMSCs write after `err:`. Others mean too many things to give a number up for them.
_ABSENT_ERRORS = frozenset({6, 27, 31, 32})


class KannelCarrier:
    """Sends through one smsbox; safe to share between threads."""

    name = NAME

    def __init__(self, settings: SmsSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._http = Http(settings.connect_timeout, settings.read_timeout)

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        """Send once; every answer, and the lack of one, becomes an outcome."""
        address = f"{self._settings.kannel.url}{_SEND_PATH}"
        try:
            reply = self._http.post(address, message.body, self._headers(message, attempt_id))
        except CarrierUnreachableError as error:
            return failed(FailureClass.TRANSIENT, error.code)
        except CarrierError as error:
            return failed(FailureClass.UNKNOWN, error.code)
        return _outcome(reply)

    def look_up(self, _doubt: UncertainAttempt) -> Outcome:
        """Kannel cannot be asked."""
        return failed(FailureClass.UNKNOWN, "no_look_up")

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def _headers(self, message: Outgoing, attempt_id: UUID) -> dict[str, str]:
        settings = self._settings.kannel
        left = int((message.expires_at - self._clock()).total_seconds())
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": _raw(settings.user or ""),
            "X-Kannel-Password": _raw(settings.password or ""),
            "X-Kannel-To": message.to,
            "X-Kannel-Coding": _CODING[count(message.body).encoding],
            "X-Kannel-Validity": str(max(left // _SECONDS_OF_MINUTE, 1)),
        }
        if settings.sender:
            headers["X-Kannel-From"] = _raw(settings.sender)
        if self._settings.public_url and settings.secret:
            headers["X-Kannel-DLR-Mask"] = _MASK
            headers["X-Kannel-DLR-Url"] = report_address(
                self._settings.public_url, settings.secret, attempt_id
            )
        return headers


def report_address(public_url: str, secret: str, attempt_id: UUID) -> str:
    """Return where Kannel sends the reports of one attempt; it fills in `%d` and `%A` itself.

    The secret goes by HTTP Basic where the address can hold it as it is, which no log keeps. Every
    other per cent sign is doubled, or Kannel would take `%A0` for its own `%A` and a zero.
    """
    told: dict[str, object] = {"attempt": attempt_id}
    scheme, _, place = public_url.partition("://")
    if _PLAIN.fullmatch(secret):
        base = f"{scheme}://{_USER}:{secret}@{place}"
    else:
        base, told["secret"] = public_url, secret
    query = urlencode(told, quote_via=quote, safe="")
    fixed = f"{base}{REPORT_PATH}?{query}".replace("%", "%%")
    return f"{fixed}&state=%d&answer=%A"


def report_from_dlr(state: int, answer: str, attempt: UUID | None) -> DeliveryReport:
    """Return a delivery report.

    Args:
        state: `%d`: 1 delivered, 2 not delivered, 4 buffered, 8 taken or 16 refused by the SMSC.
        answer: `%A`: the SMSC's receipt or refusal, of which only its codes are kept.
        attempt: our id, from the report's address.

    Raises:
        ReportError: a state that Kannel does not document.
    """
    became = _STATES.get(state)
    if became is None:
        raise ReportError("Kannel reported a state that is none of 1, 2, 4, 8 and 16.")
    failure, code = _why(state, answer)
    return DeliveryReport(NAME, attempt, None, became, failure, code)


def _why(state: int, answer: str) -> tuple[FailureClass | None, str | None]:
    if state == _REJECTED:
        # Certainly not sent, often for what only this SMSC minds: another one may take it.
        refused = _REFUSED.match(answer)
        return FailureClass.ROUTE, refused[1] if refused else None
    if state != _FAILED:
        return None, None
    receipt = _RECEIPT.search(answer)
    if receipt is None:
        return FailureClass.NEVER, None
    stat, error = receipt.groups()
    absent = error is not None and error.isdigit() and int(error) in _ABSENT_ERRORS
    failure = FailureClass.UNREACHABLE if absent or stat == "EXPIRED" else FailureClass.NEVER
    return failure, f"{stat}-{error}" if error else stat


def _outcome(reply: Reply) -> Outcome:
    if reply.status == HTTPStatus.ACCEPTED and reply.text.startswith(_TAKEN):
        return Outcome(AttemptState.SENT)
    for status, start, failure, code in _REFUSALS:
        if reply.status == status and reply.text.startswith(start):
            return failed(failure, code)
    return failed(classify(reply.status), f"http-{reply.status}")


def _raw(text: str) -> str:
    # Headers leave as Latin-1, and Kannel compares bytes with those of its file, in UTF-8.
    return text.encode().decode("latin-1")
