"""Identifiers of animals and premises; new ones become *found* rows where evidence names them."""

from collections.abc import Container, Iterable, Sequence
from uuid import uuid4

from sqlalchemy import and_, bindparam, false, select, tuple_
from sqlalchemy.orm import Session

from chain.canonical import new_salt
from services.livestock.domain.errors import NumberTaken, UnknownNumber, WrongKind
from services.livestock.domain.model import (
    AnimalKind,
    AnimalRef,
    EventType,
    Issue,
    Key,
    PremisesRef,
    Report,
    ResolvedReferences,
    Scheme,
    TagHolder,
    read_key,
)
from services.livestock.recording.found_animals import Found, find_or_make
from services.livestock.recording.short_numbers import issue_short_number, name_premises
from services.storage.locks import require_one_writer
from services.storage.models import Animal, Identifier, Party, Premises
from services.storage.owned_rows import Rows, insert_with_owned
from services.storage.rowsets import pairs

_NEVER_AN_ANIMAL = frozenset({Scheme.PREMISES})
_USUAL_KIND = "household"
NEVER_PREMISES = frozenset({Scheme.OFFICIAL, Scheme.ANIMAL})
"""Schemes of numbers that stand for animals alone."""
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
            false().label("made"),
        )
        .outerjoin(Animal, Animal.id == Identifier.animal_id)
        .where(tuple_(Identifier.scheme, Identifier.value).in_(pairs(session, keys)))
    )
    return _refs_of(rows.all())


def _refs_of(rows: Iterable[Found]) -> dict[Key, AnimalRef]:
    found = {}
    for row in rows:
        key = Key(row.scheme, row.value)
        if row.id is None:
            raise WrongKind(key, "an animal")
        first = Key(row.first_scheme, row.first_value)
        found[key] = AnimalRef(row.id, first, row.kind, row.retired_on, row.made)
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
    animals, issued = _ensured(session, {key for report in reports for key in report.animals})
    there = {ref.number: ref for ref in known}
    named = {key for report in reports for key in (report.premises, report.other) if key}
    missing = named - there.keys()
    given = {read_key(one.details["new"]) for one in reports if one.type is EventType.RETAG}
    holders = holders_of(session, given) if given else {}
    return ResolvedReferences(animals, there | ensure_premises(session, missing), holders, issued)


def ensure_animals(session: Session, keys: Iterable[Key]) -> dict[Key, AnimalRef]:
    """Look animals up; make those that are not there, as *found*.

    Raises:
        UnknownNumber: a short number that was never issued; it may be issued later.
        WrongKind: a number of premises.
    """
    return _ensured(session, keys)[0]


def _ensured(
    session: Session, keys: Iterable[Key]
) -> tuple[dict[Key, AnimalRef], dict[Key, Issue] | None]:
    """Do what `ensure_animals` does; on PostgreSQL tell to whom the tags were issued, too."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}, {}
    if session.get_bind().dialect.name == "postgresql":
        rows = find_or_make(session, [(key, _may_be_animal(key)) for key in wanted])
        found = _refs_of(rows)
        _refuse((key for key in wanted if key not in found), _NEVER_AN_ANIMAL, "an animal")
        return found, _issues_of(rows)
    known = find_animals(session, wanted)
    missing = [key for key in wanted if key not in known]
    _refuse(missing, _NEVER_AN_ANIMAL, "an animal")
    return known | _make_animals(session, missing, AnimalKind.ANIMAL), None


def _issues_of(rows: Iterable[Found]) -> dict[Key, Issue]:
    return {
        Key(row.scheme, row.value): Issue(row.premises_id, row.keeper_id, row.reachable)
        for row in rows
        if row.premises_id is not None
    }


def _may_be_animal(key: Key) -> bool:
    return key.scheme != Scheme.SHORT and key.scheme not in _NEVER_AN_ANIMAL


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
    animals = Rows(
        Animal,
        ("public_id", *Key._fields),
        [(uuid4(), *key) for key in keys],
        {"kind": kind.value, "found": True},
    )
    numbers = Rows(Identifier, Key._fields, keys)
    drawn = insert_with_owned(session, animals, "animal_id", numbers, range(len(keys)))
    made = zip(drawn, keys, strict=True)
    return {key: AnimalRef(animal, key, kind.value, new=True) for animal, key in made}


def ensure_premises(session: Session, keys: Iterable[Key]) -> dict[Key, PremisesRef]:
    """Look premises up; make those that are not there, as *found*.

    Raises:
        UnknownNumber: a short number that was never issued.
        WrongKind: a number of an animal.
    """
    wanted = set(keys)
    known = find_premises(session, wanted) if wanted else {}
    missing = sorted(wanted - known.keys())
    _refuse(missing, NEVER_PREMISES, "premises")
    if not missing:
        return known
    made = [(uuid4(), new_salt(), key) for key in missing]
    places = Rows(
        Premises,
        ("public_id", "subject_key"),
        [one[:2] for one in made],
        {"kind": _USUAL_KIND, "found": True},
    )
    numbers = Rows(Identifier, Key._fields, missing)
    drawn = insert_with_owned(session, places, "premises_id", numbers, range(len(missing)))
    refs = (PremisesRef(place, *one) for place, one in zip(drawn, made, strict=True))
    return known | {ref.number: ref for ref in refs}


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


def _refuse(missing: Iterable[Key], never: Container[str], wanted: str) -> None:
    for key in missing:
        if key.scheme == Scheme.SHORT:
            raise UnknownNumber(number=key)
        if key.scheme in never:
            raise WrongKind(key, wanted)
