"""Africa's Talking, SMS over HTTP.

Sending: POST /version1/messaging. Codes of the answer, statuses of delivery reports and their
reasons: Africa's Talking, "SMS", "Sending messages" and "Notifications".
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from sms.carriers.base import classify, failed, retry_after
from sms.carriers.http import Http, Reply
from sms.errors import AnswerLostError, CarrierUnreachableError, ReportError
from sms.message import (
    AttemptState,
    DeliveryReport,
    FailureClass,
    Outcome,
    Outgoing,
    UncertainAttempt,
)
from sms.settings import SmsSettings

NAME = "africastalking"
_PATH = "/version1/messaging"
# Of a number that was refused the id is the word None.
_REFERENCE = re.compile(r"(?!None\Z)[A-Za-z0-9_.-]{1,64}")
_WORD = re.compile("[A-Za-z]{1,40}")

# Processed, sent, queued.
_ACCEPTED = frozenset({"100", "101", "102"})
_REFUSED: dict[str, tuple[str, FailureClass]] = {
    "401": ("RiskHold", FailureClass.NEVER),
    "402": ("InvalidSenderId", FailureClass.CHANNEL_DOWN),
    "403": ("InvalidPhoneNumber", FailureClass.DEAD_NUMBER),
    "404": ("UnsupportedNumberType", FailureClass.DEAD_NUMBER),
    "405": ("InsufficientBalance", FailureClass.CHANNEL_DOWN),
    "406": ("UserInBlacklist", FailureClass.OPTED_OUT),
    "407": ("CouldNotRoute", FailureClass.ROUTE),
    "409": ("DoNotDisturbRejection", FailureClass.OPTED_OUT),
    "500": ("InternalServerError", FailureClass.UNKNOWN),
    "501": ("GatewayError", FailureClass.UNKNOWN),
    "502": ("RejectedByGateway", FailureClass.ROUTE),
}
_CODE_OF = {word.casefold(): code for code, (word, _) in _REFUSED.items()}

_BY_STATUS = {
    "Sent": AttemptState.SENT,
    "Submitted": AttemptState.SENT,
    "Buffered": AttemptState.SENT,
    "Success": AttemptState.DELIVERED,
    "Rejected": AttemptState.FAILED,
    "Failed": AttemptState.UNDELIVERED,
    "AbsentSubscriber": AttemptState.UNDELIVERED,
    "Expired": AttemptState.UNDELIVERED,
}
# Credit and subscription concern messages that the receiver pays for: not ours.
_REASONS: dict[FailureClass, tuple[str, ...]] = {
    FailureClass.OPTED_OUT: ("UserInBlackList", "UserDoNotDisturb", "DoNotDisturb"),
    FailureClass.DOUBTFUL_NUMBER: ("UserDoesNotExist",),
    FailureClass.NEVER: ("InsufficientCredit", "InvalidLinkId", "UserNotSubscribedToProduct"),
    FailureClass.ROUTE: ("NotNetworkSubscriber", "NotNetworkSubcriber"),
    FailureClass.UNREACHABLE: (
        "AbsentSubscriber",
        "Expired",
        "UserIsInactive",
        "UserAccountSuspended",
        "UserMemoryCapacityExceeded",
    ),
}
_BY_REASON = {
    word.casefold(): failure
    for word, failure in _REFUSED.values()
    if failure is not FailureClass.UNKNOWN
} | {word.casefold(): failure for failure, words in _REASONS.items() for word in words}


class AfricasTalkingCarrier:
    """Sends through one application of Africa's Talking; safe to share between threads."""

    name = NAME

    def __init__(self, settings: SmsSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings.africastalking
        self._clock = clock
        self._http = Http(settings.connect_timeout, settings.read_timeout)

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:  # noqa: ARG002 — no field for it
        """Send once; every answer, and the lack of one, becomes an outcome."""
        headers = {
            "apiKey": self._settings.api_key or "",
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            reply = self._http.post(self._settings.url + _PATH, self._form(message), headers)
        except CarrierUnreachableError as error:
            return failed(FailureClass.TRANSIENT, error.code)
        except AnswerLostError as error:
            return failed(FailureClass.UNKNOWN, error.code)
        return _read(reply, self._clock())

    def look_up(self, attempt: UncertainAttempt) -> Outcome:  # noqa: ARG002 — as above
        """Return an unknown outcome: the carrier answers no questions about sent messages."""
        return failed(FailureClass.UNKNOWN, "no_look_up")

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def _form(self, message: Outgoing) -> str:
        form = {
            "username": self._settings.username or "",
            "to": message.to,
            "message": message.body,
            # We pay, not the receiver. Without `enqueue` the answer tells what became of it.
            "bulkSMSMode": "1",
        }
        if self._settings.sender:
            form["from"] = self._settings.sender
        return urlencode(form)


def report_from_delivery(reference: str, status: str, reason: str | None) -> DeliveryReport:
    """Return a delivery report; it holds only the carrier's id of the message.

    Args:
        reference: field `id`.
        status: field `status`.
        reason: field `failureReason`, where there is one.

    Raises:
        ReportError: a status that Africa's Talking does not document.
    """
    state = _BY_STATUS.get(status)
    if state is None:
        raise ReportError("Africa's Talking reported a status that is not documented.")
    if state in {AttemptState.SENT, AttemptState.DELIVERED}:
        return DeliveryReport(NAME, None, reference, state)
    code = reason if reason and _WORD.fullmatch(reason) else status
    failure = _BY_REASON.get(status.casefold()) or _BY_REASON.get(code.casefold())
    return DeliveryReport(NAME, None, reference, state, failure or FailureClass.NEVER, code)


class _CarrierRecord(NamedTuple):
    """The entry of an answer for our one number."""

    code: str | None = None
    reference: str | None = None


def _read(reply: Reply, now: datetime) -> Outcome:
    # A server error says nothing about what was done before it, whatever its body is.
    broken = reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    told = _CarrierRecord() if broken else _told(reply.text)
    wait = retry_after(reply.retry_after, now)
    if told.code in _ACCEPTED:
        return Outcome(AttemptState.SENT, reference=told.reference)
    if told.code in _REFUSED:
        return failed(_REFUSED[told.code][1], told.code, wait)
    code = f"http-{reply.status}" if reply.status >= HTTPStatus.MULTIPLE_CHOICES else "unreadable"
    return failed(classify(reply.status), code, wait)


def _told(text: str) -> _CarrierRecord:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return _CarrierRecord()
    data = answer.get("SMSMessageData") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        return _CarrierRecord()
    recipients = data.get("Recipients")
    if not recipients:
        # No number was taken: the message says why, such as InvalidSenderId.
        return _CarrierRecord(_CODE_OF.get(str(data.get("Message")).casefold()))
    ours = recipients[0] if isinstance(recipients, list) else None
    if not isinstance(ours, dict):
        return _CarrierRecord()
    reference = str(ours.get("messageId"))
    return _CarrierRecord(
        str(ours.get("statusCode")), reference if _REFERENCE.fullmatch(reference) else None
    )
