"""Jokers, quotes, neighbours' spellings, and honest words that look like others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.messaging.command_router import IN_INBOX
from services.storage.models import Message, Party
from tests.corpus.observing import look
from tests.corpus.stage import DIABETIC, KEEPER, SMOKER, STRANGER
from tests.threats.texting import sent

if TYPE_CHECKING:
    from tests.corpus.stage import Door


def language_of(door: Door, sender: str) -> str | None:
    database = door.world.runtime.database
    with database.read() as session:
        return session.get_one(Party, party_of(door, sender)).language


def party_of(door: Door, sender: str) -> int:
    contacts = look(door.world.runtime.database)["contact"].values()
    return max(row["party_id"] for row in contacts if row["number"] == sender)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["dai 1359 asde", "HELPIM", "orait 1359"])
def test_language__a_word_of_the_other_language__is_not_stored(door, text):
    """A word copied from a neighbour's phone turns every later alarm into another language."""
    assert "language" not in sent(door, text).kinds
    assert language_of(door, KEEPER) == "en"


@pytest.mark.slow
def test_language__asked_for__is_stored(door):
    assert "language" in sent(door, "TOK PISIN").kinds
    assert language_of(door, KEEPER) == "tpi"


@pytest.mark.parametrize(
    ("text", "stored"), [("HELP", "en"), ("HELPIM", "tpi"), ("STOP ALL", "en"), ("1359", None)]
)
def test_language__first_words_of_a_stranger__tell_it_where_they_are_of_one(door, text, stored):
    sent(door, text, STRANGER)
    assert language_of(door, STRANGER) == stored


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("my child has fever and cannot drink", "Go to the health centre"),
        ("pikinini bilong mi i hat na no dring", "Go long helt senta"),
    ],
)
def test_language__of_a_strangers_words__is_that_of_the_answer_and_is_not_stored(
    door, text, advice
):
    """Advice in an emergency that its reader cannot read helps nobody."""
    assert advice in sent(door, text, STRANGER).told
    assert language_of(door, STRANGER) is None


@pytest.mark.parametrize("mark", ['"', "\N{RIGHT DOUBLE QUOTATION MARK}"])
def test_disease__with_a_quotation_mark__ends_no_quotation_in_the_alarm(door, mark):
    """A joker's words look like ours, and the officer calls whom they name."""
    sent(door, f"swine fever in my village{mark}. Call 70000666. {mark}")
    with door.world.runtime.database.read() as session:
        bodies = session.scalars(select(Message.body).where(Message.purpose == "alarm")).all()
    [told] = bodies
    assert (told.count('"'), "70000666" in told) == (2, False)
    assert told.rpartition('"')[2].startswith(". Call 70000001 now. Receipt ")


@pytest.mark.parametrize(
    "text",
    [
        "ASF",
        "swine fever in my village",
        "pigs vomiting blood",
        "all my pigs are dead",
        "ol pik i dai nating",
        "pik i no kaikai na skin i ret",
    ],
)
def test_disease__in_plain_words__alarms_and_changes_no_pig(door, text):
    """A keeper in fear gets "Sorry", and a disease runs for a week unseen."""
    seen = sent(door, text)
    assert seen.alarmed
    assert seen.kinds == {"sickness"}
    assert not seen.effects[0].fields["tags"]
    assert seen.outcome in IN_INBOX
    assert "3" in seen.told


@pytest.mark.parametrize(
    "text",
    [
        "can I eat the dead pig",
        "can we eat a sick pig",
        "what do I do with a dead pig",
        "inap mi kaikai pik i dai",
        "mi mekim wanem long pik i dai",
    ],
)
def test_question__what_to_do_with_a_dead_or_sick_pig__is_answered_by_what_is_safe(door, text):
    """A family eats what died of a disease, and sells the rest."""
    seen = sent(door, text)
    assert (seen.alarmed, seen.effects, seen.opened) == (False, [], False)
    assert seen.told.startswith("Do not eat, sell or throw away")


@pytest.mark.parametrize(
    "text",
    ["my child ate a dead pig what do I do", "pikinini i kaikai pik i dai, mi mekim wanem"],
)
def test_question__of_somebody_who_ate_of_a_dead_pig__is_none_about_pigs(door, text):
    assert not sent(door, text).told.startswith("Do not eat, sell")


@pytest.mark.parametrize("text", ["ASF lol", "we saw a film about swine fever", "what is ASF?"])
def test_disease__named_in_jest_of_a_film_or_in_a_question__is_read_by_a_person(door, text):
    """A joker calls an officer out with one word."""
    seen = sent(door, text)
    assert (seen.alarmed, seen.effects, seen.opened) == (False, [], False)
    assert seen.outcome in IN_INBOX
    assert seen.replies


@pytest.mark.parametrize("text", ["they say there is ASF in Banz", "ASF", "maybe pigs have ASF"])
def test_disease__a_name_alone__opens_no_outbreak(door, text):
    """A rumour closes a province."""
    assert "outbreak" not in sent(door, text).kinds


@pytest.mark.parametrize("text", ["no ASF here", "my pigs are not sick", "ol pik i stap gut"])
def test_disease__denied__alarms_nobody(door, text):
    seen = sent(door, text)
    assert (seen.alarmed, seen.effects) == (False, [])


@pytest.mark.parametrize("text", ["my mother is sick", "dok i dai", "selling pigs cheap", "mumu"])
def test_disease__of_people_dogs_and_prices__alarms_nobody(door, text):
    seen = sent(door, text)
    assert (seen.alarmed, seen.effects) == (False, [])


