"""Meaning of HTTP answers where the carrier's own code is unknown."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from sms.message import AttemptState, FailureClass, Outcome

_BY_STATUS: dict[int, FailureClass] = {
    HTTPStatus.UNAUTHORIZED: FailureClass.CHANNEL_DOWN,
    HTTPStatus.PAYMENT_REQUIRED: FailureClass.CHANNEL_DOWN,
    HTTPStatus.FORBIDDEN: FailureClass.CHANNEL_DOWN,
    HTTPStatus.NOT_FOUND: FailureClass.CHANNEL_DOWN,
    HTTPStatus.METHOD_NOT_ALLOWED: FailureClass.CHANNEL_DOWN,
    HTTPStatus.REQUEST_TIMEOUT: FailureClass.UNKNOWN,
    HTTPStatus.TOO_MANY_REQUESTS: FailureClass.TRANSIENT,
}


def classify(status: int) -> FailureClass:
    """Return the meaning of an HTTP status for a message (RFC 9110, section 15).

    A redirection is a wrong address of the channel. A server error says nothing about what was
    done before it, nor does a success whose body cannot be read: both are UNKNOWN.
    """
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return FailureClass.CHANNEL_DOWN
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _BY_STATUS.get(status, FailureClass.NEVER)
    return FailureClass.UNKNOWN


def failed(failure: FailureClass, code: str, retry_after: float | None = None) -> Outcome:
    """Return the outcome of a call that a carrier did not accept; UNKNOWN is uncertain."""
    unknown = failure is FailureClass.UNKNOWN
    state = AttemptState.UNCERTAIN if unknown else AttemptState.FAILED
    return Outcome(state, failure=failure, code=code, retry_after=retry_after)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, section 10.2.3), where it has any."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
