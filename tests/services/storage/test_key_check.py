"""Whether the data key is the database's own, which a single damaged number does not decide."""

from __future__ import annotations

import pytest
from sqlalchemy import LargeBinary, type_coerce, update

from services.core.errors import WrongDataKey
from services.core.keyring import KeyRing
from services.storage.database import Database
from services.storage.key_check import require_own_key
from services.storage.models import Contact
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from services.storage.vault import Vault, index_keys
from tests.factories import BUYER, FARMER, KEY

OTHER = bytes(range(1, 33))
OURS = index_keys(KeyRing((KEY,)))


@pytest.fixture
def known(database):
    """A database that knows two numbers."""
    with database.write() as session:
        for number in (FARMER, BUYER):
            party_of(Unit(session, database.vault), number)
    return database


def checked(database, ring):
    opened = Database(database.engine.url.render_as_string(hide_password=False), Vault(ring))
    try:
        with opened.read() as session:
            return require_own_key(session)
    finally:
        opened.close()


def test_check__nothing_sealed_yet__any_key_will_do(database):
    assert checked(database, KeyRing((OTHER,))) is False


def test_check__own_key__opens(known):
    assert checked(known, KeyRing((KEY,))) is True


@pytest.mark.parametrize("seals", [(OTHER, KEY), (KEY, OTHER)])
def test_check__ring_of_a_rotation_that_goes_on__opens(known, seals):
    assert checked(known, KeyRing(seals, OURS)) is True


def test_check__key_of_another_database__is_refused(known):
    with pytest.raises(WrongDataKey, match="does not open"):
        checked(known, KeyRing((OTHER,)))


def test_check__ring_that_lost_its_index_key__is_refused(known):
    """It opens everything, finds nobody, and would make a second party of each number."""
    with pytest.raises(WrongDataKey, match="index:"):
        checked(known, KeyRing((KEY,), (OTHER,)))


def test_check__one_number_was_damaged__the_others_decide(known):
    with known.write() as session:
        session.execute(
            update(Contact)
            .where(Contact.number_index == known.vault.index(FARMER))
            .values(number=type_coerce(b"\x02altered", LargeBinary))
        )
    assert checked(known, KeyRing((KEY,))) is True
