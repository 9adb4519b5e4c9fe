"""Twilio Programmable Messaging, by twilio-python on urllib3.

Messages resource: POST and GET /2010-04-01/Accounts/{sid}/Messages.json. Error codes: Twilio's
error and warning dictionary.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import urllib3
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client

from sms.carriers.base import classify, failed, retry_after
from sms.carriers.http import Http, Reply
from sms.carriers.twilio_meaning import (
    BY_CODE,
    BY_STATUS,
    INBOUND,
    Listed,
    failure_of,
    match,
    read_page,
)
from sms.errors import AnswerLostError, CarrierError, CarrierUnreachableError, ReportError
from sms.message import (
    AttemptState,
    DeliveryReport,
    FailureClass,
    Outcome,
    Outgoing,
    UncertainAttempt,
)
from sms.ports import ReceivedText
from sms.settings import SmsSettings

NAME = "twilio"
STATUS_PATH = "/gateway/twilio/status"
_LONGEST_VALIDITY = 36_000
# A clock that is set to the local time, or to no summer time, is ahead by hours. What is found too
# early is another attempt's, which `taken` names: it knows those of a day.
_CLOCKS_DIFFER = timedelta(hours=15)
_PAGE_SIZE, _PAGES = 100, 10
_CODE = re.compile(r"[0-9]{1,6}")


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

    def look_up(self, attempt: UncertainAttempt) -> Outcome:
        """Look for it among what the account sent to that number; see `sms.ports.Carrier`.

        The same text, made since the attempt began and not taken by another: the oldest such.
        """
        since = attempt.started_at - _CLOCKS_DIFFER
        # Nothing is asked by DateSent, which a message has only once it has left Twilio's queue.
        found = self._listed(since, _PAGES, To=attempt.to)
        return found if isinstance(found, Outcome) else match(attempt, found)

    def received(self, since: datetime) -> Sequence[ReceivedText]:
        """Return what came to our number since then; see `sms.ports.ListsReceived`.

        Twilio calls a webhook once: what we could not take is in this list alone. Of a messaging
        service we know no number: then it is what came to the account, and to no other service.
        """
        settings = self._settings.twilio
        wanted = {"To": settings.sender} if settings.sender else {}
        day = since.astimezone(UTC).date().isoformat()
        found = self._listed(since, None, **wanted, **{"DateSent>": day})
        if isinstance(found, Outcome):
            raise CarrierError(found.code or "unreadable")
        ours = {"", settings.messaging_service_sid}
        return [
            ReceivedText(one.sid, one.sender, one.to, one.body, one.created_at)
            for one in reversed(found)
            if one.direction == INBOUND and (settings.sender or one.service in ours)
        ]

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def _client(self, exchange: "_Exchange") -> Any:  # noqa: ANN401 — twilio-python has no types
        settings = self._settings.twilio
        client = Client(
            settings.account_sid,
            settings.auth_token,
            http_client=exchange,
            environment={"TWILIO_EDGE": ""},  # an empty one is replaced by the process's own
        )
        client.api.base_url = settings.url
        return client

    def _listed(
        self, since: datetime, most: int | None, **wanted: str
    ) -> Sequence[Listed] | Outcome:
        """Return the messages made since then that a filter of the list wants, the newest first.

        An outcome: they cannot be read, or are on more than `most` pages; None: any number.
        """
        settings = self._settings.twilio
        query = urlencode({**wanted, "PageSize": _PAGE_SIZE})
        path: str | None = f"2010-04-01/Accounts/{settings.account_sid}/Messages.json?{query}"
        found: list[Listed] = []
        for _ in count() if most is None else range(most):
            page = self._page(f"{settings.url}/{path}")
            if isinstance(page, Outcome):
                return page
            listed, path = page
            recent = [one for one in listed if one.created_at >= since]
            found += recent
            if not recent or not path:
                return found
        return failed(FailureClass.UNKNOWN, "too_many")

    def _page(self, url: str) -> tuple[Sequence[Listed], str | None] | Outcome:
        settings = self._settings.twilio
        credentials = f"{settings.account_sid}:{settings.auth_token}"
        try:
            reply = self._http.get(url, urllib3.make_headers(basic_auth=credentials))
        except CarrierError as error:
            return failed(FailureClass.UNKNOWN, error.code)
        if reply.status != HTTPStatus.OK:
            wait = retry_after(reply.retry_after, self._clock())
            return failed(FailureClass.UNKNOWN, f"http-{reply.status}", wait)
        try:
            return read_page(reply.text)
        except ValueError:
            return failed(FailureClass.UNKNOWN, "unreadable")

    def _form(self, message: Outgoing, attempt_id: UUID) -> dict[str, object]:
        settings = self._settings.twilio
        left = int((message.expires_at - self._clock()).total_seconds())
        form: dict[str, object] = {
            "to": message.to,
            "body": message.body,
            "validity_period": min(max(left, 1), _LONGEST_VALIDITY),
            "smart_encoded": False,  # `sms.encoding` has chosen the characters, and counted them
        }
        if settings.messaging_service_sid:
            form["messaging_service_sid"] = settings.messaging_service_sid
        else:
            form["from_"] = settings.sender
        if self._settings.public_url:
            query = urlencode({"attempt": attempt_id})
            form["status_callback"] = f"{self._settings.public_url}{STATUS_PATH}?{query}"
        return form

    def _refusal(self, exchange: "_Exchange", code: object) -> Outcome:
        reply = exchange.reply
        if reply is None:
            return failed(FailureClass.UNKNOWN, "unreadable")
        known = str(code) if isinstance(code, int) and code != reply.status else None
        return failed(
            BY_CODE.get(known or "") or classify(reply.status),
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
    """Return the report of a status callback (parameters MessageSid, MessageStatus, ErrorCode).

    Args:
        reference: MessageSid.
        status: MessageStatus.
        error_code: ErrorCode, where there is one.
        attempt: parameter `attempt` of the callback URL; what is no UUID counts as absent.

    Raises:
        ReportError: a status that Twilio does not document for outgoing messages.
    """
    state = BY_STATUS.get(status)
    if state is None:
        raise ReportError("Twilio reported a status that is not documented for sent messages.")
    code = error_code if error_code and _CODE.fullmatch(error_code) else None
    return DeliveryReport(NAME, _uuid(attempt), reference, state, failure_of(state, code), code)


def _uuid(value: str | UUID | None) -> UUID | None:
    if value is None or isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except ValueError:
        return None
