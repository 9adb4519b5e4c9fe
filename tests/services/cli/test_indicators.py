from __future__ import annotations

import csv
import io
import json
import stat
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import func, select

from services.core.settings import Settings
from services.storage.database import Database
from services.storage.models import Access, Dhis2Sending, Exported
from tests.fakes.dhis2_server import TOKEN, Fault, dhis2_server
from tests.services.health.indicators.five_people import STAYS, follow_five
from tests.services.health.indicators.histories import CODE, write_history

DAYS = ("--from", "2026-10-01", "--to", "2026-10-31")
MAPPING = """\
programme: tobacco
dataSet: dsTobacco01
orgUnits: {Morobe: ouMorobe001, Chimbu: ouChimbu001}
values:
  - {indicator: attempts, dataElement: deAttempts1}
  - {indicator: success_of_activated.abstinent.month9, dataElement: deAbstinen9}
"""


@pytest.fixture
def empty(bilum, tmp_path):
    """The database of the command's folder."""
    database = Database.from_settings(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path / "data")}))
    yield database
    database.close()


@pytest.fixture
def database(empty):
    """The same, with a history."""
    write_history(empty, 8, 120)
    return empty


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING)
    return path


def count(database, table):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.slow
def test_show__a_cut__has_a_line_for_each_indicator_of_each_group(bilum, database):
    ended = bilum("indicators", "show", CODE, *DAYS, "--by", "sex")
    assert ended.status == 0
    assert "success_of_activated.abstinent.month1" in ended.out
    lines = [line for line in ended.out.splitlines() if " members " in line]
    assert [line.split()[1] for line in lines] == ["total", "f", "m", "unknown"]


def test_show__public__says_what_is_hidden(bilum, database):
    ended = bilum("indicators", "show", CODE, *DAYS, "--by", "province", "--public")
    assert "hidden" in ended.out


def test_show__two_cuts_in_public__is_refused(bilum, database):
    ended = bilum("indicators", "show", CODE, *DAYS, "--by", "sex", "--by", "age", "--public")
    assert ended.status == 2
    assert "bad_cut" in ended.err


def test_show__unknown_programme__is_refused(bilum, database):
    ended = bilum("indicators", "show", "nothing", *DAYS)
    assert ended.status == 2
    assert "unknown_programme" in ended.err


@pytest.mark.slow
def test_csv__no_cut__has_every_group(bilum, database, tmp_path):
    printed = bilum("indicators", "csv", CODE, *DAYS).out
    table = list(csv.DictReader(io.StringIO(printed)))
    assert {row["province"] for row in table} > {"total", "Morobe", "unknown"}
    path = tmp_path / "figures.csv"
    ended = bilum("indicators", "csv", CODE, *DAYS, "--out", path)
    assert (ended.out, "is written" in ended.err) == ("", True)
    assert path.read_bytes().decode() == printed


def test_page__to_a_file__is_a_page(bilum, database, tmp_path):
    path = tmp_path / "page.html"
    assert bilum("indicators", "page", CODE, *DAYS, "--public", "--out", path).status == 0
    assert path.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.slow
def test_fhir__bundle_and_lines__hold_the_same_and_every_person_is_noted(bilum, database):
    bundle = bilum("indicators", "fhir", CODE, *DAYS).out
    Bundle.model_validate_json(bundle)
    entries = [entry["resource"] for entry in json.loads(bundle)["entry"]]
    persons = {one["subject"]["identifier"]["value"] for one in entries if "subject" in one}
    assert count(database, Access) == len(persons) > 10
    lines = bilum("indicators", "fhir", CODE, *DAYS, "--ndjson").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [one["id"] for one in entries]


def test_dhis2__dry_run__prints_values_names_what_has_no_place_and_sends_nothing(
    bilum, database, mapping
):
    ended = bilum("indicators", "dhis2", CODE, *DAYS, "--mapping", mapping, "--dry-run")
    assert ended.status == 1
    assert "send 202610 ouMorobe001 deAttempts1 = " in ended.out
    assert ended.out.endswith("0 as before\n")
    told = ended.err.splitlines()
    assert "not mapped: indicator consented" in told
    assert "not mapped: province Enga" in told
    assert "nothing counted: success_of_activated.abstinent.month9" in told
    assert count(database, Exported) == 0


def test_dhis2__a_period_that_it_does_not_know__is_refused(bilum, database, mapping):
    days = ("--from", "2026-10-01", "--to", "2026-10-30")
    ended = bilum("indicators", "dhis2", CODE, *days, "--mapping", mapping, "--dry-run")
    assert (ended.status, "bad_period" in ended.err) == (2, True)


def test_dhis2__nobody_told_where_it_is__is_refused(bilum, database, mapping):
    ended = bilum("indicators", "dhis2", CODE, *DAYS, "--mapping", mapping)
    assert (ended.status, "dhis2_not_set" in ended.err) == (3, True)


@pytest.mark.slow
@pytest.mark.sockets
def test_dhis2__sent_twice__the_second_time_sends_nothing(
    bilum, database, mapping, monkeypatch, tmp_path
):
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    with dhis2_server() as server:
        monkeypatch.setenv("BILUM_DHIS2_URL", server.url)
        monkeypatch.setenv("BILUM_DHIS2_TOKEN", TOKEN)
        command = ("indicators", "dhis2", CODE, *DAYS, "--mapping", mapping)
        first = bilum(*command)
        assert (first.status, "2 sent, 0 deleted, 0 as before" in first.err) == (0, True)
        again = bilum(*command, "--url", f"{server.url}/", "--token-file", token)
        assert "0 sent, 0 deleted, 2 as before" in again.err
        assert bilum(*command, "--dry-run").out == "2 as before\n"
        assert len(server.requests) == 1
    with database.read() as session:
        states = session.scalars(
            select(Dhis2Sending.state).where(Dhis2Sending.sent_by_id.is_(None))
        )
        assert list(states) == ["sent", "sent"]
    assert TOKEN not in first.out + first.err + again.out + again.err


@pytest.mark.sockets
def test_dhis2__a_fault_there__ends_with_a_sentence(bilum, database, mapping, monkeypatch):
    monkeypatch.setenv("BILUM_DHIS2_TOKEN", TOKEN)
    with dhis2_server() as server:
        server.faults = [Fault(503)]
        command = ("indicators", "dhis2", CODE, *DAYS, "--mapping", mapping, "--url", server.url)
        ended = bilum(*command)
    assert (ended.status, "dhis2_unreachable" in ended.err) == (3, True)
    assert count(database, Exported) == 0


@pytest.mark.slow
def test_sample__a_file__is_private_and_each_reading_is_noted(bilum, empty, tmp_path):
    follow_five(empty, datetime(2026, 1, 5, 1, tzinfo=UTC))
    days = ("--from", "2026-01-01", "--to", "2026-06-30")
    out = tmp_path / "sample.csv"
    ended = bilum(
        "indicators", "sample", "tobacco", *days, "--assessment", "month1", "--out", out,
        "--seed", "abc",
    )  # fmt: skip
    assert ended.status == 0, ended.err
    assert "1 of 1 people; seed abc" in ended.err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
    assert row["phone"].endswith(STAYS)
    assert STAYS not in ended.out + ended.err
    with empty.read() as session:
        noted = select(func.count()).where(Access.what == "bilum indicators sample")
        assert session.scalar(noted) == 1
