from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.core.errors import Invalid, NotFound
from services.livestock.control import census_asking
from services.livestock.control.census_asking import ask_slice, keep_censuses
from services.livestock.control.census_results import census_figures, total_of
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
from services.storage.models import CensusKeeper, Message, Party, PendingConfirmation, Task
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
        return draft_census(session, wanted, officer, PRICE).number


def opened(country, **told):
    number, second = drafted(country, **told), country.officer()
    with country.database.write() as session:
        open_census(session, number, second, PRICE)
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
        open_census(session, number, Officer(officer.party_id, act()), PRICE)
    with keepers.database.write() as session:
        close_census(session, find_census(session, number), act())
    second = keepers.officer()
    with keepers.database.write() as session, pytest.raises(CensusEnded):
        open_census(session, number, second, PRICE)
    with keepers.database.read() as session, pytest.raises(NotFound):
        find_census(session, "C-1999-1")


def test_open__two_officers_at_once__opens_once_and_each_act_is_one_event(keepers):
    number = drafted(keepers)
    officers = [keepers.officer() for _ in range(3)]

    def open_it(officer):
        with keepers.database.write() as session:
            return open_census(session, number, officer, PRICE).approved_by_id

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
