"""What people write, and what they are answered: the table is messages.txt."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.grammar import Phrase
from gateway.phrases import PhraseBook
from services.core.errors import Unavailable
from services.core.roles import Role
from services.livestock.sms_commands import FILLERS, HANDLERS
from services.messaging.command_router import CommandHandler, CommandRouter
from services.storage.models import Journal, Message, Party
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, STRANGER, Phones, official, rows
from tests.services.livestock.table import PEOPLE, Player
from tests.services.livestock.table import rows as rows_of

ROWS = rows_of("messages.txt")
OFFICER = "+67570000005"
CAST = {**PEOPLE, "OFFICER": OFFICER}


def set_scene(database):
    phones = Phones(database)
    phones.say("PLACE Kudjip, Jiwaka")
    phones.say("PLES Goroka, EHP", BUYER)
    phones.say(f"REG {official(1)}")
    phones.say(f"REG {official(2)}")
    # With nobody to look or call, no reply promises it.
    with database.write() as session:
        officer = party_of(Unit(session, database.vault), OFFICER)
        officer.role = Role.VETERINARY_OFFICER.value


@pytest.fixture
def village(set_up):
    """The scene of the table, and everybody's phone."""
    return Phones(set_up)


def test_table__file__has_all_its_rows():
    assert len(ROWS) > 75


@pytest.mark.parametrize("row", ROWS, ids=[row.text for row in ROWS])
def test_answer__message_of_the_table__has_this_outcome_and_reply(village, row):
    assert Player(village, CAST).answer(row) == row.answer


@pytest.mark.postgres
def test_answer__whole_table_in_turn__is_the_same_on_both_databases(set_up, open_database):
    database = open_database("postgresql")
    set_scene(database)
    assert play(database) == play(set_up)


def play(database):
    player = Player(Phones(database), CAST)
    return [player.answer(row) for row in ROWS]


@pytest.mark.parametrize("text", ["hello", "REG 59800000000001", "MOVE 1262 330577", "REG 1068"])
def test_answer__message_that_is_refused__leaves_only_itself_and_the_reply(village, text):
    before = rows(village.database, Journal)
    answer = village.send(text)
    assert rows(village.database, Journal) == before
    with village.database.read() as session:
        last = session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert (last.recipient, last.body) == (FARMER, answer.text)


def test_answer__refused_after_a_buyer_was_made__takes_the_buyer_back(village):
    before = rows(village.database, Party)
    refused = village.send("MOVE 330577 70000009")
    assert refused.outcome == "error.unknown_number"
    assert rows(village.database, Party) == before


def test_answer__language__is_the_keywords_then_the_persons_then_tok_pisin(village):
    assert village.send("???", STRANGER).text.startswith("Sori")
    village.say("HELP", STRANGER)
    assert village.send("???", STRANGER).text.startswith("Sorry")
    assert "RAITIM" in village.say("HELPIM", STRANGER)
    assert village.send("???", STRANGER).text.startswith("Sorry")
    village.say("TOK PISIN", STRANGER)
    assert village.send("???", STRANGER).text.startswith("Sori")
    assert village.send("TRACE 1263", STRANGER).text.startswith("The number")


def test_answer__tags_beyond_one_message__are_told_in_more_of_them_or_refused(village):
    tags = " ".join(official(number) for number in range(1, 22))
    answer = village.send(f"ARRIVE {tags}", BUYER)
    assert (answer.outcome, answer.text[-8:]) == ("error.too_many", "most 20.")
    twenty = " ".join(official(number) for number in range(3, 23))
    told = village.say(f"ARRIVE {twenty}", BUYER)
    assert [tag for tag in twenty.split() if told.count(tag) != 1] == []


def test_answer__error_without_a_sentence__is_not_swallowed(village):
    def fail(_call):
        raise Unavailable("the node does not answer")

    spoken = CommandHandler(Phrase("fail", {"en": ("FAIL",)}, (), {"en": "FAIL"}), fail)
    village.conversation = CommandRouter([*HANDLERS, spoken], FILLERS)
    before = rows(village.database, Message)
    with pytest.raises(Unavailable):
        village.send("FAIL")
    assert rows(village.database, Message) == before


def test_phrases__every_example__is_understood_as_itself():
    book = PhraseBook([spoken.phrase for spoken in HANDLERS], FILLERS)
    assert book.misunderstood_examples() == []
    assert all(set(spoken.phrase.examples) == {"en", "tpi"} for spoken in HANDLERS)


def test_answer__day_of_the_message__is_that_of_the_place_and_not_of_utc(village):
    """14:30 UTC is past midnight in Port Moresby (UTC+10) and in Bougainville (UTC+11)."""
    village.now = village.now.replace(hour=13, minute=30)
    assert "25 Nov" in village.say("TREAT 1262 IVOMEC 28")
    village.say("PLACE Buka, Bougainville")
    assert "26 Nov" in village.say("TREAT 1359 IVOMEC 28")
