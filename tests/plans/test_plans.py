"""No statement of a request or of the clock reads the whole of a table that grows."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from bench import console
from bench._country import filled
from services.core.roles import Role
from services.storage.models import Base
from tests.plans.asking import Country
from tests.plans.explaining import Planner
from tests.plans.filling import SMALL, fill, number_on
from tests.plans.noting import Notebook
from tests.support import environment

if TYPE_CHECKING:
    from tests.plans.explaining import WholeTable

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

LARGE = 5_000
"""Rows from which on a table counts as large, here."""

_READERS = (
    *(Role.VETERINARY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR, Role.PLANNER, Role.CLINICIAN),
)

_FIRST = "whether there is any, or a page of them: it ends where it has found enough"
_CHUNK = "a chunk of rows is much of a table that is so small here"
_PROGRAMME = "all of a programme or a campaign, which is much of the table here"
_AREA = "the places of an area, which are much of the table here"
_CENSUS = "the keepers of a census, who are much of the table here"
_OFFICES = "some hundred offices, which are much of the table here"
_PAGE = "a page of a list in the order of keys: what its filter rejects is passed by"
_NEWEST = "the newest that is final, and few are not"
_OWED = "reads all of it, and should not: docs/adr/0079"
ALLOWED: dict[tuple[str, str], str] = {
    ("subscription", "services/health/courses/subscriptions.py:open_now"): _FIRST,
    ("permit", "services/livestock/recording/permit_uses.py:count_permits"): _FIRST,
    ("permit", "services/livestock/recording/permit_uses.py:_permits"): _FIRST,
    ("flag", "services/api/paging.py:read_page"): _FIRST,
    ("correction", "services/api/paging.py:read_page"): _FIRST,
    ("permit", "services/api/paging.py:read_page"): _FIRST,
    ("task", "services/api/paging.py:read_page"): _FIRST,
    ("task", "services/console/concerns/lists.py:_rows"): _FIRST,
    ("journal", "services/api/paging.py:read_page"): _PAGE,
    ("movement", "services/api/paging.py:read_page"): _PAGE,
    ("party", "services/api/paging.py:read_page"): _PAGE,
    ("party", "services/api/paging.py:newest_of_each"): _PAGE,
    ("premises", "services/api/paging.py:read_page"): _PAGE,
    ("subscription", "services/api/paging.py:read_page"): _PAGE,
    ("permit", "services/console/field/permit_pages.py:permits"): _PAGE,
    ("ledger_batch", "services/api/paging.py:read_newest"): _NEWEST,
    ("ledger_batch", "services/ledger/receipts.py:newest_checkpoint"): _NEWEST,
    ("ledger_batch", "services/ledger/receipts.py:recorded_size"): _NEWEST,
    ("premises", "services/console/outbreaks/overview.py:_reached"): _CHUNK,
    ("premises", "services/livestock/control/affected.py:languages_of_keepers"): _CHUNK,
    ("premises", "services/livestock/control/affected.py:premises_bound"): _CHUNK,
    ("contact", "services/livestock/control/affected.py:phones_of"): _CHUNK,
    ("premises", "services/livestock/control/half_years.py:_count"): _CHUNK,
    ("task", "services/livestock/control/contact_calls.py:tasks_of"): _CHUNK,
    ("task", "services/messaging/tasks/escalation.py:_some_of_each"): _CHUNK,
    ("party", "services/health/imports/import_people.py:parties_of"): _CHUNK,
    ("party", "services/health/courses/planner.py:read_people"): _CHUNK,
    ("consent", "services/messaging/consent.py:consents"): _CHUNK,
    ("consent", "services/health/campaigns/audience_query.py:_refusals"): _CHUNK,
    ("subscription", "services/health/courses/planner.py:_plan_all"): _CHUNK,
    ("message", "services/messaging/dispatch/claim.py:_expire"): _CHUNK,
    ("animal", "services/messaging/tasks/settling.py:find_over"): _CHUNK,
    ("task_source", "services/livestock/control/task_keeping.py:_find_permits"): _CHUNK,
    ("attempt", "services/health/campaigns/figures.py:progress_of"): _PROGRAMME,
    ("attempt", "services/health/campaigns/forecast.py:count_by_time"): _PROGRAMME,
    ("message", "services/health/recalls/receivers.py:receivers"): _PROGRAMME,
    ("subscription", "services/health/recalls/receivers.py:receivers"): _PROGRAMME,
    ("subscription", "services/health/recalls/views.py:figures"): _PROGRAMME,
    ("contact", "services/livestock/control/censuses.py:_reach"): _AREA,
    ("party", "services/livestock/control/censuses.py:_reach"): _AREA,
    ("contact", "services/livestock/control/census_results.py:_counted"): _CENSUS,
    ("premises", "services/livestock/control/census_results.py:_counted"): _CENSUS,
    ("premises", "services/livestock/recording/decision_context.py:premises_keys"): _AREA,
    ("premises", "services/livestock/queries/known_events.py:known_events"): _AREA,
    ("ledger_leaf", "services/livestock/queries/known_events.py:known_events"): _AREA,
    ("correction", "services/livestock/queries/known_events.py:known_events"): _AREA,
    ("contact", "services/messaging/offices.py:unreachable_holders"): _OFFICES,
    ("party", "services/messaging/tasks/escalation.py:_release_left"): _OFFICES,
    ("party", "services/livestock/queries/cover.py:silent_devices"): _OFFICES,
    ("village_binding", "services/village/boxes.py:list_boxes"): "as many as boxes may have",
    ("task", "services/messaging/tasks/history.py:erase_notes_about"): _OWED,
    ("party", "services/health/campaigns/samples.py:_at_most"): _OWED,
    ("person", "services/health/care/concerns.py:lacking_clinicians"): _OWED,
    ("subscription", "services/health/metrics.py:_counted"): _OWED,
    ("subscription", "services/health/metrics.py:_behind"): _OWED,
    ("flag", "services/livestock/control/task_keeping.py:_find_flags"): _OWED,
}
"""By table and function that asks: why it may read all of it."""


def test_tables__each__is_small_or_is_filled():
    assert SMALL.keys() <= Base.metadata.tables.keys()


@pytest.fixture(scope="module")
def read_whole():
    """What reads the whole of a large table, of everything that the program is asked."""
    console.TIMES, console.WARM_UP, console.ROLES = 1, 0, _READERS
    notes = Notebook()
    with filled(environment.POSTGRES_URL) as runtime, closing(runtime):
        console.fill_rest(runtime)
        engine = runtime.database.engine
        with engine.begin() as connection:
            number_on(connection)
        with notes.open(engine):
            Country(runtime).ask_everything()
        with engine.begin() as connection:
            fill(connection, sorted(Base.metadata.tables.keys() - SMALL.keys()))
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            planner = Planner(connection, LARGE)
            missing = Base.metadata.tables.keys() - SMALL.keys() - planner.large.keys()
            assert not missing, f"not filled: {sorted(missing)}"
            yield list(planner.read_whole(notes.noted.values()))


def told(one: WholeTable) -> str:
    said = " ".join(one.noted.statement.split())
    return f"{one.table} by {one.how} of {one.noted.by}\n    {said[:400]}"


def test_statements__at_the_size_of_a_country__read_no_whole_table(read_whole):
    asked = [one for one in read_whole if one.noted.by.startswith("services/")]
    faults = [one for one in asked if (one.table, one.noted.by) not in ALLOWED]
    assert asked, "nothing was found, not even what is allowed"
    assert not faults, "\n" + "\n".join(sorted({told(one) for one in faults}))
