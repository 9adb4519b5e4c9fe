"""Consent to what harms animals, passes them on or unmakes them: who decides for them."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.livestock.confirmations.create import known_animals
from services.livestock.control.evidence_deciders import officer_to_ask
from services.livestock.domain.actors import Actor
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.authority import Allowed, Decider, NeedsConsent, Refused
from services.livestock.domain.errors import (
    KeeperDecides,
    MixedOwners,
    NobodyToAsk,
    NotYourRole,
    OwnerChanged,
)
from services.livestock.domain.model import AnimalRef, EventType, Key, Occurred, Report
from services.livestock.recording.authority import AuthorityOver, NamedNumbers
from services.livestock.recording.void_proofs import Undone, undone_by
from services.storage.models import Animal, Party, Premises


def other_owner(
    session: Session, keys: Sequence[Key], sender: Party, act: CommandAct
) -> Party | None:
    """Return who must agree that animals are killed or passed on, if it is not the sender.

    `may_act` decides it, by the act's row. Without a known owner an animal belongs to the keeper of
    the premises where it was registered, or to whose premises its tag was issued; for a keeper
    without a phone an officer decides. An animal that nobody has registered counts as the sender's.

    Raises:
        MixedOwners: they belong to more than one.
        NobodyToAsk: the keeper has no phone, and no officer has.
        NotYourRole: the act is not for the sender.
        UnknownNumber, WrongKind: see `known_animals`.
    """
    known = known_animals(session, keys)
    report = Report(uuid4(), EventType.TRANSFER, tuple(keys), None, None, Occurred.on(date.min))
    actor = Actor(Role(sender.role), sender.id, sender.province)
    over = AuthorityOver(session, actor, [report], NamedNumbers(known))
    owners = {_who_agrees(over, report, key, (sender, act)) for key in keys}
    if len(owners) > 1:
        raise MixedOwners
    owner = owners.pop()
    if owner == sender.id:
        return None
    return session.get_one(Party, owner) if owner else _officer(session, known, sender)


def may_report(session: Session, actor: Actor, kind: EventType, keys: Sequence[Key]) -> bool:
    """Tell whether a report of an actor would have its effect on each of some known animals."""
    known = known_animals(session, keys)
    report = Report(uuid4(), kind, tuple(keys), None, None, Occurred.on(date.min))
    over = AuthorityOver(session, actor, [report], NamedNumbers(known))
    return all(
        key in known and isinstance(over.consent(report, key, kind), Allowed) for key in keys
    )


def _who_agrees(
    over: AuthorityOver, report: Report, key: Key, wanted: tuple[Party, CommandAct]
) -> int | None:
    """Return the party that must agree; None: an officer."""
    sender, act = wanted
    verdict = over.consent(report, key, act)
    if isinstance(verdict, Refused):
        raise NotYourRole
    if not isinstance(verdict, NeedsConsent) or verdict.of is Decider.SENDER:
        return sender.id
    return over.keeper(report, key) if verdict.of is Decider.KEEPER else None


def _officer(session: Session, known: Mapping[Key, AnimalRef], sender: Party) -> Party:
    animals = [ref.id for ref in known.values()]
    province = session.scalar(
        select(Premises.province)
        .join(Animal, Animal.registered_at_id == Premises.id)
        .where(Animal.id.in_(animals), Premises.province.is_not(None))
        .limit(1)
    )
    officer = officer_to_ask(session, province, besides=sender)
    if officer is None:
        raise NobodyToAsk
    return officer


def require_owner(session: Session, keys: Sequence[Key], party: Party, act: CommandAct) -> None:
    """Refuse animals that changed owner.

    Raises:
        OwnerChanged: they got another owner since the confirmation was opened.
    """
    if other_owner(session, keys, party, act) is not None:
        raise OwnerChanged


def who_must_agree(
    session: Session, events: Sequence[UUID], reporter: Party
) -> tuple[Undone, Party] | None:
    """Return what of their own events a reporter may not take back alone, and who must agree.

    Raises:
        MixedOwners, NobodyToAsk: see `other_owner`.
    """
    undone = undone_by(session, events)
    keeper = other_owner(session, undone.animals, reporter, undone.act) if undone else None
    return (undone, keeper) if undone and keeper else None


def require_undoing(session: Session, event: UUID, reporter: Party) -> None:
    """Refuse to let a program take back what only the keeper of its animals may.

    Raises:
        KeeperDecides: as above.
        MixedOwners, NobodyToAsk: see `other_owner`.
    """
    if who_must_agree(session, [event], reporter) is not None:
        raise KeeperDecides
