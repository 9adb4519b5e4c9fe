"""A validator's node, its QBFT API alone: as Besu 26.3 answers, over HTTP on loopback."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class QbftNode:
    """Alone among `validators` it votes; none of its votes ever comes to more than half.

    Attributes:
        votes: by address as given.
        enabled: whether `QBFT` is among the node's `--rpc-http-api`.
    """

    def __init__(self, validators: list[str]) -> None:
        self.validators = validators
        self.votes: dict[str, bool] = {}
        self.enabled = True

    def answer(self, method: str, parameters: list[object]) -> dict[str, object]:
        if not self.enabled:
            return {"error": {"code": -32604, "message": "Method not enabled"}}
        match method, parameters:
            case "qbft_getValidatorsByBlockNumber", ["latest"]:
                return {"result": self.validators}
            case "qbft_getPendingVotes", []:
                return {"result": self.votes}
            case "qbft_proposeValidatorVote", [str(address), bool(add)]:
                self.votes[address.lower()] = add
                return {"result": True}
            case "qbft_discardValidatorVote", [str(address)]:
                self.votes.pop(address.lower(), None)
                return {"result": True}
        return {"error": {"code": -32602, "message": "Invalid params"}}


@contextmanager
def running(node: QbftNode) -> Iterator[str]:
    """Serve `node`; give its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = node.answer(asked["method"], asked["params"])
            body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
