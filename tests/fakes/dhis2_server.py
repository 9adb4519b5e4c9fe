"""A DHIS2 on loopback, as far as `POST /api/dataValueSets` goes, with what it stores.

Built from docs.dhis2.org, "Web API", "Data": values have one place each; what is not known is a
conflict, and then nothing of the request is stored; a zero is ignored where the element does not
say that zeros mean something.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.fakes.listener import Loopback, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = "d2pat_0123456789abcdefghijABCDEFGHIJ4207"
DEFAULT = "HllvX50cXC0"
"""The combination of an element that has no categories."""

DROP, HANG = "drop", "hang"

Place = tuple[str, str, str, str]
"""Organisation unit, period, element, combination."""


@dataclass
class Fault:
    """What to do instead of an answer: `status` with `body`, or DROP or HANG."""

    status: int = 500
    body: str = "<html>Internal Server Error</html>"


class Dhis2Server(Loopback):
    """Stores values; `faults` are played first, in turn. `old`: answers as before 2.38."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.values: dict[Place, str] = {}
        self.unknown: set[str] = set()
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, dict]] = []
        self.old = False

    def store(self, document: Mapping, strategy: str) -> tuple[dict[str, int], list[dict]]:
        counts = dict.fromkeys(("imported", "updated", "deleted", "ignored"), 0)
        conflicts = [
            {"object": one[name], "property": name, "value": f"Not found: `{one[name]}`"}
            for one in document["dataValues"]
            for name in ("dataElement", "orgUnit", "categoryOptionCombo")
            if one.get(name) in self.unknown
        ]
        if conflicts:
            return counts | {"ignored": len(document["dataValues"])}, conflicts
        for one in document["dataValues"]:
            combo = one.get("categoryOptionCombo", DEFAULT)
            place = one["orgUnit"], one["period"], one["dataElement"], combo
            if float(one["value"]) == 0:
                counts["ignored"] += 1
            elif strategy == "DELETE":
                found = self.values.pop(place, None)
                counts["deleted" if found else "ignored"] += 1
            else:
                counts["updated" if place in self.values else "imported"] += 1
                self.values[place] = one["value"]
        return counts, []


@contextmanager
def dhis2_server() -> Iterator[Dhis2Server]:
    server = Dhis2Server()
    with serving(server):
        yield server


class _Handler(BaseHTTPRequestHandler):
    server: Dhis2Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.faults:
            self._fail(self.server.faults.pop(0))
            return
        if self.headers["Authorization"] != f"ApiToken {TOKEN}":
            self._answer(401, {"httpStatusCode": 401, "message": "Unauthorized"})
            return
        address = urlsplit(self.path)
        if address.path != "/api/dataValueSets":
            self._answer(404, {"httpStatusCode": 404, "message": "Not found"})
            return
        strategy = parse_qs(address.query)["importStrategy"][0]
        document = json.loads(raw)
        self.server.requests.append((strategy, document))
        self._summarise(*self.server.store(document, strategy))

    def _summarise(self, counts: dict[str, int], conflicts: list[dict]) -> None:
        status = "WARNING" if conflicts else "SUCCESS"
        summary = {
            "responseType": "ImportSummary",
            "status": status,
            "importCount": counts,
            "conflicts": conflicts,
        }
        if self.server.old:
            self._answer(200, summary)
            return
        code = 409 if conflicts else 200
        told = {"httpStatusCode": code, "status": status if conflicts else "OK"}
        self._answer(code, told | {"response": summary})

    def _fail(self, fault: Fault) -> None:
        if fault.body == HANG:
            self.server.ended.wait(10)
        if fault.body in {DROP, HANG}:
            self.close_connection = True
            return
        self._send(fault.status, fault.body.encode(), "text/html")

    def _answer(self, status: int, body: object) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/dhis-web-login")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
