"""Proof that something was broken: what it carries stood still meanwhile, and moves again after."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from chain.connection import connect
from deploy.lab.waiting import wait_for
from services.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploy.lab.rounds import Scene

_ON_ITS_WAY_SECONDS, _AGAIN_SECONDS = 6, 600


class Counted(NamedTuple):
    """A thing that is counted: in words, and how many there are."""

    what: str
    count: Callable[[], int]


def texts(scene: Scene) -> Counted:
    """Count the texts that the carrier has."""
    return Counted("text at the carrier", lambda: len(scene.country.carrier.messages))


def records(scene: Scene) -> Counted:
    """Count the records on the ledger, asked past whatever is broken."""
    chain = Settings.from_env(scene.country.environ).chain

    def size() -> int:
        with connect(chain, write=False) as connection:
            return connection.ledger.size()

    return Counted("record on the ledger", size)


def reports(scene: Scene) -> Counted:
    """Count the reports that were acknowledged."""
    return Counted("acknowledged report", lambda: len(scene.crowd.acknowledged))


@contextmanager
def standing_still(*each: Counted) -> Iterator[None]:
    """Let what is on its way arrive; from then to the end of the block nothing may.

    Raises:
        RuntimeError: something did.
    """
    time.sleep(_ON_ITS_WAY_SECONDS)
    before = [one.count() for one in each]
    yield
    for one, many in zip(each, before, strict=True):
        if came := one.count() - many:
            raise RuntimeError(f"nothing was broken: {came} times there came one {one.what}")


def wait_until_moving(*each: Counted) -> None:
    """Return once there is one more of each.

    Raises:
        RuntimeError: there is not, within ten minutes.
    """
    before = [one.count() for one in each]
    for one, many in zip(each, before, strict=True):
        wait_for(partial(_is_more, one, many), f"one more {one.what}", _AGAIN_SECONDS)


def _is_more(one: Counted, before: int) -> bool:
    return one.count() > before
