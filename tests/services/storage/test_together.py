"""What the recorder's store writes together is kept or lost together."""

import pytest

from services.core.clock import utc_now
from services.core.errors import RecorderBusy
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.models import LedgerLeaf
from tests.chain.scene import leaf
from tests.factories import NOW


@pytest.fixture
def store(database):
    with database.write() as session:
        session.add_all(
            LedgerLeaf(**leaf(number)._asdict(), waiting_since=NOW) for number in range(5)
        )
    return DatabaseRecorderStore(database, utc_now)


def make_and_fail(store):
    store.make_batch(2)
    raise RecorderBusy("lost")


def test_together__several_batches__each_follows_the_one_before(store):
    with store.together():
        made = [store.make_batch(2), store.make_batch(2)]
        assert store.pending() == 1
    assert [(batch.first, batch.size) for batch in made] == [(0, 2), (2, 4)]
    assert [batch.root for batch in store.open_batches()] == [batch.root for batch in made]


def test_together__error_within__leaves_nothing(store):
    with pytest.raises(RecorderBusy), store.together():
        make_and_fail(store)
    assert (store.size(), store.pending(), list(store.open_batches())) == (0, 5, [])


def test_together__right_to_record_lost__writes_nothing(database, store):
    def lost(_session):
        raise RecorderBusy("lost")

    fenced = DatabaseRecorderStore(database, utc_now, lost)
    with pytest.raises(RecorderBusy), fenced.together():
        fenced.make_batch(2)
    assert store.pending() == 5
