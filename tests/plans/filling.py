"""Rows of chance for every table that grows, so that the planner sees it as large.

Nothing is ever read of them: only their number counts, and how the values of a column are spread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Table, UniqueConstraint, text
from sqlalchemy.dialects import postgresql

from services.storage.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

ROWS = 20_000
_FIRST = 1_000_000_000
"""Key of the first row of chance: none is the key of a row that is there."""

SMALL = {
    "account": "a person of the staff",
    "alarm_sender": "ends with its day",
    "audit_run": "one a day",
    "boundary": "a district",
    "campaign": "an act of a planner",
    "campaign_draft": "an act of a planner",
    "carrier_look": "a channel",
    "census": "an act of an office",
    "channel": "a channel",
    "clinician": "a person of the staff",
    "control_order": "an act of an office",
    "counter": "a sequence",
    "daily_cost": "a day",
    "device": "a device",
    "device_key": "a key of a device",
    "dhis2_link": "a programme",
    "dhis2_sending": "a month of a programme",
    "early_report": "deleted within a day",
    "indicator_count": "deleted when it was looked at",
    "indicator_target": "an act of a planner",
    "invitation": "a person of the staff",
    "ledger_binding": "one",
    "ledger_lease": "one",
    "ledger_offer": "deleted with its batch",
    "ledger_repair": "an act of an administrator",
    "linked_sign_in": "a person of the staff",
    "long_text": "deleted after a day",
    "milestone": "a name",
    "notice": "an act of an office",
    "outbreak": "an act of an office",
    "passkey": "a person of the staff",
    "person_import": "an act of a planner",
    "post": "an inspector",
    "programme_approval": "an act of an approver",
    "programme_draft": "an act of a planner",
    "programme_draft_edit": "an act of a planner",
    "programme_note": "an act of a planner",
    "programme_version": "an act of a planner",
    "recall": "an act of a planner",
    "schema_floor": "one for a version",
    "sending_right": "one",
    "sign_in_attempts": "one",
    "spending": "a month of a channel",
    "text_part": "deleted after a day",
    "trial": "an act of a planner",
    "ussd_session": "deleted after a day",
    "pending_erasure": "deleted after three days",
    "place_alarm": "deleted after an hour",
    "village_answer": "deleted by the next sync",
    "village_box": "a box",
    "village_list": "an act of an office",
    "wrong_code": "deleted after some hours",
}
"""Tables that stay small, and of what they have a row."""

_OFTEN = "one % 1000 > 0"
# How a column is spread where chance would tell the planner what is not so.
_SPREAD = {
    "animal.kind": "'animal'",
    "answer_count.day": "DATE '2026-11-25'",
    "premises.kind": "'household'",
    "task_entry.text": "NULL",
    "token.seen_at": f"CASE WHEN {_OFTEN} THEN NOW() END",
    "envelope_conflict.sender": "NULL",
    "ledger_batch.state": "'final'",
    "animal.last_on": "DATE '2026-11-01'",
    "animal.carcass": "NULL",
    "animal.part_of_id": "NULL",
    "asking.state": f"CASE WHEN {_OFTEN} THEN 'answered' ELSE 'open' END",
    "asking.remind_at": "NULL",
    "attempt.state": f"CASE WHEN {_OFTEN} THEN 'delivered' ELSE 'uncertain' END",
    "attempt.look_at": "NULL",
    "claim.state": f"CASE WHEN {_OFTEN} THEN 'done' ELSE 'open' END",
    "concern.closed_at": "NOW() - one * INTERVAL '25 minutes'",
    "consent.source": "'sms'",
    "consent.scope": "CASE WHEN one % 2 = 0 THEN 'number' ELSE 'tobacco' END",
    "device_turn.waits": "false",
    "envelope.channel": "'twilio-sms'",
    "envelope.service": "NULL",
    "envelope.sender": "NULL",
    "envelope.outcome": "'register'",
    "journal.type": "(ARRAY['depart', 'arrive', 'register', 'death'])[1 + one % 4]",
    "message.state": f"CASE WHEN {_OFTEN} THEN 'delivered' ELSE 'queued' END",
    "message.purpose": "CASE WHEN one % 10 > 0 THEN 'course' ELSE 'reply' END",
    "message.reason": "NULL",
    "message.campaign_id": "NULL",
    "message.via": "NULL",
    "movement.arrived_on": "CASE WHEN one % 10 > 0 THEN DATE '2026-11-20' END",
    "permit.state": "CASE WHEN one % 100 > 0 THEN 'closed' ELSE 'issued' END",
    "reader_scan.said": "NULL",
    "subscription.state": "CASE WHEN one % 2 = 0 THEN 'ended' ELSE 'active' END",
    "task.closed_at": "CASE WHEN one % 200 > 0 THEN NOW() - one * INTERVAL '25 minutes' END",
}


def number_on(connection: Connection) -> None:
    """Let new rows of every table be numbered after those that are there."""
    for name, table in Base.metadata.tables.items():
        if "id" in table.columns:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) "  # noqa: S608 — ours
                    f'FROM "{name}" HAVING max(id) IS NOT NULL'
                )
            )


def fill(connection: Connection, tables: Iterable[str]) -> None:
    """Fill tables with rows of chance; no key is checked, no trigger runs."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for name in tables:
        connection.execute(text(_statement(Base.metadata.tables[name])))


def _statement(table: Table) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(column) for column in table.columns)
    return (
        f'INSERT INTO "{table.name}" ({names}) SELECT {values} '  # noqa: S608 — of our own models
        f"FROM generate_series(1, {ROWS}) AS one ON CONFLICT DO NOTHING"
    )


def _value(column: Column[object]) -> str:
    name = f"{column.table.name}.{column.name}"
    if spread := _SPREAD.get(name):
        return spread
    kind = str(column.type.compile(dialect=_DIALECT)).partition("(")[0]
    if kind in {"INTEGER", "BIGINT"} and not column.name.endswith("_id") and not _is_key(column):
        return "one % 50"
    if kind in {"VARCHAR", "TEXT"}:
        return f"'v' || one{'' if _is_key(column) else ' % 20'}"
    if kind in {"INTEGER", "BIGINT"} and column.foreign_keys:
        return f"{_FIRST} + one * 7919 % {ROWS}"
    return _KINDS[kind].format(name=name)


def _is_key(column: Column[object]) -> bool:
    """Tell whether a column is the whole or a part of what is there once."""
    table: Table = column.table  # type: ignore[assignment]
    sets = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    sets += [one.columns for one in table.indexes if one.unique]
    return column.primary_key or bool(column.unique) or any(column.name in one for one in sets)


_DIALECT = postgresql.dialect()
_KINDS = {
    "BIGINT": f"{_FIRST} + one",
    "BOOLEAN": "one % 20 = 0",
    "BYTEA": "sha256(('{name}' || one)::bytea)",
    "DATE": "DATE '2026-11-25' - one % 360",
    "DOUBLE PRECISION": "-9 + 6 * random()",
    "FLOAT": "-9 + 6 * random()",
    "INTEGER": f"{_FIRST} + one",
    "JSON": "'{{}}'",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ '2026-11-25' - one * INTERVAL '25 minutes'",
    "UUID": "md5('{name}' || one)::uuid",
}
