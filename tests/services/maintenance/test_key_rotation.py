"""The data key is changed: all is under the new one, nobody is lost, whenever it was killed."""

from __future__ import annotations

import signal
import stat
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    select,
    text,
    type_coerce,
    update,
)

from services.core.errors import Conflict, RecorderBusy, RestoredCopy, WrongDataKey
from services.core.keyring import KeyRing
from services.ledger.recorder_lease import only_recorder
from services.maintenance import key_rotation
from services.maintenance.key_rotation import RotationMode, rotate_key
from services.maintenance.reencryption import KEYED, LINKED, sealed_columns
from services.messaging.consent import consent_index, consents_of, grant, refuse
from services.storage.data_key import read_key, replace_key
from services.storage.database import Database
from services.storage.key_check import require_own_key
from services.storage.models import Base, Contact, Message, Person, SendingRight
from services.storage.models.base import Octets
from services.storage.parties import party_of
from services.storage.persons import find_person, person_of
from services.storage.sending_right import give_right
from services.storage.unit_of_work import Unit
from services.storage.vault import Sealed, SealedValue, Vault, index_keys, link_keys
from sms.consent import EVERYTHING
from tests.factories import BUYER, FARMER, KEY, NOW, STRANGER, Phones, official, rows
from tests.support.environment import KILL_STEP
from tests.support.processes import DONE, die_at, in_child

MODES = [RotationMode.ROUTINE, RotationMode.LEAKED]
# What no data key made: of the ledger, of random ids, salts.
WITHOUT_KEY = {
    "trial.design",
    "trial.seed_digest",
    # Keyed by the seed, which is sealed.
    "trial_allocation.mark",
    "task.subject_key",
    # After a leak an open task is not joined any more: another is opened.
    "task.topic",
    "task_source.arrival",
    "census.subject_key",
    "danger_question.arrival",
    "campaign_draft.counted_digest",
    "audit_run.seed",
    # Of a ministry's sign-in, and of a passkey, which is public: no secret stands in them.
    "linked_sign_in.digest",
    "passkey.credential_id",
    "passkey.public_key",
    "census_keeper.message_key",
    "contact.salt",
    "control_order.area_salt",
    "control_order.subject_key",
    "device.code_digest",
    "device_key.code_digest",
    "device_key.public",
    "device_turn.key_digest",
    "envelope.key_digest",
    "envelope_conflict.key_digest",
    "journal.content",
    "ledger_batch.block_hash",
    "ledger_batch.leaves_root",
    "ledger_batch.root",
    "ledger_binding.genesis",
    "ledger_leaf.commitment",
    "ledger_leaf.salt",
    "ledger_leaf.subject",
    "ledger_node.hash",
    "ledger_offer.hash",
    "ledger_offer.raw",
    "message.dedupe_key",
    "outbreak.subject_key",
    "party.subject_key",
    "permit.subject_key",
    "premises.subject_key",
    "invitation.digest",
    "token.digest",
    "village_answer.key_digest",
    "village_box.programmes_digest",
    "village_box.statuses_digest",
    "exported.digest",
    "programme_approval.lexicon_digest",
    "programme_draft.document",
    "programme_version.digest",
    "programme_version.document",
    "recall.digest",
    "recall.reason_digest",
    "recall.salt",
    "recalled_text.digest",
}


ALTERED = b"\x02altered"
THIRD = "+67570000777"
WORDS = {EVERYTHING: False, "tobacco": True}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "keys" / "data.key"
    path.parent.mkdir()
    path.write_text(KEY.hex())
    path.chmod(0o600)
    return path


@pytest.fixture
def used(database):
    """People who wrote, a repetition, and the words of a number that stands nowhere else."""
    phones = Phones(database)
    phones.say("PLACE Kanariples, Jiwaka")
    phones.say(f"REG {official(1)}")
    with database.write() as session:
        person_of(session, party_of(Unit(session, database.vault), FARMER)).province = "Jiwaka"
    phones.send(f"MUVIM {official(1)} {BUYER[4:]}", sid="SM-said")
    phones.say("STOP")
    with database.write() as session:
        for scope, granted in WORDS.items():
            index = consent_index(database.vault, STRANGER, scope)
            (grant if granted else refuse)(session, index, scope, "sms", NOW)
    return database


@contextmanager
def reopened(database, path):
    """The database as a process sees it that starts now."""
    url = database.engine.url.render_as_string(hide_password=False)
    opened = Database(url, Vault(lambda: read_key(path)))
    try:
        yield opened
    finally:
        opened.close()


