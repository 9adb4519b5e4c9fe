"""What lies between a recorder and its node: it may lose a request, or the answer to it."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.flow.schedules.shared import Numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEND = b"eth_sendRawTransaction"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends a reset
_LEFT, _ANSWER, _LOST = range(3)


class Link:
    """The near end of a proxy in a process of its own.

    Attributes:
        url: where recorders find the node.
    """

    def __init__(self, port: int, numbers: Numbers) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._numbers = numbers

    def lose(self, sending: int, *, answer: bool) -> None:
        """Lose one sending of a transaction.

        Args:
            sending: which from now on, 1 is the next.
            answer: whether the node gets it and its answer is lost, or the request itself is.
        """
        self._numbers[_ANSWER] = int(answer)
        self._numbers[_LEFT] = sending

    def calm(self) -> None:
        self._numbers[_LEFT] = 0

    @property
    def lost(self) -> int:
        """How many sendings were lost."""
        return int(self._numbers[_LOST])


@dataclass
class _Pair:
    near: socket.socket
    far: socket.socket
    doomed: bool = False

    def cut(self) -> None:
        for end in (self.near, self.far):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.close()


class _Proxy:
    """Carries bytes both ways, for ever."""

    def __init__(self, listening: socket.socket, to: tuple[str, int], numbers: Numbers) -> None:
        self._listening, self._to, self._numbers = listening, to, numbers
        self._selector = selectors.DefaultSelector()

    def carry(self) -> None:
        self._selector.register(self._listening, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._accept()
                elif key.fileobj.fileno() >= 0:  # else cut by the other end's turn
                    self._move(key.data, key.fileobj)

    def _accept(self) -> None:
        near, _ = self._listening.accept()
        try:
            far = socket.create_connection(self._to)
        except OSError:
            near.close()
            return
        pair = _Pair(near, far)
        for end in (near, far):
            # A request comes in two pieces; the second must not wait for an answer to the first.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(end, selectors.EVENT_READ, pair)

    def _move(self, pair: _Pair, source: socket.socket) -> None:
        sink = pair.far if source is pair.near else pair.near
        try:
            piece = source.recv(65536)
            if not piece or self._is_lost(pair, piece, asking=source is pair.near):
                self._close(pair)
                return
            sink.sendall(piece)
        except OSError:
            self._close(pair)

    def _is_lost(self, pair: _Pair, piece: bytes, *, asking: bool) -> bool:
        if not asking:
            return pair.doomed
        if _SEND not in piece or not self._numbers[_LEFT]:
            return False
        self._numbers[_LEFT] -= 1
        if self._numbers[_LEFT]:
            return False
        self._numbers[_LOST] += 1
        pair.doomed = bool(self._numbers[_ANSWER])
        return not pair.doomed

    def _close(self, pair: _Pair) -> None:
        for end in (pair.near, pair.far):
            self._selector.unregister(end)
        pair.cut()


@contextmanager
def link_to(port: int) -> Iterator[Link]:
    """Lead to the port of a node, which may come and go."""
    numbers = Numbers(3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        child = os.fork()
        if child == 0:
            try:
                _Proxy(listening, ("127.0.0.1", port), numbers).carry()
            finally:
                os._exit(1)
        near = listening.getsockname()[1]
    try:
        yield Link(near, numbers)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
