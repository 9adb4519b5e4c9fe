from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.clock import utc_now
from services.core.settings import Settings
from services.livestock.domain.model import EventType, Key
from services.livestock.recording.identity import find_premises
from services.runtime.container import Runtime
from services.storage.models import Permit, PermitRoute, Premises
from sms.local_time import local_day
from tests.services.livestock.country import TODAY, Country


@pytest.fixture
def land(bilum, tmp_path):
    """The country in the folder of the command, with two permits that lead by the roadblock."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    land = Country(runtime.database).found()
    land.permit(1, 2)
    land.permit(heads=14, days=(1, 3))
    with land.database.write() as session:
        key = Key("bilum", land.post)
        post = find_premises(session, [key])[key].id
        for permit in session.scalars(select(Permit)).all():
            session.add(PermitRoute(permit_id=permit.id, premises_id=post))
    yield land
    runtime.close()


def test_list__day__is_a_table_of_its_permits(bilum, land):
    ended = bilum("roadblock", "list", land.post, "--on", TODAY + timedelta(days=1))
    assert ended.status == 0
    assert "Roadblock 1456, 2026-11-26" in ended.out
    table = [line.split("│")[1:-1] for line in ended.out.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row] for row in table] == [
        ["1941", "2", "1068", "1165", "2026-11-25 - 2026-11-26", ""],
        ["2038", "14", "1068", "1165", "2026-11-26 - 2026-11-28", ""],
    ]
    ended = bilum("roadblock", "list", land.post, "--on", TODAY)
    assert "1941" in ended.out
    assert "2038" not in ended.out


def test_list__pig_that_is_stolen_meanwhile__bars_its_permit_and_is_named(bilum, land):
    land.report(EventType.STOLEN, 1)
    ended = bilum("roadblock", "list", land.post, "--on", TODAY + timedelta(days=1))
    [row] = [line for line in ended.out.splitlines() if "1941" in line]
    assert "NO: stolen" in row
    assert "Stolen, hold them: 1553" in ended.out


def test_list__no_day__is_of_tomorrow_at_the_roadblock(bilum, land):
    with land.database.write() as session:
        first = session.scalars(select(Permit).order_by(Permit.id)).first()
        first.first_day = first.last_day = local_day(utc_now()) + timedelta(days=1)
    ended = bilum("roadblock", "list", land.post)
    assert ended.status == 0
    assert "1941" in ended.out


@pytest.mark.parametrize("number", ["1068", "330577", "598000000000001", "nonsense"])
def test_list__no_roadblock__says_so_and_fails(bilum, land, number):
    ended = bilum("roadblock", "list", number)
    assert ended.status == 2
    assert number in ended.err or "cannot be read" in ended.err
    assert ended.out == ""
    with land.database.read() as session:
        assert len(session.scalars(select(Premises)).all()) == 5
