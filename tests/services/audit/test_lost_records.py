"""What is said of a pig after a restore that is behind the chain: its newest record is lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import select

from chain.canonical import public_subject
from services.storage.models import Journal, LedgerLeaf
from tests.factories import BUYER, FARMER, Phones, official
from tests.services.audit.conftest import Office, copy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

STOLEN, OTHER = official(1), official(2)
SUBJECT = public_subject("iso11784", STOLEN)


class Restored(NamedTuple):
    """An office as its backup was, on the chain as it is, and the index of the lost theft."""

    office: Office
    index: int


@pytest.fixture
def restored(archive, office, tmp_path) -> Iterator[Restored]:
    Phones(office.database).say(f"STOLEN {STOLEN}")
    office.record()
    theft = select(LedgerLeaf.index).join(Journal, Journal.id == LedgerLeaf.journal_id)
    with office.database.read() as session:
        named = theft.where(Journal.type == "stolen", LedgerLeaf.subject == SUBJECT)
        index = session.scalars(named).one()
    with copy_of(archive[0], tmp_path / "backup") as back:
        shutil.copy(office.settings.embedded, back.settings.embedded)
        back.record()
        yield Restored(back, index)


@pytest.mark.parametrize("sender", [FARMER, BUYER])
def test_ok__of_a_pig_whose_record_is_lost__is_no(restored, sender):
    phones = Phones(restored.office.database)
    assert phones.say(f"OK {STOLEN} 1165", sender) == (
        f"NO. A record of pig {STOLEN} was lost, so nobody knows if it may go. "
        "Ask an officer, or call NAQIA 1801332."
    )
    assert "was lost" not in phones.say(f"OK {OTHER} 1165", sender)
