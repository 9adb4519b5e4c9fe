"""What people report of their pigs, and what they are answered: the table is events.txt."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.domain.details import read_details
from services.livestock.domain.model import EventType, FlagCode
from services.storage.models import Animal, Contact, Flag, Identifier, Journal, Message, Party
from tests.factories import BUYER, FARMER, Phones, official
from tests.services.livestock.table import PEOPLE, Player
from tests.services.livestock.table import rows as rows_of

RECORDER, OFFICER = "+67570000004", "+67570000005"
CAST = {**PEOPLE, "RECORDER": RECORDER, "OFFICER": OFFICER}
ROWS = rows_of("events.txt")
_ROLES = {RECORDER: Role.RECORDER, OFFICER: Role.VETERINARY_OFFICER}
_SCENE = (
    (FARMER, "PLACE Kudjip, Jiwaka"),
    (BUYER, "PLES Goroka, EHP"),
    (FARMER, f"REG {official(1)} 1/11"),
    (FARMER, f"REG {official(2)} 1/11"),
    (FARMER, "TREAT 1359 IVOMEC 28 yesterday"),
    (FARMER, "MOB 14 1/11"),
    (FARMER, "MOB"),
    (FARMER, f"REG {official(3)} 20/11"),
    (FARMER, "DEAD 1650 yesterday"),
    (FARMER, f"ARRIVE {official(7)} yesterday"),
    (RECORDER, "PLACE Banz, Jiwaka"),
    (OFFICER, "PLACE Hagen, WHP"),
    (BUYER, "LANG EN"),
)


def set_scene(database):
    phones = Phones(database)
    for who, text in _SCENE:
        phones.say(text, who)
    with database.write() as session:
        for number, role in _ROLES.items():
            found = select(Contact.party_id).where(
                Contact.number_index == database.vault.index(number)
            )
            session.get_one(Party, session.scalars(found).one()).role = role.value


@pytest.fixture
def village(set_up):
    """The scene of the table, and everybody's phone."""
    return Phones(set_up)


def play(phones):
    return [Player(phones, CAST).answer(row) for row in ROWS]


def contents(database):
    with database.read() as session:
        return [json.loads(one) for one in session.scalars(select(Journal.content))]


def state_of(database, number):
    """The row of an animal by one of its numbers."""
    with database.read() as session:
        found = select(Identifier.animal_id).where(Identifier.value == str(number))
        return session.execute(select(*Animal.__table__.c).where(Animal.id.in_(found))).one()


def alarms(database):
    with database.read() as session:
        return session.scalars(select(Message.body).where(Message.purpose == "alarm")).all()


def test_table__file__has_all_its_rows():
    assert len(ROWS) > 125


@pytest.mark.parametrize("row", ROWS, ids=[row.text for row in ROWS])
def test_answer__message_of_the_table__has_this_outcome_and_reply(village, row):
    assert Player(village, CAST).answer(row) == row.answer


@pytest.mark.postgres
def test_answer__whole_table_in_turn__is_the_same_on_both_databases(village, open_database):
    database = open_database("postgresql")
    set_scene(database)
    assert play(Phones(database)) == play(village)


@pytest.mark.slow
def test_answer__whole_table__raises_every_flag_that_reports_alone_can_raise(village):
    """Played backwards, so that nothing that went before hides a flag."""
    for row in reversed(ROWS):
        if village.send(row.text, CAST[row.who]).outcome == "asked":
            village.send("1", CAST[row.who])
    with village.database.read() as session:
        raised = set(session.scalars(select(Flag.code)))
    assert raised >= {
        FlagCode.REGISTERED_TWICE,
        FlagCode.DEPARTURE_ELSEWHERE,
        FlagCode.EVENT_AFTER_DEATH,
        FlagCode.NEGATIVE_COUNT,
        FlagCode.BIRTH_AFTER_EVENT,
        FlagCode.NOT_THE_KEEPER,
        FlagCode.MOVED_WITHOUT_PERMIT,
    }


@pytest.mark.slow
def test_answer__whole_table__records_what_schemas_allow_and_nothing_of_people(village):
    play(village)
    records = contents(village.database)
    for record in records:
        details = record.get("details", {})
        assert read_details(EventType(record["type"]), details) == details
    told = json.dumps(records)
    words = {"Kudjip", "Goroka", "Banz", "kaikai", "simuk", "+6757000", "Jiwaka"}
    assert {word for word in words if word in told} == set()


def test_born__count_and_dam__is_one_mob_with_both(village):
    village.say("BORN 6 of 1262 yesterday")
    litter = state_of(village.database, 1941)
    assert (litter.kind, litter.head_count, str(litter.born_on)) == ("mob", 6, "2026-11-24")
    assert contents(village.database)[-1]["details"]["dam"] == f"iso11784:{official(1)}"


def test_register__out_of_a_mob__takes_one_from_it_and_names_it(village):
    village.say(f"REG {official(9)} sow MOB 1456")
    tagged = state_of(village.database, official(9))
    assert (tagged.sex, state_of(village.database, 1456).head_count) == ("female", 13)
    registered = [one for one in contents(village.database) if one["type"] == "register"][-1]
    assert registered["details"]["part_of"] == "bilum:1456"


def test_register__by_a_recorder_at_anothers_place__makes_the_keeper_the_owner(village):
    village.say(f"REG {official(9)} 1068", RECORDER)
    village.say(f"REG {official(8)}", RECORDER)
    with village.database.read() as session:
        index = village.database.vault.index(FARMER)
        farmer = session.scalars(
            select(Contact.party_id).where(Contact.number_index == index)
        ).one()
    assert state_of(village.database, official(9)).owner_id == farmer
    assert state_of(village.database, official(8)).owner_id is None


