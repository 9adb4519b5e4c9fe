from __future__ import annotations

from uuid import uuid4

import pytest

from services.livestock.domain.errors import Ambiguous, UnknownNumber, UnreadableTag, WrongKind
from services.livestock.domain.model import Key
from services.livestock.recording.lookup import known_animal, parse_key
from services.storage.models import Animal, Identifier, Premises

OFFICIAL = Key("iso11784", "598000000000017")


def set_scene(database):
    with database.write() as opened:
        for number in ("0000A", "00001", "104276"):
            add_animal(opened, Key("animal", number))
        for number in ("1", "00001", "77"):
            add_premises(opened, Key("premises", number))


@pytest.fixture
def session(set_up):
    with set_up.write() as opened:
        yield opened


def add_animal(session, key):
    animal = Animal(public_id=uuid4(), scheme=key.scheme, value=key.value, found=True)
    session.add(animal)
    session.flush()
    session.add(Identifier(scheme=key.scheme, value=key.value, animal_id=animal.id))
    session.flush()


def add_premises(session, key):
    premises = Premises(
        public_id=uuid4(), subject_key=uuid4().bytes * 2, kind="household", found=True
    )
    session.add(premises)
    session.flush()
    session.add(Identifier(scheme=key.scheme, value=key.value, premises_id=premises.id))
    session.flush()


@pytest.mark.parametrize(
    ("text", "want", "key"),
    [
        ("598 000 000 000 017", "animal", OFFICIAL),
        ("iso11784:598000000000017", "animal", OFFICIAL),
        ("10 42 76", "animal", Key("bilum", "104276")),
        ("animal:0000A", "animal", Key("animal", "0000A")),
        (" 0000A ", "animal", Key("animal", "0000A")),
        ("00001", "animal", Key("animal", "00001")),
        ("00001", "premises", Key("premises", "00001")),
        ("1", "premises", Key("premises", "1")),
        ("premises:404", "premises", Key("premises", "404")),
    ],
)
def test_parse_key__each_form__is_the_identifier_it_stands_for(session, text, want, key):
    assert parse_key(session, text, want) == key


def test_parse_key__number_that_a_source_gave_and_we_did_not__is_the_sources(session):
    assert parse_key(session, "104276", "animal") == Key("animal", "104276")
    add_animal(session, Key("bilum", "104276"))
    assert parse_key(session, "104276", "animal") == Key("bilum", "104276")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("104277", "check digits"),
        ("59800000000001", "15 digits"),
        ("77", "has 2"),
        ("", "no number"),
        ("animal:", "printable"),
        ("0000a", "not a digit"),
    ],
)
def test_parse_key__mistake__is_named(session, text, words):
    with pytest.raises(UnreadableTag, match=words):
        parse_key(session, text, "animal")


def test_parse_key__two_sources_have_it__asks_which(session):
    add_animal(session, Key("farm", "0000A"))
    with pytest.raises(Ambiguous, match=r"animal:0000A or farm:0000A|farm:0000A or animal:0000A"):
        parse_key(session, "0000A", "animal")
    assert parse_key(session, "farm:0000A", "animal") == Key("farm", "0000A")


def test_known_animal__number_of_premises_or_nobody__says_so(session):
    assert known_animal(session, "0000A").key == Key("animal", "0000A")
    with pytest.raises(WrongKind):
        known_animal(session, "premises:1")
    with pytest.raises(UnknownNumber):
        known_animal(session, "598000000000024")