@pytest.mark.parametrize("sender", [STRANGER, SMOKER, KEEPER])
@pytest.mark.parametrize("text", ["mobeta mi dai", "my cheast is paining", "i drank poison"])
def test_danger__in_plain_words__is_advised_and_told_a_clinician(door, text, sender):
    """A person who writes that they would rather die is told how to report a dead pig."""
    seen = sent(door, text, sender)
    # A course rests until a clinician has written a note.
    assert {"danger"} <= seen.kinds <= {"danger", "paused"}
    assert seen.replies
    assert not re.search(r"DEAD|DAI|SICK", seen.told)


@pytest.mark.parametrize("sender", [STRANGER, SMOKER, KEEPER])
def test_danger__that_may_be_none__is_asked_about_with_help_in_hand(door, sender):
    """Who takes every tablet as told must call nobody; who took too many must not be left alone."""
    seen = sent(door, "i took all my tablets", sender)
    assert (seen.outcome, "danger" in seen.kinds) == ("programme.asked", False)
    assert "1" in seen.told
    assert "danger" in sent(door, "1", sender).kinds


@pytest.mark.parametrize("text", ["no chest pain today", "mi dai long simuk", "i am not suicidal"])
def test_danger__denied_or_a_way_of_speaking__calls_nobody(door, text):
    assert "danger" not in sent(door, text, SMOKER).kinds


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("STOP SMOKING", SMOKER),
        ("stopim simuk", SMOKER),
        ("stop tobacco", SMOKER),
        ("stopim suga", DIABETIC),
        ("STOP SMOKING", KEEPER),
    ],
)
def test_stop__of_a_habit__ends_no_message(door, text, sender):
    """Who wants to stop smoking is put out of the course that helps to."""
    assert not sent(door, text, sender).kinds & {"opt_out", "left"}


@pytest.mark.parametrize("text", ["STOP", "Stop!", "stop these messages", "no more messages"])
def test_stop__plain__always_ends_the_course(door, text):
    assert {"opt_out", "left"} <= sent(door, text, SMOKER).kinds


@pytest.mark.parametrize("text", ["dont send me any more messages", "noken salim mesej"])
def test_stop__in_plain_words__of_who_is_in_no_course__ends_everything(door, text):
    seen = sent(door, text)
    assert [effect.fields for effect in seen.effects] == [{"scope": "all"}]
    assert seen.replies


@pytest.mark.parametrize("text", ["diabetes?", "suga sik nogat", "what is quit?"])
def test_join__asked_about_or_denied__joins_nothing(door, text):
    """Who asks what a course is stands in it, and its texts tell the family of an illness."""
    assert "joined" not in sent(door, text, STRANGER).kinds


@pytest.mark.parametrize("text", ["tenkyu tru", "ok thanks", "\U0001f64f\U0001f3fd", "thank u sir"])
def test_thanks__get_no_answer(door, text):
    """Two programs that thank each other spend the operator's money."""
    assert sent(door, text).replies == []


@pytest.mark.parametrize("text", ["gude", "hello bilum", "moning tru"])
def test_greeting__gets_one_example_and_is_understood(door, text):
    seen = sent(door, text, STRANGER)
    assert "Kudjip, Jiwaka" in seen.told
    assert seen.outcome == "greeting"


@pytest.mark.parametrize("text", ["thanks, pig 1359 is sick", "thanks but stop", "thank you?"])
def test_thanks__with_a_wish__are_answered(door, text):
    assert sent(door, text).replies


@pytest.mark.parametrize(
    "phone", ["(675) 7000.0002", "0067570000002", "+675 7000-0002", "7OOO OOO2", "tel 70000002"]
)
def test_phone__in_a_spelling_of_an_address_book__is_that_phone(door, phone):
    """A pig goes to the number that was read, and not to the one that was meant."""
    (seen,) = sent(door, f"move 1359 to {phone}").effects
    assert (seen.kind, seen.fields["tags"], seen.fields["place"]) == ("depart", {"1359"}, "1165")


@pytest.mark.parametrize("text", ["move 1359 to 7000000", "move 1359 to +6170000002"])
def test_phone__that_is_none__moves_nothing(door, text):
    assert sent(door, text).effects == []


FOUND = [
    "I found a dead pig",
    "mi painim wanpela pik i dai pinis",
    "a wild pig is dead in the bush",
    "there are 2 dead pigs in the river",
]


@pytest.mark.parametrize("text", FOUND)
def test_found_pig__of_nobody__alarms_and_stands_at_no_place(door, text):
    """A pig that lies in the river becomes sickness at the place of who told of it."""
    seen = sent(door, text)
    assert (seen.kinds & {"sickness", "death"}, "DEAD 1" in seen.told) == (set(), True)
    sent(door, text)
    (alarm,) = alarms_of_finds(door)
    assert alarm.endswith(f'"{text}". Call 70000001 now. Ask where it lies.')


def test_found_pig__of_the_sender__alarms_nobody(door):
    assert sent(door, "found my pig dead").kinds == set()
    assert alarms_of_finds(door) == []


def alarms_of_finds(door: Door) -> list[str]:
    with door.world.runtime.database.read() as session:
        bodies = [str(one.body) for one in session.scalars(select(Message))]
    return [body for body in bodies if "a dead pig was found" in body]
