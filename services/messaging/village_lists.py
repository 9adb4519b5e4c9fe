"""Lists of numbers for village boxes: a person proposes them, an officer decides, two people."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid, NotFound
from services.core.roles import OFFICERS, Role
from services.messaging.errors import BoxListDecided, NotForBoxes
from services.messaging.village_bindings import (
    BY_LIST,
    BindingState,
    bind,
    bindings_of,
    text_number,
)
from services.storage.locks import require_one_writer
from services.storage.models import Contact, Device, Party, VillageBinding, VillageList
from services.storage.unit_of_work import Unit
from services.texts.catalogue import language_of, say

MOST_NUMBERS = 500
"""Numbers of one list: a village, not a province."""


class BoxActor(NamedTuple):
    """A person who acts on a box's numbers: database key, role, and province; None: any."""

    party_id: int
    role: Role
    province: str | None

    @classmethod
    def of(cls, party: Party) -> "BoxActor":
        """Return a party as an actor, with all that its role may do."""
        return cls(party.id, Role(party.role), party.province)

    def looks_after(self, box: Device) -> bool:
        """Tell whether they may see, propose and end a box's numbers: its owner or an officer."""
        return self.role in OFFICERS or self.party_id == box.owner_id


class BoxList(NamedTuple):
    """A list for a box before it is proposed: numbers in E.164, and the box's province."""

    numbers: Sequence[str]
    province: str


class ListOutcome(NamedTuple):
    """Counts of a list's numbers, by what becomes of them when it is approved.

    `refused`: their owners said no, which no officer overrules.
    """

    binds: int
    bound: int
    refused: int


def propose(unit: Unit, box: Device, by: BoxActor, told: BoxList, now: datetime) -> VillageList:
    """Keep a list of numbers for a box until an officer decides; it binds nothing yet.

    Raises:
        Invalid: it has no number, or too many.
        NotForBoxes: `by` is neither the box's owner nor an officer.
    """
    session = unit.session
    require_one_writer(session)
    numbers = {unit.vault.index(number): number for number in told.numbers}
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        raise Invalid(f"Give 1 to {MOST_NUMBERS} numbers: a box serves a village")
    if not by.looks_after(box):
        raise NotForBoxes
    made = VillageList(
        public_id=uuid4(),
        device_id=box.id,
        province=told.province,
        proposed_by=by.party_id,
        proposed_at=now,
    )
    session.add(made)
    session.flush()
    known = bindings_of(session, box.id, numbers)
    for index, number in numbers.items():
        row = known.get(index) or VillageBinding(
            device_id=box.id,
            number_index=index,
            number=number,
            state=BindingState.SEEN.value,
            changed_at=now,
        )
        row.list_id = made.id
        session.add(row)
    session.flush()
    return made


def outcome_of(session: Session, listed: VillageList) -> ListOutcome:
    """Tell what approving a list does; nothing is changed."""
    states = [row.state for row in _rows(session, listed)]
    bound, refused = states.count(BindingState.BOUND), states.count(BindingState.REFUSED)
    return ListOutcome(len(states) - bound - refused, bound, refused)


def decide(
    session: Session, listed: VillageList, by: BoxActor, now: datetime, *, approved: bool
) -> ListOutcome:
    """Approve a list, which binds its numbers and tells each of them, or turn it down.

    Raises:
        BoxListDecided: somebody did before.
        NotForBoxes: `by` proposed it, owns the box, or is no officer of its province.
    """
    require_one_writer(session)
    box = session.get_one(Device, listed.device_id)
    if listed.decided_at is not None:
        raise BoxListDecided
    if not _may_decide(by, listed, box):
        raise NotForBoxes
    found = outcome_of(session, listed)
    listed.decided_by, listed.decided_at, listed.approved = by.party_id, now, approved
    if not approved:
        return found
    for row in _rows(session, listed):
        if row.state in {BindingState.BOUND, BindingState.REFUSED}:
            continue
        bind(session, row, BY_LIST, now)
        text = say("box.listed", _language(session, row.number_index), box=box.name)
        text_number(session, row, text, f"box\0listed\0{row.id}\0{listed.id}", now)
    return found


def find_list(session: Session, told: UUID) -> VillageList:
    """Return the list of a public id.

    Raises:
        NotFound: there is none.
    """
    found = session.scalars(select(VillageList).where(VillageList.public_id == told)).first()
    if found is None:
        raise NotFound("There is no list of numbers with this id")
    return found


def waiting_lists(session: Session, box: int | None = None) -> Sequence[VillageList]:
    """Return the lists that nobody has decided on, of one box or of all, the oldest first."""
    wanted = select(VillageList).where(VillageList.decided_at.is_(None))
    if box is not None:
        wanted = wanted.where(VillageList.device_id == box)
    return session.scalars(wanted.order_by(VillageList.id)).all()


def read_numbers(lines: Iterable[str]) -> list[str]:
    """Return the first cell of each line that is neither empty nor a heading."""
    cells = [line.partition(",")[0].strip().strip('"') for line in lines]
    return [cell for cell in cells if any(letter.isdigit() for letter in cell)]


def _may_decide(by: BoxActor, listed: VillageList, box: Device) -> bool:
    if by.party_id in {listed.proposed_by, box.owner_id} or by.role not in OFFICERS:
        return False
    return by.role == Role.ADMINISTRATOR or by.province in {None, listed.province}


def _rows(session: Session, listed: VillageList) -> Sequence[VillageBinding]:
    mine = select(VillageBinding).where(VillageBinding.list_id == listed.id)
    return session.scalars(mine.order_by(VillageBinding.id)).all()


def _language(session: Session, index: bytes) -> str:
    whose = select(Party.language).join(Contact, Contact.party_id == Party.id)
    return language_of(session.scalar(whose.where(Contact.number_index == index).limit(1)))
