from __future__ import annotations

import gzip
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.core.errors import DatabaseUnreachable, Unavailable, UnreadableFile
from services.livestock import imports
from services.livestock.domain.errors import Ambiguous
from services.livestock.domain.model import Key
from services.livestock.imports import import_movements
from services.livestock.queries.animals import animal_history
from services.livestock.recording.lookup import parse_key
from services.livestock.recording.record import record_events
from services.storage.models import (
    Animal,
    Flag,
    Identifier,
    Journal,
    LedgerLeaf,
    Movement,
    Premises,
)
from tests.factories import TODAY, in_threads, origin, rows

HEADER = "source,destination,id,t,n,category\n"
GOOD = """\
1,8184,00001,2005-10-18,1.0,Cattle
2,1,00002,2005-09-16,1.0,Cattle
8184,2,1,2005-10-19,1,Cattle
"""


@pytest.fixture
def file(tmp_path):
    def write_file(text, name="movements.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


def taker(database):
    def take(reports):
        with database.write() as session:
            return len(record_events(session, reports, origin()))

    return take


@pytest.fixture
def take(database):
    """Imports a file into the database."""
    return partial(import_movements, record=taker(database), today=TODAY)


@pytest.fixture
def collect():
    """Reads a file and keeps the reports: nothing of a database."""
    kept = []

    def read(path, today=TODAY):
        def keep(reports):
            kept.extend(reports)
            return len(reports)

        return import_movements(path, keep, today), kept

    return read


def state(database):
    """Everything that an import leaves, but for what is drawn at random."""
    with database.read() as session:
        events = session.execute(
            select(Journal.event_id, Journal.type, Journal.occurred_on).order_by(Journal.event_id)
        ).all()
        keys = session.execute(select(Animal.scheme, Animal.value).order_by(Animal.value)).all()
        stays = [
            [(stay.place.number, stay.since, stay.until) for stay in history.stays]
            for history in (animal_history(session, Key(*key)) for key in keys)
        ]
    return events, keys, stays, rows(database, LedgerLeaf), rows(database, Movement)


def test_import__plain_gzip_and_with_byte_order_mark__take_each_row_once(database, file, take):
    for name, content in (
        ("a.csv", HEADER + GOOD),
        ("b.csv.gz", gzip.compress((HEADER + GOOD).encode())),
        ("c.csv", "\ufeff" + HEADER + GOOD),
        ("d.csv", (HEADER + GOOD).replace("\n", "\r\n")),
    ):
        tally = take(file(content, name))
        assert (tally.rows, tally.refusals) == (3, [])
        assert tally.new_events == (6 if name == "a.csv" else 0), name
    assert (rows(database, Journal), rows(database, LedgerLeaf)) == (6, 12)
    assert (rows(database, Movement), rows(database, Premises)) == (3, 3)
    assert rows(database, Flag) == 0


def test_import__identifiers__are_kept_as_they_are_and_found_in_each_form(database, file, take):
    take(file(HEADER + GOOD))
    with database.read() as session:
        assert parse_key(session, "00001", "animal") == Key("animal", "00001")
        assert parse_key(session, "animal:00001", "animal") == Key("animal", "00001")
        assert parse_key(session, "1", "animal") == Key("animal", "1")
        assert parse_key(session, "1", "premises") == Key("premises", "1")
        with pytest.raises(Ambiguous, match="animal:1 or premises:1"):
            parse_key(session, "1", "any")
        assert parse_key(session, "8184", "any") == Key("premises", "8184")
        one, other = (animal_history(session, Key("animal", v)) for v in ("00001", "1"))
    assert [stay.place.number for stay in one.stays] == ["premises:1", "premises:8184"]
    assert [stay.place.number for stay in other.stays] == ["premises:8184", "premises:2"]


def test_import__killed_at_each_chunk_and_run_again__ends_as_if_never_killed(
    open_database, file, monkeypatch
):
    monkeypatch.setattr(imports, "CHUNK_ROWS", 2)
    content = HEADER + GOOD + GOOD + "5,6,00001,2005-10-20,1,x\n"
    path = file(content)
    whole = open_database("sqlite")
    import_movements(path, taker(whole), TODAY)
    killed = open_database("sqlite")
    for chunks in range(4):
        import_until_killed(killed, path, chunks)
    tally = import_movements(path, taker(killed), TODAY)
    assert (tally.rows, tally.new_events) == (7, 2), "the last chunk died with its transaction"
    assert state(killed) == state(whole)
    assert rows(killed, Journal) == 14


class KilledError(BaseException):
    pass


def import_until_killed(database, path, chunks):
    """Commit some chunks; die in the middle of the next one's transaction."""
    done = 0

    def record_or_die(reports):
        nonlocal done
        with database.write() as session:
            new = len(record_events(session, reports, origin()))
            if done == chunks:
                raise KilledError
        done += 1
        return new

    with pytest.raises(KilledError):
        import_movements(path, record_or_die, TODAY)


def test_import__the_same_file_from_two_processes_at_once__is_taken_once(database, file, take):
    path = file(HEADER + GOOD)
    tallies = in_threads(partial(take, path), partial(take, path))
    assert sum(tally.new_events for tally in tallies) == 6
    assert rows(database, Journal) == 6


def test_import__the_same_row_twice_in_a_file__is_evidence_twice_of_one_movement(
    database, file, take
):
    row = "1,2,7,2005-10-18,1,x\n"
    assert take(file(HEADER + row + row)).new_events == 4
    assert take(file(HEADER + row)).new_events == 0
    assert take(file(HEADER + row * 3)).new_events == 2
    assert rows(database, Movement) == 1


LONG = "9" * 65
BAD = [
    ("1,2,7,18/10/2005", "t is not a day such as 2005-10-18: 18/10/2005"),
    ("1,2,7,2005-02-30", "t is not a day such as 2005-10-18: 2005-02-30"),
    ("1,2,7,2026-11-26", "t is in the future: 2026-11-26"),
    (",2,7,2005-10-18", "source is empty"),
    ("1,  ,7,2005-10-18", "destination is empty"),
    ("1,2,,2005-10-18", "id is empty"),
    ("1,2,7,", "t is empty"),
    ("1,2", "id is empty"),
    (f"1,2,{LONG},2005-10-18", "id is longer than 64 characters: shorten it"),
    (
        "1,2\u200b,7,2005-10-18",
        "destination holds characters that cannot be printed: write it again",
    ),
]


def test_import__wrong_rows__are_refused_with_line_and_reason_and_the_rest_goes_on(collect, file):
    good = "1,2,7,2005-10-18\n"
    text = "source,destination,id,t\n" + "".join(f"{good}{row}\n" for row, _ in BAD)
    tally, kept = collect(file(text))
    told = [(3 + 2 * place, reason) for place, (_, reason) in enumerate(BAD)]
    assert [(refusal.line, refusal.reason) for refusal in tally.refusals] == told
    assert [",".join(refusal.values) for refusal in tally.refusals] == [row for row, _ in BAD]
    assert (tally.rows, tally.new_events, len(kept)) == (10, 20, 20)


def test_import__last_day__is_today(collect, file):
    tally, _ = collect(file(HEADER + f"1,2,7,{TODAY},1,x\n"))
    assert (tally.rows, tally.refusals) == (1, [])


def test_import__row_that_the_rules_refuse__alone_is_refused(database, file, take):
    with database.write() as session:
        animal = Animal(public_id=uuid4(), scheme="x", value="x", found=True)
        session.add(animal)
        session.flush()
        session.add(Identifier(scheme="premises", value="404", animal_id=animal.id))
    progress = []
    tally = take(file(HEADER + GOOD + "404,2,9,2005-10-18,1,x\n" + GOOD), progress=progress.append)
    cells = ("404", "2", "9", "2005-10-18", "1", "x")
    assert tally.refusals == [(5, "", "premises:404 is not the number of premises", "", cells, "")]
    assert (tally.rows, tally.new_events) == (6, 12)
    assert progress == [7]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column source, destination, id, t"),
        (b"source,destination,t\n1,2,2005-10-18\n", "no column id"),
        (b"from;to;id;t\n1;2;3;2005-10-18\n", "no column"),
        (gzip.compress((HEADER + GOOD).encode())[:30], "cannot be read"),
        (gzip.compress((HEADER + GOOD * 99).encode())[:60] + b"\0" * 60, "cannot be read"),
        (b"\x1f\x8b not gzip", "cannot be read"),
        ((HEADER + GOOD).encode("utf-16"), "no column"),
    ],
    ids=["empty", "no id", "semicolons", "cut off", "broken", "only begins so", "utf-16"],
)  # fmt: skip
def test_import__file_that_is_none__says_what_it_should_be(collect, file, content, words):
    with pytest.raises(UnreadableFile, match=words):
        collect(file(content))


