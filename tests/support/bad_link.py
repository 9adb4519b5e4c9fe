"""A link that is cut: a TCP proxy which lets so many bytes through, then resets both ends."""

from __future__ import annotations

import random
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = 50  # bytes, fewer than any request has
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends a reset


@dataclass
class BadLink:
    """Attributes.

    chance: that a connection is cut, somewhere within its first `most` bytes of one direction.
        Unless it is 0, the first ones are cut within a request's head, until one was.
    cuts: how many were.
    """

    to: tuple[str, int]
    chance: float
    most: int
    port: int = 0
    cuts: int = 0
    dice: random.Random = field(default_factory=random.SystemRandom)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def carry(self, near: socket.socket) -> None:
        """Carry one connection, until it ends or is cut."""
        with near, socket.socket() as far:
            try:
                far.connect(self.to)
            except OSError:
                return
            # The way there and the way back, of which one is cut at some byte.
            limits: list[int | None] = [None, None]
            if self.chance and not self.cuts:
                limits[0] = self.dice.randrange(min(self.most, _HEAD))
            elif self.dice.random() < self.chance:
                limits[self.dice.randrange(2)] = self.dice.randrange(self.most)
            there = threading.Thread(target=self._pump, args=(near, far, limits[0]), daemon=True)
            there.start()
            self._pump(far, near, limits[1])
            there.join()

    def _pump(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if left is not None and len(piece) >= left:
                    sink.sendall(piece[:left])
                    self.cuts += 1
                    for end in (source, sink):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        end.shutdown(socket.SHUT_RDWR)
                    return
                sink.sendall(piece)
                left = None if left is None else left - len(piece)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def bad_link(
    to: tuple[str, int], chance: float, most: int, dice: random.Random | None = None
) -> Iterator[BadLink]:
    """Open a bad link to an address; it listens on a port of its own."""
    link = BadLink(to, chance, most, dice=dice or random.SystemRandom())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        link.port = listening.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    near, _ = listening.accept()
                    threading.Thread(target=link.carry, args=(near,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield link
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
