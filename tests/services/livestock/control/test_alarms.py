from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.control.alarms import Caller, caller_of, raise_alarm, tell_counted
from services.livestock.control.outbreaks import OutbreakState, change_state
from services.livestock.domain.details import NOTIFIABLE, SIGNS
from services.livestock.domain.model import AnimalKind
from services.livestock.recording.identity import new_group
from services.storage.models import Message, Outbreak, Party, PlaceAlarm
from services.texts.catalogue import LANGUAGES, say, say_count
from tests.factories import NOW, TODAY, pig, rows
from tests.services.livestock.control.outbreak_scene import ASF, act
from tests.support.damage import shut
from tests.support.texts import assert_one_segment

NATIONAL, HERE, ELSEWHERE = "+67570000011", "+67570000012", "+67570000013"
CALLER = "+67570000099"
RECEIPT = "7KQ2-M9XA-P4TD-WZ3C"


@pytest.fixture
def officers(country):
    for number, province, language in [
        (NATIONAL, None, "en"),
        (HERE, "Jiwaka", None),
        (ELSEWHERE, "Enga", "en"),
    ]:
        country.party(number, Role.VETERINARY_OFFICER, language, province)
    country.party("+67570000014", Role.INSPECTOR)
    country.party(None, Role.VETERINARY_OFFICER)


@pytest.fixture
def alarm(database):
    def ring(done):
        with database.write() as session:
            raise_alarm(session, done, Caller(CALLER), NOW)

    return ring


def sick(country, place, **told):
    return country.tell("sickness", place, **({"signs": ["fever"]} | told))


def test_alarm__sickness__reaches_officers_of_the_province_and_the_country(
    country, officers, alarm
):
    place = country.place(1)
    done = sick(country, place, head_count=3, signs=["fever", "red_skin"])
    alarm(done)
    english = f"ALARM: 3 pigs sick at {place}, Jiwaka. Signs: fever, red skin. Call 70000099 now."
    other = f"ALAM: 3 pik i sik long {place}, Jiwaka. Mak: skin i hat, skin i ret."
    assert country.messages() == [
        (NATIONAL, "alarm", f"{english} Receipt {done.receipt}"),
        (HERE, "alarm", f"{other} Ringim 70000099 nau. Risit {done.receipt}"),
    ]


def test_alarm__number_of_one_officer_that_does_not_open__reaches_the_other(
    database, country, officers, alarm
):
    shut(database, HERE)
    alarm(sick(country, country.place(1)))
    assert [to for to, _, _ in country.messages()] == [NATIONAL]


def test_alarm__number_of_a_programs_user_does_not_open__goes_without_it(
    database, country, officers
):
    party = country.party(CALLER)
    shut(database, CALLER)
    done = sick(country, country.place(1))
    with database.write() as session:
        caller = caller_of(session, session.get_one(Party, party).public_id)
        raise_alarm(session, done, caller, NOW)
    assert (caller.number, caller.party_id) == (None, party)
    assert [to for to, _, _ in country.messages()] == [NATIONAL, HERE]


def test_alarm__province_not_known__reaches_every_veterinary_officer(country, officers, alarm):
    alarm(sick(country, country.place(1, None)))
    assert [to for to, _, _ in country.messages()] == [NATIONAL, HERE, ELSEWHERE]


def test_alarm__death__says_so_and_a_cull_says_nothing(country, officers, alarm):
    place = country.place(1, "Enga")
    alarm(country.tell("death", place, pig(1), pig(2), cause="unknown"))
    alarm(country.tell("death", place, pig(3), cause="culled"))
    texts = [text for _, _, text in country.messages()]
    assert len(texts) == 2
    assert all(text.startswith("ALARM: 2 pigs died at ") for text in texts)


def test_alarm__a_mob_without_a_count__is_not_called_one_pig(database, country, officers, alarm):
    with database.write() as session:
        mob = new_group(session, AnimalKind.MOB)
    place = country.place(1, "Enga")
    alarm(country.tell("sickness", place, mob, signs=["fever"]))
    alarm(country.tell("death", country.place(2, "Enga"), mob, cause="unknown", head_count=4))
    texts = sorted({text for _, _, text in country.messages()})
    assert texts[0].startswith("ALARM: 4 pigs died at ")
    assert texts[1].startswith(f"ALARM: pigs sick at {place}, ")


def test_alarm__anything_else__is_none(country, officers, alarm):
    alarm(country.tell("weight", country.place(1), pig(1), kilograms=60))
    assert country.messages() == []


def test_alarm__raised_again__sends_nothing_and_opens_nothing_twice(
    country, database, officers, alarm
):
    done = sick(country, country.place(1), suspicion=ASF)
    alarm(done)
    alarm(done)
    assert (rows(database, Message), rows(database, Outbreak)) == (2, 1)


