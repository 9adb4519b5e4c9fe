"""hours of reports at half of the rate that the machine takes: memory, handles, bloat, latency.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made, and anvil. A web server
and a worker run as an operator runs them; people register pigs, ask for them, move them and confirm
that they came; a stub of Twilio takes every reply, and each event goes to a contract on the node.
BENCH_ARGS: minutes (120), then a file for the picture.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from bench._data import ACCOUNT, OUR_NUMBER, fresh
from bench._figures import p50_p99
from bench._http_clients import TOKEN, Load, Sent, Step, send
from bench._servers import Environ, Keeper, environ, found_keepers, opened, running, serving
from bench._soak_picture import draw
from chain.ledger import deploy, http_provider
from services.runtime.container import Runtime
from tests.anvil import RICH_SIGNER, running_anvil
from tests.flow.deployments import make_keystore, on_node

SERVER = "BILUM_BENCH_POSTGRES_URL"
MINUTES, CLIENTS, KEEPERS = 120, 8, 2_000
# The first minutes make caches and connections, and are compared with nothing.
WARM_UP, MEASURING_SECONDS, EVERY_SECONDS = 5, 30.0, 60.0
STUB_PORT = 18_060
STEPS = (
    Step("REG 598{0:012}"),
    Step("WHERE 598{0:012}"),
    Step("MOVE 598{0:012} {1}"),
    Step("ARRIVE 598{0:012}", shift=1),
)
NODE = ("--gas-limit", "1000000000", "--prune-history", "16")


class Sample(NamedTuple):
    """A minute: memory in MB and open files of both programs, latency in ms, and the database.

    Attributes:
        bytes_a_text: what the database has grown by since the start, for each text.
        dead: dead rows, as a share of all that PostgreSQL's statistics know.
        waiting: messages and records that are still to go out.
    """

    web_memory: float
    worker_memory: float
    web_files: float
    worker_files: float
    median: float
    p99: float
    bytes_a_text: float
    dead: float
    waiting: float
    refused: float


def main() -> None:
    """Print the figures of docs/benchmarks.md, a line a minute."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    samples = list[Sample]()
    with fresh(server) as url, tempfile.TemporaryDirectory() as folder, _country(url, folder) as it:
        for sample in _soak(*it, minutes):
            samples.append(sample)
            # Each minute anew: two hours may end early.
            for path in sys.argv[2:]:
                Path(path).write_text(draw(samples), encoding="utf-8")
    _compare(samples[min(WARM_UP, len(samples) - 1) :])


@contextmanager
def _country(url: str, folder: str) -> Iterator[tuple[Environ, list[Keeper]]]:
    with running_anvil(*NODE) as node, running({}, ("-m", "bench._stub", str(STUB_PORT))):
        given = environ(
            url,
            Path(folder),
            **on_node(node, deploy(http_provider(node), RICH_SIGNER), make_keystore(Path(folder))),
            BILUM_ROUTES="+ twilio",
            BILUM_TWILIO_ACCOUNT_SID=ACCOUNT,
            BILUM_TWILIO_AUTH_TOKEN=TOKEN,
            BILUM_TWILIO_FROM=OUR_NUMBER,
            BILUM_TWILIO_URL=f"http://127.0.0.1:{STUB_PORT}",
        )
        with opened(given) as runtime:
            keepers = found_keepers(runtime, KEEPERS)
        yield given, keepers


def _soak(given: Environ, keepers: list[Keeper], minutes: int) -> Iterator[Sample]:
    # A web server with the signing key in its environment refuses to start.
    keyless = {name: told for name, told in given.items() if "SIGNER" not in name}
    with (
        serving(keyless, 1) as web,
        running(given, command="worker") as worker,
        opened(given) as own,
    ):
        load = Load([one.address for one in web], keepers, 0, MEASURING_SECONDS, STEPS)
        # The first texts make caches and connections: they would halve the rate.
        send(load, CLIENTS)
        most = len(send(load._replace(first=50_000_000), CLIENTS).took) / MEASURING_SECONDS
        paced = load._replace(every=CLIENTS / (most / 2), seconds=EVERY_SECONDS)
        print(f"{most:.1f} texts a second at most; {most / 2:.1f} from now on")
        before, texts = _size(own), 0
        for minute in range(1, minutes + 1):
            sent = send(paced._replace(first=minute * 100_000_000), CLIENTS)
            texts += len(sent.took)
            sample = _sample((web[0].pid, worker.pid), sent, own, (_size(own) - before) / texts)
            print(minute, *(f"{name} {value:.4g}" for name, value in sample._asdict().items()))
            yield sample


def _sample(pids: tuple[int, int], sent: Sent, runtime: Runtime, grown: float) -> Sample:
    web, worker = pids
    p50, p99 = p50_p99(sent.took)
    with runtime.database.read() as session:
        dead, waiting = session.execute(text(_STATE)).one()
    return Sample(
        *(_memory(web), _memory(worker), _files(web), _files(worker)),
        *(p50 * 1000, p99 * 1000, grown, float(dead), waiting, len(sent.refused)),
    )


def _memory(pid: int) -> float:
    """Return the resident memory of a process in MB (proc(5), statm)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _size(runtime: Runtime) -> int:
    with runtime.database.read() as session:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _compare(samples: list[Sample]) -> None:
    """Print the last quarter of an hour beside the first: 1 is flat."""
    part = max(1, min(15, len(samples) // 2))
    for name, first, last in zip(
        Sample._fields,
        *(map(statistics.median, zip(*rows, strict=True)) for rows in _ends(samples, part)),
        strict=True,
    ):
        ratio = f"{last / first:.2f}" if first else "-"
        print(f"{name:14} first {first:10.4g}  last {last:10.4g}  ratio {ratio}")


def _ends(samples: list[Sample], part: int) -> tuple[list[Sample], list[Sample]]:
    return samples[:part], samples[-part:]


_STATE = """SELECT (SELECT coalesce(sum(n_dead_tup) / nullif(sum(n_live_tup + n_dead_tup), 0), 0)
        FROM pg_stat_user_tables),
    (SELECT count(*) FROM message WHERE state IN ('queued', 'attempting'))
    + (SELECT count(*) FROM ledger_leaf WHERE leaf_index IS NULL)"""


if __name__ == "__main__":
    main()