def rotate(database, path, mode):
    with reopened(database, path) as opened:
        return rotate_key(opened, path, mode)


def raw(database):
    """Every sealed value as it is stored."""
    with database.read() as session:
        for columns in sealed_columns().values():
            for column in columns:
                wanted = select(type_coerce(column, LargeBinary)).where(column.is_not(None))
                yield from session.scalars(wanted).all()


def digests(database):
    with database.read() as session:
        return {
            bytes(one)
            for column in (*KEYED, *LINKED)
            for one in session.scalars(select(column).where(column.is_not(None)))
        }


def assert_works(database, path):
    """Nobody is lost: the same person, the same answer to a repetition, the same refusal."""
    with reopened(database, path) as opened:
        before = rows(opened, Contact)
        with opened.write() as session:
            known = party_of(Unit(session, opened.vault), FARMER)
            assert find_person(session, known).province == "Jiwaka"
            assert consents_of(session, STRANGER) == WORDS
            found = set(session.scalars(select(Message.recipient_index)))
            assert found >= set(opened.vault.indexes(FARMER)), "of programmes, and all others"
            assert FARMER in session.scalars(select(Message.recipient)).all()
        Phones(opened).send(f"MUVIM {official(1)} {BUYER[4:]}", sid="SM-said")
        assert rows(opened, Contact) == before


def test_binary_columns__of_every_table__are_keyed_or_known_to_be_without_key():
    """A new one must be put on one of the two lists: rotation after a leak depends on it."""
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Octets | LargeBinary)
        and not isinstance(column.type, SealedValue)
    }
    keyed = {f"{column.table.name}.{column.name}" for column in (*KEYED, *LINKED)}
    assert found == keyed | WITHOUT_KEY


@pytest.mark.slow
def test_rotation__yearly__seals_all_anew_and_leaves_the_old_key_to_open_until_it_is_retired(
    used, path
):
    stored, known = len(list(raw(used))), digests(used)
    done = rotate(used, path, RotationMode.ROUTINE)
    ring = read_key(path)
    assert (done.left, done.old_keys, done.leaked) == (0, 1, False)
    assert ring.seals[1:] == (KEY,)
    assert {bytes(one[:5]) for one in raw(used)} == {Vault(ring.seals[0]).header}
    assert digests(used) == known
    assert_works(used, path)
    assert rotate(used, path, RotationMode.ROUTINE).rows == 0, (
        "one that is under way takes no third key"
    )
    assert read_key(path) == ring
    assert rotate(used, path, RotationMode.RETIRE).old_keys == 0
    first = KeyRing((KEY,))
    assert read_key(path) == KeyRing(ring.seals[:1], index_keys(first), links=link_keys(first))
    assert_works(used, path)
    assert_nothing_opens(used, Vault(KEY))
    assert len(list(raw(used))) == stored
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.slow
def test_rotation__while_a_process_runs_with_the_old_ring__hinders_it_in_nothing(used, path):
    with reopened(used, path) as running:
        running.vault.require_key()
        rotate(used, path, RotationMode.ROUTINE)
        with running.write() as session:
            party_of(Unit(session, running.vault), FARMER).name = "Kanari Nem"
            assert FARMER in session.scalars(select(Contact.number)).all()
        assert running.vault.header == Vault(read_key(path)).header
    rotate(used, path, RotationMode.RETIRE)
    assert_works(used, path)


@pytest.mark.slow
def test_rotation__second_year__keeps_the_index_key_alone(used, path):
    for mode in (RotationMode.ROUTINE, RotationMode.RETIRE) * 2:
        rotate(used, path, mode)
    ring = read_key(path)
    assert len(ring.seals) == len(ring.indexes) == len(ring.links) == 1
    assert KEY.hex() not in path.read_text()
    assert_works(used, path)


@pytest.mark.slow
def test_rotation__after_a_leak__leaves_nothing_that_the_old_key_opens_or_tries_guesses_on(
    used, path, tmp_path
):
    known = digests(used)
    with used.write() as session:
        party_of(Unit(session, used.vault), STRANGER).name = "gone " * 5_000
    with used.write() as session:
        if used.is_sqlite:
            session.execute(text("PRAGMA secure_delete=OFF"))
        party_of(Unit(session, used.vault), STRANGER).name = None
    done = rotate(used, path, RotationMode.LEAKED)
    assert (done.left, done.old_keys, done.leaked) == (0, 0, True)
    assert not known & digests(used)
    assert used.vault.index(FARMER) not in digests(used)
    assert_works(used, path)
    assert_nothing_opens(used, Vault(KEY))
    if used.is_sqlite:
        with reopened(used, path):
            used.close()
        stored = b"".join(file.read_bytes() for file in tmp_path.glob("*.db*"))
        assert not [one for one in known if one in stored], "what was overwritten is gone too"
        assert used.vault.header not in stored
    rotate(used, path, RotationMode.LEAKED)
    assert len(read_key(path).indexes) == len(read_key(path).links) == 3
    assert_works(used, path)


