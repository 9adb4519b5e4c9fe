"""Who is who: identifiers to animals and premises, found ones made where evidence names them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, insert, select, tuple_, update

from services.storage.locks import one_writer
from services.storage.models import Animal, Identifier, Premises
from services.traceability.errors import Ambiguous, NumberTaken, UnknownNumber, WrongKind
from services.traceability.model import AnimalKind, Key, Scheme
from services.traceability.numbers import issue_short_number, name_premises

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from services.storage.models import Party

_NEVER_AN_ANIMAL = frozenset({Scheme.PREMISES})
_NEVER_PREMISES = frozenset({Scheme.OFFICIAL, Scheme.ANIMAL})
_KINDS: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    "animal": (Identifier.animal_id.is_not(None),),
    "premises": (Identifier.premises_id.is_not(None),),
    "any": (),
}


class AnimalRef(NamedTuple):
    """An animal, mob or consignment as the database knows it.

    `key` is its first official identifier, `kind` one of `AnimalKind`.
    """

    id: int
    key: Key
    kind: str


class PremisesRef(NamedTuple):
    """Premises as the database knows them. `number` is what people call them by."""

    id: int
    public_id: UUID
    subject_key: bytes
    number: Key


def resolve(session: Session, text: str, read: Sequence[Key], *, want: str) -> Key:
    """Choose what a typed identifier stands for.

    Args:
        session: an open session.
        text: what was typed.
        read: the identifiers it may be, in order of preference, from `gateway.tags`.
        want: `animal`, `premises` or `any`.

    Returns:
        The first of `read` that is known, else the one source identifier that fits a bare `text`,
        else the first of `read`.

    Raises:
        Ambiguous: more than one source identifier fits.
    """
    if ":" in text:
        return read[0]
    rows = session.execute(
        select(Identifier.scheme, Identifier.value)
        .where(Identifier.value == text.strip(), *_KINDS[want])
        .order_by(Identifier.scheme)
    )
    known = [Key(row.scheme, row.value) for row in rows]
    for key in read:
        if key in known:
            return key
    if len(known) > 1:
        raise Ambiguous(text, known)
    return known[0] if known else read[0]


def find_animals(session: Session, keys: Iterable[Key]) -> dict[Key, AnimalRef]:
    """Look animals up by any of their identifiers."""
    rows = session.execute(
        select(
            Identifier.scheme,
            Identifier.value,
            Identifier.premises_id,
            Animal.id,
            Animal.scheme.label("first_scheme"),
            Animal.value.label("first_value"),
            Animal.kind,
        )
        .outerjoin(Animal, Animal.id == Identifier.animal_id)
        .where(tuple_(Identifier.scheme, Identifier.value).in_(list(keys)))
    )
    found = {}
    for row in rows:
        key = Key(row.scheme, row.value)
        if row.id is None:
            raise WrongKind(key, "an animal")
        found[key] = AnimalRef(row.id, Key(row.first_scheme, row.first_value), row.kind)
    return found


def find_premises(session: Session, keys: Iterable[Key]) -> dict[Key, PremisesRef]:
    """Look premises up by any of their identifiers."""
    rows = session.execute(
        select(
            Identifier.scheme,
            Identifier.value,
            Premises.id,
            Premises.public_id,
            Premises.subject_key,
        )
        .outerjoin(Premises, Premises.id == Identifier.premises_id)
        .where(tuple_(Identifier.scheme, Identifier.value).in_(list(keys)))
    )
    found = {}
    for row in rows:
        key = Key(row.scheme, row.value)
        if row.id is None:
            raise WrongKind(key, "premises")
        found[key] = PremisesRef(row.id, row.public_id, row.subject_key, key)
    return found


def ensure_animals(session: Session, keys: Iterable[Key]) -> dict[Key, AnimalRef]:
    """Look animals up; make those that are not there, as *found*.

    Raises:
        UnknownNumber: a short number that was never issued; it may be issued later.
        WrongKind: a number of premises.
    """
    wanted = set(keys)
    known = find_animals(session, wanted)
    missing = sorted(wanted - known.keys())
    _refuse(missing, _NEVER_AN_ANIMAL, "an animal")
    if not missing:
        return known
    return known | _make_animals(session, missing, AnimalKind.ANIMAL)


def new_group(session: Session, kind: AnimalKind) -> Key:
    """Make a mob or a consignment under a number that is issued for it."""
    one_writer(session)
    key = issue_short_number(session)
    _make_animals(session, [key], kind)
    return key


def add_number(session: Session, animal: AnimalRef, number: Key) -> None:
    """Give an animal one number more; both stay with it.

    Raises:
        NumberTaken: another animal or premises has it.
    """
    row = session.get(Identifier, tuple(number))
    if row is None:
        session.add(Identifier(**number._asdict(), animal_id=animal.id))
        session.flush()
    elif row.animal_id != animal.id:
        raise NumberTaken(number)


def retire_number(session: Session, number: Key, day: date) -> None:
    """Note that a tag was lost; its number stays with its animal and is never given again."""
    session.execute(
        update(Identifier)
        .where(tuple_(Identifier.scheme, Identifier.value) == tuple(number))
        .values(retired_on=day)
    )


def _make_animals(session: Session, keys: Sequence[Key], kind: AnimalKind) -> dict[Key, AnimalRef]:
    session.execute(
        insert(Animal),
        [
            {"public_id": uuid4(), **key._asdict(), "kind": kind.value, "found": True}
            for key in keys
        ],
    )
    rows = session.execute(
        select(Animal.id, Animal.scheme, Animal.value).where(
            tuple_(Animal.scheme, Animal.value).in_(keys)
        )
    )
    made = {(key := Key(row.scheme, row.value)): AnimalRef(row.id, key, kind.value) for row in rows}
    session.execute(
        insert(Identifier), [{**key._asdict(), "animal_id": ref.id} for key, ref in made.items()]
    )
    return made


def ensure_premises(session: Session, keys: Iterable[Key]) -> dict[Key, PremisesRef]:
    """Look premises up; make those that are not there, as *found*.

    Raises:
        UnknownNumber: a short number that was never issued.
        WrongKind: a number of an animal.
    """
    wanted = set(keys)
    known = find_premises(session, wanted)
    missing = sorted(wanted - known.keys())
    _refuse(missing, _NEVER_PREMISES, "premises")
    if not missing:
        return known
    public = {uuid4(): key for key in missing}
    session.execute(insert(Premises), [_new_premises(public_id) for public_id in public])
    rows = session.execute(
        select(Premises.id, Premises.public_id, Premises.subject_key).where(
            Premises.public_id.in_(list(public))
        )
    )
    made = {public[row.public_id]: PremisesRef(*row, public[row.public_id]) for row in rows}
    session.execute(
        insert(Identifier),
        [{**key._asdict(), "premises_id": ref.id} for key, ref in made.items()],
    )
    return known | made


def premises_of(session: Session, party: Party) -> Key:
    """Return the number of a party's premises; made as *found* where there are none."""
    home = _first_premises(session, party)
    if home is None:
        one_writer(session)
        home = _first_premises(session, party) or _found_premises(session, party)
    return name_premises(session, home)


def _first_premises(session: Session, party: Party) -> int | None:
    return session.scalars(
        select(Premises.id).where(Premises.keeper_id == party.id).order_by(Premises.id).limit(1)
    ).first()


def _found_premises(session: Session, party: Party) -> int:
    row = Premises(**_new_premises(uuid4()), keeper_id=party.id)
    session.add(row)
    session.flush()
    return row.id


def _new_premises(public_id: UUID) -> dict[str, object]:
    return {
        "public_id": public_id,
        "subject_key": secrets.token_bytes(32),
        "kind": "household",
        "found": True,
    }


def _refuse(missing: Iterable[Key], never: Container[str], wanted: str) -> None:
    for key in missing:
        if key.scheme == Scheme.SHORT:
            raise UnknownNumber(key)
        if key.scheme in never:
            raise WrongKind(key, wanted)
