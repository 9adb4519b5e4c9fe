"""Identifiers of animals and premises; new ones become *found* rows where evidence names them."""

from collections.abc import Container, Iterable, Sequence
from uuid import uuid4

from sqlalchemy import and_, bindparam, select, tuple_
from sqlalchemy.orm import Session

from chain.canonical import new_salt
from services.livestock.domain.errors import NumberTaken, UnknownNumber, WrongKind
from services.livestock.domain.model import (
    AnimalKind,
    AnimalRef,
    EventType,
    Key,
    PremisesRef,
    Report,
    ResolvedReferences,
    Scheme,
    TagHolder,
    read_key,
)
from services.livestock.recording.short_numbers import issue_short_number, name_premises
from services.storage.bulk import draw_keys, insert_rows
from services.storage.locks import require_one_writer
from services.storage.models import Animal, Identifier, Party, Premises
from services.storage.rowsets import pairs

_NEVER_AN_ANIMAL = frozenset({Scheme.PREMISES})
_USUAL_KIND = "household"
_NEVER_PREMISES = frozenset({Scheme.OFFICIAL, Scheme.ANIMAL})
# Made once: nearly every report asks.
_FIRST_PREMISES = (
    select(Identifier.value, Premises)
    .select_from(Premises)
    .outerjoin(
        Identifier,
        and_(Identifier.premises_id == Premises.id, Identifier.scheme == Scheme.SHORT),
    )
    .where(Premises.keeper_id == bindparam("keeper"))
    .order_by(Premises.id)
    .limit(1)
)


def find_animals(session: Session, keys: Iterable[Key]) -> dict[Key, AnimalRef]:
    """Look animals up by any of their identifiers."""
    rows = session.execute(
        select(
            Identifier.scheme,
            Identifier.value,
            Identifier.premises_id,
            Identifier.retired_on,
            Animal.id,
            Animal.scheme.label("first_scheme"),
            Animal.value.label("first_value"),
            Animal.kind,
        )
        .outerjoin(Animal, Animal.id == Identifier.animal_id)
        .where(tuple_(Identifier.scheme, Identifier.value).in_(pairs(session, keys)))
    )
    found = {}
    for row in rows:
        key = Key(row.scheme, row.value)
        if row.id is None:
            raise WrongKind(key, "an animal")
        first = Key(row.first_scheme, row.first_value)
        found[key] = AnimalRef(row.id, first, row.kind, row.retired_on)
    return found


def holders_of(session: Session, numbers: Iterable[Key]) -> dict[Key, TagHolder]:
    """Return the animals that numbers belong to, of those that belong to one."""
    rows = session.execute(
        select(
            Identifier.scheme,
            Identifier.value,
            Animal.id,
            Identifier.retired_on,
            Animal.ended_on,
        )
        .join(Animal, Animal.id == Identifier.animal_id)
        .where(tuple_(Identifier.scheme, Identifier.value).in_(pairs(session, numbers)))
    )
    return {Key(row[0], row[1]): TagHolder(*row[2:]) for row in rows}


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


def resolve(
    session: Session, reports: Sequence[Report], known: Iterable[PremisesRef]
) -> ResolvedReferences:
    """Find the animals and premises of reports; make missing ones, as *found*.

    Args:
        reports: of one command.
        known: premises that the command's edge has looked up already.

    Raises:
        UnknownNumber, WrongKind: see `ensure_animals`.
    """
    animals = ensure_animals(session, {key for report in reports for key in report.animals})
    there = {ref.number: ref for ref in known}
    named = {key for report in reports for key in (report.premises, report.other) if key}
    missing = named - there.keys()
    given = {read_key(one.details["new"]) for one in reports if one.type is EventType.RETAG}
    holders = holders_of(session, given) if given else {}
    return ResolvedReferences(animals, there | ensure_premises(session, missing), holders)


def ensure_animals(session: Session, keys: Iterable[Key]) -> dict[Key, AnimalRef]:
    """Look animals up; make those that are not there, as *found*.

    Raises:
        UnknownNumber: a short number that was never issued; it may be issued later.
        WrongKind: a number of premises.
    """
    wanted = set(keys)
    known = find_animals(session, wanted) if wanted else {}
    missing = sorted(wanted - known.keys())
    _refuse(missing, _NEVER_AN_ANIMAL, "an animal")
    if not missing:
        return known
    return known | _make_animals(session, missing, AnimalKind.ANIMAL)