def shut_some(database):
    """Alter a number, a text and a link so that they do not open; the rows, by table and key."""
    with database.write() as session:
        for column in (Contact.number, Message.body, Person.party):
            first = select(func.min(column.class_.id)).scalar_subquery()
            altered = update(column.class_).where(column.class_.id == first)
            session.execute(altered.values({column.key: type_coerce(ALTERED, LargeBinary)}))
        return {
            f"{table.__tablename__} {session.scalar(select(func.min(table.id)))}"
            for table in (Contact, Message, Person)
        }


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_rotation__values_that_do_not_open__are_kept_and_named_and_the_rest_is_sealed_anew(
    used, path, mode
):
    with used.write() as session:
        party_of(Unit(session, used.vault), THIRD)
    shut = shut_some(used)
    done = rotate(used, path, mode)
    assert (done.left, set(done.shut)) == (0, shut)
    if mode is RotationMode.ROUTINE:
        assert set(rotate(used, path, mode).shut) == shut
        done = rotate(used, path, RotationMode.RETIRE)
        assert (done.left, set(done.shut), done.rows) == (0, shut, 0)
    assert done.old_keys == 0
    (key,) = read_key(path).seals
    stored = [bytes(one) for one in raw(used)]
    assert stored.count(ALTERED) == 3
    assert {one[:5] for one in stored} == {Vault(key).header, ALTERED[:5]}
    with reopened(used, path) as opened, opened.write() as session:
        assert require_own_key(session), "the program starts"
        assert party_of(Unit(session, opened.vault), THIRD).id


@pytest.mark.slow
def test_rotation__after_a_leak_broken_off_and_a_value_that_does_not_open__ends(used, path):
    with used.write() as session:
        party_of(Unit(session, used.vault), THIRD)
    shut = shut_some(used)
    replace_key(path, KeyRing((bytes(32), KEY), index_keys(KeyRing((KEY,))), bytes(range(1, 33))))
    done = rotate(used, path, RotationMode.LEAKED)
    assert (done.leaked, set(done.shut)) == (True, shut)
    with reopened(used, path) as opened:
        opened.vault.require_key()


@pytest.mark.slow
def test_rotation__table_that_nobody_thought_of__is_sealed_anew(used, path):
    parts = [Column("place", String, primary_key=True), Column("id", Integer, primary_key=True)]
    table = Table("novel", Base.metadata, *parts, Column("secret", Sealed))
    try:
        with used.write() as session:
            table.create(session.connection())
            secrets = [{"place": f"p{n % 3}", "id": n, "secret": f"word {n}"} for n in range(9)]
            session.execute(table.insert(), [*secrets, {"place": "p", "id": 0, "secret": None}])
        rotate(used, path, RotationMode.LEAKED)
        with reopened(used, path) as opened, opened.read() as session:
            words = set(session.scalars(select(table.c.secret)))
        assert words == {None} | {f"word {n}" for n in range(9)}
        assert_nothing_opens(used, Vault(KEY))
    finally:
        with used.write() as session:
            table.drop(session.connection())
        Base.metadata.remove(table)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_rotation__killed_at_each_commit_point__is_finished_by_the_next_run(
    used, path, mode, monkeypatch
):
    monkeypatch.setattr("services.maintenance.reencryption.CHUNK_ROWS", 3)
    for number in count(1, KILL_STEP):
        seals = read_key(path).seals

        def work(number=number) -> None:
            points = die_at(number)
            monkeypatch.setattr(Database, "write", between(Database.write, points))
            for name in ("replace_key", "forget_old_rows"):
                step = getattr(key_rotation, name)
                monkeypatch.setattr(key_rotation, name, pointed(step, points))
            rotate(used, path, mode)

        ended = in_child(work)
        if mode is RotationMode.ROUTINE:
            assert_works(used, path)
            rotate(used, path, mode)
            done = rotate(used, path, RotationMode.RETIRE)
        else:
            done = rotate(used, path, mode)
        assert (done.left, done.old_keys) == (0, 0)
        assert_works(used, path)
        assert_nothing_opens(used, Vault(KeyRing(seals)))
        if ended == DONE:
            break
        assert ended == signal.SIGKILL
    assert number > 10, "the test met fewer commit points than there are chunks"


