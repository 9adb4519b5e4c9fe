from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from services.core.errors import Invalid, NotFound
from services.core.roles import Role
from services.livestock.control import census_asking, census_tasks
from services.livestock.control.census_asking import ask_slice, keep_censuses
from services.livestock.control.census_results import census_figures, total_of
from services.livestock.control.census_tasks import open_silent
from services.livestock.control.censuses import (
    CensusDraft,
    close_census,
    draft_census,
    find_census,
    open_census,
)
from services.livestock.control.errors import (
    CensusEnded,
    CensusOverlaps,
    NeedsAPerson,
    SameOfficer,
)
from services.livestock.control.notices import Officer
from services.livestock.domain.census import CensusArea
from services.messaging.confirmations import new_confirmation
from services.storage.locks import one_writer, require_one_writer
from services.storage.models import (
    Census,
    CensusKeeper,
    Contact,
    Helper,
    Message,
    Party,
    PendingConfirmation,
    Premises,
    Task,
    TaskEntry,
)
from tests.factories import NOW, TODAY, Phones, in_threads, rows
from tests.services.livestock.control.outbreak_scene import PRICE, act, kept, steps_of

JIWAKA = CensusArea("Jiwaka", None)
ENDS = TODAY + timedelta(days=20)
KEEPERS = [f"+6757000{number:04}" for number in range(501, 508)]
DAY = timedelta(days=1)


@pytest.fixture
def keepers(country):
    """Seven keepers in Jiwaka with a phone, one without, one in Enga."""
    for number, phone in enumerate(KEEPERS, start=1):
        country.place(number, "Jiwaka", country.party(phone, language="en"))
    country.place(20, "Jiwaka", country.party(None))
    country.place(21, "Enga", country.party("+67570000520"))
    return country


def drafted(country, officer=None, area=JIWAKA, first=TODAY, last=ENDS):
    officer, wanted = officer or country.officer(), CensusDraft(area, first, last)
    with country.database.write() as session:
        return draft_census(session, wanted, officer, PRICE, partial(one_writer, session)).number


def opened(country, **told):
    number, second = drafted(country, **told), country.officer()
    with country.database.write() as session:
        open_census(session, number, second, PRICE, partial(one_writer, session))
    return number


def census_of(country, number):
    with country.database.read() as session:
        return find_census(kept(session), number)


def asked(country):
    return [to for to, purpose, _ in country.messages() if purpose == "census"]


def sent(country):
    """Let everything go out."""
    with country.database.write() as session:
        session.execute(update(Message).values(state="sent", tried_at=NOW))


def total(country, number):
    with country.database.read() as session:
        return total_of(census_figures(session, find_census(session, number)))


def test_draft__area__tells_reach_and_cost_and_sends_nothing(keepers):
    row = census_of(keepers, drafted(keepers))
    assert (row.keepers, row.without_phone, row.segments, row.cost) == (7, 1, 7, 175)
    keep_censuses(keepers.database, NOW, 7)
    assert asked(keepers) == []


def test_draft__bad_days_or_nobody__is_refused(keepers):
    for first, last in ((0, -1), (-9, -1), (0, 200), (400, 410)):
        with pytest.raises(Invalid):
            drafted(keepers, first=TODAY + first * DAY, last=TODAY + last * DAY)
    with pytest.raises(Invalid):
        drafted(keepers, area=CensusArea("Jiwaka", "Nowhere"))
    with pytest.raises(NeedsAPerson):
        drafted(keepers, officer=Officer(None, act()))


def test_draft__area_that_another_asks__is_refused_until_that_is_closed(keepers):
    number = drafted(keepers)
    for area in (CensusArea(None, None), JIWAKA):
        with pytest.raises(CensusOverlaps, match=number):
            drafted(keepers, area=area)
    drafted(keepers, area=CensusArea("Enga", None))
    drafted(keepers, first=ENDS + DAY, last=ENDS + 5 * DAY)
    with keepers.database.write() as session:
        close_census(session, find_census(session, number), act())
    drafted(keepers)


def test_open__same_officer_or_over__is_refused(keepers):
    officer = keepers.officer()
    number = drafted(keepers, officer=officer)
    with keepers.database.write() as session, pytest.raises(SameOfficer):
        open_census(
            session, number, Officer(officer.party_id, act()), PRICE, partial(one_writer, session)
        )
    with keepers.database.write() as session:
        close_census(session, find_census(session, number), act())
    second = keepers.officer()
    with keepers.database.write() as session, pytest.raises(CensusEnded):
        open_census(session, number, second, PRICE, partial(one_writer, session))
    with keepers.database.read() as session, pytest.raises(NotFound):
        find_census(session, "C-1999-1")


def test_draft__two_at_once_of_one_area__one_is_refused(keepers):
    officers, wanted = [keepers.officer() for _ in range(3)], CensusDraft(JIWAKA, TODAY, ENDS)

    def draft_it(officer):
        try:
            with keepers.database.write(exclusive=False) as session:
                lock = partial(one_writer, session)
                return draft_census(session, wanted, officer, PRICE, lock).number
        except CensusOverlaps:
            return "refused"

    found = in_threads(*[lambda one=one: draft_it(one) for one in officers])
    assert sorted(found) == [f"C-{TODAY.year}-1", "refused", "refused"]


