"""Settling of evidence: a keeper or an officer agrees, and it takes effect, or objects."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.authority import Refused, Subject, may_act, proof_to_agree
from services.livestock.domain.errors import AlreadySettled, NoLongerYours, ProofWanted
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Origin,
    Recorded,
    Report,
    Scheme,
    SuspicionStanding,
    event_id,
    read_key,
)
from services.livestock.domain.movements import places_on
from services.livestock.domain.suspicion import is_suspicious
from services.livestock.recording.authority import SOURCES, issues_of
from services.livestock.recording.consequences import Happened, judge_later
from services.livestock.recording.identity import find_animals, find_premises
from services.livestock.recording.journal import subjects_in
from services.livestock.recording.order_compliance import MOVING
from services.livestock.recording.ownership import facts_of
from services.livestock.recording.projection import read_states
from services.livestock.recording.record import record_one
from services.livestock.recording.replay import events_of
from services.storage.locks import require_one_writer
from services.storage.models import Correction, Journal
from sms.local_time import local_day


def settle(session: Session, evidence: UUID, act: EventType, origin: Origin) -> Recorded:
    """Record that somebody agrees with evidence, or objects to it.

    Args:
        evidence: the event's id.
        act: AGREE or OBJECT.
        origin: by whom, how and when; without an actor it was allowed before.

    Raises:
        AlreadySettled: somebody did, or it was declared wrong or erased.
        NoLongerYours: they may not, such as after the animal was sold.
        ProofWanted: they agree, and prove too little for what it says.
    """
    require_one_writer(session)
    row = session.scalars(select(Journal).where(Journal.event_id == evidence)).one()
    before = session.get(Correction, row.id)
    if row.content is None or before is None or before.corrected_by_id != row.id:
        raise AlreadySettled
    told = json.loads(row.content)
    animals = subjects_in(told)
    if not _have_its_tags(session, told, origin):
        _require(session, _decided_by(told) or animals, act, origin)
    if act is EventType.AGREE:
        _require_proof(told, origin)
    zone, near = told["occurred"]["zone"], told.get("at") or told.get("from")
    report = Report(
        event_id=event_id(act, str(evidence), 0),
        type=act,
        animals=animals,
        premises=read_key(near["number"]) if near else None,
        other=None,
        occurred=Occurred.on(local_day(origin.recorded_at, zone), zone),
        details={"evidence": str(evidence)},
    )
    if act is EventType.AGREE:
        report = _with_standing(session, report, told, row.occurred_on)
    done = record_one(session, report, origin)
    session.expire_all()
    if act is EventType.AGREE and row.type in MOVING:
        _follow_movement(session, row, done)
    return done


def _with_standing(session: Session, report: Report, told: Mapping[str, Any], day: date) -> Report:
    """Let several deaths that a keeper agrees to hold their place, if the animals stood there."""
    known = find_animals(session, report.animals).values()
    if not is_suspicious(
        EventType(told["type"]), told.get("details", {}), [one.kind for one in known]
    ):
        return report
    states = read_states(session, [one.id for one in known]).values()
    places = {one for state in states for one in places_on(day, state.home, state.moves)}
    here = find_premises(session, [report.premises] if report.premises else [])
    stood = any(place.id in places for place in here.values())
    binding = SuspicionStanding.OF_PLACE if stood else SuspicionStanding.OF_ANIMALS
    return replace(report, standing=binding)


def _require_proof(told: Mapping[str, Any], origin: Origin) -> None:
    proof = proof_to_agree(EventType(told["type"]), told.get("details", {}))
    if origin.actor is not None and origin.actor.strength < proof:
        raise ProofWanted


def _follow_movement(session: Session, row: Journal, done: Recorded) -> None:
    """Hold a movement that counts now against orders and permits."""
    animals = {animal.id: animal for animal in done.animals}
    states = read_states(session, animals)
    for animal in animals.values():
        [event] = [one for one in events_of(session, animal.key) if one.journal_id == row.id]
        happened = Happened(event, {animal.id: animal.key}, ())
        judge_later(session, happened, states, row.recorded_at)
    session.flush()


def _decided_by(told: Mapping[str, Any]) -> tuple[Key, ...]:
    """Return the dam or the mob whose keeper decides on what is said to come from it."""
    details = told.get("details", {})
    begins = told["type"] in {EventType.REGISTER, EventType.BIRTH}
    return tuple(read_key(details[name]) for name in SOURCES if begins and name in details)


def _have_its_tags(session: Session, told: Mapping[str, Any], origin: Origin) -> bool:
    """Tell whether evidence registers animals under tags that were issued to the actor."""
    if origin.actor is None or told["type"] not in {EventType.REGISTER, EventType.BIRTH}:
        return False
    tags = {key for key in subjects_in(told) if key.scheme == Scheme.OFFICIAL}
    known = find_animals(session, tags)
    facts = facts_of(session, origin.actor, {ref.id for ref in known.values()})
    issued = issues_of(session, tags)
    return bool(tags) and all(
        key in issued and issued[key].keeper == origin.actor.party_id and facts[known[key].id].found
        for key in tags
    )


def _require(session: Session, animals: tuple[Key, ...], act: EventType, origin: Origin) -> None:
    if origin.actor is None:
        return
    ids = {ref.id for ref in find_animals(session, animals).values()}
    for facts in facts_of(session, origin.actor, ids).values():
        if isinstance(may_act(origin.actor, act, Subject(facts.ties)), Refused):
            raise NoLongerYours
