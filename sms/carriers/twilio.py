"""Twilio Programmable Messaging, by twilio-python on urllib3.

Messages resource: POST /2010-04-01/Accounts/{sid}/Messages.json. Error codes: Twilio's error and
warning dictionary.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

import urllib3
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client

from sms.carriers.base import classify, failed, retry_after
from sms.carriers.http import Http
from sms.errors import AnswerLostError, CarrierUnreachableError, ReportError
from sms.message import AttemptState, DeliveryReport, FailureClass, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sms.carriers.http import Reply
    from sms.message import Outgoing
    from sms.settings import SmsSettings

NAME = "twilio"
STATUS_PATH = "/gateway/twilio/status"
_LONGEST_VALIDITY = 36_000
_CODE = re.compile(r"[0-9]{1,6}")

_CODES: dict[FailureClass, tuple[int, ...]] = {
    FailureClass.OPTED_OUT: (21610,),
    FailureClass.DEAD_NUMBER: (21211, 21214, 21614, 30005, 30006),
    FailureClass.CHANNEL_DOWN: (20003, 21408, 21606, 21703, 21704, 30002),
    FailureClass.NEVER: (30004, 30007, 30008, 21617),
    FailureClass.ROUTE: (21612,),
    FailureClass.TRANSIENT: (20429, 21611, 30001, 14107, 30017),
    FailureClass.UNREACHABLE: (30003,),
    FailureClass.UNKNOWN: (20500,),
}
_BY_CODE = {str(code): failure for failure, codes in _CODES.items() for code in codes}

_BY_STATUS = {
    "accepted": AttemptState.SENT,
    "scheduled": AttemptState.SENT,
    "queued": AttemptState.SENT,
    "sending": AttemptState.SENT,
    "sent": AttemptState.SENT,
    "partially_delivered": AttemptState.SENT,
    "delivered": AttemptState.DELIVERED,
    "read": AttemptState.DELIVERED,
    "undelivered": AttemptState.UNDELIVERED,
    "failed": AttemptState.FAILED,
    "canceled": AttemptState.FAILED,
}


class TwilioCarrier:
    """Sends through one Twilio account; safe to share between threads."""

    name = NAME

    def __init__(self, settings: SmsSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._http = Http(settings.connect_timeout, settings.read_timeout)

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        """Send once; every answer, and the lack of one, becomes an outcome."""
        exchange = _Exchange(self._http)
        try:
            created = self._client(exchange).messages.create(**self._form(message, attempt_id))
        except CarrierUnreachableError as error:
            return failed(FailureClass.TRANSIENT, error.code)
        except AnswerLostError as error:
            return failed(FailureClass.UNKNOWN, error.code)
        except (TwilioRestException, TwilioServiceException) as error:
            return self._refusal(exchange, error.code)
        except Exception:  # noqa: BLE001 — a 2xx that the library trips over may well be accepted
            return failed(FailureClass.UNKNOWN, "unreadable")
        if not isinstance(created.sid, str):
            return failed(FailureClass.UNKNOWN, "unreadable")
        return Outcome(AttemptState.SENT, reference=created.sid)

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def _client(self, exchange: _Exchange) -> Any:  # noqa: ANN401 — twilio-python has no types
        settings = self._settings
        client = Client(
            settings.twilio_account_sid,
            settings.twilio_auth_token,
            http_client=exchange,
            environment={"TWILIO_EDGE": ""},  # an empty one is replaced by the process's own
        )
        client.api.base_url = settings.twilio_base_url
        return client

    def _form(self, message: Outgoing, attempt_id: UUID) -> dict[str, object]:
        settings = self._settings
        left = int((message.expires_at - self._clock()).total_seconds())
        form: dict[str, object] = {
            "to": message.to,
            "body": message.body,
            "validity_period": min(max(left, 1), _LONGEST_VALIDITY),
        }
        if settings.twilio_messaging_service_sid:
            form["messaging_service_sid"] = settings.twilio_messaging_service_sid
        else:
            form["from_"] = settings.twilio_from
        if settings.public_url:
            query = urlencode({"attempt": attempt_id})
            form["status_callback"] = f"{settings.public_url}{STATUS_PATH}?{query}"
        return form

    def _refusal(self, exchange: _Exchange, code: object) -> Outcome:
        reply = exchange.reply
        if reply is None:
            return failed(FailureClass.UNKNOWN, "unreadable")
        known = str(code) if isinstance(code, int) and code != reply.status else None
        return failed(
            _BY_CODE.get(known or "") or classify(reply.status),
            known or f"http-{reply.status}",
            retry_after(reply.retry_after, self._clock()),
        )


class _Exchange:
    """The HttpClient of twilio-python for one request; keeps the reply, headers and all.

    The library's own has no time-out by default, and its exceptions drop Retry-After.
    """

    is_async = False

    def __init__(self, http: Http) -> None:
        self._http = http
        self.reply: Reply | None = None

    def request(self, _method: str, url: str, **options: Any) -> Any:  # noqa: ANN401 — as above
        user, password = options["auth"]
        headers = options["headers"] | urllib3.make_headers(basic_auth=f"{user}:{password}")
        self.reply = self._http.post(url, urlencode(options["data"], doseq=True), headers)
        return Response(self.reply.status, self.reply.text)


def report_from_status(
    reference: str | None, status: str, error_code: str | None, attempt: str | UUID | None
) -> DeliveryReport:
    """Return what a status callback tells (parameters MessageSid, MessageStatus, ErrorCode).

    Args:
        reference: MessageSid.
        status: MessageStatus.
        error_code: ErrorCode, where there is one.
        attempt: parameter `attempt` of the callback URL; what is no UUID counts as absent.

    Raises:
        ReportError: a status that Twilio does not document for outgoing messages.
    """
    state = _BY_STATUS.get(status)
    if state is None:
        raise ReportError("Twilio reported a status that is not documented for sent messages.")
    code = error_code if error_code and _CODE.fullmatch(error_code) else None
    failure = None
    if state in {AttemptState.UNDELIVERED, AttemptState.FAILED}:
        failure = _BY_CODE.get(code or "", FailureClass.NEVER)
    return DeliveryReport(NAME, _uuid(attempt), reference, state, failure, code)


def _uuid(value: str | UUID | None) -> UUID | None:
    if value is None or isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except ValueError:
        return None