def test_open__two_officers_at_once__opens_once_and_each_act_is_one_event(keepers):
    number = drafted(keepers)
    officers = [keepers.officer() for _ in range(3)]

    def open_it(officer):
        with keepers.database.write(exclusive=False) as session:
            lock = partial(one_writer, session)
            return open_census(session, number, officer, PRICE, lock).approved_by_id

    found = in_threads(*[lambda one=one: open_it(one) for one in officers])
    assert len(set(found)) == 1
    row = census_of(keepers, number)
    steps = [told["action"] for _, told in steps_of(keepers.database, row.subject_key)]
    assert steps == ["drafted", "opened"]


def test_keep__however_often_and_by_two_at_once__asks_each_once(keepers, monkeypatch):
    monkeypatch.setattr(census_asking, "AT_ONCE", 2)
    number = opened(keepers)
    in_threads(*[lambda: keep_censuses(keepers.database, NOW, 7)] * 3)
    for hours in range(3):
        keep_censuses(keepers.database, NOW + timedelta(hours=hours), 7)
    assert sorted(asked(keepers)) == KEEPERS
    assert total(keepers, number)[2:8] == (8, 0, 0, 7, 0, 1)
    assert census_of(keepers, number).chosen_at is not None


def test_keep__killed_between_slices__goes_on_where_it_was(keepers, monkeypatch):
    monkeypatch.setattr(census_asking, "AT_ONCE", 3)
    number = opened(keepers)
    key = census_of(keepers, number).id
    assert ask_slice(keepers.database, key, NOW)
    assert len(asked(keepers)) == 3

    def die(*_):
        raise KeyboardInterrupt

    whole = census_asking.enqueue_messages
    monkeypatch.setattr(census_asking, "enqueue_messages", die)
    with pytest.raises(KeyboardInterrupt):
        ask_slice(keepers.database, key, NOW)
    monkeypatch.setattr(census_asking, "enqueue_messages", whole)
    assert rows(keepers.database, CensusKeeper) == 3
    keep_censuses(keepers.database, NOW, 7)
    assert sorted(asked(keepers)) == KEEPERS


def test_keep__before_its_first_day__asks_nobody(keepers):
    opened(keepers, first=TODAY + 3 * DAY)
    keep_censuses(keepers.database, NOW, 7)
    assert asked(keepers) == []
    keep_censuses(keepers.database, NOW + 3 * DAY, 7)
    assert len(asked(keepers)) == 7


def test_chase__silent__once_more_and_closing_ends_it(keepers):
    number = opened(keepers)
    keep_censuses(keepers.database, NOW, 7)
    sent(keepers)
    assert Phones(keepers.database).say("3", KEEPERS[0]).startswith("Thank you")
    for day in (7, 8, 9):
        keep_censuses(keepers.database, NOW + day * DAY, 7)
    assert len(asked(keepers)) == 7 + 6
    for day in (14, 15):
        keep_censuses(keepers.database, NOW + day * DAY, 7)
    with keepers.database.read() as session:
        [task] = session.scalars(select(Task)).all()
        assert (task.kind, task.code, task.closed_at) == ("census", "silent", None)
    with keepers.database.write() as session:
        close_census(session, find_census(session, number), act())
    for day in (16, 30):
        keep_censuses(keepers.database, NOW + day * DAY, 7)
    assert len(asked(keepers)) == 13
    with keepers.database.read() as session:
        assert session.scalars(select(Task.outcome)).all() == ["settled"]


@pytest.fixture
def wards(keepers):
    """Two keepers in a ward, one in a district whose ward is not known, the others in neither."""
    with keepers.database.write() as session:
        homes = session.scalars(select(Premises).order_by(Premises.id)).all()
        for home, ward in zip(homes, ("Kudjip", "Kudjip", None), strict=False):
            home.district, home.ward = "Anglimp", ward
    opened(keepers)
    keep_censuses(keepers.database, NOW, 7)
    sent(keepers)
    return keepers


def listed(country):
    """Return the short numbers of places that each task lists, the fewest first."""
    with country.database.read() as session:
        notes = session.execute(
            select(TaskEntry.task_id, TaskEntry.text).where(TaskEntry.kind == "note")
        )
        places = defaultdict(list)
        for task, note in notes:
            places[task] += note.removeprefix("Silent: ").split(", ")
        assert session.scalar(select(func.count()).select_from(Task)) == len(places)
    return sorted(places.values(), key=len)


def listed_at(country):
    with country.database.read() as session:
        return session.scalars(select(Census.listed_at)).one()


