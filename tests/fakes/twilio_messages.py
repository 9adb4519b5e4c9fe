"""The messages of one Twilio account, as its API keeps, lists and refuses them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sms.encoding import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    Pairs = Iterable[tuple[str, str]]

VERSION = "2010-04-01"
LONGEST_BODY, LONGEST_VALIDITY = 1_600, 36_000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_RANKS = ("accepted", "queued", "sending", "sent", "undelivered", "failed", "delivered")
_WRONG = {"undelivered", "failed"}


class Refused(Exception):
    """The API refuses a request."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        more = f"https://www.twilio.com/docs/errors/{code}"
        self.body = {"code": code, "message": message, "more_info": more, "status": status}


@dataclass(frozen=True)
class Message:
    """A message resource."""

    account: str
    sid: str
    to: str
    body: str
    created_at: datetime
    sender: str | None = None
    service: str | None = None
    direction: str = "outbound-api"
    status: str = "queued"
    sent_at: datetime | None = None
    error_code: int | None = None
    status_callback: str = field(default="", repr=False)

    @property
    def resource(self) -> dict[str, Any]:
        uri = f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}"
        created = format_datetime(self.created_at)
        return {
            "account_sid": self.account,
            "api_version": VERSION,
            "body": self.body,
            "date_created": created,
            "date_sent": format_datetime(self.sent_at) if self.sent_at else None,
            "date_updated": created,
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None if self.error_code is None else "Something went wrong",
            "from": self.sender,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": "0" if self.service else str(count(self.body).segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }

    def callback_form(self, status: str) -> dict[str, str]:
        """The fields of a status callback, which may be a late or a repeated one."""
        form = {
            "AccountSid": self.account,
            "ApiVersion": VERSION,
            "From": self.sender or "",
            "MessageSid": self.sid,
            "MessageStatus": status,
            "SmsSid": self.sid,
            "SmsStatus": status,
            "To": self.to,
        }
        if self.service:
            form["MessagingServiceSid"] = self.service
        if status in _WRONG and self.error_code is not None:
            form["ErrorCode"] = str(self.error_code)
        return form


class Account:
    """Answers POST and GET of Messages.json, and GET of one message."""

    def __init__(self, sid: str, clock: Callable[[], datetime]) -> None:
        self.messages: list[Message] = []
        self._sid = sid
        self._clock = clock
        self._root = f"/{VERSION}/Accounts/{sid}/Messages"

    def answer(self, method: str, path: str, query: Pairs, form: Pairs) -> tuple[int, object]:
        if (method, path) == ("POST", f"{self._root}.json"):
            return 201, self._create(dict(form)).resource
        if (method, path) == ("GET", f"{self._root}.json"):
            return 200, self._list(dict(query))
        if method == "GET" and path.startswith(f"{self._root}/"):
            return 200, self.get(path.removeprefix(f"{self._root}/").removesuffix(".json")).resource
        raise Refused(404, 20404, f"The requested resource {path} was not found")

    def get(self, sid: str) -> Message:
        for message in self.messages:
            if message.sid == sid:
                return message
        raise Refused(404, 20404, f"The requested resource {sid} was not found")

    def keep(self, to: str, body: str, **details: Any) -> Message:
        """Keep a message; Twilio's times are whole seconds, and it trims the text."""
        now = self._clock().replace(microsecond=0)
        message = Message(
            self._sid,
            f"SM{len(self.messages) + 1:032x}",
            to,
            body.strip(),
            **{"created_at": now, **details},
        )
        self.messages.append(message)
        return message

    def change(self, sid: str, **changes: Any) -> Message:
        old = self.get(sid)
        new = replace(old, **changes)
        self.messages[self.messages.index(old)] = new
        return new

    def advance(self, sid: str, statuses: Iterable[str], error_code: int | None) -> Message:
        """Bring a message to the furthest of `statuses`."""
        status = max((self.get(sid).status, *statuses), key=_RANKS.index)
        left = _RANKS.index(status) >= _RANKS.index("sent")
        return self.change(
            sid, status=status, error_code=error_code, sent_at=self._clock() if left else None
        )

    def _create(self, form: dict[str, str]) -> Message:
        body = form.get("Body", "")
        service = form.get("MessagingServiceSid")
        checks = (
            (21211, "Invalid 'To' Phone Number", _E164.fullmatch(form.get("To", ""))),
            (21603, "A 'From' phone number is required", service or form.get("From")),
            (21602, "Message body is required", body.strip()),
            (21617, "The message exceeds 1600 characters", len(body) <= LONGEST_BODY),
            (90007, "Invalid validity period", _is_validity(form.get("ValidityPeriod", "1"))),
        )
        for code, sentence, passed in checks:
            if not passed:
                raise Refused(400, code, sentence)
        return self.keep(
            form["To"],
            body,
            sender=None if service else form["From"],
            service=service,
            status="accepted" if service else "queued",
            status_callback=form.get("StatusCallback", ""),
        )

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        found = [one for one in self.messages if _is_asked(one, query)]
        found.sort(key=lambda one: one.created_at)
        found.reverse()
        shown = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        return {
            "end": page * size + max(len(shown) - 1, 0),
            "first_page_uri": self._uri(query, size, 0),
            "messages": [one.resource for one in shown],
            "next_page_uri": self._uri(query, size, page + 1, shown[-1].sid) if more else None,
            "page": page,
            "page_size": size,
            "previous_page_uri": self._uri(query, size, page - 1) if page else None,
            "start": page * size,
            "uri": self._uri(query, size, page),
        }

    def _uri(self, query: dict[str, str], size: int, page: int, after: str = "") -> str:
        token = {"PageToken": f"PA{after}"} if after else {}
        pages = {"PageSize": str(size), "Page": str(page), **token}
        return f"{self._root}.json?{urlencode({**query, **pages})}"


def _is_validity(text: str) -> bool:
    return text.isdigit() and 1 <= int(text) <= LONGEST_VALIDITY


def _is_asked(message: Message, query: dict[str, str]) -> bool:
    """By day of UTC; a message that was not sent yet has none, and fits no such filter."""
    day = message.sent_at.date().isoformat() if message.sent_at else None
    filters = (
        ("To", lambda wanted: message.to == wanted),
        ("From", lambda wanted: message.sender == wanted),
        ("DateSent", lambda wanted: day is not None and day == wanted[:10]),
        ("DateSent<", lambda wanted: day is not None and day <= wanted[:10]),
        ("DateSent>", lambda wanted: day is not None and day >= wanted[:10]),
    )
    return all(fits(query[name]) for name, fits in filters if name in query)
