"""`Idempotency-Key`: the same request again gets the first answer and has no effect.

As draft-ietf-httpapi-idempotency-key-header. The memory is that of the one door: the key, what the
request caused and its answer commit together or not at all. So a refusal leaves no trace, and its
key may be used again for the corrected request.
"""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Response, g, make_response, request
from sqlalchemy.orm import Session
from webargs.flaskparser import abort

from gateway.envelope import API_CHANNEL, Answer, Envelope
from gateway.intake import receive
from services.api.context import context
from services.core.errors import Conflict
from services.storage.locks import one_writer
from services.storage.unit_of_work import Unit

CHANNEL = API_CHANNEL
NAME = "Idempotency-Key"
HEADER = {
    "in": "header",
    "name": NAME,
    "required": True,
    "schema": {"type": "string", "pattern": "^[!#-~]{1,128}$"},
    "description": "Of your own choice, such as a UUID, a new one for each request that means "
    "something new. The same again gets the first answer and has no effect.",
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
_View = Callable[..., Any]
_KEY = re.compile(r'"?([!#-~]{1,128})"?')


@dataclass(frozen=True, slots=True)
class Work:
    """The session and origin of a view that changes something; the view never commits.

    Attributes:
        unit: the open unit of work.
        key: idempotency key within the channel, unlike that of anybody else.
        now: UTC.
        channel: by which it came, `api` or another.
    """

    unit: Unit
    key: str
    now: datetime
    channel: str = CHANNEL

    @property
    def session(self) -> Session:
        """The open writing session."""
        return self.unit.session

    def lock(self) -> None:
        """Take the writers' lock: of a view that is not exclusive, after its slow part."""
        one_writer(self.session)


def idempotent(*, exclusive: bool) -> Callable[[_View], Callable[..., Response]]:
    """Let a view that changes something act once for each token and `Idempotency-Key`.

    It is written directly below `@blueprint.route`, above `arguments` and `response`; the view gets
    a `Work` as its first argument. Its answer must be text, or have no body.

    Args:
        exclusive: whether the view has the writers' lock; else it may take it by `Work.lock`.

    Raises:
        HTTPException: 400; the header is missing, or is none.
        KeyConflict: the key was used for another request.
        Conflict: it was done so long ago that the answer is no longer kept.
    """
    return lambda view: _once(view, exclusive=exclusive)


def _once(view: _View, *, exclusive: bool) -> Callable[..., Response]:
    @wraps(view)
    def once(*args: object, **kwargs: object) -> Response:
        def answer(work: Work) -> Response:
            if exclusive:
                work.lock()
            return make_response(view(work, *args, **kwargs))

        return act_once(_envelope(context().clock()), answer)

    return _described(once, view)


def keyed(view: _View) -> Callable[..., Response]:
    """Hand a view its `Idempotency-Key`, unlike that of any other token, as its first argument.

    For a view that keeps the key itself: it asks another system, and no transaction may be open.

    Raises:
        HTTPException: 400; the header is missing, or is none.
    """

    @wraps(view)
    def once(*args: object, **kwargs: object) -> Response:
        return make_response(view(f"token {g.token_id} {_key()}", *args, **kwargs))

    return _described(once, view)


def _described(once: Callable[..., Response], view: _View) -> Callable[..., Response]:
    # The library describes the parameters of one method here; those of a rule are all its methods'.
    described = deepcopy(getattr(view, "_apidoc", {}))
    described.setdefault("arguments", {}).setdefault("parameters", []).append(HEADER)
    once._apidoc = described  # type: ignore[attr-defined]  # noqa: SLF001 — as above
    once._bilum_idempotent = True  # type: ignore[attr-defined]  # noqa: SLF001 — our own mark
    return once


def act_once(envelope: Envelope, view: Callable[[Work], Response]) -> Response:
    """Let a view act on an envelope; the same one again gets the first answer.

    Raises:
        KeyConflict: the key was used for another request.
        Conflict: it was done so long ago that the answer is no longer kept.
    """

    def act(unit: Unit, envelope: Envelope) -> Answer:
        # What is read meanwhile is noted as of the same second: FORGET finds the answer by it.
        g.acting_at = envelope.received_at
        answer = _written(view(_work(unit, envelope)))
        return replace(answer, keeps_payload=envelope.keeps_payload)

    return _read(receive(envelope, context().units, act))


def _work(unit: Unit, envelope: Envelope) -> Work:
    return Work(unit, envelope.key, envelope.received_at, envelope.channel)


def is_idempotent(view: object) -> bool:
    """Tell whether a view was made by `idempotent`."""
    return getattr(view, "_bilum_idempotent", False)


def _key() -> str:
    found = _KEY.fullmatch(request.headers.get(NAME, ""))
    if found is None:
        fault = "Send one: 1 to 128 visible characters, such as a UUID, new for each new request."
        abort(HTTPStatus.BAD_REQUEST, messages={"headers": {NAME: [fault]}})
    return found[1]


def _envelope(now: datetime) -> Envelope:
    key = _key()
    body = request.get_data(cache=True).decode("utf-8", "replace")
    return Envelope(
        channel=CHANNEL,
        key=f"{g.token_id}\0{key}",
        sender=f"token {g.token_id}",
        text=f"{request.method} {request.full_path}\n{body}",
        received_at=now,
        # Its digest tells a repeat from another request, and a body may name anybody.
        keeps_payload=False,
    )


def _written(response: Response) -> Answer:
    headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
    kept = [headers, response.get_data(as_text=True)]
    return Answer(str(response.status_code), json.dumps(kept))


def _read(answer: Answer) -> Response:
    if not answer.text:
        raise Conflict("This was done before, so long ago that its answer is no longer kept")
    headers, body = json.loads(answer.text)
    return Response(body, int(answer.outcome), headers=headers)