@pytest.mark.parametrize("at_once", [20_000, 4])
def test_list__wards_known_and_unknown__are_a_task_each_with_every_silent_place_once(
    wards, monkeypatch, at_once
):
    monkeypatch.setattr(census_tasks, "_AT_ONCE", at_once)
    rounds = 0
    while listed_at(wards) is None:
        rounds += 1
        assert rounds < 6
        keep_censuses(wards.database, NOW + 14 * DAY + timedelta(minutes=rounds), 7)
    found = listed(wards)
    assert [len(places) for places in found] == [1, 2, 5]
    assert len({place for places in found for place in places}) == 8


def test_list__wards_are_chosen__without_the_writers_lock_which_each_takes_anew(wards, monkeypatch):
    units, whole = [], census_tasks.find_silent

    def found(session, row):
        with pytest.raises(RuntimeError):
            require_one_writer(session)
        return whole(session, row)

    def opened_in(session, *told):
        units.append(session)
        return open_silent(session, *told)

    monkeypatch.setattr(census_asking, "find_silent", found)
    monkeypatch.setattr(census_asking, "open_silent", opened_in)
    keep_censuses(wards.database, NOW + 14 * DAY, 7)
    assert (len(units), len(set(map(id, units)))) == (3, 3)


def test_list__killed_between_wards__lists_the_others_later(wards, monkeypatch):
    done = []

    def die(session, *told):
        if done:
            raise KeyboardInterrupt
        done.append(told)
        return open_silent(session, *told)

    monkeypatch.setattr(census_asking, "open_silent", die)
    with pytest.raises(KeyboardInterrupt):
        keep_censuses(wards.database, NOW + 14 * DAY, 7)
    monkeypatch.setattr(census_asking, "open_silent", open_silent)
    assert (len(listed(wards)), listed_at(wards)) == (1, None)
    keep_censuses(wards.database, NOW + 14 * DAY, 7)
    assert [len(places) for places in listed(wards)] == [1, 2, 5]


def test_list__keeper_who_answers_meanwhile__is_in_no_task(wards, monkeypatch):
    def answers_first(session, row):
        found = census_tasks.find_silent(session, row)
        Phones(wards.database).say("CENSUS 3", KEEPERS[2])
        return found

    monkeypatch.setattr(census_asking, "find_silent", answers_first)
    keep_censuses(wards.database, NOW + 14 * DAY, 7)
    assert [len(places) for places in listed(wards)] == [2, 5]


def test_list__recorders__are_told_of_the_keepers_who_accepted_them_alone(wards):
    recorders = [wards.party(f"+6757000090{one}", Role.RECORDER, language="en") for one in range(3)]
    with wards.database.write() as session:
        keepers = session.scalars(
            select(Contact.party_id).where(
                Contact.number_index.in_([wards.database.vault.index(one) for one in KEEPERS])
            )
        ).all()
        for keeper, recorder in zip(keepers, (0, 0, 1), strict=False):
            session.add(
                Helper(keeper_id=keeper, helper_id=recorders[recorder], kind="recorder", since=NOW)
            )
    for minutes in range(2):
        keep_censuses(wards.database, NOW + 14 * DAY + timedelta(minutes=minutes), 7)
    told = {to: text for to, _, text in wards.messages() if to.startswith("+6757000090")}
    silent = {place for places in listed(wards) for place in places}
    places = {to: {place for place in silent if place in text} for to, text in told.items()}
    assert {to: len(found) for to, found in places.items()} == {
        "+67570000900": 2,
        "+67570000901": 1,
    }
    assert not set.intersection(*places.values())


def test_answer__older_question_of_ours_waits__is_asked_which_is_meant(keepers):
    number = opened(keepers)
    with keepers.database.write() as session:
        keeper = session.scalars(select(CensusKeeper.party_id)).first()
        mine = keeper or session.scalars(select(Party.id).order_by(Party.id)).first()
        claim = new_confirmation("doubt", (mine, mine), NOW - DAY, 9 * DAY, _doubt())
        claim.question = "Really? 1 yes, 2 no"
        session.add(claim)
    keep_censuses(keepers.database, NOW, 7)
    sent(keepers)
    phones = Phones(keepers.database)
    assert phones.say("2", KEEPERS[0]).startswith("Two questions wait. If you keep 2 pigs, send")
    assert total(keepers, number).answered == 0
    assert phones.say("5", KEEPERS[0]).startswith("Thank you. Pigs at place")
    assert phones.say("2", KEEPERS[0]).startswith("OK, we wrote down nothing")
    with keepers.database.read() as session:
        assert session.scalars(select(PendingConfirmation.state)).all() == ["refused"]
    assert total(keepers, number).pigs == 5


def _doubt():
    return (
        '{"animals": [], "text": "MOB 50", "language": "en", "confirmed": ["count"],'
        f' "said_at": "{NOW.isoformat()}"}}'
    )


def test_answer__before_the_question_has_gone__is_no_answer(keepers):
    number = opened(keepers)
    keep_censuses(keepers.database, NOW, 7)
    phones = Phones(keepers.database)
    assert not phones.send("3", KEEPERS[0]).text.startswith("Thank you")
    assert total(keepers, number).answered == 0
    assert phones.say("CENSUS 3", KEEPERS[0]).startswith("Thank you")
