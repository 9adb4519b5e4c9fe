from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from services.core.errors import Invalid, NotFound, WrongDataKey
from services.livestock.control.errors import NeedsAPerson, OrderEnded, SameOfficer
from services.livestock.control.notices import (
    Officer,
    approve_notice,
    default_texts,
    draft_notice,
    notices_of,
    unreviewed,
)
from services.livestock.control.orders import find_order, lift_order
from services.livestock.domain.orders import ZoneStatus
from services.storage.locks import one_writer
from services.storage.models import Contact, Message, Notice, Party, Premises
from services.texts.catalogue import LANGUAGES
from tests.factories import NOW, TODAY, in_threads, rows
from tests.services.livestock.control.outbreak_scene import PRICE, act, kept, steps_of
from tests.support.damage import shut
from tests.support.texts import assert_one_segment

DAY = timedelta(days=1)
ENGLISH, PIDGIN, OUTSIDE = "+67570000021", "+67570000022", "+67570000023"


@pytest.fixture
def keepers(country):
    """Two keepers in Jiwaka, one of two places; one without a phone; one elsewhere."""
    english, pidgin = country.party(ENGLISH, language="en"), country.party(PIDGIN)
    for number, keeper in [(1, english), (2, english), (3, pidgin), (4, country.party(None))]:
        country.place(number, "Jiwaka", keeper)
    country.place(5, "Enga", country.party(OUTSIDE))


@pytest.fixture
def order(country):
    return country.order()


def drafted(database, number, officer, texts=None):
    with database.write() as session:
        found = find_order(session, number)
        return draft_notice(session, found, texts or {}, officer, PRICE).public_id


def approve(database, notice, officer):
    with database.write() as session:
        return approve_notice(kept(session), notice, officer, PRICE, partial(one_writer, session))


def test_draft__zone__tells_reach_and_cost_and_sends_nothing(country, database, keepers, order):
    notice = drafted(database, order, country.officer(), {"en": "x" * 161})
    with database.read() as session:
        row = session.query(Notice).one()
        assert (row.public_id, row.state) == (notice, "drafted")
        assert (row.recipients, row.segments, row.cost) == (2, 3, 75)
        assert unreviewed(row, find_order(session, order)) == ["tpi"]
    assert country.messages() == []


def test_approve__second_officer__texts_each_keeper_in_his_language(
    country, database, keepers, order
):
    notice = drafted(database, order, country.officer(), {"en": "Keep your pigs at home\u2026"})
    row = approve(database, notice, country.officer())
    with database.read() as session:
        usual = default_texts(find_order(session, order))
    assert country.messages() == [
        (ENGLISH, "notice", "Keep your pigs at home..."),
        (PIDGIN, "notice", usual["tpi"]),
    ]
    assert (row.state, row.drafted_recipients, row.recipients) == ("approved", 2, 2)


def test_approve__number_of_one_keeper_that_does_not_open__is_left_out_alone(
    country, database, keepers, order, caplog
):
    notice = drafted(database, order, country.officer())
    shut(database, ENGLISH)
    approve(database, notice, country.officer())
    assert [to for to, *_ in country.messages()] == [PIDGIN]
    assert "is left out" in caplog.text


def test_approve__no_number_opens__is_refused_and_may_be_approved_later(
    country, database, keepers, order
):
    notice = drafted(database, order, country.officer())
    shut(database, ENGLISH, PIDGIN, OUTSIDE)
    with pytest.raises(WrongDataKey):
        approve(database, notice, country.officer())
    with database.read() as session:
        assert session.query(Notice).one().state == "drafted"


def test_approve__keepers_came_meanwhile__counts_both_and_sends_to_all(
    country, database, keepers, order
):
    notice = drafted(database, order, country.officer())
    country.place(6, "Jiwaka", country.party("+67570000024"))
    row = approve(database, notice, country.officer())
    assert (row.drafted_recipients, row.recipients, row.cost) == (2, 3, 75)
    assert len(country.messages()) == 3


def test_approve__twice__sends_once_and_is_one_event(country, database, keepers, order):
    notice = drafted(database, order, country.officer())
    first = approve(database, notice, country.officer())
    again = approve(database, notice, country.officer())
    assert again.approved_by_id == first.approved_by_id
    assert rows(database, Message) == 2
    with database.read() as session:
        key = find_order(session, order).subject_key
    steps = [told["action"] for kind, told in steps_of(database, key) if kind == "notice"]
    assert steps == ["drafted", "approved"]


def test_approve__officers_at_once__sends_once(country, database, keepers, order):
    notice = drafted(database, order, country.officer())
    officers = [country.officer() for _ in range(4)]
    found = in_threads(
        *[lambda one=one: approve(database, notice, one).approved_by_id for one in officers]
    )
    assert len(set(found)) == 1
    assert rows(database, Message) == 2


