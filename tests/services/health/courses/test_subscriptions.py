from __future__ import annotations

import re
from itertools import count

import pytest
from sqlalchemy import event, text

from services.health.courses.subscriptions import open_now

_ENDED = """
    INSERT INTO subscription (public_id, person_id, programme, version_id, language, cohort, state,
        number_index, zone, source, anchors, turns, invited_at)
    SELECT gen_random_uuid(), one, 'quit', 1, 'en', 'all', CAST(:state AS varchar), 'x', 'UTC',
        'sms', 'x', 'x', now()
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS one
"""


@pytest.mark.postgres
def test_open_now__most_courses_ended__asks_the_index_of_open_ones_in_a_kept_plan(open_database):
    sent = []
    with open_database("postgresql").write() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(_ENDED), {"state": "ended", "first": 1, "last": 12_000})
        session.execute(text(_ENDED), {"state": "active", "first": 12_001, "last": 12_005})
        session.execute(text("ANALYZE subscription"))
        connection = session.connection()
        event.listen(
            connection, "before_cursor_execute", lambda *told: sent.append(told[2:4]), once=True
        )
        assert open_now(session).members
        ((statement, values),) = sent
        places = count(1)
        kept = re.sub(r"%\((\w+)\)s", lambda _: f"${next(places)}", statement)
        session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        connection.exec_driver_sql(f"PREPARE kept AS {kept}")
        given = ", ".join(f"'{value}'" for value in values.values())
        explained = connection.exec_driver_sql(
            f"EXPLAIN EXECUTE kept{f'({given})' if given else ''}"
        )
        plan = "\n".join(explained.scalars())
        connection.exec_driver_sql("DEALLOCATE kept")
    assert "uq_subscription_open" in plan
    assert "Seq Scan on subscription" not in plan