def test_sale__by_a_recorder__is_of_where_the_pig_is(village):
    village.say("SELL 1262 1165", RECORDER)
    with village.database.read() as session:
        told = [row.body for row in session.scalars(select(Message))]
    assert any("Place 1068 wants to pass your pig 1262" in text for text in told)


def test_sick__at_a_place_of_somebody_else__tells_the_officers_of_that_place(village):
    village.say("SICK 3 at place 1165 fever")
    assert [text.partition(". Signs")[0] for text in alarms(village.database)] == [
        "ALARM: 3 pigs sick at 1165 Goroka, Eastern Highlands (no officer there)"
    ]


def test_move__part_of_a_mob__is_a_mob_of_its_own_and_the_rest_stays(village):
    village.say("MOVE MOB 1456 5 1165")
    assert "5 born" not in village.say("ARRIVE 1941 from 1068", BUYER)
    assert state_of(village.database, 1941).head_count == 5
    assert state_of(village.database, 1456).head_count == 9
    assert "1165 Goroka since" in village.say("TRACE 1941", BUYER)
    assert "Pigs there in our book: 5" in village.say("ME", BUYER)
    assert "Pigs there in our book: 12" in village.say("ME")


def test_move__whole_mob__arrives_as_one(village):
    village.say("MOVE 1456 1165")
    village.say("ARRIVE 1456 from 1068", BUYER)
    assert "Pigs there in our book: 14" in village.say("ME", BUYER)
    with village.database.read() as session:
        assert session.scalars(select(Flag.code)).all() == [FlagCode.MOVED_WITHOUT_PERMIT]


def test_me__pork_and_dead_pigs_and_uncounted_mobs__are_no_pigs(village):
    assert "Pigs there in our book: 17" in village.say("ME")
    village.say("PORK 40 KG 1165")
    village.say("ARRIVE 1941", BUYER)
    village.say("DEAD 1262")
    village.say("DEAD 4 MOB 1456")
    assert "Pigs there in our book: 12" in village.say("ME")
    assert "Pigs there in our book: 0" in village.say("ME", BUYER)


def test_treat__twice__tells_the_later_end_of_the_withdrawal(village):
    assert "before 23 Dec" in village.say("TREAT 1262 IVOMEC 28")
    assert "before 23 Dec" in village.say("TREAT 1262 OXYTET 10 yesterday")
    assert "before 23 Dec" in village.say("VACC 1262 CSF")


def test_sick__words_of_both_languages__become_signs_and_reach_the_officer(village):
    village.say("SIK tripela pik i no kaikai na ret skin, ating ASF, plis helpim mi")
    record = next(one for one in contents(village.database) if one["type"] == "sickness")
    assert record["details"] == {
        "signs": ["not_eating", "red_skin"],
        "head_count": 3,
        "suspicion": "african_swine_fever",
    }
    assert "3 pigs sick at 1068 Kudjip, Jiwaka" in alarms(village.database)[0]


@pytest.mark.parametrize(
    ("text", "officers_told"),
    [
        ("SICK 3", 1),
        ("DEAD 3", 1),
        ("DEAD 1262 1359", 1),
        ("DEAD 1456", 1),
        ("DEAD 1262 ASF", 1),
        ("DEAD 1262", 0),
        ("DEAD 1", 0),
        ("TREAT 1262 IVOMEC", 0),
    ],
)
def test_alarm__what_may_spread__tells_the_officer(village, text, officers_told):
    village.say(text)
    assert len(alarms(village.database)) == officers_told


@pytest.mark.slow
def test_dead__with_a_suspicion__is_a_death_and_a_sickness(village):
    village.say("DAI 1262 long ASF na mipela kukim")
    sickness, death = contents(village.database)[-3:-1]
    assert sickness["details"]["suspicion"] == "african_swine_fever"
    assert death["details"] == {"cause": "disease", "disposal": "burned"}


def test_dead__so_many_without_a_tag__is_a_death_of_the_premises_alone(village):
    village.say("DEAD 3")
    record = next(
        one
        for one in contents(village.database)
        if one["type"] == "death" and "head_count" in one["details"]
    )
    assert [subject["kind"] for subject in record["subjects"]] == ["premises"]


def test_retag__old_tag_by_its_number__is_retired_and_both_find_the_pig(village):
    village.say(f"RETAG {official(1)} {official(9)}")
    assert state_of(village.database, official(9)).id == state_of(village.database, 1262).id
    with village.database.read() as session:
        retired = select(Identifier.value).where(Identifier.retired_on.is_not(None))
        assert session.scalars(retired).all() == [official(1)]
    assert official(9) in village.say("LOST TAG 1262"), "the tag that it wears now"


def test_language__switched_by_its_name__holds_for_what_is_not_understood(village):
    village.say("TOK PISIN")
    assert village.send("???").text.startswith("Sori")
    village.say("INGLIS")
    assert village.send("???").text.startswith("Sorry")


def test_sick__with_words_that_nobody_reads__tells_them_to_the_officer_with_the_phone(village):
    """A place by its name alone is not the sender's own."""
    village.say("SICK 3 fever in Banz")
    assert [
        text.partition("Signs: ")[2].partition(" Receipt")[0] for text in alarms(village.database)
    ] == ['fever, "Banz". Call 70000001 now.']
