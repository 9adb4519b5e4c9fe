"""A programme and a million people in it, for the benchmark of the planner."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import cycle, islice
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.health.format.documents import read_document
from services.storage.bulk import draw_keys, insert_rows
from services.storage.database import Database
from services.storage.models import (
    Journal,
    Party,
    Person,
    ProgrammeApproval,
    ProgrammeVersion,
    Subscription,
)

CODE, LANGUAGES = "bench", ("en", "tpi")
ZONES = ("Pacific/Port_Moresby",) * 9 + ("Pacific/Bougainville",)
NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
TOMORROW = date(2026, 11, 26)
WEEKS = 26
COURSE_DAYS = 7 * WEEKS
_CHUNK = 20_000

_HEAD = """\
code: bench
area: mTobaccoCessation
title: {en: Quit, tpi: Lusim}
languages: {en: complete, tpi: complete}
nameless: {en: friend, tpi: pren}
anchors:
  quit: {label: {en: quit date, tpi: de bilong lusim}}
join: {en: [QUIT], tpi: [LUSIM]}
intake:
  - id: agree
    text: {en: "Do you agree? YES or NO", tpi: "Yu wanbel? YES o NOGAT"}
    ask:
      expect: choice
      consent: true
      options:
        1: {code: "yes", en: [YES], tpi: [YES]}
        2: {code: "no", en: [NO], tpi: [NOGAT]}
welcome: {en: "Welcome", tpi: "Welkam"}
stop:
  text: {en: "It ends. 1 done 2 no use. STOP ALL", tpi: "Em i pinis. 1 orait 2 nogat. STOP ALL"}
  ask: {expect: choice, options: {1: {code: done}, 2: {code: no_use}}}
country: {least_age: 0}
last_day: {anchor: quit, day: 190}
phases:
  - id: course
    anchor: quit
    messages:
"""
_TIP = (
    'text: {en: "Day %d without tobacco. Drink water when you want to smoke, and call a friend.", '
    'tpi: "De %d bilong yu. Dring wara taim yu laik smok, na kolim wanpela pren bilong yu."}'
)
_NAMED = (
    'text: {en: "{name}, day %d! Your day was {quit}. You save money for your family every day.", '
    'tpi: "{name}, de %d! De bilong yu em {quit}. Yu save long mani bilong famili olgeta de."}'
)
_ASKED = (
    'text: {en: "Day %d. How is it? 1 good 2 hard", tpi: "De %d. I stap olsem wanem? 1 o 2"}, '
    "ask: {expect: choice, options: {1: {code: good}, 2: {code: hard}}, remind_days: [1]}"
)
_WEEK = ([_TIP], [_NAMED], [_TIP], [_TIP, _NAMED], [_TIP], [_ASKED], [])
MIX = "of 7 people 4 get one text, 1 two, 1 a question, 1 nothing; 2 of 7 texts say the name"


def item_id(day: int, place: int) -> str:
    """Return the id of a text."""
    return f"d{day}-{place}"


def many_on(day: int) -> int:
    """Return how many texts a day of the course has."""
    return len(_WEEK[day % 7])


def programme_text() -> str:
    """Return the programme's file: half a year of tips, some with the name, and questions."""
    lines = [
        f'      - {{id: {item_id(day, place)}, day: {day}, at: "{9 + 3 * place:02}:00", '
        f"{template.replace('%d', str(day))}}}\n"
        for day in range(1, COURSE_DAYS + 1)
        for place, template in enumerate(_WEEK[day % 7])
    ]
    return _HEAD + "".join(lines)


def fill(database: Database, many: int) -> None:
    """Put people into the programme, evenly on all its days; nothing is planned of tomorrow."""
    with database.write() as session:
        version = publish(session, CODE, canonical_bytes(read_document(programme_text()))).id
    for first in range(0, many, _CHUNK):
        with database.write() as session:
            _enrol(database, session, version, range(first, min(first + _CHUNK, many)))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE party, subscription"))


def publish(session: Session, code: str, document: bytes, number: int = 1) -> ProgrammeVersion:
    """Store a version of a programme, approved in its languages."""
    signer = Party(public_id=uuid4(), role="approver", name="One approver", language="en")
    event = Journal(
        event_id=uuid4(), type="programme", recorded_at=NOW, occurred_on=NOW.date(), content=None
    )
    version = ProgrammeVersion(
        code=code,
        number=number,
        digest=sha256(document).digest(),
        document=document,
        created_at=NOW,
    )
    session.add_all([signer, event, version])
    session.flush()
    session.add_all(
        ProgrammeApproval(
            version_id=version.id,
            language=language,
            reference="bench",
            approved_by_id=signer.id,
            approved_at=NOW,
            journal_id=event.id,
        )
        for language in LANGUAGES
    )
    session.flush()
    return version


def _enrol(database: Database, session: Session, version: int, numbers: range) -> None:
    parties = [uuid4() for _ in numbers]
    insert_rows(
        session,
        Party,
        ("public_id", "name"),
        [
            (one, f"Person{number % 9973} Kaupa")
            for one, number in zip(parties, numbers, strict=True)
        ],
        role="keeper",
    )
    keys, link = draw_keys(session, Person, len(numbers)), database.vault.link
    people = zip(keys, parties, strict=True)
    rows_of_people = [(key, link(party), str(party)) for key, party in people]
    insert_rows(session, Person, ("id", "link", "party"), rows_of_people)
    names = ("person_id", "public_id", "language", "number", "number_index", "zone", "anchors")
    rows = zip(
        keys,
        numbers,
        islice(cycle(LANGUAGES), numbers.start, None),
        islice(cycle(ZONES), numbers.start, None),
        strict=False,
    )
    since = NOW - timedelta(days=COURSE_DAYS + 30)
    insert_rows(
        session,
        Subscription,
        names,
        [
            (key, uuid4(), language, number, database.vault.health_index(number), zone, _anchors(n))
            for key, n, language, zone in rows
            for number in [f"+6757{n:07}"]
        ],
        programme=CODE,
        version_id=version,
        cohort="all",
        state="active",
        discreet=False,
        turns={},
        source="import",
        since=since,
        invited_at=since,
        activated_at=since,
        next_on=TOMORROW,
    )


def _anchors(number: int) -> dict[str, str]:
    quit_on = TOMORROW - timedelta(days=1 + number % COURSE_DAYS)
    return {"enrolment": (quit_on - timedelta(days=14)).isoformat(), "quit": quit_on.isoformat()}
