"""Control of a disease: an outbreak of 300 places, its orders, keepers; and the ledger's tree."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sqlalchemy import text

from bench._country import NOW, PART, REGISTRATION, SIZES, filling
from chain.canonical import public_subject
from services.audit.findings import AuditReport
from services.core.geography import PROVINCES
from services.runtime.container import Runtime
from services.storage.vault import Vault

OUTBREAK = "8800001"
ORDERS = {
    "100 km": {"circles": [{"latitude": -6.0, "longitude": 146.0, "kilometres": 100.0}]},
    "province": {"provinces": [PROVINCES[0]]},
    "3000 places": {
        "premises": [
            f"00000000-0000-0000-0000-{1 + 37 * one % SIZES['premises']:012}"
            for one in range(3_000 // PART)
        ]
    },
}
"""Areas by name; each is an order of the outbreak, of a number that is its name's place."""
KEEPERS, PLACES, CASES, CONTACTS = 150_000 // PART, 300, 3_000, 300
TAGS = range(1_000, SIZES["animals"] + 1, 1_000)
"""Animals whose events the ledger knows by their own names."""
EVENTS_OF_TAG = 10
_BATCH = 500


def fill_control(runtime: Runtime) -> None:
    """Put keepers, an outbreak, its orders and cases, and the ledger's tree into a country."""
    values = _values(runtime.database.vault)
    with runtime.database.engine.begin() as connection, filling(connection, *_TABLES):
        for statement in _ROWS:
            connection.execute(text(statement), values)
        for number, (name, area) in enumerate(ORDERS.items(), start=1):
            connection.execute(text(_ORDER), _order(number, name, area))
        connection.execute(
            text("UPDATE ledger_leaf SET subject = :subject WHERE journal_id = :id"),
            [{"id": one, "subject": public_subject("iso11784", f"598{one:012}")} for one in TAGS],
        )
        connection.execute(text(_OWN_EVENTS), values)
        connection.execute(text(_OWN_LEAVES), values)


def order_number(name: str) -> str:
    """Return the number of an order of the outbreak."""
    return f"Z-2026-{900 + 1 + list(ORDERS).index(name)}"


def _values(vault: Vault) -> dict[str, Any]:
    return {
        **SIZES,
        "at": NOW,
        "waiting": 20_000 // PART,
        "today": NOW.date(),
        "keepers": KEEPERS,
        "places": PLACES,
        "cases": CASES,
        "contacts": CONTACTS,
        "outbreak": OUTBREAK,
        "batch": _BATCH,
        "report": json.dumps(AuditReport(records=1000, size=1000).as_json()),
        "of_tag": EVENTS_OF_TAG,
        "names": [vault.seal(f"Keeper {one}".encode()) for one in range(200)],
        "numbers": [vault.seal(f"+6757{one:07}".encode()) for one in range(200)],
    }


def _order(number: int, name: str, area: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": secrets.token_bytes(32),
        "number": f"Z-2026-{900 + number}",
        "kind": "zone",
        "area": json.dumps(area),
        "name": name,
        "since": NOW.date(),
        "at": NOW,
    }


_TABLES = ("party", "contact", "premises", "ledger_node")
_FIRST = 3_000_000
"""Keys of journal rows of the outbreak begin here, after those of the country."""
_SICK = """concat('{"at":{"number":"premises:', place, '","premises":"',
    lpad(place::text, 32, '0')::uuid, '"},"channel":"sms","details":{"head_count"\\:2,"signs":'
    '["fever"],"suspicion":"african_swine_fever"},"event":"', event, '","occurred":{"at":"',
    day, '","precision":"day","zone":"Pacific/Port_Moresby"},"recorded":'
    '"2026-11-25T02:00:00.000000Z","subjects":[{"id":"', lpad(place::text, 32, '0')::uuid,
    '","kind":"premises","link":"00"}],"type":"sickness"}')"""
