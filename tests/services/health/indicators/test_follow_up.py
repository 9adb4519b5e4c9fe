from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from services.api.documents import csv_text
from services.health.errors import BadMapping
from services.health.indicators.dhis2 import make_export
from services.health.indicators.dhis2_mapping import read_mapping
from services.health.indicators.disaggregation import period_of
from services.health.indicators.fhir import measure_reports
from services.health.indicators.minister_page import as_page
from services.health.indicators.tables import COLUMNS, make_report, rows
from sms.local_time import local_day
from tests.services.health.indicators.five_people import follow_five

PLACE = "abstinent.month1"
MAPPING = """\
programme: tobacco
dataSet: dsTobacco01
orgUnits: {all: ouCountry01}
values:
  - {indicator: due.abstinent.month1, dataElement: deDue1month}
  - {indicator: success_of_activated.abstinent.month1, dataElement: deAbstinent}
"""
MISLEADING = MAPPING.replace("success_of_activated", "success_of_asked")


def report_of_five(database):
    now = follow_five(database)
    # From a month's first day to its last: a period that DHIS2 knows.
    first = local_day(now).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with database.read() as session:
        return make_report(session, "tobacco", period_of(first, last), now)


def of_everybody(report, *, public=False):
    """Numerator, denominator and value by name, from the CSV."""
    table = csv.DictReader(io.StringIO(csv_text(COLUMNS, rows(report, (), public=public))))
    return {
        ".".join(filter(None, (row["indicator"], row["detail"]))): row
        for row in table
        if row["province"] == row["sex"] == row["joined"] == "total"
    }


@pytest.mark.slow
def test_success_of_activated__four_of_five_left__is_twenty_percent_everywhere(database):
    report = report_of_five(database)
    table = of_everybody(report)
    headline = table[f"success_of_activated.{PLACE}"]
    assert (headline["numerator"], headline["denominator"]) == ("1", "5")
    assert (headline["value"], headline["reading"]) == ("0.2000", "headline")
    asked = table[f"success_of_asked.{PLACE}"]
    assert (asked["value"], asked["reading"]) == ("1.0000", "caution")
    assert [row for row in table.values() if row["reading"] == "headline"] == [headline]
    page = re.sub(r"<[^>]+>|&nbsp;", " ", as_page(report))
    assert "1 of 5 = 20 %" in " ".join(page.split())
    assert "100 %" not in page.split("Outcomes")[1].split("Harm")[0]
    codes = {
        one["group"][0]["code"]["coding"][0]["code"]: one["group"][0]
        for one in measure_reports(report)
    }
    assert codes[f"success_of_activated.{PLACE}"]["measureScore"]["value"] == 0.2
    assert "Misleads alone" in codes[f"success_of_asked.{PLACE}"]["code"]["text"]
    export = make_export(report, read_mapping(MAPPING))
    assert {place.element: value for place, value in export.values.items()} == {
        "deDue1month": "5",
        "deAbstinent": "1",
    }
    assert not any("of_asked" in name for name in export.indicators)
    with pytest.raises(BadMapping, match=r"Map success_of_activated.abstinent.month1 too"):
        make_export(report, read_mapping(MISLEADING))
    public = of_everybody(report, public=True)
    assert public[f"success_of_asked.{PLACE}"]["hidden"] == "yes"
    assert public[f"dose.{PLACE}.q1"]["hidden"] == "yes"
