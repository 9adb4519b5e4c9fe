"""hours of reports at half of the rate that the machine takes: memory, handles, bloat, latency.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made, and anvil. A web server
and a worker run as an operator runs them; people register pigs, ask for them, move them and confirm
that they came; a stub of Twilio takes every reply, and each event goes to a contract on the node.
BENCH_ARGS: minutes (120), a file for the picture, texts a second (half of what is taken at most).

It ends with 1 if a text was refused, an answer was not sent, or texts came more slowly than they
should: then what it measured is not a country that is served.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, or_, select, text

from bench._data import ACCOUNT, OUR_NUMBER, fresh
from bench._figures import p50_p99
from bench._http_clients import TOKEN, Load, Sent, Step, send
from bench._servers import Environ, Keeper, environ, found_keepers, opened, running, serving
from bench._soak_picture import draw
from chain.ledger import deploy, http_provider
from services.runtime.container import Runtime
from services.storage.models import Message
from sms.message import MessageState
from sms.reasons import Reason
from tests.anvil import RICH_SIGNER, running_anvil
from tests.flow.deployments import make_keystore, on_node

SERVER = "BILUM_BENCH_POSTGRES_URL"
MINUTES, CLIENTS, KEEPERS = 120, 8, 2_000
# The first minutes make caches and connections, and are compared with nothing.
WARM_UP, MEASURING_SECONDS, EVERY_SECONDS = 5, 30.0, 60.0
# The first texts of a program that was just started are far from its rate.
PREPARING_SECONDS = 15.0
LEAST_RATE = 0.98
STUB_PORT = 18_060
STEPS = (
    Step("REG 598{0:012}"),
    Step("WHERE 598{0:012}"),
    Step("MOVE 598{0:012} {1}"),
    Step("ARRIVE 598{0:012}", shift=1),
)
UNSENT = (
    MessageState.SUPPRESSED,
    MessageState.EXPIRED,
    MessageState.CANCELLED,
    MessageState.FAILED,
    MessageState.UNDELIVERED,
    MessageState.UNCERTAIN,
)
# Of messages that wait; the others go in a moment.
WITHHELD = (Reason.QUIET_HOURS, Reason.DAILY_CAP, Reason.BUDGET, Reason.SHIFTED, Reason.PAUSED)
NODE = ("--gas-limit", "1000000000", "--prune-history", "16")


class Sample(NamedTuple):
    """A minute: memory in MB and open files of both programs, latency in ms, and the database.

    Attributes:
        texts_a_second: texts that were answered with status 200.
        median, p99: of their answers, from the moment for which each text was planned.
        bytes_a_text: bytes that the database grew by in this minute, for each of its texts.
        dead: dead rows, as a share of all that PostgreSQL's statistics know.
        waiting: messages and records that are still to go out.
        refused: texts with another answer, or none.
        unsent: messages so far that do not go, or not yet, for a reason of their own.
    """

    web_memory: float
    worker_memory: float
    web_files: float
    worker_files: float
    texts_a_second: float
    median: float
    p99: float
    bytes_a_text: float
    dead: float
    waiting: float
    refused: float
    unsent: float


class Plan(NamedTuple):
    """Minutes of a soak; a file for the picture; texts a second, None: half of the most."""

    minutes: int = MINUTES
    picture: Path | None = None
    rate: float | None = None


class Soaked(NamedTuple):
    """A running soak: its plan, the programs' settings and the keepers."""

    plan: Plan
    given: Environ
    keepers: list[Keeper]