_OPENED = """concat('{"at":{"number":"premises:1","premises":'
    '"00000000-0000-0000-0000-000000000001"},"channel":"console","details":'
    '{"disease":"african_swine_fever","state":"', state,
    '"},"event":"', event, '","occurred":{"at":"', day,
    '","precision":"day","zone":"Pacific/Port_Moresby"},"recorded":"2026-11-25T02:00:00.000000Z",'
    '"subjects":[{"id":"00000000-0000-0000-0000-00000000ff01","kind":"outbreak","link":"00"}],'
    '"type":"outbreak"}')"""
_CONTACT = """concat('{"at":{"number":"premises:', place, '","premises":"',
    lpad(place::text, 32, '0')::uuid, '"},"channel":"console","details":{"root":'
    '"00000000-0000-0000-0000-000000000001"},"event":"', event, '","occurred":{"at":"',
    CAST(:today AS date), '","precision":"day","zone":"Pacific/Port_Moresby"},"recorded":'
    '"2026-11-25T02:00:00.000000Z","subjects":[{"id":"', lpad(place::text, 32, '0')::uuid,
    '","kind":"premises","link":"00"}],"type":"status"}')"""
_KEY = "sha256('outbreak'::bytea)"
_LEAF = """INSERT INTO ledger_leaf (journal_id, position, subject, salt, commitment, waiting_since,
        leaf_index)
    SELECT id, 0, {subject}, salt, sha256('\\x01'::bytea || salt || content), :at,
        id - 1
    FROM (SELECT journal.*, sha256(('salt ' || id)::bytea) AS salt FROM journal
        WHERE id BETWEEN {first} AND {last}) AS made"""
