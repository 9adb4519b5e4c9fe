"""What `bilum doctor` finds, and the sentences of what cannot be opened."""

from __future__ import annotations

import json
import shutil
import sqlite3

import pytest
from eth_account import Account

from services.core.settings import Settings
from services.messaging.dispatch.channels import watch
from services.storage.database import Database
from sms.carriers.base import failed
from sms.circuit import FAILURES
from sms.message import FailureClass
from tests.factories import NOW
from tests.flow.deployments import PASSWORD


def use_two_channels(monkeypatch):
    for name, value in {
        "BILUM_ROUTES": "+675 africastalking twilio",
        "BILUM_SMS_RATES": "africastalking 2.5",
        "BILUM_SMS_PRICES": "africastalking 18",
        "BILUM_AFRICASTALKING_USERNAME": "bilum",
        "BILUM_AFRICASTALKING_API_KEY": "a-key",
        "BILUM_TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
        "BILUM_TWILIO_FROM": "+15005550006",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def recorded(bilum, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("source,destination,id,t\n1,2,00001,2005-10-18\n")
    assert bilum("import", "movements", rows).status == 0
    return tmp_path / "data"


@pytest.mark.slow
def test_doctor__all_is_well__says_what_it_tried(bilum, recorded):
    bilum("party", "add", "--role", "inspector", "--phone", "70000003")
    ended = bilum("doctor")
    assert ended.status == 0
    assert "opens what is sealed" in ended.out
    assert "may record" in ended.out


@pytest.mark.slow
def test_doctor__another_data_key__is_found(bilum, recorded):
    bilum("party", "add", "--role", "inspector", "--phone", "70000003")
    (recorded / "data.key").write_text("11" * 32)
    ended = bilum("doctor")
    assert ended.status == 1
    assert "wrong data key: A sealed value does not open" in ended.out


@pytest.mark.slow
def test_doctor__signer_without_the_role__is_found(bilum, recorded, tmp_path, monkeypatch):
    keystore = tmp_path / "other.json"
    stranger = Account.create()
    sealed = Account.encrypt(stranger.key, PASSWORD, kdf="pbkdf2", iterations=1_000)
    keystore.write_text(json.dumps(sealed))
    monkeypatch.setenv("BILUM_SIGNER_KEYSTORE", str(keystore))
    monkeypatch.setenv("BILUM_SIGNER_PASSWORD", PASSWORD)
    ended = bilum("doctor")
    assert ended.status == 1
    assert f"{stranger.address} lacks the recorder role" in ended.out


@pytest.mark.slow
def test_doctor__signer_missing__is_found_and_none_is_made(bilum, recorded):
    (recorded / "signer.json").unlink()
    ended = bilum("doctor")
    assert (ended.status, "signer.json is missing" in ended.out) == (1, True)
    assert not (recorded / "signer.json").exists()


def test_doctor__a_file_that_others_may_read__is_told_as_it_is(bilum, tmp_path):
    folder = tmp_path / "data"
    assert "for their owner alone" in bilum("doctor").out
    (folder / "bilum.db").chmod(0o644)
    assert "which its owner alone may enter" in bilum("doctor").out
    folder.chmod(0o711)
    ended = bilum("doctor")
    assert (ended.status, "others may read bilum.db" in ended.out) == (1, True)


def test_doctor__no_settings_of_messages__tells_of_the_console(bilum):
    out = bilum("doctor").out
    assert "console: configured; circuit closed; no limit of its rate; 25 toea a segment\n" in out


def test_doctor__two_channels_one_of_them_closed__tells_what_is_known_of_each(
    bilum, tmp_path, monkeypatch
):
    use_two_channels(monkeypatch)
    settings = Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")})
    database = Database.from_settings(settings)
    down = failed(FailureClass.CHANNEL_DOWN, "20003")
    with database.write() as session:
        watch(session, {"twilio": [down]}, NOW)
    database.close()
    ended = bilum("doctor")
    assert ended.status == 0
    assert (
        "africastalking: configured; circuit closed; at most 2.5 segments a second; "
        "18 toea a segment; no delivery reports: BILUM_PUBLIC_URL is not set\n"
    ) in ended.out
    assert (
        "twilio: configured; circuit open since 2026-11-25 02:00Z, code 20003; "
        "no limit of its rate; 25 toea a segment; "
        "no delivery reports: BILUM_PUBLIC_URL is not set\n"
    ) in ended.out


@pytest.mark.parametrize(
    ("code", "advice"),
    [("sms.carrier_name", "see to this machine's resolver"), ("sms.carrier_certificate", "renew")],
)
def test_doctor__channel_closed_by_a_name_or_a_certificate__says_what_to_do(
    bilum, tmp_path, monkeypatch, code, advice
):
    use_two_channels(monkeypatch)
    settings = Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")})
    database = Database.from_settings(settings)
    with database.write() as session:
        for _ in range(FAILURES):
            watch(session, {"twilio": [failed(FailureClass.TRANSIENT, code)]}, NOW)
    database.close()
    (told,) = [line for line in bilum("doctor").out.splitlines() if "twilio: " in line]
    assert f"code {code}: the carrier's" in told
    assert advice in told


def test_doctor__address_for_reports__is_told_where_they_can_come(bilum, monkeypatch):
    use_two_channels(monkeypatch)
    monkeypatch.setenv("BILUM_PUBLIC_URL", "https://bilum.example")
    out = bilum("doctor").out
    assert out.count("delivery reports come to https://bilum.example\n") == 1
    assert "no delivery reports: BILUM_AFRICASTALKING_SECRET is not set\n" in out
    monkeypatch.setenv("BILUM_AFRICASTALKING_SECRET", "sixteen-letters-")
    out = bilum("doctor").out
    assert out.count("delivery reports come to https://bilum.example\n") == 2
    assert "sixteen-letters-" not in out


def test_doctor__a_channel_lacks_a_setting__names_it(bilum, monkeypatch):
    use_two_channels(monkeypatch)
    monkeypatch.delenv("BILUM_AFRICASTALKING_API_KEY")
    ended = bilum("doctor")
    assert ended.status == 3
    assert "the channel africastalking needs BILUM_AFRICASTALKING_API_KEY" in ended.err


@pytest.mark.parametrize(
    "command", [("audit",), ("run",), ("token", "create", "--role", "auditor")]
)
def test_every_command__no_database__makes_nothing(bilum, tmp_path, command):
    shutil.rmtree(tmp_path / "data")
    ended = bilum(*command)
    assert (ended.status, "is empty" in ended.err) == (3, True)
    assert "bilum db upgrade" in ended.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("url", ["foo", "mysql://host/name", "postgresql+none://host/name"])
def test_every_command__address_of_no_database__names_the_variable(bilum, monkeypatch, url):
    monkeypatch.setenv("BILUM_DATABASE_URL", url)
    for command in ("audit", "doctor"):
        ended = bilum(command)
        assert (ended.status, "BILUM_DATABASE_URL must be" in ended.err) == (3, True)


def test_every_command__database_damaged__says_so(bilum, tmp_path):
    path = tmp_path / "data" / "bilum.db"
    for side in path.parent.glob("bilum.db-*"):
        side.unlink()
    path.write_bytes(b"no database at all " * 500)
    ended = bilum("audit")
    assert (ended.status, "not a database or is damaged" in ended.err) == (3, True)
    with pytest.raises(sqlite3.DatabaseError), sqlite3.connect(path) as connection:
        connection.execute("SELECT 1 FROM journal")
    connection.close()