def test_approve__same_officer_or_nobody__is_refused(country, database, keepers, order):
    officer = country.officer()
    notice = drafted(database, order, officer)
    with pytest.raises(SameOfficer):
        approve(database, notice, Officer(officer.party_id, act()))
    with pytest.raises(NeedsAPerson):
        approve(database, notice, Officer(None, act()))
    with pytest.raises(NeedsAPerson):
        drafted(database, order, Officer(None, act()))
    assert rows(database, Message) == 0


def test_approve__order_lifted_meanwhile__is_refused(country, database, keepers, order):
    notice = drafted(database, order, country.officer())
    with database.write() as session:
        lift_order(session, order, act())
    with pytest.raises(OrderEnded):
        approve(database, notice, country.officer())
    with pytest.raises(OrderEnded):
        drafted(database, order, country.officer())


def test_approve__no_such_notice__is_not_found(country, database):
    with pytest.raises(NotFound):
        approve(database, uuid4(), country.officer())


def test_draft__same_event_again__drafts_once(country, database, keepers, order):
    officer = country.officer()
    assert drafted(database, order, officer) == drafted(database, order, officer)
    with database.read() as session:
        assert len(notices_of(session, find_order(session, order))) == 1


@pytest.mark.parametrize("texts", [{"de": "Nein"}, {"en": " "}, {"tpi": "x" * 460}])
def test_draft__text_that_cannot_be_sent__is_refused(country, database, order, texts):
    with pytest.raises(Invalid) as refused:
        drafted(database, order, country.officer(), texts)
    assert set(refused.value.fields["texts"]) == set(texts)


@pytest.mark.parametrize(
    ("until", "expires"),
    [
        (None, NOW + 7 * DAY),
        (TODAY + 30 * DAY, NOW + 7 * DAY),
        (TODAY + 2 * DAY, datetime(2026, 11, 26, 14, tzinfo=UTC)),
    ],
)
def test_notice__not_delivered__is_given_up_after_a_week_or_with_its_order(
    country, database, keepers, until, expires
):
    notice = drafted(database, country.order(until=until), country.officer())
    approve(database, notice, country.officer())
    with database.read() as session:
        assert set(session.scalars(select(Message.expires_at))) == {expires}


def test_ledger__each_step__tells_digest_and_reach_but_no_text(country, database, keepers, order):
    notice = drafted(database, order, country.officer(), {"en": "Keep your pigs at home"})
    approve(database, notice, country.officer())
    with database.read() as session:
        key = find_order(session, order).subject_key
    steps = steps_of(database, key)
    assert [kind for kind, _ in steps] == ["order", "notice", "notice"]
    assert [told.get("recipients") for _, told in steps] == [None, 2, 2]
    assert steps[1][1]["texts"] == steps[2][1]["texts"]
    assert "Keep your pigs" not in json.dumps(steps)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [*ZoneStatus, None])
def test_usual_texts__long_names__fit_one_segment_and_say_whom_to_call(
    country, database, status, language
):
    told = {"area_name": "Anglimp South Waghi district and all wards of Nondugl " * 2}
    number = country.order("zone" if status else "quarantine", status=status, **told)
    with database.read() as session:
        text = default_texts(find_order(session, number))[language]
    assert_one_segment(text)
    assert text.endswith("NAQIA 1801332.")
    assert number in text
    assert "ASF" in text


def many_keepers(database, heads):
    """Keepers with a phone and premises in Jiwaka, every third speaks English."""
    numbers = [f"+6757{place:07}" for place in range(heads)]
    with database.write() as session:
        connection = session.connection()
        parties = [
            {"public_id": uuid4(), "role": "keeper", "language": None if place % 3 else "en"}
            for place in range(heads)
        ]
        connection.execute(insert(Party), parties)
        keys = session.scalars(select(Party.id).order_by(Party.id)).all()
        contacts = [
            {"party_id": key, "number": number, "number_index": database.vault.index(number)}
            for key, number in zip(keys, numbers, strict=True)
        ]
        connection.execute(insert(Contact), contacts)
        places = [
            {
                "public_id": uuid4(),
                "subject_key": uuid4().bytes * 2,
                "kind": "household",
                "province": "Jiwaka",
                "found": False,
                "keeper_id": key,
            }
            for key in keys
        ]
        connection.execute(insert(Premises), places)


@pytest.mark.slow
def test_approve__five_thousand_keepers__each_get_one_message(country, database, order):
    many_keepers(database, 5_000)
    notice = drafted(database, order, country.officer())
    row = approve(database, notice, country.officer())
    assert (row.recipients, row.cost) == (5_000, 5_000 * PRICE)
    approve(database, notice, country.officer())
    sent = country.messages()
    assert len({to for to, _, _ in sent}) == len(sent) == 5_000
    assert sorted(Counter(text for _, _, text in sent).values()) == [1_667, 3_333]
