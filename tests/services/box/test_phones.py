"""What a box tells people, and what it keeps for the server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.box.tables import TEXT
from services.core.clock import write_time
from services.texts.catalogue import say
from sms.encoding import Encoding, count
from tests.services.box.village import FARMER, NURSE, OTHER_PIG, PIG, START

WORDS = {
    "version": 4,
    "words": [
        {"programme": "tobacco", "language": "tpi", "word": "LAIK SIMUK", "text": "Wet 5 minit."},
        {"programme": "tobacco", "language": "en", "word": "CRAVE", "text": "Wait 5 minutes."},
        {"programme": "tobacco", "language": "en", "word": "QUIT SMOKING", "text": ""},
    ],
    "danger": [
        {"language": "tpi", "word": "mi laik dai", "text": "Go long haus sik nau. Ringim 111."},
        {"language": "en", "word": "chest pain", "text": "Go to the clinic now. Call 111."},
    ],
}
STATUSES = {
    "version": 18,
    "rows": [
        {
            "numbers": [PIG, "1262"],
            "status": "alive",
            "province": "Jiwaka",
            "barred": False,
            "as_of": write_time(START - timedelta(days=2)),
        },
        {
            "numbers": [OTHER_PIG],
            "status": "dead",
            "province": None,
            "barred": True,
            "as_of": write_time(START),
        },
    ],
}


@pytest.fixture
def village(village):
    """One that has synced: it has lists and numbers."""
    village.server.programmes, village.server.statuses = WORDS, STATUSES
    village.server.blocks = [{"first": 10427, "last": 10436}]
    village.sync_all()
    return village


@pytest.mark.parametrize("text", [f"REG {PIG}", f"DEAD {PIG}", "STOP"])
def test_phone__that_is_not_bound__is_promised_nothing(village, text):
    village.server.bound = {"version": 2, "numbers": [NURSE]}
    village.sync_all()
    assert village.told(FARMER, text) == say("village.unbound", "en")
    assert last_item(village) == ("kept", [])
    assert village.told(NURSE, "STOP") == say("village.stop", "en")


def last_item(village):
    """What the server gets of the last message, without its number and text."""
    village.sync_all()
    item = village.server.items[max(village.server.items)]
    return item["answered"], item["numbers"]


TABLE = [
    # What is said, what is told at once, how the server hears of it.
    ("CRAVE", "Wait 5 minutes.", "word"),
    ("laik simuk nau", "Wet 5 minit.", "word"),
    ("mi laik dai tru", "Go long haus sik nau. Ringim 111.", "danger"),
    ("I have chest pain", "Go to the clinic now. Call 111.", "danger"),
    ("CRAVE, chest pain", "Go to the clinic now. Call 111.", "danger"),
    ("HELP", say("help", "en", pig="104276", place="20468"), "help"),
    ("HELPIM 2", say("help.2", "tpi", pig="104276", place="20468"), "help"),
    ("INGLIS", say("language", "en"), "help"),
    ("bla bla", say("not_understood", "tpi"), "help"),
    ("MOVE", say("missing.tags", "en", example="MOVE 104276 20468"), "help"),
    ("JOIN tobacco", say("village.kept", "en"), "kept"),
    ("QUIT SMOKING", say("village.kept", "en"), "kept"),
    ("MOVE 1262 1359", say("village.kept", "en"), "kept"),
    ("DAI 3", say("village.kept", "tpi"), "kept"),
    ("482913", say("village.kept", "tpi"), "kept"),
    ("REG 1262", say("village.kept", "en"), "kept"),
    (f"REG {PIG}", say("village.kept", "en"), "kept"),
    ("OK 598000000000099", say("village.kept", "en"), "kept"),
    ("STOP", say("village.stop", "en"), "kept"),
    ("STOPIM OLGETA", say("village.stop", "tpi"), "kept"),
    ("FORGET", say("village.kept", "en"), "kept"),
    (
        "OK 1262",
        (
            "Pig 1262: alive, Jiwaka. As of 23 Nov, 2 days old. The true answer comes when there "
            "is signal."
        ),
        "status",
    ),
    (
        PIG,
        (
            "Pik 1262: i stap laip, Jiwaka. Mipela save long 23 Nov, 2 de i go pinis. Trupela "
            "bekim bai kam taim signal i kam bek."
        ),
        "status",
    ),
    (
        f"CHECK {OTHER_PIG}",
        (
            f"Pig {OTHER_PIG}: dead, place not known. It must not move. As of 25 Nov. The true "
            "answer comes when there is signal."
        ),
        "status",
    ),
]


@pytest.mark.parametrize(("said", "told", "answered"), TABLE, ids=[one[0] for one in TABLE])
def test_text__of_a_phone__is_answered_at_once_and_kept(village, said, told, answered):
    assert village.told(FARMER, said) == told
    assert last_item(village) == (answered, [])


@pytest.mark.parametrize("text", [told for _, told, _ in TABLE])
def test_answer__of_the_box__is_one_segment(text):
    assert (count(text).encoding, count(text).segments) == (Encoding.GSM7, 1)


def test_item__of_a_text__tells_who_what_and_when(village):
    village.says(FARMER, "MOVE 1262 1359")
    village.sync_all()
    assert list(village.server.items.values()) == [
        {
            "seq": 1,
            "kind": "sms",
            "at": write_time(START),
            "from": FARMER,
            "text": "MOVE 1262 1359",
            "answered": "kept",
            "numbers": [],
        }
    ]


def test_registration__without_a_number__gets_one_of_the_block_once(village):
    new = "598000000000055"
    first = village.told(FARMER, f"REG {new}")
    assert first == say("village.promised", "en", tag=new, pig="1042751")
    assert last_item(village) == ("kept", ["1042751"])
    assert village.told(NURSE, f"RAITIM {new}") == say(
        "village.promised", "tpi", tag=new, pig="1042751"
    )
    assert "1042848" in village.told(FARMER, "REG 598000000000056")


def test_registration__of_several__promises_one_for_each(village):
    told = village.told(FARMER, "REG 598000000000055 598000000000056")
    assert told == say("village.promised_several", "en", heads=2, pigs="1042751, 1042848")
    assert last_item(village) == ("kept", ["1042751", "1042848"])


def test_registration__block_is_spent__is_kept_without_a_promise(village):
    for number in range(60, 90):
        told = village.told(FARMER, f"REG 5980000000000{number}")
    assert told == ""
    assert last_item(village) == (None, [])


def test_kept__again_within_an_hour__is_told_once(village):
    assert village.told(FARMER, "DEAD 3") == say("village.kept", "en")
    assert village.told(FARMER, "DEAD 4") == ""
    assert last_item(village) == (None, [])
    assert village.told(NURSE, "DEAD 4") == say("village.kept", "en")
    village.time.pass_by(minutes=61)
    assert village.told(FARMER, "DEAD 5") == say("village.kept", "en")


def test_language__of_the_last_phrase__holds_where_a_message_tells_none(village):
    village.told(FARMER, "HELP")
    assert village.told(FARMER, "bla bla") == say("not_understood", "en")
    assert village.told(FARMER, "TOK PISIN") == say("language", "tpi")
    assert village.told(FARMER, "bla bla") == say("not_understood", "tpi")


def test_text__not_understood_after_a_question_of_the_server__may_be_its_answer(village):
    village.server.text(FARMER, "What is your name?")
    village.sync_all()
    village.send_all()
    assert village.told(FARMER, "Anna Kaupa") == say("village.kept", "tpi")
    assert last_item(village) == ("kept", [])
    assert village.told(FARMER, "MOVE") == say("missing.tags", "en", example="MOVE 104276 20468")
    village.server.text(FARMER, "Tenkyu.")
    village.sync_all()
    village.send_all()
    assert village.told(FARMER, "Anna Kaupa") == say("not_understood", "tpi")


@pytest.mark.parametrize("advice", ["Tag wrong? Send: WRONG 7KQ2", "I rong? Salim: RONG 7KQ2"])
def test_text__not_understood_after_advice_of_the_server__is_answered(village, advice):
    """What the receipt of a registration says in case of a mistake waits for no answer."""
    village.server.text(FARMER, advice)
    village.sync_all()
    village.send_all()
    assert village.told(FARMER, "Anna Kaupa") == say("not_understood", "tpi")


def test_kannel__repeats_a_call__keeps_and_answers_once(village):
    for _ in range(3):
        assert village.says(FARMER, "HELP", number=77).status_code == 200
    assert len(village.send_all()) == 1
    assert len(village.rows()) == 1


def test_stop__while_texts_wait__ends_them_and_those_on_their_way(village):
    first = village.server.text(FARMER, "Day 1.")
    other = village.server.text(NURSE, "Day 1.")
    village.sync_all()
    village.says(FARMER, "STOP")
    late = village.server.text(FARMER, "Day 2.")
    # The answer to a request of before the STOP.
    village.server.status = lambda _body: None
    request = village.sync._request()
    village.says(FARMER, "STOP")
    village.sync._take(request, village.server.post("", request.body, request.counter, START))
    got = village.send_all()
    assert (NURSE, "Day 1.") in got
    assert not {"Day 1.", "Day 2."} & {text for to, text in got if to == FARMER}
    village.sync_all()
    became = {one["message"]: (one["state"], one.get("code")) for one in village.server.reports}
    assert became == {
        first: ("failed", "stopped"),
        late: ("failed", "stopped"),
        other: ("sent", None),
    }
    last = village.server.text(FARMER, "OK. We stopped it.")
    village.sync_all()
    assert village.send_all() == [(FARMER, "OK. We stopped it.")]
    assert last in village.server.handed


def test_forget__with_a_code_by_a_box__lifts_no_stop(village):
    """No code counts by a box, whoever typed it."""
    village.says(NURSE, "STOP")
    # The answer to a request of before the STOP.
    request = village.sync._request()
    village.says(FARMER, "STOP")
    village.says(FARMER, "FORGET 482913")
    village.server.text(FARMER, "Day 2.")
    village.sync._take(request, village.server.post("", request.body, request.counter, START))
    assert "Day 2." not in [text for _, text in village.send_all()]


def test_start__after_a_stop__lets_texts_through_before_the_sync(village):
    village.says(FARMER, "STOP")
    village.says(FARMER, "START")
    request = village.sync._request()
    village.says(FARMER, "STATIM")
    village.server.text(FARMER, "Day 2.")
    village.sync._take(request, village.server.post("", request.body, request.counter, START))
    assert (FARMER, "Day 2.") in village.send_all()


def test_done__rows__hold_nothing_of_people(village):
    village.server.text(FARMER, "A private text.")
    village.told(FARMER, "CRAVE")
    village.sync_all()
    village.send_all()
    village.sync_all()
    for row in village.rows():
        assert (row.body, row.person) == (None, None)
    assert {(row.to, row.person, row.body) for row in village.rows(TEXT)} == {(None,) * 3}


def test_database__while_texts_wait__shows_no_number_and_no_text(village, tmp_path):
    village.says(FARMER, "chest pain of mine")
    village.says(NURSE, "MOVE 1262 1359")
    village.box.store.close()
    held = b"".join(path.read_bytes() for path in (tmp_path / "box").glob("box.db*"))
    for secret in (FARMER, FARMER[1:], "chest pain of mine", "Call 111", NURSE):
        assert secret.encode() not in held.replace(b"Go to the clinic now. Call 111.", b"")
