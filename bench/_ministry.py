"""A ministry of the country: a million people in courses, three million texts, tasks, lists."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench._country import NOW, PART, filling, set_serials
from bench._programmes import publish
from chain.canonical import canonical_bytes
from services.core.geography import PROVINCES
from services.core.roles import Role
from services.health.campaigns.model import NAMELESS, Wording
from services.health.courses.compiled import compile_course
from services.health.recalls.lifecycle import RecallDraft, ask_recall
from services.health.versions.bases import shipped_base
from services.health.versions.store import programme_of, shipped
from services.runtime.container import Runtime
from services.storage.models import Party
from services.storage.vault import SealedCode, SealedJson, Vault

LARGE, SMALL = "tobacco", "diabetes"
"""Programmes with a million people, and with twenty thousand."""
PHASE = "about-you"
"""A phase of the large one."""
PEOPLE = {"people": 1_000_000 // PART, "few": 20_000 // PART}
COUNTS = {
    "concerns": 30_000 // PART,
    "open_concerns": 10_000 // PART,
    "inbox": 10_000 // PART,
    "mailed": 200_000 // PART,
    "readings": 500_000 // PART,
    "officials": 400,
    "sendings": 300,
}
QUESTIONS = ("month1", "month3", "month6")
_POOL = 200
_DAY = timedelta(days=1)


def fill_ministry(runtime: Runtime) -> None:
    """Put the programmes and their people into a country."""
    vault = runtime.database.vault
    with runtime.database.write() as session:
        versions = {code: publish(session, code, _shipped(code)) for code in sorted(shipped())}
        items = list(compile_course(programme_of(versions[LARGE])).items)
        values = _values(vault, {code: row.id for code, row in versions.items()})
    values["items"] = items
    with runtime.database.engine.begin() as connection, filling(connection, *_SERIALS, "envelope"):
        for statement in _ROWS:
            connection.execute(text(statement), values)
        set_serials(connection, _SERIALS)
    with runtime.database.write() as session:
        _recall(session)


def _shipped(code: str) -> bytes:
    return canonical_bytes(shipped_base(f"{code}@shipped").document)


def _recall(session: Session) -> None:
    """Ask for the recall of a text that a newer version says in other words."""
    document = json.loads(_shipped(LARGE))
    first = document["phases"][0]["messages"][0]
    first["text"]["en"] = "Other words than those of the version that people are in."
    publish(session, LARGE, canonical_bytes(document), number=2)
    planner = Party(public_id=uuid4(), role=Role.PLANNER, name="Who asks", language="en")
    session.add(planner)
    session.flush()
    draft = RecallDraft(LARGE, first["id"], "en", 2, "It told the wrong day.", correct=True)
    ask_recall(session, draft, planner.id, NOW)


def _values(vault: Vault, versions: dict[str, int]) -> dict[str, Any]:
    """Return what the statements take; sealed values are drawn from small pools."""
    numbers = [f"+6757{one:07}" for one in range(_POOL)]

    def sealed(words: list[str]) -> list[bytes]:
        return [vault.seal(one.encode()) for one in words]

    def coded(words: list[str]) -> list[bytes]:
        return [vault.seal(SealedCode().filled(one.encode())) for one in words]

    return {
        **PEOPLE,
        **COUNTS,
        "pool": _POOL,
        "at": NOW,
        "today": NOW.date(),
        "large": LARGE,
        "small": SMALL,
        "large_version": versions[LARGE],
        "small_version": versions[SMALL],
        "numbers": sealed(numbers),
        "names": sealed([f"Maria Kaupa {one}" for one in range(_POOL)]),
        "bodies": sealed(
            [f"Day {one} without tobacco. Drink water when you want it." for one in range(_POOL)]
        ),
        "parties": sealed([str(uuid4()) for _ in range(_POOL)]),
        "anchors": [_anchors(vault, one) for one in range(_POOL)],
        "turns": _json(vault, {}),
        "answers": coded(["1", "2"] * (_POOL // 2)),
        "reasons": coded(["done", "no_use"] * (_POOL // 2)),
        "flags": coded(["chest_pain", "suicide", "bleeding", "other"] * (_POOL // 4)),
        "questions": list(QUESTIONS),
        "campaign_texts": vault.seal(
            Wording({"en": "A text of a campaign to many."}, NAMELESS).as_text().encode()
        ),
        "provinces": list(PROVINCES),
    }


def _anchors(vault: Vault, days: int) -> bytes:
    began = NOW.date() - days * _DAY
    return _json(
        vault,
        {"enrolment": began.isoformat(), "quit": (began + 14 * _DAY).isoformat()},
    )


def _json(vault: Vault, value: dict[str, Any]) -> bytes:
    kind = SealedJson()
    return vault.seal(kind.filled(kind.encoded(value)))


_SERIALS = (
    *("party", "contact", "person", "subscription", "message", "attempt", "asking", "concern"),
    *("task", "task_source", "task_entry", "access", "campaign"),
)
# Keys of unique indexes are in order: random ones take minutes longer to fill in.
_ROWS = (
    """INSERT INTO dhis2_sending (public_id, key, programme, system, data_set, period, state,
        counts, conflicts, began_at, ended_at)
    SELECT gen_random_uuid(), 'bench ' || one, :large, 'https://dhis2.example', 'dataSet0001',
        '202610', 'sent',
        '{"changed"\\:200,"gone"\\:0,"same"\\:9,"imported"\\:200,"updated"\\:0,'
        '"deleted"\\:0}',
        '[]', :at, :at
    FROM generate_series(1, CAST(:sendings AS bigint)) AS one""",
    # Officials of every office, some hundreds in all; who keeps pigs is filled with the country.
    """INSERT INTO party (public_id, role, language, name, province)
    SELECT gen_random_uuid(), (ARRAY['inspector', 'veterinary-officer', 'clinician', 'planner',
            'approver', 'health-analyst', 'police', 'recorder'])[1 + one % 8], 'en',
        (CAST(:names AS bytea[]))[1 + one % :pool],
        (CAST(:provinces AS text[]))[1 + one % cardinality(CAST(:provinces AS text[]))]
    FROM generate_series(1, CAST(:officials AS bigint)) AS one""",
    """INSERT INTO person (id, link, party, province, district, sex, birth_year, distance,
        phone_shared)
    SELECT one, sha256(('link ' || one)::bytea), (CAST(:parties AS bytea[]))[1 + one % :pool],
        (CAST(:provinces AS text[]))[1 + one % cardinality(CAST(:provinces AS text[]))],
        'district ' || one % 8, (ARRAY['f', 'm', NULL])[1 + one % 3], 1950 + (one % 55)::int,
        (ARRAY['near', 'far', NULL])[1 + one % 3], one % 4 = 0
    FROM generate_series(1, CAST(:people AS bigint)) AS one""",
    """INSERT INTO subscription (id, public_id, person_id, programme, version_id, language, cohort,
        state, reason, number, number_index, zone, anchors, turns, source, since, next_on,
        invited_at, screened_at, consented_at, activated_at, ended_at, paused_at)
    SELECT one, lpad(one::text, 32, '0')::uuid,
        CASE WHEN one <= :people THEN one ELSE one - :people END,
        CASE WHEN one <= :people THEN :large ELSE :small END,
        CASE WHEN one <= :people THEN CAST(:large_version AS bigint) ELSE :small_version END,
        CASE WHEN one % 3 = 0 THEN 'tpi' ELSE 'en' END, 'all', state,
        CASE WHEN state = 'opted_out' THEN (CAST(:reasons AS bytea[]))[1 + one % :pool] END,
        (CAST(:numbers AS bytea[]))[1 + one % :pool],
        '\\x68'::bytea || sha256(('number ' || one)::bytea), 'Pacific/Port_Moresby',
        (CAST(:anchors AS bytea[]))[1 + one % :pool], :turns,
        (ARRAY['sms', 'import', 'campaign'])[1 + one % 3], began,
        CASE WHEN state = 'active' THEN CAST(:today AS date) + 1 END, began, began, began, began,
        CASE WHEN state NOT IN ('active', 'paused') THEN began + interval '20 days' END,
        CASE WHEN state = 'paused' THEN began + interval '20 days' END
    FROM (SELECT one, CAST(:at AS timestamptz) - one % :pool * interval '1 day' AS began,
            (ARRAY['active', 'active', 'active', 'active', 'active', 'active', 'active', 'active',
                'paused', 'completed', 'completed', 'opted_out', 'lost'])[1 + one % 13] AS state
        FROM generate_series(1, CAST(:people AS bigint) + :few) AS one) AS made""",
    # Three texts to each; every fourth person's first is a question, at the same instant.
    """INSERT INTO message (id, public_id, dedupe_key, recipient, recipient_index, body, purpose,
        kind, scope, zone, lane, state, reason, created_at, planned_at, due_at, expires_at, tries,
        subscription_id, version_id, item, language)
    SELECT one, lpad(one::text, 32, '0')::uuid, decode(lpad(one::text, 64, '0'), 'hex'),
        (CAST(:numbers AS bytea[]))[1 + one % :pool], number_index,
        (CAST(:bodies AS bytea[]))[1 + one % :pool], 'course', 'programme', programme, zone, '',
        CASE WHEN one % 300 = 0 THEN 'queued' WHEN one % 100 = 1 THEN 'sent'
            WHEN one % 200 = 2 THEN 'undelivered' ELSE 'delivered' END,
        NULL, planned, planned, planned, planned + interval '1 day', 1, id, version_id,
        CASE WHEN turn = 0 AND id % 4 = 0
            THEN (CAST(:questions AS text[]))[1 + (id / 4 % 3)::int]
            ELSE (CAST(:items AS text[]))[1 + (one % cardinality(CAST(:items AS text[])))::int]
            END, language
    FROM (SELECT (id - 1) * 3 + turn + 1 AS one, id, turn, number_index, programme, zone,
            version_id, language,
            CAST(:at AS timestamptz) - (id * 7 + turn * 31) % 90 * interval '1 day' AS planned
        FROM subscription, generate_series(0, 2) AS turn) AS made""",
    """INSERT INTO attempt (public_id, message_id, channel, state, reference, segments, cost,
        started_at, finished_at)
    SELECT lpad(id::text, 32, '0')::uuid, id, 'kannel', state, id::text, 1, 12,
        planned_at, planned_at
    FROM message WHERE state <> 'queued'""",
    """INSERT INTO asking (subscription_id, item, number_index, asked_at, closes_at, state, answer,
        answered_at)
    SELECT subscription_id, item, recipient_index, planned_at, planned_at + interval '7 days',
        CASE WHEN subscription_id % 8 = 0 THEN 'answered' WHEN planned_at > CAST(:at AS timestamptz)
            - interval '7 days' THEN 'open' ELSE 'closed' END,
        CASE WHEN subscription_id % 8 = 0
            THEN (CAST(:answers AS bytea[]))[1 + subscription_id / 8 % :pool] END,
        CASE WHEN subscription_id % 8 = 0 THEN planned_at + interval '1 hour' END
    FROM message WHERE item = ANY (CAST(:questions AS text[]))
    ON CONFLICT DO NOTHING""",
    """INSERT INTO concern (id, public_id, person_id, subscription_id, programme, kind, code, at,
        handled_at)
    SELECT one, gen_random_uuid(), one * 31, one * 31, :large,
        (ARRAY['call', 'answer', 'flag'])[1 + one % 3],
        (CAST(:flags AS bytea[]))[1 + one % :pool],
        CAST(:at AS timestamptz) - one * interval '4 min',
        CASE WHEN one > :open_concerns
            THEN CAST(:at AS timestamptz) - (one - 20) * interval '4 min' END
    FROM generate_series(1, CAST(:concerns AS bigint)) AS one""",
    """INSERT INTO task (id, public_id, number, kind, service, province, programme, code, topic,
        made_at, due_at, level, closed_at, outcome)
    SELECT 100000 + concern.id, gen_random_uuid(), (6000000 + concern.id)::text, 'concern',
        'health', province, programme, 'call', sha256(('concern ' || concern.id)::bytea), at,
        at + interval '4 hours', 0, handled_at, CASE WHEN handled_at IS NOT NULL THEN 'done' END
    FROM concern JOIN person ON person.id = person_id""",
    """INSERT INTO task_source (task_id, kind, concern_id)
    SELECT 100000 + id, 'concern', id FROM concern""",
    # Messages that a person must read: most of health, some of pigs, all with a task.
    """INSERT INTO envelope (key_digest, content_digest, channel, received_at, outcome, sender,
        payload, answer, service, province)
    SELECT sha256(('key ' || one)::bytea), sha256(('key ' || one)::bytea), 'kannel-sms',
        CAST(:at AS timestamptz) - one * interval '3 min', 'unclear',
        (CAST(:numbers AS bytea[]))[1 + one % :pool], (CAST(:bodies AS bytea[]))[1 + one % :pool],
        (CAST(:bodies AS bytea[]))[1 + one % :pool],
        CASE WHEN one % 4 = 0 THEN 'livestock' ELSE 'health' END,
        (CAST(:provinces AS text[]))[1 + one % cardinality(CAST(:provinces AS text[]))]
    FROM generate_series(1, CAST(:inbox AS bigint)) AS one""",
    """INSERT INTO task (id, public_id, number, kind, service, province, programme, code, topic,
        made_at, due_at, level)
    SELECT 200000 + one, gen_random_uuid(), (7000000 + one)::text, 'message', service, province,
        CASE WHEN service = 'health' THEN :large END, NULL, key_digest, received_at,
        received_at + interval '2 days', 0
    FROM (SELECT row_number() OVER (ORDER BY received_at) AS one, * FROM envelope) AS made""",
    """INSERT INTO task_source (task_id, kind, arrival)
    SELECT id, 'message', topic FROM task WHERE kind = 'message'""",
    """INSERT INTO task_entry (task_id, at, kind) SELECT id, made_at, 'made' FROM task""",
    """INSERT INTO access (at, actor_id, subject_id, what)
    SELECT CAST(:at AS timestamptz) - one * interval '1 min', 1 + one % 300, 1 + one % 300, 'page'
    FROM generate_series(1, CAST(:readings AS bigint)) AS one""",
    """INSERT INTO campaign (id, public_id, name, kind, state, texts, audience, opens_at, closes_at,
        rate, payer, drafted_by_id, drafted_at, approved_by_id, approved_at, people, segments, cost,
        cursor, last_id, queued)
    SELECT one, gen_random_uuid(), 'campaign ' || one, 'broadcast',
        CASE WHEN one = 1 THEN 'running' ELSE 'finished' END, :campaign_texts, '{}', :at,
        CAST(:at AS timestamptz) + interval '14 days', 1000, 'ministry', 1, :at, 2, :at, :mailed,
        :mailed, 12 * :mailed, :mailed, :people, :mailed
    FROM generate_series(1, 300) AS one""",
    """INSERT INTO message (id, public_id, dedupe_key, recipient, recipient_index, body, purpose,
        kind, scope, zone, lane, state, created_at, planned_at, due_at, expires_at, tries,
        campaign_id)
    SELECT 10000000 + one, lpad((10000000 + one)::text, 32, '0')::uuid,
        decode(lpad((10000000 + one)::text, 64, '0'), 'hex'),
        (CAST(:numbers AS bytea[]))[1 + one % :pool], sha256(('mailed ' || one)::bytea),
        (CAST(:bodies AS bytea[]))[1 + one % :pool], 'campaign', 'programme', 'campaigns',
        'Pacific/Port_Moresby', '', CASE WHEN one % 20 = 0 THEN 'queued' ELSE 'delivered' END, :at,
        :at, :at, CAST(:at AS timestamptz) + interval '1 day', 1, 1
    FROM generate_series(1, CAST(:mailed AS bigint)) AS one""",
    """INSERT INTO attempt (public_id, message_id, channel, state, reference, segments, cost,
        started_at, finished_at)
    SELECT lpad(id::text, 32, '0')::uuid, id, 'kannel', state, 'c' || id, 1, 12, :at, :at
    FROM message WHERE campaign_id = 1 AND state <> 'queued'""",
)
