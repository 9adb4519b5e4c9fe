"""`bilum contact declare`: a veterinary officer puts a contact chain under watch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.settings import Settings
from services.livestock.domain.model import EventType
from services.runtime.container import Runtime
from services.storage.models import Status
from tests.services.livestock.country import BUYER, TODAY, VET, Country


@pytest.fixture
def land(bilum, tmp_path):
    """The country in the folder of the command; a pig of Kudjip has gone to Goroka."""
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    land = Country(runtime.database).found()
    land.report(EventType.DEPART, 1, at=land.kudjip, other=land.goroka)
    land.report(EventType.ARRIVE, 1, at=land.goroka, other=land.kudjip)
    yield land
    runtime.close()


def declare(bilum, land, *more, by=VET):
    days = ("--from", TODAY - timedelta(days=30), "--to", TODAY)
    told = (*days, "--disease", "african_swine_fever", "--by", by, *more)
    return bilum("contact", "declare", land.kudjip, *told)


def kinds(land):
    with land.database.read() as session:
        return list(session.scalars(select(Status.kind)))


def test_declare__by_a_veterinary_officer__marks_places_and_pigs_once(bilum, land):
    done = declare(bilum, land)
    assert done.status == 0
    assert "1 premises and 1 animals are in contact until" in done.out
    assert kinds(land) == ["contact", "contact"]
    again = declare(bilum, land)
    assert "0 premises and 0 animals" in again.out
    assert "1 were infected or under watch" in again.out


@pytest.mark.parametrize("who", [BUYER, "+67579999999"])
def test_declare__by_anybody_else__is_refused(bilum, land, who):
    done = declare(bilum, land, by=who)
    assert (done.status, "Only a veterinary officer" in done.err) == (2, True)
    assert kinds(land) == []


def test_declare__that_ends_before_it_begins__is_refused(bilum, land):
    done = declare(bilum, land, "--until", TODAY - timedelta(days=1))
    assert (done.status, "cannot end before it begins" in done.err) == (2, True)
