"""Dry run of a campaign for a million people, and one step of its worker, on PostgreSQL.

Needs BILUM_BENCH_POSTGRES_URL, a server on which a database may be made; it takes about 2 GB of
disk and is dropped afterwards. Each person has a name, which the text holds, and a number, whose
beginning tells the channel; some stopped everything.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as time_of_day
from uuid import uuid4

from sqlalchemy import insert, text

from bench._data import fresh, open_database
from services.core.clock import utc_now
from services.core.geography import PROVINCES
from services.health.campaigns.figures import dry_run
from services.health.campaigns.model import NAMELESS, Wording
from services.health.campaigns.running import run_campaigns
from services.storage.database import Database
from services.storage.models import Campaign, Consent, Contact, Party, Person
from sms.consent import EVERYTHING
from sms.routing import Route
from sms.settings import SmsSettings

SERVER = "BILUM_BENCH_POSTGRES_URL"
PEOPLE, SEED, STOPPED = 1_000_000, 7, 50
TARGET_SECONDS, RATE = 30, 1_000
TEXTS = {
    "en": "{name}, on World Diabetes Day your health centre tests blood sugar, free for everybody.",
    "tpi": "{name}, long De bilong Suga Sik helt senta bai testim blut nating. Olgeta i ken kam.",
}
LONG = {
    language: text + " Bring your clinic book, or come without. See you soon."
    for language, text in TEXTS.items()
}
"""Texts so near to the end of a segment that every name has to be opened."""

_CHUNK = 50_000
_SETTINGS = SmsSettings(
    routes=(Route("+675", ("kannel", "twilio")), Route("+", ("twilio",))),
    quiet_from=time_of_day(0),
    quiet_until=time_of_day(0),
)


def main() -> None:
    """Print the figures of docs/benchmarks.md."""
    server = os.environ.get(SERVER)  # noqa: TID251 — a script
    if server is None:
        sys.exit(f"{SERVER} is not set")
    many = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    with fresh(server) as url:
        database = open_database(url)
        begun = time.perf_counter()
        _fill(database, many)
        print(f"{many:,} people in {time.perf_counter() - begun:.0f} s")
        before = _megabytes()
        for kind, texts in {"cold": TEXTS, "warm": TEXTS, "by names": LONG}.items():
            _measure(database, many, kind, texts)
        print(f"memory {_megabytes():.0f} MB at most, {before:.0f} MB before")
        _look(database, many)
        database.close()


def _campaign(many: int, now: datetime, texts: dict[str, str] = TEXTS) -> Campaign:
    return Campaign(
        id=1,
        public_id=uuid4(),
        name="bench",
        kind="broadcast",
        state="approved",
        texts=Wording(texts, NAMELESS).as_text(),
        audience={},
        opens_at=now,
        closes_at=now + timedelta(days=14),
        rate=RATE,
        payer="bench",
        drafted_by_id=1,
        drafted_at=now,
        approved_by_id=2,
        approved_at=now,
        cursor=many // 2,
        last_id=many,
    )


def _look(database: Database, many: int) -> None:
    """Time one look from the middle of the people on."""
    now = utc_now()
    with database.write() as session:
        session.add(_campaign(many, now))
    begun = time.perf_counter()
    with database.write() as session:
        queued = run_campaigns(session, _SETTINGS, now)
    print(f"one look {time.perf_counter() - begun:6.1f} s  {queued:,} texts queued")


def _measure(database: Database, many: int, kind: str, texts: dict[str, str]) -> None:
    now = utc_now()
    campaign = _campaign(many, now, texts)
    begun, worked = time.perf_counter(), time.process_time()
    with database.read() as session:
        found = dry_run(session, campaign, _SETTINGS, now)
    seconds, busy = time.perf_counter() - begun, time.process_time() - worked
    print(
        f"dry run, {kind} {seconds:6.1f} s, busy {busy:.1f} s  {found.total.people:,} people, "
        f"{found.left_out}, {found.total.segments:,} segments; target {TARGET_SECONDS} s, "
        f"ratio {seconds / TARGET_SECONDS:.2f}"
    )


def _fill(database: Database, many: int) -> None:
    chance = random.Random(SEED)  # noqa: S311 — a sample
    for first in range(1, many + 1, _CHUNK):
        ids = range(first, min(first + _CHUNK, many + 1))
        with database.write() as session:
            for table, rows in _rows(database, ids, chance):
                session.connection().execute(insert(table), rows)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE party, contact, person, consent"))


def _rows(
    database: Database, ids: range, chance: random.Random
) -> Iterator[tuple[type, list[dict[str, object]]]]:
    public, link = {key: uuid4() for key in ids}, database.vault.link
    names = [f"{chance.choice('AEIKMNOPRS')}{chance.randrange(3_000)} Kaupa" for _ in ids]
    yield (
        Party,
        [
            {
                "id": key,
                "public_id": public[key],
                "role": "keeper",
                "language": chance.choice(("en", "tpi", None)),
                "name": name,
            }
            for key, name in zip(ids, names, strict=True)
        ],
    )
    indexes = {key: database.vault.index(f"+6757{key:07}") for key in ids}
    yield (
        Contact,
        [
            {"party_id": key, "number": f"+6757{key:07}", "number_index": index}
            for key, index in indexes.items()
        ],
    )
    yield (
        Person,
        [
            {
                "link": link(party),
                "party": str(party),
                "province": chance.choice(PROVINCES),
                "birth_year": 1980,
            }
            for party in public.values()
        ],
    )
    yield (
        Consent,
        [
            {
                "number_index": index,
                "scope": EVERYTHING,
                "granted": False,
                "source": "bench",
                "at": utc_now(),
            }
            for key, index in indexes.items()
            if key % STOPPED == 0
        ],
    )


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