def test_import__row_that_is_not_utf_8__alone_is_refused(collect, file):
    bad = b"1,K\xfcche,7,2005-10-18,1,x\n1,2,8,2005-10-18,1,K\xfche\n"
    tally, kept = collect(file(HEADER.encode() + bad + GOOD.encode()))
    assert tally.refusals[0][:3] == (2, "destination", "is not UTF-8")
    assert len(tally.refusals) == 1
    assert (tally.rows, len(kept), tally.fault) == (4, 8, None)


def test_import__field_without_end__is_refused_and_the_rest_goes_on(collect, file):
    tally, kept = collect(file(HEADER + '1,"' + "x" * 200_000 + '",7,2005-10-18,1,x\n' + GOOD))
    assert [(one.line, one.reason, one.values) for one in tally.refusals] == [
        (2, "is not CSV: look for a quote that does not end", ())
    ]
    assert (tally.rows, len(kept), tally.fault) == (3, 6, None)


def test_import__file_that_is_cut_off__keeps_rows_and_refusals_before_and_tells(collect, file):
    rows = "".join(
        f"{n},{n * n % 997},{n * 7919 % 99991},2005-10-18,1,x\n" for n in range(1, 5_000)
    )
    whole = gzip.compress((HEADER + "1,,7,2005-10-18,1,x\n" + rows).encode())
    tally, kept = collect(file(whole[: len(whole) // 2]))
    assert "cannot be read" in tally.fault
    assert tally.refusals[0][:3] == (2, "destination", "is empty")
    assert 1_000 < tally.rows < 5_000
    assert (len(kept), tally.new_events) == (2 * tally.rows, 2 * tally.rows)


def test_import__identifier_with_a_space__is_found_in_each_form(database, file, take):
    take(file(HEADER + "1,2,PG 001,2005-10-18,1,x\n"))
    with database.read() as session:
        for text in ("PG 001", "animal:PG 001"):
            assert parse_key(session, text, "animal") == Key("animal", "PG 001")


def test_import__no_such_file__says_so(collect, tmp_path):
    with pytest.raises(UnreadableFile, match=r"nothing\.csv cannot be read"):
        collect(tmp_path / "nothing.csv")


@pytest.mark.parametrize("trouble", [DatabaseUnreachable("locked"), OSError("disk full")])
def test_import__trouble_that_is_not_the_files__stops_it_and_blames_no_row(file, trouble):
    def fail(_reports):
        raise trouble

    with pytest.raises((Unavailable, OSError)) as caught:
        import_movements(file(HEADER + GOOD), fail, TODAY)
    assert caught.value is trouble


@pytest.mark.shared_data
def test_import__beginning_of_the_real_file__is_taken_as_it_is(database, shared_data, file, take):
    with gzip.open(shared_data / "movements.csv.gz", "rt", encoding="utf-8") as real:
        lines = [next(real) for _ in range(1_501)]
    tally = take(file("".join(lines)))
    assert (tally.rows, tally.new_events, tally.refusals) == (1_500, 3_000, [])
    assert rows(database, Journal) == 3_000
    first = lines[1].split(",")
    with database.read() as session:
        stays = animal_history(session, Key("animal", first[2])).stays
    assert f"premises:{first[0]}" in [stay.place.number for stay in stays]


def test_import__day_of_another_age__is_refused_and_loses_no_other_row(file, take):
    early = "1,2,00003,0001-01-01,1,Cattle\n1,2,00004,1899-12-31,1,Cattle\n"
    tally = take(file(HEADER + early + GOOD))
    assert (tally.rows, [one.line for one in tally.refusals]) == (3, [2, 3])
    assert "before 1900-01-01" in tally.refusals[0].reason
