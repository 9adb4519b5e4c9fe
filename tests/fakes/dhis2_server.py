"""A DHIS2 on loopback: lists to choose from, and `POST /api/dataValueSets` with what it stores.

What it takes and gives is held against the shapes of DHIS2's own description (`dhis2_shapes`, from
the OpenAPI document of 2.42): a request of ours that does not fit is answered with 400 and stands
in `complaints`, an answer of its own that does not fit is a fault of the double. How values are
stored is that of docs.dhis2.org, "Web API", "Data": values have one place each; a value with
something unknown is a conflict and is ignored, the others are stored; a zero is ignored where the
element does not say that zeros mean something; a dry run stores nothing.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.dhis2_shapes import (
    DATA_VALUE_SET,
    ITEMS,
    LIST_PARAMETERS,
    PARAMETERS,
    STRATEGIES,
    WEB_MESSAGE,
    faults,
    list_of,
)
from tests.fakes.listener import Loopback, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = "d2pat_0123456789abcdefghijABCDEFGHIJ4207"
DEFAULT = "HllvX50cXC0"
"""The combination of an element that has no categories."""

DROP, HANG = "drop", "hang"

CODES = {"dataElement": "E7610", "orgUnit": "E7612", "categoryOptionCombo": "E7613"}
"""`ErrorCode` of what is unknown."""

Place = tuple[str, str, str, str]
"""Organisation unit, period, element, combination."""


@dataclass
class Fault:
    """What to do instead of an answer: `status` with `body`, or DROP or HANG."""

    status: int = 500
    body: str = "<html>Internal Server Error</html>"


class Dhis2Server(Loopback):
    """Stores values; `faults` are played first, in turn. `old`: answers as before 2.38.

    Attributes:
        objects: what the lists show, by path below `/api/`.
        members: ids of the elements of a data set.
        complaints: what of our requests does not fit DHIS2's description.
    """

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.values: dict[Place, str] = {}
        self.unknown: set[str] = set()
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, dict]] = []
        self.tried: list[dict] = []
        self.complaints: list[str] = []
        self.objects: dict[str, list[dict]] = {name: [] for name in ITEMS}
        self.members: dict[str, set[str]] = {}
        self.old = False

    def store(
        self, document: Mapping, strategy: str, *, dry: bool = False
    ) -> tuple[dict[str, int], list[dict]]:
        counts = dict.fromkeys(("imported", "updated", "deleted", "ignored"), 0)
        conflicts: list[dict] = []
        values = self.values if not dry else dict(self.values)
        for index, one in enumerate(document["dataValues"]):
            wrong = [name for name in CODES if one.get(name) in self.unknown]
            conflicts += [self._conflict(one, name, index) for name in wrong]
            if wrong or float(one["value"]) == 0:
                counts["ignored"] += 1
                continue
            combo = one.get("categoryOptionCombo", DEFAULT)
            place = one["orgUnit"], one["period"], one["dataElement"], combo
            if strategy == "DELETE":
                found = values.pop(place, None)
                counts["deleted" if found else "ignored"] += 1
            else:
                counts["updated" if place in values else "imported"] += 1
                values[place] = one["value"]
        return counts, conflicts

    def _conflict(self, one: Mapping, name: str, index: int) -> dict:
        told = {"object": one[name], "value": f"Not found or not accessible: `{one[name]}`"}
        if self.old:
            return told
        return {
            **told,
            "errorCode": CODES[name],
            "property": name,
            "objects": {name: one[name]},
            "indexes": [index],
        }

    def listed(self, name: str, query: Mapping[str, str]) -> list[dict]:
        """The objects of a list, filtered and with the members that were asked for."""
        found = self.objects[name]
        what, _, value = query.get("filter", "").partition(":")
        if what == "level":
            found = [one for one in found if one["level"] <= int(value.partition(":")[2])]
        elif what == "dataSetElements.dataSet.id":
            mine = self.members.get(value.partition(":")[2], set())
            found = [one for one in found if one["id"] in mine]
        wanted = query["fields"].partition("[")[0].split(",")
        return [{key: one[key] for key in wanted if key in one} for one in found]


@contextmanager
def dhis2_server() -> Iterator[Dhis2Server]:
    server = Dhis2Server()
    with serving(server):
        yield server
    assert server.complaints == []


class _Handler(BaseHTTPRequestHandler):
    server: Dhis2Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        name = address.path.removeprefix("/api/")
        if self._is_stopped() or not self._is_known(name in ITEMS):
            return
        query = dict(parse_qsl(address.query))
        if strange := query.keys() - LIST_PARAMETERS:
            self._complain([f"no parameter of {name}: {strange}"])
            return
        rows, size = self.server.listed(name, query), int(query.get("pageSize", "50"))
        pager = {"page": 1, "pageCount": 1, "pageSize": size, "total": len(rows)}
        self._answer(200, {"pager": pager, name: rows[:size]}, list_of(name))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        address = urlsplit(self.path)
        if self._is_stopped() or not self._is_known(address.path == "/api/dataValueSets"):
            return
        query, document = dict(parse_qsl(address.query)), json.loads(raw)
        strategy = query.get("importStrategy", "CREATE")
        wrong = faults(document, DATA_VALUE_SET)
        wrong += [f"no parameter: {name}" for name in query.keys() - PARAMETERS]
        wrong += [] if strategy in STRATEGIES else [f"no strategy: {strategy}"]
        if wrong or self.headers["Content-Type"] != "application/json":
            self._complain(wrong or ["415: not JSON"])
            return
        dry = query.get("dryRun") == "true"
        if dry:
            self.server.tried.append(document)
        else:
            self.server.requests.append((strategy, document))
        self._summarise(*self.server.store(document, strategy, dry=dry))

    def _is_stopped(self) -> bool:
        if self.server.faults:
            self._fail(self.server.faults.pop(0))
            return True
        if self.headers["Authorization"] != f"ApiToken {TOKEN}":
            self._message(401, "Unauthorized")
            return True
        return False

    def _is_known(self, known: object) -> bool:
        if not known:
            self._message(404, "Not found")
        return bool(known)

    def _complain(self, wrong: list[str]) -> None:
        self.server.complaints += wrong
        self._message(400, "; ".join(wrong))

    def _message(self, status: int, text: str) -> None:
        told = {"httpStatusCode": status, "status": "ERROR", "message": text}
        self._answer(status, told, WEB_MESSAGE)

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
        self._answer(code, told | {"response": summary}, WEB_MESSAGE)

    def _fail(self, fault: Fault) -> None:
        if fault.body == HANG:
            self.server.ended.wait(10)
        if fault.body in {DROP, HANG}:
            self.close_connection = True
            return
        self._send(fault.status, fault.body.encode(), "text/html")

    def _answer(self, status: int, body: object, shape: dict | None = None) -> None:
        assert shape is None or faults(body, shape) == []
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
