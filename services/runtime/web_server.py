"""The HTTP server: bodies bounded by route before they are read, slow and idle connections ended.

Waitress bounds every body by one number, ends connections that are silent, and no others. This
server asks the routes, gives each request a time by which it must have come, and counts the
connections of an address.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from http import HTTPStatus
from ipaddress import ip_address
from socket import SHUT_RDWR, SO_LINGER, SOL_SOCKET
from struct import pack
from typing import Any, NamedTuple

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from werkzeug.exceptions import HTTPException

from services.api.blueprint import Blueprint
from services.api.problems import MEDIA_TYPE, document

LongestBody = Callable[[str, str], int]

_THREADS = 8


class ServerLimits(NamedTuple):
    """Limits of connections and requests. Times in seconds.

    Attributes:
        connections: open at once. An operator for USSD keeps hundreds.
        of_address: of them, from one address that is neither this machine's nor the proxy's.
        header_bytes: longest request line and headers.
        header: from a request's first byte to the end of its headers.
        body: from there to the end of its body, besides what its length takes at `rate`.
        rate: bytes a second. A village's link at its worst is faster.
        idle: without any byte between requests, or while an answer waits to be taken.
    """

    connections: int = 1_000
    of_address: int = 100
    header_bytes: int = 16 * 1024
    header: float = 20
    body: float = 30
    rate: int = 500
    idle: float = 30


_USUAL = ServerLimits()


class _Bounds(NamedTuple):
    longest: LongestBody
    limits: ServerLimits


def make_server(
    app: Flask,
    host: str,
    port: int,
    proxy: str | None = None,
    limits: ServerLimits = _USUAL,
) -> TcpWSGIServer | MultiSocketServer:
    """Listen at an address for an application; `run` serves.

    Args:
        app: declares the longest body of each route.
        host, port: where to listen.
        proxy: address of the reverse proxy whose `X-Forwarded-For` is believed; None: nobody's is.
        limits: see there.

    Raises:
        OSError: nothing can listen there.
    """
    trusted = {"trusted_proxy": proxy, "trusted_proxy_headers": {"x-forwarded-for"}}
    adjustments = Adjustments(
        host=host,
        port=port,
        threads=_THREADS,
        ident=None,
        connection_limit=limits.connections,
        max_request_header_size=limits.header_bytes,
        channel_timeout=limits.idle,
        cleanup_interval=1,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=True,
        **(trusted if proxy else {}),
    )
    channels: dict[int, Any] = {}
    bounds = _Bounds(longest_body_of(app), limits)
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(adjustments.threads)
    servers = [
        _Server(app, channels, bounds=bounds, dispatcher=dispatcher, adj=adjustments, sockinfo=one)
        for one in adjustments.listen
    ]
    if len(servers) == 1:
        return servers[0]
    at = [(server.effective_host, server.effective_port) for server in servers]
    return MultiSocketServer(channels, adjustments, at, dispatcher, servers[0].log_info)


def longest_body_of(app: Flask) -> LongestBody:
    """Return a look-up of the longest body by method and path, as the routes declare it."""
    usual, routes = int(app.config["MAX_CONTENT_LENGTH"]), app.url_map.bind("localhost")

    def longest(method: str, path: str) -> int:
        try:
            endpoint, _ = routes.match(path.encode("latin-1").decode("utf-8", "replace"), method)
        except HTTPException:
            return usual
        blueprint, _, name = endpoint.rpartition(".")
        found = app.blueprints.get(blueprint)
        declared = found.longest_body(name) if isinstance(found, Blueprint) else None
        return usual if declared is None else declared

    return longest


class _Request(HTTPRequestParser):  # type: ignore[misc]  # the library has no types
    """A request that is being received."""

    def __init__(self, adjustments: Adjustments, longest: LongestBody) -> None:
        super().__init__(adjustments)
        self.adj: Adjustments = adjustments
        self._longest = longest
        self.longest = 0
        self.began = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers, and bound the body that follows."""
        super().parse_header(header_plus)
        if self.chunked or self.content_length:
            self.longest = self._longest(self.command, self.path)
            self.adj = copy(self.adj)
            # The library refuses a body of this very length too.
            self.adj.max_request_body_size = self.longest + 1

    def received(self, data: bytes) -> int:
        """Take bytes; a refused request is not told to continue."""
        taken: int = super().received(data)
        if self.error:
            self.expect_continue = False
        return taken

    def is_overdue(self, limits: ServerLimits) -> bool:
        """Return whether it should have come by now."""
        allowed = limits.header
        if self.headers_finished:
            allowed += limits.body + (self.content_length or self.longest) / limits.rate
        return time.monotonic() - self.began > allowed


class _Refusal(ErrorTask):  # type: ignore[misc]  # as above
    """Answer of the server itself, in the form of every error."""

    def execute(self) -> None:
        """Write a problem document, and close the connection after it."""
        status = HTTPStatus(self.request.error.code)
        code = status.phrase.lower().replace(" ", "_")
        detail = f"The server does not take this request: {self.request.error.body}"
        body = json.dumps(document(status, code, detail)).encode()
        self.status = f"{status.value} {status.phrase}"
        self.response_headers.append(("Content-Type", MEDIA_TYPE))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]  # as above
    """One connection."""

    error_task_class = _Refusal

    def parser_class(self, adjustments: Adjustments) -> _Request:
        """Begin to receive a request."""
        return _Request(adjustments, self.server.bounds.longest)

    def is_overdue(self, limits: ServerLimits) -> bool:
        """Return whether its request should have come by now, or its answer have been taken."""
        request = self.request
        if request is not None and request.is_overdue(limits):
            return True
        silent = time.time() - self.last_activity  # noqa: TID251 — the library's own clock
        return bool(self.total_outbufs_len) and silent > limits.idle

    def end(self) -> None:
        """End the connection, whether or not its client takes what was sent."""
        self.will_close = True
        if not self.total_outbufs_len:
            return
        with suppress(OSError):
            # The loop acts on `will_close` when the socket can be written, which a client that
            # reads nothing never lets it be; and what it has not taken is not kept for it.
            self.socket.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
            self.socket.shutdown(SHUT_RDWR)


class _Server(TcpWSGIServer):  # type: ignore[misc]  # as above
    """One listening socket."""

    channel_class = _Channel

    def __init__(self, app: Flask, channels: dict[int, Any], bounds: _Bounds, **more: Any) -> None:  # noqa: ANN401 — the base class's
        self.bounds = bounds
        super().__init__(app, channels, **more)

    def accept(self) -> tuple[Any, Any] | None:
        """Accept a connection, unless its address has its share already."""
        found: tuple[Any, Any] | None = super().accept()
        if found is not None and self._is_crowded(found[1][0]):
            found[0].close()
            return None
        return found

    def maintenance(self, now: float) -> None:
        """End the connections that are idle or slow."""
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(self.bounds.limits):
                channel.end()

    def _is_crowded(self, address: str) -> bool:
        if address == self.adj.trusted_proxy or ip_address(address.partition("%")[0]).is_loopback:
            return False
        others = [one.addr[0] for one in self.active_channels.values()]
        return others.count(address) >= self.bounds.limits.of_address
