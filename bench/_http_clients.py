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
_LONGEST_WAIT = 60.0


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
        skip: pigs of each client that earlier loads had: the next ones are of other senders.
    """

    addresses: Sequence[str]
    senders: Sequence[tuple[str, str]]
    first: int
    seconds: float
    steps: Sequence[Step] = (Step("REG 598{0:012}"),)
    every: float = 0.0
    skip: int = 0


class Sent(NamedTuple):
    """Results of a load.

    Attributes:
        took: seconds of each answer with status 200, from the moment that its text was planned for:
        a server that keeps texts waiting is not timed from when it lets them come.
        refused: the other statuses; 0 is of a text without an answer.
        lasted: seconds of it all.
        pigs: the most that a client began.
    """

    took: list[float]
    refused: list[int]
    lasted: float
    pigs: int


def send(load: Load, clients: int) -> Sent:
    """Send from another process: the clients' work is not the servers'."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_send, (load, clients))


def _send(load: Load, clients: int) -> Sent:
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        done = list(pool.map(partial(_one_client, load, clients), range(clients)))
    lasted = time.perf_counter() - began
    return Sent(
        [one for each in done for one in each.took],
        [one for each in done for one in each.refused],
        lasted,
        max(each.pigs for each in done),
    )


def _one_client(load: Load, clients: int, number: int) -> Sent:
    address = load.addresses[number % len(load.addresses)]
    pool = urllib3.HTTPConnectionPool(urlsplit(address).netloc, timeout=_LONGEST_WAIT)
    took, refused = list[float](), list[int]()
    began = time.perf_counter() + load.every * number / clients
    for place in count():
        planned = began + place * load.every if load.every else time.perf_counter()
        # Late texts are sent all the same, for at most as long again.
        if planned >= began + load.seconds or time.perf_counter() >= began + 2 * load.seconds:
            pigs = -(-place // len(load.steps))
            return Sent(took, refused, time.perf_counter() - began, pigs)
        time.sleep(max(0.0, planned - time.perf_counter()))
        form = _form(load, clients, number, place)
        headers = {SIGNATURE_HEADER: sign(address + PATH, form.items(), TOKEN)}
        status = _post(pool, form, headers)
        if status == 200:  # noqa: PLR2004 — of HTTP
            took.append(time.perf_counter() - planned)
        else:
            refused.append(status)
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
    pig, step = divmod(place + load.skip * len(load.steps), len(load.steps))
    tag = load.first + number * 1_000_000 + pig
    told = load.steps[step]
    return {
        "MessageSid": f"SM{tag * len(load.steps) + step:032x}",
        "From": mine[(pig + told.shift) % len(mine)][0],
        "To": _OUR_NUMBER,
        "Body": told.text.format(tag, mine[(pig + 1) % len(mine)][1]),
    }
