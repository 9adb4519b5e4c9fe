"""Collections of ICAR resources out of the journal, and resources taken in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from services.ledger.journal import instant
from services.livestock.domain.model import event_id
from services.livestock.recording.journal import HAS_CONTENT, NOT_EVIDENCE, evidence_among
from services.livestock.reporting.reporting import Reporter
from services.livestock.standards.claims import claim_of
from services.livestock.standards.errors import Path, UnreadableMember, at
from services.livestock.standards.icar.resources import OURS, Resource, from_resource, to_resources
from services.livestock.standards.recording import Taken, record_claims
from services.storage.models import Correction, Journal

CHANNEL = "icar"


class TakenEvent(NamedTuple):
    """An event's id, and whether it is evidence, which counts once its keeper agrees."""

    id: UUID
    evidence: bool


def rows_of(
    resource: Resource, since: datetime | None = None, until: datetime | None = None
) -> Select[Any]:
    """Select the events of a resource; `voided`: when it was declared wrong, if it was.

    Args:
        since: those recorded or declared wrong at this instant or later.
        until: those recorded or declared wrong before this instant.
    """
    later = aliased(Journal)
    wanted = (
        select(Journal.id, Journal.content, later.recorded_at.label("voided"))
        .outerjoin(Correction, Correction.journal_id == Journal.id)
        .outerjoin(later, later.id == Correction.corrected_by_id)
        .where(Journal.type.in_([kind.value for kind in resource.types]), HAS_CONTENT, NOT_EVIDENCE)
    )
    modified = func.coalesce(later.recorded_at, Journal.recorded_at)
    if since:
        wanted = wanted.where(modified >= since)
    if until:
        wanted = wanted.where(modified < until)
    return cast("Select[Any]", wanted)


def write_members(resource: Resource, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Write the resources of events, one for each animal, with `id` and `meta`."""
    members = []
    for row in rows:
        record = json.loads(row.content)
        meta = {"source": OURS, "sourceId": record["event"], "created": record["recorded"]}
        meta["modified"] = record["recorded"]
        if row.voided:
            meta |= {"modified": instant(row.voided), "isDeleted": True}
        written = to_resources(resource, claim_of(record))
        for place, member in enumerate(written):
            own = record["event"] if len(written) == 1 else f"{record['event']}:{place}"
            members.append({**member, "id": own, "meta": meta})
    return members


def take(resource: Resource, body: object, sender: Reporter) -> list[TakenEvent]:
    """Record one resource, or those of a collection: all of them, or none where this raises.

    Returns:
        What became of each one, in their order; of those recorded before, what became of them then.

    Raises:
        UnreadableMember: every fault, at its JSON path.
        EventConflict: an id that another event has.
        Forbidden, NotYourReport: the sender may not report all of this.
    """
    taken: list[Taken] = []
    faults: dict[Path, str] = {}
    for path, member in _members(body):
        try:
            with at(*path):
                claim = from_resource(resource, member)
                taken.append(Taken(_id(member), claim, path))
        except UnreadableMember as error:
            faults.update(error.faults)
    if faults:
        raise UnreadableMember(faults=faults)
    record_claims(taken, sender)
    evidence = evidence_among(sender.unit.session, {one.event_id for one in taken})
    return [TakenEvent(one.event_id, one.event_id in evidence) for one in taken]


def _members(body: object) -> Sequence[tuple[Path, Mapping[str, Any]]]:
    found: list[tuple[Path, Any]] = [((), body)]
    if isinstance(body, dict) and isinstance(body.get("member"), list):
        found = [(("member", place), one) for place, one in enumerate(body["member"])]
    for path, member in found:
        if not isinstance(member, dict):
            with at(*path):
                raise UnreadableMember("must be a resource or a collection of them")
    if not found:
        raise UnreadableMember("must have a member")
    return found


def _id(member: Mapping[str, Any]) -> UUID:
    """Return the id of an event: by the id that its source gives it, else by its content."""
    meta = member.get("meta", {})
    with at("meta"):
        if not isinstance(meta, dict):
            raise UnreadableMember("must be an object")
    given = meta.get("sourceId") or member.get("id")
    if meta.get("source") == OURS:
        with at("meta", "sourceId"):
            return _ours(given)
    if given:
        return event_id(CHANNEL, json.dumps([meta.get("source"), given]), 0)
    content = json.dumps(member, sort_keys=True).encode()
    return event_id(CHANNEL, sha256(content).hexdigest(), 0)


def _ours(given: object) -> UUID:
    try:
        return UUID(str(given))
    except ValueError as error:
        raise UnreadableMember("is no id of an event here") from error
