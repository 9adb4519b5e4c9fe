"""USSD under 200 callers, an upload, a text of each kind, a month offline, attacks, and noise.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made. Two web servers answer 200
calls at once, each with a key every two seconds, from another process; times are those of the
callers, network of loopback included.
"""

from __future__ import annotations

import gc
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench._data import fresh
from bench._figures import p50_p99
from bench._servers import Environ, environ, opened, serving
from gateway.envelope import Envelope
from gateway.intake import receive
from gateway.phrases import PhraseBook
from services.core.clock import utc_now
from services.devices.registry import DeviceKind, add_device
from services.devices.signing_client import SigningClient, enrol_key
from services.livestock.domain.movement_decision import Policy
from services.runtime.command_catalogue import make_conversation
from services.storage.models import Party

SERVER = "BILUM_BENCH_POSTGRES_URL"
CALLERS, WORKERS, EVERY, KEYS = 200, 2, 2.0, 30
EARLY = 16
USSD_TARGET, UPLOAD_TARGET = 0.250, 0.200
SCANS, UPLOADS = 1_000, 20
OFFLINE = ATTACKS = 10_000
NOISE, LONGEST_TEXT, READINGS = 100_000, 320, 3
TEXTS, SENDERS, TEXT_TARGET = 300, 100, 0.020
KINDS = {
    "REG": "REG 598000000{}",
    "OK": "OK 598000000{}",
    "TREAT": "TREAT 598000000{} IVOMEC 28",
    "HELP": "HELP",
    "STOP": "STOP",
    "not understood": "hello how is the weather with you my friend",
}
_SECRET = secrets.token_hex(16)


class Call(NamedTuple):
    """Results of one caller: seconds of each step, and the number of answers without a screen."""

    steps: list[float]
    broken: int


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"not measured: {SERVER} is not set")
    with (
        fresh(server) as url,
        tempfile.TemporaryDirectory() as folder,
        serving(_environ(url, Path(folder)), WORKERS) as web,
    ):
        addresses = [one.address for one in web]
        _ussd(addresses)
        _upload(url, Path(folder), addresses[0])
        _door(url, Path(folder))
    _noise()
    _story("attacks", ATTACKS, "BILUM_TEST_ATTACKS", "test_attacks.py")
    _story("a month offline", OFFLINE, "BILUM_TEST_OFFLINE", "test_offline.py")


def _ussd(addresses: Sequence[str]) -> None:
    # A server reads the menus with its first call, and connects as calls come at once; it has both
    # then for as long as it runs.
    early = range(CALLERS, CALLERS + EARLY)
    with ThreadPoolExecutor(EARLY) as pool:
        list(pool.map(partial(_one_calls, addresses, _SECRET, every=0), early))
    # Another process: the callers' own work is not the servers'.
    with get_context("spawn").Pool(1) as pool:
        calls = pool.apply(_all_call, (list(addresses), _SECRET))
    steps = sorted(step for call in calls for step in call.steps)
    p50, p99 = p50_p99(steps)
    print(
        f"USSD: {CALLERS} calls at once, {len(steps)} steps: median {p50 * 1000:.0f} ms, "
        f"p99 {p99 * 1000:.0f} ms, worst {steps[-1] * 1000:.0f} ms; {p99 / USSD_TARGET:.2f} of the "
        f"limit; {sum(call.broken for call in calls)} no screen"
    )


def _all_call(addresses: list[str], secret: str) -> list[Call]:
    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(partial(_one_calls, addresses, secret), range(CALLERS)))