@pytest.mark.slow
def test_rotation__after_a_leak_and_broken_off__lets_nothing_else_run(used, path):
    replace_key(path, KeyRing((bytes(32), KEY), index_keys(KeyRing((KEY,))), bytes(range(1, 33))))
    with reopened(used, path) as opened, pytest.raises(WrongDataKey, match="broken off"):
        opened.vault.require_key()
    assert rotate(used, path, RotationMode.ROUTINE).leaked
    assert_works(used, path)


def test_rotation__ring_of_another_database__is_refused_and_kept(used, path):
    path.write_text("11" * 32)
    with pytest.raises(WrongDataKey, match="does not open"):
        rotate(used, path, RotationMode.ROUTINE)
    assert path.read_text() == "11" * 32


def test_rotation__ring_whose_link_key_was_lost__is_refused_and_kept(used, path):
    path.write_text(KeyRing((KEY,), links=(bytes(32),)).text())
    with pytest.raises(WrongDataKey, match="link key"):
        rotate(used, path, RotationMode.ROUTINE)
    assert path.read_text() == KeyRing((KEY,), links=(bytes(32),)).text()


def test_rotation__key_file_in_a_folder_that_is_not_there__is_refused(used, path):
    with pytest.raises(WrongDataKey, match="cannot be replaced"):
        rotate(used, path.parent / "none" / "data.key", RotationMode.ROUTINE)


@pytest.mark.slow
def test_rotation__while_another_runs_or_a_worker_does_after_a_leak__is_refused(used, path):
    with key_rotation._alone(path), pytest.raises(Conflict, match="Another rotation"):
        rotate(used, path, RotationMode.ROUTINE)
    before = path.read_text()
    with only_recorder(used), pytest.raises(RecorderBusy):
        rotate(used, path, RotationMode.LEAKED)
    assert path.read_text() == before, "the services that run can be started again"
    assert rotate(used, path, RotationMode.LEAKED).leaked


@pytest.mark.slow
@pytest.mark.parametrize("told", ["before", "after"])
@pytest.mark.parametrize("mode", MODES)
def test_rotation__restored_copy__rotates_and_sends_nothing_until_it_is_told_to(
    used, path, mode, told
):
    with used.write() as session:
        session.execute(delete(SendingRight))
    if told == "before":
        let_send(used, path)
    done = rotate(used, path, mode)
    assert (done.left, done.leaked) == (0, mode is RotationMode.LEAKED)
    if told == "after":
        with reopened(used, path) as opened, pytest.raises(RestoredCopy), only_recorder(opened):
            raise AssertionError("a rotation gives no right to record")
        let_send(used, path)
    with reopened(used, path) as opened, only_recorder(opened):
        pass
    assert_works(used, path)


@pytest.mark.slow
def test_rotation__restored_copy_where_an_earlier_version_was_broken_off__is_finished(used, path):
    replace_key(path, KeyRing((bytes(32), KEY), index_keys(KeyRing((KEY,))), bytes(range(1, 33))))
    with used.write() as session:
        session.execute(delete(SendingRight))
    assert rotate(used, path, RotationMode.LEAKED).leaked
    let_send(used, path)
    assert_works(used, path)


def let_send(database, path):
    with reopened(database, path) as opened, opened.write() as session:
        opened.vault.require_key()
        give_right(session, None, NOW)


@pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
def test_rotation__row_that_another_transaction_holds__is_left_to_the_next_run(used, path):
    with used.write() as session:
        session.scalars(select(Message).limit(1).with_for_update()).one()
        assert rotate(used, path, RotationMode.ROUTINE).left == 1
        assert rotate(used, path, RotationMode.RETIRE).old_keys == 1
    assert rotate(used, path, RotationMode.RETIRE)[:3] == (1, 0, 0)
    assert_works(used, path)


def assert_nothing_opens(database, vault):
    for sealed in raw(database):
        with pytest.raises(WrongDataKey):
            vault.open(bytes(sealed))


def pointed(step, points):
    """A step before which a process may die; after it is before the next one."""

    def call(*arguments):
        points()
        step(*arguments)

    return call


def between(write, points):
    """A unit of work whose process may die just before it commits."""

    @contextmanager
    def call(database, **declared):
        with write(database, **declared) as session:
            yield session
            session.flush()
            points()

    return call
