"""A stub of Twilio that accepts every message at once: `python -m bench._stub PORT`."""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count

_numbers = count(1)


class _Stub(asyncio.Protocol):
    """The part of HTTP/1.1 with kept connections that the clients need."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while True:
            head, found, rest = self._waiting.partition(b"\r\n\r\n")
            if not found:
                return
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(rest) < length:
                return
            self._waiting = rest[length:]
            body = json.dumps({"sid": f"SM{next(_numbers):032x}", "status": "queued"}).encode()
            self._transport.write(
                b"HTTP/1.1 201 CREATED\r\nContent-Type: application/json\r\nContent-Length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
                + body
            )


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Stub, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