def _one_calls(addresses: list[str], secret: str, number: int, every: float = EVERY) -> Call:
    """Press a key every two seconds, most of them one that the screen has."""
    chance = random.Random(number)  # noqa: S311 — a sample
    pool = urllib3.PoolManager(timeout=30, retries=False)
    session, text, steps, broken = uuid4().hex, "", [], 0
    time.sleep(chance.random() * every)
    for step in range(KEYS):
        address = addresses[(number + step) % len(addresses)]
        began = time.perf_counter()
        answer = pool.request(
            "POST",
            f"{address}/gateway/ussd/africastalking?{urlencode({'secret': secret})}",
            body=urlencode(
                {
                    "sessionId": session,
                    "serviceCode": "*384#",
                    "phoneNumber": f"+6757{number:07}",
                    "networkCode": "53701",
                    "text": text,
                }
            ),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        took = time.perf_counter() - began
        steps.append(took)
        screen = answer.data.decode()
        broken += not screen.startswith(("CON ", "END "))
        if screen.startswith("CON "):
            key = chance.choice(["1", "1", "2", "2", "3", "0", "00", "9", "598000000000017"])
            text = f"{text}*{key}" if text else key
        else:
            session, text = uuid4().hex, ""
        time.sleep(max(0.0, every - took))
    return Call(steps, broken)


def _upload(url: str, folder: Path, address: str) -> None:
    client, device, counter = _enrolled(url, folder, address)
    took = []
    for number in range(UPLOADS):
        lines = "".join(
            f"LA 598 {number * SCANS + scan:012} 25/11/2026 08:01:02\r\n" for scan in range(SCANS)
        )
        body = json.dumps({"session": str(uuid4()), "format": "lines", "text": lines}).encode()
        began = time.perf_counter()
        reply = client.post(f"/gateway/readers/{device}/scans", body, counter + number, utc_now())
        took.append(time.perf_counter() - began)
        if reply.status != 200 or reply.body["scans"] != SCANS:  # noqa: PLR2004 — of HTTP
            sys.exit(f"{reply.status} {reply.detail}")
    median = statistics.median(took)
    print(
        f"upload of {SCANS} scans: median {median * 1000:.0f} ms, worst {max(took) * 1000:.0f} ms "
        f"of {UPLOADS}; {median / UPLOAD_TARGET:.2f} of the limit"
    )


def _enrolled(url: str, folder: Path, address: str) -> tuple[SigningClient, str, int]:
    with opened(_environ(url, folder)) as runtime, runtime.database.write() as session:
        owner = Party(public_id=uuid4(), role="inspector")
        session.add(owner)
        session.flush()
        _, code = add_device(session, "stick", DeviceKind.READER, owner, utc_now())
    identity, counter = enrol_key(address, code, Ed25519PrivateKey.generate())
    return SigningClient(identity), identity.device, counter


def _door(url: str, folder: Path) -> None:
    """Send texts of each kind, and print the CPU that one takes of this program."""
    with opened(_environ(url, folder)) as runtime:
        for kind, text in KINDS.items():
            took = []
            for number in range(TEXTS):
                sender, words = f"+67571{number % SENDERS:06}", text.format(700_000 + number)
                came = Envelope("twilio-sms", f"{kind} {number}", sender, words, utc_now())
                began = time.process_time()
                receive(came, runtime.units, runtime.conversation.answer)
                took.append(time.process_time() - began)
            median = statistics.median(took)
            print(
                f"text {kind}: median {median * 1000:.1f} ms of CPU; "
                f"{median / TEXT_TARGET:.2f} of the limit"
            )


def _noise() -> None:
    """Let the phrases of all services read arbitrary bytes; an exception would end the run.

    Each text is read three times, and the soonest counts: what interrupts a process is in its time.
    """
    spoken = make_conversation(Policy(), {})
    book, chance = PhraseBook(spoken.phrases, spoken.fillers), random.Random(0)  # noqa: S311 — noise
    # As the command does with what it has loaded.
    gc.freeze()
    took = []
    for _ in range(NOISE):
        text = chance.randbytes(chance.randint(0, LONGEST_TEXT)).decode("utf-8", "replace")
        took.append(min(_reading(book, text) for _ in range(READINGS)))
    took.sort()
    p50, p99 = p50_p99(took)
    print(
        f"parser: {NOISE} texts of arbitrary bytes: median {p50 * 1000:.2f} ms, "
        f"p99 {p99 * 1000:.2f} ms, worst {took[-1] * 1000:.2f} ms of CPU"
    )


def _reading(book: PhraseBook, text: str) -> float:
    began = time.process_time()
    book.parse(text, "tpi")
    return time.process_time() - began


def _story(what: str, many: int, variable: str, test: str) -> None:
    """Run a test at its full size; its assertions check the counts."""
    environ = os.environ  # noqa: TID251 — a script
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 — our own
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"tests/services/devices/{test}",
        ],
        env={**environ, variable: str(many), "BILUM_TEST_POSTGRES_URL": environ[SERVER]},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    print(f"{what}: {many}: {done.stdout.strip().splitlines()[-1]} in {took:.0f} s")


def _environ(url: str, folder: Path) -> Environ:
    return environ(url, folder, BILUM_USSD_SECRET=_SECRET)


if __name__ == "__main__":
    main()
