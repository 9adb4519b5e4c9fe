from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from services.core.clock import utc_now
from services.core.roles import Role
from services.core.settings import Settings
from services.livestock.control.census_asking import keep_censuses
from services.runtime.container import Runtime
from services.storage.models import Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.local_time import local_day

KEEPER, VET, CHIEF, INSPECTOR = (f"+6757000060{number}" for number in range(1, 5))
TODAY = local_day(utc_now())
DAYS = ("--from", TODAY, "--to", TODAY + timedelta(days=20))


@pytest.fixture
def people(bilum):
    """A keeper in Jiwaka, two veterinary officers, and an inspector."""
    runtime = Runtime.open(Settings.from_env())
    with runtime.database.write() as session:
        unit = Unit(session, runtime.database.vault)
        keeper = party_of(unit, KEEPER)
        for number, role in (
            (VET, Role.VETERINARY_OFFICER),
            (CHIEF, Role.VETERINARY_OFFICER),
            (INSPECTOR, Role.INSPECTOR),
        ):
            party_of(unit, number).role = role.value
        home = {"public_id": uuid4(), "subject_key": uuid4().bytes * 2, "kind": "household"}
        session.add(Premises(**home, province="Jiwaka", found=True, keeper_id=keeper.id))
    yield runtime
    runtime.close()


def test_census__drafted_opened_and_closed__shows_its_figures(bilum, people, tmp_path):
    drafted = bilum("census", "draft", "--province", "Jiwaka", *DAYS, "--by", VET)
    assert (drafted.status, "1 keepers with a phone, 0 without" in drafted.err) == (0, True)
    number = f"C-{TODAY.year}-1"
    assert number in bilum("census", "list").out
    assert bilum("census", "open", number, "--by", VET).status
    assert bilum("census", "open", number, "--by", CHIEF).status == 0
    keep_censuses(people.database, utc_now(), 7)
    shown = bilum("census", "show", number)
    assert (shown.status, "Jiwaka" in shown.out, "silent" in shown.out) == (0, True, True)
    target = tmp_path / "counts.csv"
    assert bilum("census", "show", number, "--csv", target).status == 0
    heads, row = target.read_text("utf-8").splitlines()
    assert heads.startswith("province,district,keepers,answered")
    assert row.startswith("Jiwaka,,1,0,0,1")
    assert bilum("census", "close", number, "--by", VET).status == 0
    assert "closed" in bilum("census", "show", number).out


def test_census__by_an_inspector_or_without_a_province__is_refused(bilum, people):
    refused = bilum("census", "draft", "--province", "Jiwaka", *DAYS, "--by", INSPECTOR)
    assert (refused.status, "Only officers" in refused.err) == (2, True)
    assert bilum("census", "draft", "--district", "Jimi", *DAYS, "--by", VET).status == 2
