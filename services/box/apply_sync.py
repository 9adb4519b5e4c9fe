"""The server's answer to a sync takes effect: all of it in one unit of work, once."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from services.box.counted_answers import delete_old_counts
from services.box.intake import STOPPED
from services.box.pending_requests import PendingRequest, forget_request, mark_reported
from services.box.reference_data import keep_animals, keep_bound, keep_numbers, keep_words
from services.box.store import get_state, set_state
from services.box.tables import ERASED, ITEM, NUMBER, PERSON, TEXT, ItemState
from services.core.clock import write_time
from services.storage.vault import Vault
from services.village.protocol import REPORTED
from sms.message import MessageState

LAST_SYNC, SKEW, REFUSED = "last_sync", "skew", "refused"
# Rows without content, which tell that the same came again.
_MOST_DONE = 50_000
_MOST_TEXTS = 5_000


def apply_answer(
    unit: Connection,
    vault: Vault,
    request: PendingRequest,
    answer: Mapping[str, Any] | None,
    *,
    lists: bool,
) -> bool:
    """Let an answer take effect; False: it has taken effect before.

    Without an answer, it took effect and is lost. Without `lists`, on a full disk, the lists wait
    for the next sync.
    """
    if not forget_request(unit, request.counter):
        return False
    mark_reported(unit, request.reports)
    sent = set(request.seqs)
    if answer is None:
        _end(unit, sent, ItemState.DONE)
    else:
        refused = {one["seq"]: one for one in answer["refused"] if one["seq"] in sent}
        _end(unit, sent & set(answer["taken"]) - set(refused), ItemState.DONE)
        refuse(unit, list(refused.values()))
    _lift_stops(unit)
    if answer is not None:
        _keep(unit, vault, answer, lists=lists)
    _tidy(unit)
    return True


def _keep(unit: Connection, vault: Vault, answer: Mapping[str, Any], *, lists: bool) -> None:
    _queue(unit, vault, answer["messages"])
    if lists:
        _keep_lists(unit, answer)
        if (bound := answer["bound"]) is not None:
            keep_bound(unit, bound["version"], {vault.index(one) for one in bound["numbers"]})
    if answer["numbers"]:
        keep_numbers(unit, answer["numbers"]["first"], answer["numbers"]["last"])
    set_state(unit, LAST_SYNC, write_time(answer["time"]))
    delete_old_counts(unit, answer["time"])


def refuse(unit: Connection, refused: Sequence[Mapping[str, Any]]) -> None:
    """Note what is never sent again, and why; the server keeps it for a person."""
    if not refused:
        return
    _end(unit, [one["seq"] for one in refused], ItemState.REFUSED)
    told = get_state(unit, REFUSED) or {}
    for one in refused:
        told[one["code"]] = told.get(one["code"], 0) + 1
    set_state(unit, REFUSED, told)


def _end(unit: Connection, seqs: Collection[int], state: ItemState) -> None:
    if seqs:
        unit.execute(
            update(ITEM)
            .where(ITEM.c.seq.in_(seqs), ITEM.c.state == ItemState.QUEUED.value)
            .values(state=state.value, body=None, person=None)
        )


def _lift_stops(unit: Connection) -> None:
    """Leave to the server what somebody is sent whose STOP it has taken."""
    waiting = select(ITEM.c.seq).where(ITEM.c.state == ItemState.QUEUED.value)
    unit.execute(
        update(PERSON)
        .where(PERSON.c.stopped_by.is_not(None), PERSON.c.stopped_by.not_in(waiting))
        .values(stopped_by=None)
    )


def _queue(unit: Connection, vault: Vault, messages: Sequence[Mapping[str, Any]]) -> None:
    stopped = set(unit.scalars(select(PERSON.c.person).where(PERSON.c.stopped_by.is_not(None))))
    for one in messages:
        person = vault.index(one["to"])
        ends = person in stopped
        state = MessageState.FAILED if ends else MessageState.QUEUED
        content = {"to": one["to"], "person": person, "body": one["text"]}
        unit.execute(
            insert(TEXT)
            .values(
                id=str(one["id"]),
                expires_at=one["expires_at"],
                state=state.value,
                code=STOPPED if ends else None,
                of_server=True,
                **(ERASED if ends else content),
            )
            .on_conflict_do_nothing(index_elements=["id"])
        )


def _keep_lists(unit: Connection, answer: Mapping[str, Any]) -> None:
    if (told := answer["statuses"]) is not None:
        rows = [{**row, "as_of": write_time(row["as_of"])} for row in told["rows"]]
        keep_animals(unit, told["version"], rows)
    if answer["programmes"] is not None:
        keep_words(unit, answer["programmes"])


def _tidy(unit: Connection) -> None:
    """Remove rows that are done, but the newest, and numbers that were promised long ago."""
    newest = unit.scalar(select(func.max(ITEM.c.seq))) or 0
    old = ITEM.c.seq <= newest - _MOST_DONE
    unit.execute(delete(ITEM).where(old, ITEM.c.state != ItemState.QUEUED.value))
    last = unit.scalar(select(func.max(TEXT.c.place))) or 0
    told = TEXT.c.of_server.is_(False) | (TEXT.c.reported == TEXT.c.state)
    ended = TEXT.c.state.in_(REPORTED) & told
    unit.execute(delete(TEXT).where(TEXT.c.place <= last - _MOST_TEXTS, ended))
    given = select(func.max(NUMBER.c.counter)).where(NUMBER.c.tag.is_not(None))
    promised = NUMBER.c.tag.is_not(None)
    highest = unit.scalar(given) or 0
    unit.execute(delete(NUMBER).where(promised, NUMBER.c.counter <= highest - _MOST_TEXTS))
