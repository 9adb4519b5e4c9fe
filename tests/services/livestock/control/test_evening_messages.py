"""What goes out each evening, to whom, and once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import LargeBinary, delete, select, type_coerce, update

from services.core.roles import Role
from services.core.settings import Settings
from services.livestock.control import evening_messages, overdue_questions
from services.livestock.control.evening_messages import Evening, list_lines, texts_of
from services.livestock.control.evening_phones import queue_unserved
from services.livestock.domain.model import EventType, Key
from services.livestock.recording.identity import find_premises
from services.messaging.outbox import OutboundMessage, SendOptions
from services.runtime.container import Runtime
from services.runtime.jobs import CLOCK_SECONDS, Job
from services.runtime.workers import keep_time
from services.storage.models import Contact, Message, Permit, PermitRoute, Post, Premises
from tests.factories import BUYER, KEY, TODAY, in_threads, official
from tests.services.livestock.country import INSPECTOR, MADANG_KEEPER, Country, days_ago
from tests.support.round_trips import counted
from tests.support.texts import assert_one_segment

SECOND = "+67570000018"
# Six in the evening in Port Moresby; in Bougainville it is seven.
SIX = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def land(land):
    for who in (INSPECTOR, BUYER):
        land.phones.say("LANG EN", who)
    land.phones.say(f"POST {land.post}", INSPECTOR)
    return land


def send(land, now=SIX):
    Evening().send(land.database, now)


def sent(land, purpose="evening"):
    with land.database.read() as session:
        found = session.scalars(
            select(Message).where(Message.purpose == purpose).order_by(Message.id)
        )
        return [(row.recipient, row.body) for row in found]


def lines(text):
    """The permits of a list."""
    return text.partition(": ")[2].split(", ")


def by_the_post(land, *pigs, **told):
    """Issue a permit that leads by the roadblock."""
    number = land.permit(*pigs, **told)
    with land.database.write() as session:
        permit = session.scalars(select(Permit).order_by(Permit.id.desc())).first()
        session.add(PermitRoute(permit_id=permit.id, premises_id=premises(session, land.post).id))
    return number


def premises(session, number):
    key = Key("bilum", number)
    return session.get_one(Premises, find_premises(session, [key])[key].id)


@pytest.mark.slow
def test_list__permits_of_tomorrow__are_on_it_with_pigs_and_place(land):
    named, counted = by_the_post(land, 1, 2), by_the_post(land, heads=5, days=(1, 1))
    by_the_post(land, 3, days=(0, 0))
    send(land)
    line = f"{named} 2 pigs > 1165, {counted} 5 pigs > 1165"
    assert sent(land) == [(INSPECTOR, f"Roadblock 1456, 26 Nov: {line}")]


def test_list__no_permit__says_so(land):
    send(land)
    assert sent(land) == [(INSPECTOR, "Roadblock 1456, 26 Nov: no permit leads past you.")]


@pytest.mark.slow
def test_list__run_again_and_with_new_permits__nothing_more_until_the_next_evening(land):
    for _ in range(12):
        by_the_post(land, heads=3, days=(0, 9))
    send(land)
    before = sent(land)
    assert len(before) > 1
    by_the_post(land, heads=3, days=(0, 9))
    for later in (0 * HOUR, 5 * MINUTE, 5 * HOUR):
        send(land, SIX + later)
    assert sent(land) == before
    send(land, SIX + DAY)
    numbers = [line.split()[0] for _, body in sent(land)[len(before) :] for line in lines(body)]
    assert len(numbers) == 13


def test_list__two_workers_at_once__goes_out_once(land):
    by_the_post(land, 1)
    in_threads(lambda: send(land), lambda: send(land))
    assert len(sent(land)) == 1


@pytest.mark.slow
def test_list__long__is_split_between_permits_and_nothing_is_lost(land):
    numbers = [by_the_post(land, heads=99) for _ in range(20)]
    send(land)
    texts = [body for _, body in sent(land)]
    assert 1 < len(texts) < 10
    for text in texts:
        assert text.startswith("Roadblock 1456, 26 Nov: ")
        assert_one_segment(text)
    assert [line for text in texts for line in lines(text)] == [
        f"{number} 99 pigs > 1165" for number in sorted(numbers)
    ]


@pytest.mark.parametrize("language", ["en", "tpi"])
def test_list__longest_numbers__each_text_fits_one_sms(language):
    place = Key("premises", "x" * 64)
    long = ["1" * 10 + f" 99999 pigs > premises:{'y' * 64}"] * 3
    for text in texts_of(long, language, place, TODAY):
        assert_one_segment(text)


def test_list__permit_of_a_pig_that_is_stolen_meanwhile__says_no_and_names_it(land):
    number, other = by_the_post(land, 1), by_the_post(land, 2)
    land.report(EventType.STOLEN, 1)
    send(land)
    listed, held = [text for _, text in sent(land)]
    assert lines(listed) == [f"{number} NO: STOLEN: hold it", f"{other} 1 pig > 1165"]
    assert held == (
        "Roadblock 1456: HOLD these pigs, they are reported stolen, and call the police: 1553"
    )


def test_list__permit_of_a_place_that_is_suspect_meanwhile__says_no(land):
    number = by_the_post(land, heads=5)
    told = {"action": "begun", "status": "contact", "disease": "african_swine_fever"}
    land.report(EventType.STATUS, 1, at=land.kudjip, **told)
    send(land)
    assert [lines(text) for _, text in sent(land)] == [[f"{number} NO: was near disease"]]


@pytest.mark.slow
def test_list__many_stolen_pigs__are_one_sms_and_those_that_are_back_are_not_named(land):
    for pig in (1, 2, 3):
        land.report(EventType.STOLEN, pig)
    land.report(EventType.RECOVERED, 2)
    send(land)
    held = [text for _, text in sent(land) if "HOLD" in text]
    assert [text.partition("police: ")[2] for text in held] == ["1747, 1553"]
    with land.database.write() as session:
        premises(session, land.post).beyond_province = "Madang"
    # A pig from a side of the roadblock comes first, whenever it was stolen.
    land.report(EventType.STOLEN, 4, on=days_ago(9))
    send(land, SIX + DAY)
    [again] = [text for _, text in sent(land)[2:] if "HOLD" in text]
    assert again.partition("police: ")[2].startswith("1844, 1747")
    assert_one_segment(again)


def test_lines__no_permits__none(land):
    with land.database.read() as session:
        assert list_lines(session, [], "en") == []


@pytest.mark.parametrize(
    ("province", "at", "goes"),
    [
        ("Chimbu", SIX - MINUTE, False),
        ("Chimbu", SIX, True),
        ("Chimbu", SIX + 5 * HOUR + 59 * MINUTE, True),
        ("Chimbu", SIX + 6 * HOUR + 10 * MINUTE, True),
        ("Chimbu", SIX + 12 * HOUR - MINUTE, True),
        ("Chimbu", SIX + 12 * HOUR, False),
        ("Bougainville", SIX - HOUR - MINUTE, False),
        ("Bougainville", SIX - HOUR, True),
        ("Bougainville", SIX + 11 * HOUR, False),
    ],
)
def test_list__evening__is_that_of_the_roadblock(land, province, at, goes):
    with land.database.write() as session:
        premises(session, land.post).province = province
    send(land, at)
    assert len(sent(land)) == goes


def test_list__worker_that_was_away_all_evening__sends_it_at_night_for_the_same_day(land):
    number = by_the_post(land, 1)
    send(land, SIX + 6 * HOUR + 10 * MINUTE)
    assert sent(land) == [(INSPECTOR, f"Roadblock 1456, 26 Nov: {number} 1 pig > 1165")]
    send(land, SIX + DAY)
    assert [body[:22] for _, body in sent(land)[1:]] == ["Roadblock 1456, 27 Nov"]


@pytest.mark.parametrize("served", [5 * MINUTE, 12 * HOUR - MINUTE])
def test_list__served_at_whatever_hour_of_an_evening__is_not_sent_again_before_the_next(
    land, served
):
    for later in (served, 6 * HOUR + 10 * MINUTE, 12 * HOUR - MINUTE, 12 * HOUR, DAY - MINUTE):
        send(land, SIX + max(served, later))
    assert len(sent(land)) == 1
    send(land, SIX + DAY)
    assert len(sent(land)) == 2


def test_list__several_inspectors_and_one_without_phone__each_in_his_language(land):
    land.settle("PLES Hagen, WHP", SECOND)
    land.appoint(SECOND, Role.INSPECTOR)
    land.phones.say(f"POS {land.post}", SECOND)
    send(land)
    assert [to for to, _ in sent(land)] == [INSPECTOR, SECOND]
    assert sent(land)[1][1].startswith("Rotblok 1456")
    with land.database.write() as session:
        party = land.party(session, SECOND)
        session.execute(delete(Contact).where(Contact.party_id == party.id))
    send(land, SIX + DAY)
    assert [to for to, _ in sent(land)] == [INSPECTOR, SECOND, INSPECTOR]


def left(land, pig, days, to=None):
    land.report(EventType.DEPART, pig, at=land.kudjip, other=to or land.goroka, on=days_ago(days))


def test_overdue__nothing_came_for_three_days__its_receiver_is_asked_once(land):
    left(land, 1, 3)
    for later in (0 * HOUR, HOUR, DAY, DAY + HOUR, 9 * DAY):
        send(land, SIX + later)
    told = (
        "Pig 598000000000001 left place 1068 for you (1165) on 22 Nov. "
        "When it comes, send: ARRIVE 598000000000001. If it is lost, call NAQIA 1801332."
    )
    assert sent(land, "overdue") == [(BUYER, told)]


@pytest.mark.parametrize(("days", "asked"), [(2, False), (3, True), (30, True), (31, False)])
def test_overdue__by_days_since_it_left__from_three_to_thirty(land, days, asked):
    left(land, 1, days)
    send(land)
    assert len(sent(land, "overdue")) == asked


def test_overdue__before_six__waits(land):
    left(land, 1, 3)
    send(land, SIX - MINUTE)
    assert sent(land, "overdue") == []


def test_overdue__came_or_died_or_goes_where_nobody_lives__nobody_is_asked(land):
    left(land, 1, 4)
    land.report(EventType.ARRIVE, 1, at=land.goroka, on=days_ago(3))
    left(land, 2, 4)
    land.report(EventType.DEATH, 2, at=land.kudjip)
    with land.database.write() as session:
        premises(session, land.madang).keeper_id = None
    left(land, 3, 4, to=land.madang)
    send(land)
    assert sent(land, "overdue") == []


def test_overdue__several__are_one_text_that_counts_them(land):
    for pig, days in ((1, 9), (2, 3), (3, 3)):
        left(land, pig, days)
    send(land)
    [(to, text)] = sent(land, "overdue")
    assert to == BUYER
    assert text.startswith("3 pigs are expected at your place: ")
    assert all(official(number) in text for number in (1, 2, 3))


def test_overdue__one_more_the_next_day_or_told_late__is_asked_with_the_others(land):
    left(land, 1, 3)
    send(land)
    left(land, 2, 2)
    send(land, SIX + HOUR)
    assert len(sent(land, "overdue")) == 1
    send(land, SIX + DAY)
    assert len(sent(land, "overdue")) == 2
    land.phones.now = SIX + DAY + HOUR
    left(land, 3, 8)
    for later in (DAY + 2 * HOUR, 2 * DAY, 3 * DAY):
        send(land, SIX + later)
    texts = [text for _, text in sent(land, "overdue")]
    assert [text.partition(" ")[0] for text in texts] == ["Pig", "2", "3"]


def test_overdue__two_workers_at_once__ask_once(land):
    left(land, 1, 3)
    left(land, 2, 3)
    in_threads(lambda: send(land), lambda: send(land))
    assert len(sent(land, "overdue")) == 1


def test_evening__chosen__holds_no_lock_of_writers(land, monkeypatch):
    """A worker looks for movements once an evening, whatever it finds."""
    left(land, 1, 3)
    evening, looked = Evening(), []
    real = overdue_questions._questions
    monkeypatch.setattr(
        overdue_questions,
        "_questions",
        lambda session, *told: looked.append(session) or real(session, *told),
    )
    for later in range(5):
        evening.send(land.database, SIX + later * MINUTE)
    assert len(looked) == 1
    assert "one_writer" not in looked[0].info
    evening.send(land.database, SIX + DAY)
    assert len(looked) == 2


def test_overdue__more_keepers_than_a_run_takes__are_all_asked_once_by_later_runs(
    land, monkeypatch
):
    monkeypatch.setattr(overdue_questions, "AT_ONCE", 1)
    monkeypatch.setattr(overdue_questions, "_MOST_SLICES", 2)
    left(land, 1, 3)
    left(land, 2, 3, to=land.madang)
    evening, asked = Evening(), []
    for later in range(5):
        evening.send(land.database, SIX + later * MINUTE)
        asked.append(len(sent(land, "overdue")))
    assert asked[0] < 2
    assert [to for to, _ in sent(land, "overdue")] == [BUYER, MADANG_KEEPER]


@pytest.mark.slow
def test_overdue__one_slice_fails__keeps_no_other_and_is_asked_when_it_can_be(land, monkeypatch):
    monkeypatch.setattr(overdue_questions, "AT_ONCE", 1)
    left(land, 1, 3)
    left(land, 2, 3, to=land.madang)
    evening, failures, real = Evening(), [ZeroDivisionError] * 2, overdue_questions._question

    def fails_twice(rows, *told):
        if rows[0].value == official(1) and failures:
            raise failures.pop()
        return real(rows, *told)

    monkeypatch.setattr(overdue_questions, "_question", fails_twice)
    for minute in range(2):
        with pytest.raises(ZeroDivisionError):
            evening.send(land.database, SIX + minute * MINUTE)
        assert [to for to, _ in sent(land, "overdue")] == [MADANG_KEEPER]
    for minute in range(2, 5):
        evening.send(land.database, SIX + minute * MINUTE)
    assert [to for to, _ in sent(land, "overdue")] == [MADANG_KEEPER, BUYER]


def test_overdue__more_pigs_than_a_text_may_name__says_how_many(land, monkeypatch):
    for pig in (1, 2, 3):
        left(land, pig, 3)
    send(land)
    monkeypatch.setattr(overdue_questions, "MOST_ITEMS", 2)
    with land.database.write() as session:
        session.execute(delete(Message))
    send(land)
    [(_, text)] = sent(land, "overdue")
    assert text.startswith("3 pigs are expected at your place: ")
    assert f"{official(1)}, {official(2)} +1. When" in text


@pytest.mark.parametrize(
    ("module", "part", "others"),
    [
        (evening_messages, "list_lines", ("overdue", "abattoir")),
        (overdue_questions, "_questions", ("evening", "abattoir")),
        (overdue_questions, "_keepers_after", ("evening", "abattoir")),
    ],
)
def test_evening__one_part_fails__the_others_go_out(land, monkeypatch, module, part, others):
    left(land, 1, 3)
    land.report(EventType.SLAUGHTER, 2, at=land.lae, place="abattoir", kilograms=62)

    def fails(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(module, part, fails)
    with pytest.raises(ZeroDivisionError):
        send(land)
    assert [len(sent(land, purpose)) for purpose in others] == [1, 1]


@pytest.mark.postgres
def test_queue__however_many_phones__asks_for_all_with_one_parameter(open_database):
    """PostgreSQL takes 65,535 parameters at most."""
    database = open_database("postgresql")
    shapes = []
    for many in (8, 16):
        texts = [
            OutboundMessage(f"+6757{one:07}", bytes([many, one]) * 16, "x", f"{many} {one}")
            for one in range(many)
        ]
        with counted() as statements:
            queue_unserved(database, texts, SendOptions("overdue", SIX, SIX + DAY))
        shapes.append(statements)
    assert shapes[0] == shapes[1]


def test_overdue__number_of_one_receiver_that_does_not_open__is_left_out_alone(land, caplog):
    left(land, 1, 3)
    with land.database.write() as session:
        theirs = Contact.number_index == land.database.vault.index(INSPECTOR)
        party = session.scalar(select(Contact.party_id).where(theirs))
        junk = type_coerce(b"\x02" + bytes(40), LargeBinary)
        session.execute(update(Contact).where(theirs).values(number=junk))
    send(land)
    assert [to for to, _ in sent(land, "overdue")] == [BUYER]
    assert not sent(land)
    assert f"the number of party {party} is left out" in caplog.text


def test_worker__clock__puts_the_evening_out_and_ends(migrated_file, tmp_path):
    (tmp_path / "bilum.db").write_bytes(migrated_file.read_bytes())
    settings = Settings.from_env({"BILUM_DATA_DIR": str(tmp_path), "BILUM_DATA_KEY": KEY.hex()})
    runtime, stop = Runtime.open(settings, lambda: SIX), Event()
    land = Country(runtime.database).found()
    land.phones.say(f"POST {land.post}", INSPECTOR)
    clock = Job("clock", CLOCK_SECONDS, lambda _over: keep_time(runtime))
    worker = Thread(target=clock.repeat, args=(stop,))
    worker.start()
    for _ in range(6000):
        if sent(land):
            break
        stop.wait(0.01)
    stop.set()
    worker.join(60)
    assert not worker.is_alive()
    assert len(sent(land)) == 1
    with runtime.database.read() as session:
        assert session.scalars(select(Post)).one().asked == []
    runtime.close()