_ROWS = (
    """INSERT INTO party (id, public_id, role, language, name)
    SELECT 1000000 + one, gen_random_uuid(), 'keeper', (ARRAY['en', 'tpi', NULL])[1 + one % 3],
        (CAST(:names AS bytea[]))[1 + one % 200]
    FROM generate_series(1, CAST(:keepers AS bigint)) AS one""",
    """INSERT INTO contact (party_id, number, number_index)
    SELECT 1000000 + one, (CAST(:numbers AS bytea[]))[1 + one % 200],
        sha256(('keeper ' || one)::bytea)
    FROM generate_series(1, CAST(:keepers AS bigint)) AS one""",
    "UPDATE premises SET keeper_id = 1000001 + id % :keepers",
    f"""INSERT INTO outbreak (id, public_id, subject_key, disease, state, index_premises_id,
        began_on, opened_by_id)
    VALUES (1, '00000000-0000-0000-0000-00000000ff01', {_KEY}, 'african_swine_fever',
        'confirmed', 1, CAST(:today AS date) - 60, {_FIRST + 1})""",  # noqa: S608 — ours, as below
    "INSERT INTO identifier (scheme, value, outbreak_id) VALUES ('bilum', :outbreak, 1)",
    f"""INSERT INTO journal (id, event_id, type, occurred_on, recorded_at, content)
    SELECT {_FIRST} + one, event, 'outbreak', day, :at, convert_to({_OPENED}, 'UTF8')
    FROM (SELECT one, gen_random_uuid() AS event,
        CAST(:today AS date) - 62 + one * 2 AS day,
        (ARRAY['suspect', 'confirmed'])[one] AS state FROM generate_series(1, 2) AS one) AS made""",  # noqa: S608
    _LEAF.format(subject=_KEY, first=_FIRST + 1, last=_FIRST + 2),
    f"""INSERT INTO journal (id, event_id, type, occurred_on, recorded_at, content)
    SELECT {_FIRST} + 10 + one, event, 'sickness', day, :at, convert_to({_SICK}, 'UTF8')
    FROM (SELECT one, gen_random_uuid() AS event, 1 + 22 * (one % :places) AS place,
            CAST(:today AS date) - (one % 58)::int AS day
        FROM generate_series(1, CAST(:cases AS bigint)) AS one) AS made""",  # noqa: S608
    f"""INSERT INTO ledger_leaf (journal_id, position, subject, salt, commitment, waiting_since,
        leaf_index)
    SELECT id, 0, sha256((1 + 22 * ((id - {_FIRST + 10}) % :places))::text::bytea), salt,
        sha256('\\x01'::bytea || salt || content), :at, id - 1
    FROM (SELECT journal.*, sha256(('salt ' || id)::bytea) AS salt FROM journal
        WHERE id BETWEEN {_FIRST + 11} AND {_FIRST + 10} + :cases) AS made""",  # noqa: S608
    f"""INSERT INTO journal (id, event_id, type, occurred_on, recorded_at, content)
    SELECT {_FIRST} + 10000 + one, event, 'status', :today, :at, convert_to({_CONTACT}, 'UTF8')
    FROM (SELECT one, gen_random_uuid() AS event, 7 * one AS place
        FROM generate_series(1, CAST(:contacts AS bigint)) AS one) AS made""",  # noqa: S608
    f"""INSERT INTO status (premises_id, kind, disease, since, source_id)
    SELECT 7 * one, 'contact', 'african_swine_fever', CAST(:today AS date) - 5,
        {_FIRST} + 10000 + one
    FROM generate_series(1, CAST(:contacts AS bigint)) AS one""",  # noqa: S608
    # The ledger: a checkpoint for each five hundred records, and a tree whose hashes are made up.
    """INSERT INTO ledger_batch (first_index, size, root, state, block_number)
    SELECT (one - 1) * :batch, one * :batch, sha256(('root ' || one)::bytea), 'final', one
    FROM generate_series(1, (CAST(:animals AS bigint) - :waiting) / :batch) AS one""",
    """INSERT INTO ledger_node (level, node_index, hash)
    SELECT level, one, sha256((level || ' ' || one)::bytea)
    FROM generate_series(1, 21) AS level,
        generate_series(0, (CAST(:animals AS bigint) >> level) - 1) AS one""",
    """INSERT INTO ledger_binding (id, chain_id, genesis, contract)
    VALUES (1, 1, sha256('genesis'::bytea), '0x0000000000000000000000000000000000000001')""",
    """INSERT INTO device (public_id, name, kind, owner_id, created_at, next_counter)
    SELECT gen_random_uuid(), 'device ' || one, 'page', 1000000 + one, :at, 1
    FROM generate_series(1, CAST(:keepers AS bigint) / 75) AS one""",
    """INSERT INTO audit_run (public_id, asked_at, projections, tries, done, size, ended_at,
        verdict, report, started_at)
    SELECT gen_random_uuid(), :at, false, 1, 1000, 1000, :at, 'clean', :report, :at
    FROM generate_series(1, 200) AS one""",
)
_ORDER = """INSERT INTO control_order (public_id, subject_key, number, kind, status, disease, area,
        area_name, area_salt, since, declared_at, declared_by_id, outbreak_id)
    VALUES (gen_random_uuid(), :key, :number, :kind, 'infected', 'african_swine_fever', :area,
        :name, :key, :since, :at, 1, 1)"""
_OWN_EVENTS = f"""INSERT INTO journal (id, event_id, type, occurred_on, recorded_at, content)
    SELECT {_FIRST} + 100000 + count, event, 'register', :today, :at,
        convert_to({REGISTRATION}, 'UTF8')
    FROM (SELECT 1000 * (1 + count / :of_tag) AS one, count, 1 + count % :premises AS place,
            gen_random_uuid() AS event
        FROM generate_series(0, :animals / 1000 * :of_tag - 1) AS count) AS made"""  # noqa: S608
_OWN_LEAVES = f"""INSERT INTO ledger_leaf (journal_id, position, subject, salt, commitment,
        waiting_since)
    SELECT made.id, 0, leaf.subject, made.salt, sha256('\\x01'::bytea || made.salt || content), :at
    FROM (SELECT journal.*, sha256(('salt ' || id)::bytea) AS salt FROM journal
        WHERE id >= {_FIRST} + 100000) AS made
    JOIN ledger_leaf AS leaf
        ON leaf.journal_id = 1000 * (1 + (made.id - {_FIRST} - 100000) / :of_tag)"""  # noqa: S608
