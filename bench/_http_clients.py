"""Clients of the benchmark of HTTP: each sends signed texts one by one, and times them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_context
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3

from gateway.channels.twilio import SIGNATURE_HEADER, sign

PATH = "/gateway/twilio/sms"
TOKEN = "f" * 32
_OUR_NUMBER = "+67570000000"
_NO_ANSWER = 0


class Step(NamedTuple):
    """One text about a pig: the places of tag and of number in it, and who sends it.

    Attributes:
        text: a format; its arguments are the tag and the number of the next sender's place.
        shift: senders after the one whose pig it is.
    """

    text: str
    shift: int = 0


class Load(NamedTuple):
    """Texts that clients send.

    Attributes:
        addresses: of the servers, which the clients share out.
        senders: phone numbers, each with the number of its place; each client has its own.
        first: number of the first tag; each client has a million of its own.
        seconds: for which a client goes on.
        steps: texts about each pig, in turn.
        every: seconds from a client's text to its next; it waits for the answer in any case. The
        clients begin one after the other, so that their texts do not come all at once.
    """

    addresses: Sequence[str]
    senders: Sequence[tuple[str, str]]
    first: int
    seconds: float
    steps: Sequence[Step] = (Step("REG 598{0:012}"),)
    every: float = 0.0


class Sent(NamedTuple):
    """Results of a load: seconds of each answer, statuses other than 200, seconds of it all.

    A status of 0 is of a text without an answer.
    """

    took: list[float]
    refused: list[int]
    lasted: float


def send(load: Load, clients: int) -> Sent:
    """Send from another process: the clients' work is not the servers'."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_send, (load, clients))


def _send(load: Load, clients: int) -> Sent:
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        done = list(pool.map(partial(_one_client, load, clients), range(clients)))
    lasted = time.perf_counter() - began
    took = [one for each in done for one in each.took]
    return Sent(took, [one for each in done for one in each.refused], lasted)


def _one_client(load: Load, clients: int, number: int) -> Sent:
    address = load.addresses[number % len(load.addresses)]
    pool, took, refused = urllib3.HTTPConnectionPool(urlsplit(address).netloc), [], []
    began = time.perf_counter() + load.every * number / clients
    for place in count():
        time.sleep(max(0.0, began + place * load.every - time.perf_counter()))
        form = _form(load, clients, number, place)
        headers = {SIGNATURE_HEADER: sign(address + PATH, form.items(), TOKEN)}
        at = time.perf_counter()
        status = _post(pool, form, headers)
        now = time.perf_counter()
        took.append(now - at)
        if status != 200:  # noqa: PLR2004 — of HTTP
            refused.append(status)
        if now - began > load.seconds:
            return Sent(took, refused, now - began)
    raise AssertionError


def _post(pool: urllib3.HTTPConnectionPool, form: dict[str, str], headers: dict[str, str]) -> int:
    """Return the status of an answer; 0: there was none."""
    try:
        answer = pool.request(
            "POST", PATH, fields=form, headers=headers, encode_multipart=False, retries=False
        )
    except urllib3.exceptions.HTTPError:
        return _NO_ANSWER
    return answer.status


def _form(load: Load, clients: int, number: int, place: int) -> dict[str, str]:
    """Return the webhook's fields of a client's text."""
    mine = load.senders[number::clients]
    pig, step = divmod(place, len(load.steps))
    tag = load.first + number * 1_000_000 + pig
    told = load.steps[step]
    return {
        "MessageSid": f"SM{tag * len(load.steps) + step:032x}",
        "From": mine[(pig + told.shift) % len(mine)][0],
        "To": _OUR_NUMBER,
        "Body": told.text.format(tag, mine[(pig + 1) % len(mine)][1]),
    }
