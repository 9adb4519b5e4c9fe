"""DHIS2 over HTTP, with a personal access token, without retries.

`POST /api/dataValueSets` stores values, tries them or deletes them; lists are read by `GET`.
https://docs.dhis2.org/en/develop/using-the-api/dhis-core-version-master/data.html. Where something
is refused the status is 409 since 2.38, and 200 before.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from services.health.errors import Dhis2NotSet, Dhis2Refused, Dhis2Unreachable
from services.health.indicators.dhis2_summary import ImportSummary, in_one_line, read_summary

_VALUES = "/api/dataValueSets"
_STORE, _DELETE = "CREATE_AND_UPDATE", "DELETE"
_OK, _REDIRECT, _BAD, _UNAUTHORIZED, _FORBIDDEN = 200, 300, 400, 401, 403
_NOT_FOUND, _CONFLICT, _TOO_MANY, _FAULT = 404, 409, 429, 500
_SHOWN = 5
_MOST_BYTES = 8 * 1024 * 1024


class Dhis2Client:
    """Client of one DHIS2, at the address of its root, without a slash at the end.

    `token` is a personal access token with the right to write data values; `connect` and `read`
    are the seconds to wait for a connection and for an answer.
    """

    def __init__(self, url: str, token: str, connect: float = 10, read: float = 120) -> None:
        self.url = url
        self._headers = {"Authorization": f"ApiToken {token}", "Accept": "application/json"}
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=connect, read=read), retries=False, maxsize=1
        )

    def send(self, values: Mapping[str, object]) -> ImportSummary:
        """Store values.

        Raises:
            Dhis2Refused: DHIS2 refuses some or all of them.
            Dhis2Unreachable: DHIS2 does not answer, or fails.
        """
        summary = self._taken(values, _STORE)
        if summary.ignored:
            raise Dhis2Refused(
                f"DHIS2 refused: {summary.ignored} values were ignored; it does not say which",
                "ignored",
            )
        return summary

    def delete(self, values: Mapping[str, object]) -> ImportSummary:
        """Delete values, as `send` stores them; missing ones are ignored."""
        return self._taken(values, _DELETE)

    def try_out(self, values: Mapping[str, object]) -> ImportSummary:
        """Ask what storing values would do; DHIS2 keeps nothing.

        Raises:
            Dhis2Refused: DHIS2 does not take the request itself.
            Dhis2Unreachable: DHIS2 does not answer, or fails.
        """
        return self._post(values, {"importStrategy": _STORE, "dryRun": "true"})

    def read(self, path: str, **query: str) -> Mapping[str, Any]:
        """Read a list: see `dhis2_lists`; raise as `send` does."""
        status, raw = self._ask("GET", f"{path}?{urlencode(query)}")
        _look(status)
        answer = _object(raw)
        if status == _CONFLICT or answer is None:
            _refuse_other(status)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def _taken(self, values: Mapping[str, object], strategy: str) -> ImportSummary:
        summary = self._post(values, {"importStrategy": strategy})
        if not summary.is_taken:
            _refuse(summary)
        return summary

    def _post(self, values: Mapping[str, object], query: Mapping[str, str]) -> ImportSummary:
        body = json.dumps(values).encode()
        status, raw = self._ask("POST", f"{_VALUES}?{urlencode(query)}", body)
        _look(status)
        summary = read_summary(raw)
        if summary is None:
            _refuse_other(status)
        if status == _CONFLICT and summary.is_taken:
            return summary._replace(status="ERROR")
        return summary

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        sort = {"Content-Type": "application/json"} if body else {}
        try:
            answer = self._pool.request(
                method,
                f"{self.url}{path}",
                body=body,
                headers=self._headers | sort,
                preload_content=False,
            )
            raw = answer.read(_MOST_BYTES + 1)
            answer.release_conn()
        except HTTPError as error:
            raise Dhis2Unreachable(
                f"DHIS2 did not answer ({type(error).__name__}): send it again later"
            ) from error
        if len(raw) > _MOST_BYTES:
            raise Dhis2Unreachable("DHIS2 answered with more than we read", "too_much")
        return answer.status, raw


def client_to(url: str | None, token: str | None, read: float = 120) -> Dhis2Client:
    """Return a client of the DHIS2 that the settings name.

    Raises:
        Dhis2NotSet: they name none.
    """
    if not url or not token:
        raise Dhis2NotSet("Tell where DHIS2 is: set BILUM_DHIS2_URL and BILUM_DHIS2_TOKEN")
    return Dhis2Client(url.rstrip("/"), token, read=read)


def shown_address(url: str) -> str:
    """Return an address as a page may show it: without whatever somebody wrote before the host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def _look(status: int) -> None:
    """Raise for a status without an import summary."""
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        raise Dhis2Refused(
            "DHIS2 does not accept the token, or the token may not write data", "token"
        )
    if status == _NOT_FOUND or _REDIRECT <= status < _BAD:
        raise Dhis2Refused("DHIS2 is not at this address: give the part before /api", "address")
    if status >= _FAULT or status == _TOO_MANY:
        raise Dhis2Unreachable(f"DHIS2 failed ({status}): send it again later", "failed")
    if status not in {_OK, _CONFLICT}:
        raise Dhis2Refused(f"DHIS2 cannot read what was sent ({status})", "unread")


def _object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        answer: Any = json.loads(raw)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _refuse_other(status: int) -> NoReturn:
    raise Dhis2Unreachable(
        f"The server that answered with {status} is not DHIS2: look at the address", "not_dhis2"
    )


def _refuse(summary: ImportSummary) -> NoReturn:
    faults: Sequence[str] = [in_one_line(one) for one in summary.conflicts]
    faults = faults or [f"status {summary.status}"]
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    raise Dhis2Refused(
        f"DHIS2 refused: {'; '.join(faults[:_SHOWN])}{more}", conflicts=summary.conflicts
    )
