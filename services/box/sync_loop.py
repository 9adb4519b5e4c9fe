"""The sync of a box with its server: one request at a time, the same until it is answered."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from threading import Event
from typing import Any

from services.box.apply_sync import SKEW, apply_answer, refuse
from services.box.pending_requests import (
    PendingRequest,
    compose_request,
    fill_gaps,
    forget_request,
    has_more,
    pending_request,
)
from services.box.store import Reserve, Store, get_state, set_state
from services.core.clock import BoxClock
from services.core.errors import BadAnswer, BoxFull, Conflict, ServiceError
from services.devices.signing_client import Reply, SigningClient
from services.runtime.backoff import Backoff, RetryLoop
from services.village.protocol import ITEMS_A_REQUEST, PATH, read_answer, read_gaps

_LOG = logging.getLogger("bilum.village")

SHORTEST_WAIT, LONGEST_WAIT = 1.0, 600.0
IDLE_WAIT = 60.0
"""Seconds between syncs while there is nothing to send: there may be something to fetch."""
STOPPED, PROBLEM = "stopped", "problem"
"""Names of the states that tell why nothing is sent any more, and what the last try met."""
_LITTLE = 16
"""Items of one request while the disk is full: the reserve must be room enough to free theirs."""

_UNREADABLE = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_ENDINGS: Mapping[int, str] = {
    HTTPStatus.FORBIDDEN: "The server does not believe this box any more: {detail}. Ask who runs "
    "the server; with a new code: bilum village enrol",
    HTTPStatus.CONFLICT: "The server knows another request under this number: {detail}. Was an old "
    "copy of the box put back? Ask for a new code: bilum village enrol",
}


class Step(Enum):
    """Outcome of one try."""

    IDLE = "idle"
    """Done, and nothing more waits."""
    MORE = "more"
    """Done, and more waits: go on at once."""
    FAILED = "failed"
    """Not done: try again later."""
    STOPPED = "stopped"
    """The server refuses this box: nothing is sent until somebody enrols it anew."""


@dataclass
class Sync:
    """Syncs one box; one thread uses it.

    `on_messages` is called when texts for phones came.
    """

    store: Store
    reserve: Reserve
    client: SigningClient
    clock: BoxClock
    on_messages: Callable[[], None] = lambda: None
    _most: int = ITEMS_A_REQUEST

    def step(self) -> Step:
        """Send one request, and let its answer take effect."""
        with self.store.read() as unit:
            if get_state(unit, STOPPED) is not None:
                return Step.STOPPED
        try:
            request = self._request()
            reply = self.client.post(PATH, request.body, request.counter, self.clock())
            return self._take(request, reply)
        except ServiceError as error:
            self._note(error.detail)
            return Step.FAILED

    def _request(self) -> PendingRequest:
        with self.store.read() as unit:
            written = pending_request(unit)
        return written or self._squeezed(self._write_down)

    def _write_down(self) -> PendingRequest:
        most = self._most if self.reserve.is_kept else min(self._most, _LITTLE)
        with self.store.write() as unit:
            return pending_request(unit) or compose_request(
                unit, self.reserve.free_bytes, most, self.clock
            )

    def _take(self, request: PendingRequest, reply: Reply) -> Step:
        status, code = reply.status, _code_of(reply)
        if status == HTTPStatus.OK:
            return self._apply(request, read_answer(reply.body))
        if status == HTTPStatus.ACCEPTED:
            gaps = read_gaps(reply.body)
            return _went_on(self._squeezed(lambda: self._fill(gaps)))
        if status == HTTPStatus.CONFLICT and code == Conflict.code:
            self._squeezed(lambda: self._take_as_done(request))
            return Step.MORE
        if code and status in _ENDINGS:
            return self._stop(_ENDINGS[status].format(detail=reply.detail.rstrip(".")))
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or (code and status in _UNREADABLE):
            return _went_on(self._squeezed(lambda: self._shrink(request, reply)))
        raise BadAnswer(f"The server answers {status}: it is tried again later")

    def _apply(self, request: PendingRequest, answer: dict[str, Any]) -> Step:
        skew = self.clock.told(answer["time"], request.begun)
        try:
            more = self._squeezed(lambda: self._commit(request, answer, skew, lists=True))
        except BoxFull:
            more = self._commit(request, answer, skew, lists=False)
        self._most = min(ITEMS_A_REQUEST, 2 * self._most)
        if answer["messages"]:
            self.on_messages()
        self._make_room()
        return Step.MORE if more or answer["messages"] else Step.IDLE

    def _commit(
        self, request: PendingRequest, answer: dict[str, Any], skew: float | None, *, lists: bool
    ) -> bool:
        with self.store.write() as unit:
            if apply_answer(unit, self.store.vault, request, answer, lists=lists):
                if skew is not None:
                    set_state(unit, SKEW, round(skew))
                set_state(unit, PROBLEM, None)
            return has_more(unit)

    def _fill(self, gaps: Sequence[tuple[int, int]]) -> bool:
        with self.store.write() as unit:
            set_state(unit, PROBLEM, "The server waits for requests that it never got")
            return fill_gaps(unit, gaps, self.reserve.free_bytes)

    def _take_as_done(self, request: PendingRequest) -> None:
        """Go on after a request that took effect, but whose answer is no longer kept."""
        with self.store.write() as unit:
            apply_answer(unit, self.store.vault, request, None, lists=False)
            set_state(unit, PROBLEM, "The answer to a request was lost: texts may be missing")

    def _shrink(self, request: PendingRequest, reply: Reply) -> bool:
        """Send less at once; an item that the server cannot read by itself is refused."""
        seqs = request.seqs
        self._most = max(1, len(seqs) // 2)
        with self.store.write() as unit:
            forget_request(unit, request.counter)
            set_state(unit, PROBLEM, f"The server cannot read a request: {reply.detail}")
            if len(seqs) == 1:
                refuse(unit, [{"seq": seqs[0], "code": _code_of(reply) or "too_large"}])
        return bool(seqs)

    def _stop(self, sentence: str) -> Step:
        with self.store.write() as unit:
            set_state(unit, STOPPED, sentence)
        _LOG.error("%s", sentence)
        return Step.STOPPED

    def _squeezed(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 — what the work returns
        """Do what writes, on a full disk with the room of the reserve."""
        try:
            return work()
        except BoxFull:
            if not self.reserve.let_go():
                raise
            _LOG.warning("the disk is full: nothing is taken in until the sync has made room")
            return work()

    def _make_room(self) -> None:
        try:
            self.store.give_back()
            self.reserve.restore()
        except ServiceError as error:
            # The next sync tries again; what was taken is committed.
            _LOG.warning("the disk got no room back: %s", error.detail)

    def _note(self, detail: str) -> None:
        try:
            with self.store.write() as unit:
                if get_state(unit, PROBLEM) != detail:
                    set_state(unit, PROBLEM, detail)
        except BoxFull:
            return


def _went_on(done: object) -> Step:
    return Step.MORE if done else Step.FAILED


def _code_of(reply: Reply) -> str | None:
    """Return the code of a refusal of ours; a proxy's or a portal's has none."""
    return reply.body.get("code") if isinstance(reply.body, dict) else None


class Pace:
    """Seconds to wait between tries; after a failure longer each time, by chance."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self.backoff = Backoff(SHORTEST_WAIT, LONGEST_WAIT, chance)

    def after(self, step: Step) -> float:
        """Return how long to wait after a try."""
        if step is Step.FAILED:
            return self.backoff.next()
        self.backoff.reset()
        return 0.0 if step is Step.MORE else IDLE_WAIT


def sync_until(stop: Event, woken: Event, sync: Sync, pace: Pace) -> None:
    """Sync until `stop`; `woken` ends a wait for nothing, but no wait after a try that failed."""

    def step() -> float | None:
        done = sync.step()
        return None if done is Step.FAILED else pace.after(done)

    loop = RetryLoop("the sync", log=_LOG, backoff=pace.backoff)
    loop.repeat(step, stop, woken)