def new_group(session: Session, kind: AnimalKind) -> Key:
    """Make a mob or a consignment under a number that is issued for it."""
    require_one_writer(session)
    key = issue_short_number(session)
    _make_animals(session, [key], kind)
    return key


def add_number(session: Session, animal: AnimalRef, number: Key) -> bool:
    """Give an animal one number more; both stay with it.

    Returns:
        False: another animal has it, and keeps it; whoever was told of first has it.

    Raises:
        NumberTaken: premises have it, or what else is no animal.
        UnknownNumber: a short number that was never issued; it may be issued later.
        WrongKind: a number of premises.
    """
    row = session.get(Identifier, tuple(number))
    if row is None:
        _refuse([number], _NEVER_AN_ANIMAL, "an animal")
        session.add(Identifier(**number._asdict(), animal_id=animal.id))
        session.flush()
    elif row.animal_id is None:
        raise NumberTaken(number=number)
    return row is None or row.animal_id == animal.id


def _make_animals(session: Session, keys: Sequence[Key], kind: AnimalKind) -> dict[Key, AnimalRef]:
    numbered = list(zip(draw_keys(session, Animal, len(keys)), keys, strict=True))
    insert_rows(
        session,
        Animal,
        ("id", "public_id", *Key._fields),
        [(animal, uuid4(), *key) for animal, key in numbered],
        kind=kind.value,
        found=True,
    )
    _number(session, "animal_id", numbered)
    return {key: AnimalRef(animal, key, kind.value, new=True) for animal, key in numbered}


def ensure_premises(session: Session, keys: Iterable[Key]) -> dict[Key, PremisesRef]:
    """Look premises up; make those that are not there, as *found*.

    Raises:
        UnknownNumber: a short number that was never issued.
        WrongKind: a number of an animal.
    """
    wanted = set(keys)
    known = find_premises(session, wanted) if wanted else {}
    missing = sorted(wanted - known.keys())
    _refuse(missing, _NEVER_PREMISES, "premises")
    if not missing:
        return known
    made = [
        PremisesRef(drawn, uuid4(), new_salt(), key)
        for drawn, key in zip(draw_keys(session, Premises, len(missing)), missing, strict=True)
    ]
    insert_rows(
        session,
        Premises,
        ("id", "public_id", "subject_key"),
        [ref[:3] for ref in made],
        kind=_USUAL_KIND,
        found=True,
    )
    _number(session, "premises_id", [(ref.id, ref.number) for ref in made])
    return known | {ref.number: ref for ref in made}


def home_of(session: Session, party: Party) -> tuple[Key, Premises]:
    """Return a party's premises and their number; made as *found* where there are none."""
    number, row = _first_premises(session, party) or (None, make_premises(session, party.id))
    return Key(Scheme.SHORT, number) if number else name_premises(session, row.id), row


def known_home_of(session: Session, party: Party) -> tuple[Key, Premises] | None:
    """Return a party's premises and their number; None: there are none, or they have no number."""
    number, row = _first_premises(session, party) or (None, None)
    return (Key(Scheme.SHORT, number), row) if number and row else None


def make_premises(session: Session, keeper_id: int | None) -> Premises:
    """Make premises of which nothing is known yet, but maybe their keeper's database key."""
    require_one_writer(session)
    row = Premises(
        public_id=uuid4(), subject_key=new_salt(), kind=_USUAL_KIND, found=True, keeper_id=keeper_id
    )
    session.add(row)
    session.flush()
    return row


def _first_premises(session: Session, party: Party) -> tuple[str | None, Premises] | None:
    found = session.execute(_FIRST_PREMISES, {"keeper": party.id}).first()
    return (found[0], found[1]) if found else None


def _number(session: Session, owner: str, numbered: Iterable[tuple[int, Key]]) -> None:
    rows = [(drawn, *key) for drawn, key in numbered]
    insert_rows(session, Identifier, (owner, *Key._fields), rows)


def _refuse(missing: Iterable[Key], never: Container[str], wanted: str) -> None:
    for key in missing:
        if key.scheme == Scheme.SHORT:
            raise UnknownNumber(number=key)
        if key.scheme in never:
            raise WrongKind(key, wanted)
