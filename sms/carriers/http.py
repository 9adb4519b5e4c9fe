"""HTTP to carriers on urllib3: time-outs always, redirects and silent repetitions never."""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    SSLError,
)

from sms.errors import (
    AnswerLostError,
    CarrierCertificateError,
    CarrierNameError,
    CarrierUnreachableError,
)

_POOL = 32

# It logs whole addresses; their queries hold phone numbers, and some carriers' texts and passwords.
logging.getLogger("urllib3.connectionpool").addFilter(lambda _record: False)


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer of an HTTP call.

    Attributes:
        status: HTTP status.
        text: the body, which may hold phone numbers; hidden from repr.
        retry_after: the header of that name.
    """

    status: int
    text: str = field(repr=False)
    retry_after: str | None


class Http:
    """A pool of connections; safe to share between threads.

    Args:
        connect: seconds to wait for a connection.
        read: seconds to wait for each piece of an answer.
    """

    def __init__(self, connect: float, read: float) -> None:
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=connect, read=read), retries=False, maxsize=_POOL
        )

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> Reply:
        """Post `body` once.

        Raises:
            CarrierUnreachableError: no connection was made; its subclasses tell a name that was not
                found, and a certificate that was refused.
            AnswerLostError: anything later; the carrier may have acted.
        """
        return self._ask("POST", url, body.encode(), headers)

    def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Get `url` once.

        Raises:
            CarrierUnreachableError, AnswerLostError: as for `post`.
        """
        return self._ask("GET", url, None, headers)

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            response = self._pool.request(method, url, body=body, headers=headers)
        except HTTPError as error:
            if never_left := _never_left(error):
                raise never_left() from error
            raise AnswerLostError("The carrier's answer was lost.") from error
        text = response.data.decode("utf-8", "replace")
        return Reply(response.status, text, response.headers.get("Retry-After"))


def _never_left(error: HTTPError) -> type[CarrierUnreachableError] | None:
    """Return what kept a request from being sent; None: it may have been."""
    if isinstance(error, SSLError):
        refused = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args)
        return CarrierCertificateError if refused else None
    if isinstance(error, NameResolutionError):
        return CarrierNameError
    unmade = isinstance(error, ConnectTimeoutError | LocationValueError)
    return CarrierUnreachableError if unmade else None
