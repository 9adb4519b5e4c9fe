"""A local anvil node for tests marked `anvil`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from chain.signer import LocalSigner
from tests.support import markers
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

ANVIL = ROOT / "contracts" / "node_modules" / ".bin" / "anvil"

# The first of the accounts that anvil funds; its key is printed at each of its starts.
RICH_SIGNER = LocalSigner(
    bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
)

_LISTENING = re.compile(r"Listening on (127\.0\.0\.1:\d+)")
_SECONDS_TO_START = 60


@contextmanager
def running_anvil(*options: str) -> Iterator[str]:
    """Run anvil on a free port; give its JSON-RPC URL.

    Args:
        options: of its command line, such as `--no-mining` or `--block-time 1`.
    """
    markers.require("anvil")
    command = [str(ANVIL), "--host", "127.0.0.1", "--port", "0", *options]
    # In a group of its own: the program is a script whose child is the node, and both must end.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        # Read to the end, or anvil stops where the pipe is full.
        drain = threading.Thread(target=process.stdout.read)
        alarm = threading.Timer(_SECONDS_TO_START, _end, [process])
        alarm.start()
        try:
            url = _url(process)
            alarm.cancel()
            drain.start()
            yield url
        finally:
            alarm.cancel()
            _end(process)
            if drain.ident:
                drain.join()


def _url(process: subprocess.Popen[str]) -> str:
    for line in process.stdout:
        if found := _LISTENING.search(line):
            return f"http://{found[1]}"
    raise RuntimeError("anvil ended before it listened")


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
