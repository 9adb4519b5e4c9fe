from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from services.core.settings import Settings
from services.runtime.container import Runtime
from services.storage.models import Device, Party

CODE = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}\n")


@pytest.fixture
def runtime(bilum, tmp_path):
    made = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    yield made
    made.close()


def change(runtime, **values):
    with runtime.database.write() as session:
        device = session.query(Device).one()
        for name, value in values.items():
            setattr(device, name, value)


@pytest.fixture
def added(bilum):
    bilum("party", "add", "--role", "keeper", "--phone", "+67570000001")
    made = bilum("device", "add", "stick", "--kind", "reader", "--owner", "+67570000001")
    assert (made.status, bool(CODE.fullmatch(made.out))) == (0, True)
    return made


def test_device_add__known_owner__prints_a_code_once_and_lists_the_device(bilum, added):
    listed = bilum("device", "list").out
    assert all(word in listed for word in ("stick", "reader", "never", "waits for a"))
    assert added.out.strip() not in listed


def test_device_list__on_80_columns__cuts_no_id_and_no_time_off(bilum, added, runtime, monkeypatch):
    change(runtime, seen_at=datetime(2026, 11, 25, 1, 2, tzinfo=UTC), skew_seconds=400 * 86_400)
    with runtime.database.read() as session:
        device = session.query(Device).one()
        ids = [str(device.public_id), str(session.get_one(Party, device.owner_id).public_id)]
    monkeypatch.setenv("COLUMNS", "80")
    out = bilum("device", "list").out
    assert "…" not in out
    assert all(word in out for word in (*ids, "stick, reader", "2026-11-25", "01:02Z"))
    assert max(map(len, out.splitlines())) <= 80


def test_device_add__same_name_or_nobody__says_what_to_do(bilum, added):
    again = bilum("device", "add", "stick", "--kind", "page", "--owner", "+67570000001")
    assert (again.status, "another name" in again.err) == (2, True)
    nobody = bilum("device", "add", "other", "--kind", "page", "--owner", "+67570000002")
    assert (nobody.status, "Nobody has this phone" in nobody.err) == (2, True)


def test_device_rotate__again__prints_another_code(bilum, added):
    codes = {bilum("device", "rotate", "stick").out, bilum("device", "rotate", "stick").out}
    assert len(codes | {added.out}) == 3
    assert all(CODE.fullmatch(code) for code in codes)
    assert "0 older keys ended" in bilum("device", "rotate", "stick", "--now").err


def test_device_revoke__then_rotate__is_refused(bilum, added):
    assert bilum("device", "revoke", "stick").status == 0
    assert "revoked" in bilum("device", "list").out
    ended = bilum("device", "rotate", "stick")
    assert (ended.status, "gateway.device_revoked" in ended.err) == (2, True)


def test_device_revoke__no_such_device__says_so(bilum):
    ended = bilum("device", "revoke", "nothing")
    assert (ended.status, "bilum device list" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("skew", "shown"),
    [
        (3, "right"),
        (-90, "1 min"),
        (7_200, "2 h"),
        (400 * 86_400, "400 d"),
        (None, ""),
    ],
)
def test_device_list__clock_of_the_device__is_shown(bilum, added, runtime, skew, shown):
    now = runtime.clock() - timedelta(hours=1)
    change(runtime, skew_seconds=skew, seen_at=now, code_until=None)
    listed = bilum("device", "list").out
    assert shown in listed
    assert "never" not in listed
