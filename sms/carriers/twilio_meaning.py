"""Meanings of Twilio's error codes, statuses and message listings; pure.

Sources: Twilio's error and warning dictionary, and the message resource of its OpenAPI.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from sms.carriers.base import failed
from sms.message import ABSENT, AttemptState, FailureClass, Outcome, UncertainAttempt

_OUT, INBOUND = "outbound-api", "inbound"

# Whether a fault is the channel's or the message's decides whether everybody waits. A country that
# the account may not text, or a sender that does not serve it (21408, 21606), is the message's.
_CODES: dict[FailureClass, tuple[int, ...]] = {
    FailureClass.OPTED_OUT: (21610,),
    FailureClass.DEAD_NUMBER: (14101, 21211, 21214, 21217, 21401, 21614),
    FailureClass.DOUBTFUL_NUMBER: (30005, 30006),
    FailureClass.CHANNEL_DOWN: (
        *(10001, 14102, 14108, 20003, 20005, 20006, 20008, 20010, 20403, 21210, 21212, 21470),
        *(21472, 21601, 21603, 21607, 21609, 21616, 21657, 21659, 21660, 21661, 21701, 21702),
        *(21703, 21704, 21705, 21708, 21709, 21711, 30002),
    ),
    FailureClass.NEVER: (
        *(14103, 21602, 21604, 21605, 21617, 21618, 21624, 21658, 30004, 30007, 30008, 30012),
        *(30013, 30014, 30019, 30410, 30450),
    ),
    FailureClass.ROUTE: (
        *(14111, 21215, 21219, 21408, 21606, 21608, 21612, 30010, 30018, 30024, 30032, 30033),
        *(30034, 30035, 30040),
    ),
    FailureClass.TRANSIENT: (
        *(14107, 20429, 21611, 21730, 30001, 30017, 30020, 30021, 30022, 30036),
    ),
    FailureClass.UNREACHABLE: (30003, 30023, 30027),
    FailureClass.UNKNOWN: (20500, 20503),
}
BY_CODE = {str(code): failure for failure, codes in _CODES.items() for code in codes}

BY_STATUS = {
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


def failure_of(state: AttemptState, code: str | None) -> FailureClass | None:
    """Return why a message that Twilio had accepted did not arrive; None: it may well have."""
    if state in {AttemptState.UNDELIVERED, AttemptState.FAILED}:
        return BY_CODE.get(code or "", FailureClass.NEVER)
    return None


class Listed(NamedTuple):
    """One message of a listing; `body` is empty where the account keeps no texts.

    `sender` and `to` are numbers as Twilio writes them; empty where it says none, as is `service`,
    the id of the messaging service.
    """

    sid: str
    body: str
    direction: str
    created_at: datetime
    status: str
    error_code: str | None
    sender: str = ""
    to: str = ""
    service: str = ""


def read_page(text: str) -> tuple[Sequence[Listed], str | None]:
    """Read one page of a listing.

    Returns:
        Its messages, and the path of the page that follows, without a slash before it.

    Raises:
        ValueError: it is not what Twilio's OpenAPI says.
    """
    try:
        page = json.loads(text)
        messages, following = page["messages"], page["next_page_uri"]
        if isinstance(messages, list):
            return [_listed(one) for one in messages], following and following.lstrip("/")
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError("Twilio's listing cannot be read.") from error
    raise ValueError("Twilio's listing has no messages.")


def match(attempt: UncertainAttempt, listed: Sequence[Listed]) -> Outcome:
    """Return the attempt's outcome: that of the oldest message with its text that is not taken."""
    ours = [one for one in listed if one.direction == _OUT and one.sid not in attempt.taken]
    # Twilio trims white space.
    same = [one for one in ours if one.body.split() == attempt.body.split()]
    if same:
        it = min(same, key=lambda one: one.created_at)
        state = BY_STATUS.get(it.status, AttemptState.SENT)
        return Outcome(state, it.sid, failure_of(state, it.error_code), it.error_code)
    if any(not one.body for one in ours):
        return failed(FailureClass.UNKNOWN, "redacted")
    return Outcome(AttemptState.FAILED, code=ABSENT)


def _listed(one: dict[str, Any]) -> Listed:
    words = one["sid"], one["body"] or "", one["direction"], one["status"]
    if not all(isinstance(word, str) for word in words):
        raise TypeError("A word of Twilio's listing is no text.")
    sid, body, direction, status = words
    created = parsedate_to_datetime(one["date_created"])
    code = one["error_code"]
    return Listed(
        sid=sid,
        body=body,
        direction=direction,
        created_at=created.replace(tzinfo=created.tzinfo or UTC),
        status=status,
        error_code=None if code is None else str(int(code)),
        sender=str(one.get("from") or ""),
        to=str(one.get("to") or ""),
        service=str(one.get("messaging_service_sid") or ""),
    )