@pytest.fixture
def hour_ends(database):
    def ring(hours=1):
        with database.write() as session:
            tell_counted(session, NOW + timedelta(hours=hours))

    return ring


@pytest.mark.slow
def test_alarms__100_of_one_place_in_an_hour__are_one_text_and_one_count(
    country, officers, alarm, hour_ends
):
    place = country.place(1, "Enga")
    for _ in range(100):
        alarm(sick(country, place))
    assert len(country.messages()) == 2
    hour_ends(0.9)
    assert len(country.messages()) == 2
    hour_ends()
    hour_ends()
    texts = [text for _, _, text in country.messages()[2:]]
    assert len(texts) == 2
    assert all("Enga, since 12:00: 99. " in text for text in texts)


def test_alarms__of_two_places__go_each_at_once(country, officers, alarm):
    for number in (1, 2):
        alarm(sick(country, country.place(number, "Enga")))
    assert len(country.messages()) == 4


def test_alarms__worse_each_time__go_at_once_and_less_severe_ones_are_counted(
    country, officers, alarm
):
    place = country.place(1, "Enga")
    alarm(sick(country, place))
    alarm(country.tell("death", place, pig(1), pig(2), cause="unknown"))
    alarm(sick(country, place, suspicion=ASF))
    for _ in range(3):
        alarm(sick(country, place, suspicion=ASF))
        alarm(sick(country, place))
    begin = [text[:17].strip() for to, _, text in country.messages() if to == NATIONAL]
    assert begin == ["ALARM: pigs sick", "ALARM: 2 pigs die", "ALARM ASF? pigs s"]


def test_alarm__after_its_hour_without_another__goes_at_once_again(
    country, officers, alarm, hour_ends, database
):
    place = country.place(1, "Enga")
    alarm(sick(country, place))
    hour_ends()
    assert rows(database, PlaceAlarm) == 0
    alarm(sick(country, place))
    assert len(country.messages()) == 4


def test_alarm__message__is_given_up_after_three_days(country, database, officers, alarm):
    alarm(sick(country, country.place(1)))
    with database.read() as session:
        assert set(session.scalars(select(Message.expires_at))) == {NOW + timedelta(days=3)}


def test_suspicion__no_outbreak_there__opens_one_and_names_it(country, database, officers, alarm):
    alarm(sick(country, country.place(1), suspicion=ASF))
    with database.read() as session:
        opened = session.query(Outbreak).one()
        assert (opened.state, opened.disease, opened.began_on) == ("suspect", ASF, TODAY)
    text = country.messages()[0][2]
    assert text.startswith("ALARM ASF? pigs sick at premises:1, Jiwaka. Signs: fever. Outbreak ")


def test_suspicion__outbreak_open_at_its_premises_or_in_its_zone__opens_none(
    country, database, officers, alarm
):
    number = country.outbreak(country.place(1))
    country.order(outbreak=number)
    alarm(sick(country, country.place(1), suspicion=ASF))
    alarm(sick(country, country.place(2), suspicion=ASF))
    assert rows(database, Outbreak) == 1
    assert all(f" {number}. " in text for _, _, text in country.messages())


def test_suspicion__elsewhere_or_another_disease_or_released__opens_another(
    country, database, officers, alarm
):
    number = country.outbreak(country.place(1))
    alarm(sick(country, country.place(2), suspicion=ASF))
    alarm(sick(country, country.place(1), suspicion="anthrax"))
    assert rows(database, Outbreak) == 3
    with database.write() as session:
        change_state(session, number, OutbreakState.RELEASED, act())
    alarm(sick(country, country.place(1), suspicion=ASF))
    assert rows(database, Outbreak) == 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["alarm.suspicion", "alarm.sickness", "alarm.death"])
def test_sentences__longest_values__keep_receipt_place_and_phone_whole(code, language):
    signs = ", ".join(sorted((say(f"sign.{sign}", language) for sign in SIGNS), key=len)[-3:])
    signs = say("alarm.signs", language, signs=signs)
    what = say_count("herd.count", language, 99_999)
    values = {"what": what, "place": "1234567890", "signs": signs, "receipt": RECEIPT}
    call = say("alarm.call", language, other="70000099")
    values |= {"disease": "anthrax", "outbreak": "1234567890", "phone": call}
    text = say(code, language, province="National Capital District", **values)
    assert_one_segment(text)
    assert RECEIPT in text
    assert "1234567890" in text
    assert call in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_words__every_disease_and_sign__have_one(language):
    for code in [f"disease.{one}" for one in NOTIFIABLE] + [f"sign.{one}" for one in SIGNS]:
        assert say(code, language)