def main() -> None:
    """Print the figures of docs/benchmarks.md, a line a minute."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    # By a signal too, the programs end and the database goes.
    signal.signal(signal.SIGTERM, _end)
    minutes, picture, rate = (*sys.argv[1:], *[""] * 3)[:3]
    plan = Plan(
        int(minutes or MINUTES), Path(picture) if picture else None, float(rate) if rate else None
    )
    samples = list[Sample]()
    with _folder() as folder, fresh(server) as url, _country(plan, url, folder) as soaked:
        for aim, sample in _soak(soaked):
            samples.append(sample)
            # Each minute anew: two hours may end early.
            if plan.picture:
                plan.picture.write_text(draw(samples, aim), encoding="utf-8")
        _compare(samples[min(WARM_UP, len(samples) - 1) :])
        with opened(soaked.given) as runtime:
            _judge(samples, aim, _reasons(runtime))


def _end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit("ended by a signal")


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder for what the programs keep and print; it stays where something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="bilum-soak-"))
    try:
        yield folder
    except BaseException:
        print(f"what the programs printed is in {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder)


@contextmanager
def _country(plan: Plan, url: str, folder: Path) -> Iterator[Soaked]:
    stub = ("-m", "bench._stub", str(STUB_PORT))
    with running_anvil(*NODE) as node, running({"BILUM_DATA_DIR": str(folder)}, stub):
        given = environ(
            url,
            folder,
            **on_node(node, deploy(http_provider(node), RICH_SIGNER), make_keystore(folder)),
            BILUM_ROUTES="+ twilio",
            BILUM_TWILIO_ACCOUNT_SID=ACCOUNT,
            BILUM_TWILIO_AUTH_TOKEN=TOKEN,
            BILUM_TWILIO_FROM=OUR_NUMBER,
            BILUM_TWILIO_URL=f"http://127.0.0.1:{STUB_PORT}",
        )
        with opened(given) as runtime:
            keepers = found_keepers(runtime, KEEPERS)
        yield Soaked(plan, given, keepers)


def _soak(soaked: Soaked) -> Iterator[tuple[float, Sample]]:
    """Yield the texts a second that are aimed at, and each minute."""
    given = soaked.given
    # A web server with the signing key in its environment refuses to start.
    keyless = {name: told for name, told in given.items() if "SIGNER" not in name}
    with (
        serving(keyless, 1) as web,
        running(given, command="worker") as worker,
        opened(given) as own,
    ):
        load = Load([one.address for one in web], soaked.keepers, 0, EVERY_SECONDS, STEPS)
        load, most = _most(load)
        aim = soaked.plan.rate or most / 2
        print(f"{most:.1f} texts a second at most; {aim:.1f} from now on")
        load = load._replace(every=CLIENTS / aim)
        for minute in range(1, soaked.plan.minutes + 1):
            before = _size(own)
            sent = send(load, CLIENTS)
            load = load._replace(skip=load.skip + sent.pigs)
            sample = _sample((web[0].pid, worker.pid), sent, own, _size(own) - before)
            print(minute, *(f"{name} {value:.4g}" for name, value in sample._asdict().items()))
            yield aim, sample


def _most(load: Load) -> tuple[Load, float]:
    """Return what comes after the texts that this sends without a pause, and their rate."""
    for seconds in (PREPARING_SECONDS, MEASURING_SECONDS):
        sent = send(load._replace(seconds=seconds), CLIENTS)
        load = load._replace(skip=load.skip + sent.pigs)
    return load, len(sent.took) / sent.lasted


def _sample(pids: tuple[int, int], sent: Sent, runtime: Runtime, grown: int) -> Sample:
    web, worker = pids
    if len(sent.took) <= 1:
        sys.exit(f"a minute without answers: {len(sent.refused)} texts were refused")
    p50, p99 = p50_p99(sent.took)
    with runtime.database.read() as session:
        dead, waiting = session.execute(text(_STATE)).one()
    return Sample(
        *(_memory(web), _memory(worker), _files(web), _files(worker)),
        *(len(sent.took) / max(sent.lasted, EVERY_SECONDS), p50 * 1000, p99 * 1000),
        *(grown / len(sent.took), float(dead), waiting, len(sent.refused)),
        sum(_reasons(runtime).values()),
    )


def _reasons(runtime: Runtime) -> Mapping[str, int]:
    """Count the messages that do not go, or not yet, by state and reason."""
    withheld = (Message.state == MessageState.QUEUED) & Message.reason.in_(WITHHELD)
    counted = (
        select(Message.state, Message.reason, func.count())
        .where(or_(Message.state.in_(UNSENT), withheld))
        .group_by(Message.state, Message.reason)
    )
    with runtime.database.read() as session:
        return {f"{state} {why or ''}": many for state, why, many in session.execute(counted)}


def _judge(samples: list[Sample], aim: float, unsent: Mapping[str, int]) -> None:
    """End with an error where people were not served as they should be."""
    refused = sum(one.refused for one in samples)
    rate = statistics.mean(one.texts_a_second for one in samples)
    print(f"{rate:.2f} texts a second of {aim:.2f}; {refused:.0f} refused; unsent: {dict(unsent)}")
    if refused or unsent or rate < LEAST_RATE * aim:
        sys.exit("texts were refused, answers not sent, or the rate was not kept")


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
