"""Long texts whose parts come in any order, twice, at once, or never."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count, permutations

import pytest
from sqlalchemy import LargeBinary, func, select, text, type_coerce, update

from gateway.errors import KeyConflict
from gateway.multipart import Part, PartPosition, join
from services.messaging import multipart
from services.messaging.multipart import settle_parts, take_part
from services.messaging.person_erasure import forget
from services.storage.models import Arrival, Journal, LongText, Message, TextPart
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit, Units
from tests.factories import BUYER, CONVERSATION, FARMER, NOW, Phones, in_threads, official, rows

MINUTE = timedelta(minutes=1)
LONG = f"REG {official(1)}"
_OLD_TEXTS = """
    INSERT INTO long_text (channel, number_index, reference, total, opened_at, closed_at)
    SELECT 'kannel-sms', 'x', one % 256, 2, TIMESTAMPTZ '2026-11-01', TIMESTAMPTZ '2026-11-01'
    FROM generate_series(1, 66000) AS one
"""
_ids = count(1)


@dataclass
class Phone:
    """A phone whose long texts come in parts."""

    database: object
    sender: str = FARMER
    handle: object = CONVERSATION.answer
    units: object = field(init=False)

    def __post_init__(self):
        self.units = Units(self.database)

    def parts(self, *texts, reference=7):
        return [
            Part(
                "kannel-sms",
                f"part {(place := next(_ids))}",
                self.sender,
                PartPosition(reference, len(texts), number),
                text.encode(),
                "utf-8",
                # No two at one instant: `arrivals` lists them by time.
                NOW + timedelta(microseconds=place),
                to="16345",
            )
            for number, text in enumerate(texts, 1)
        ]

    def sends(self, part):
        return take_part(part, self.units, self.handle)

    def clock(self, after):
        settle_parts(self.units, self.handle, NOW + after)

    def arrivals(self):
        with self.database.read() as session:
            found = session.scalars(select(Arrival).order_by(Arrival.received_at)).all()
            return [(one.outcome, one.payload) for one in found]

    def replies(self):
        with self.database.read() as session:
            return list(session.scalars(select(Message.body).order_by(Message.id)))


@pytest.fixture
def phone(database):
    return Phone(database)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_parts__in_any_order__are_one_message_answered_once(phone, order):
    parts = phone.parts(LONG[:6], LONG[6:12], LONG[12:])
    answers = [phone.sends(parts[place]) for place in order]
    assert answers[:2] == [None, None]
    assert answers[2].outcome == "register"
    assert phone.arrivals() == [("register", LONG)]
    assert len(phone.replies()) == 1


def test_parts__each_again_before_and_after_the_last__have_no_effect(phone):
    first, second = phone.parts(LONG[:8], LONG[8:])
    assert [phone.sends(first), phone.sends(first)] == [None, None]
    assert phone.sends(second).outcome == "register"
    counts = rows(phone.database, Journal), rows(phone.database, LongText)
    for again in (first, second, replace(first, key="as the operator sends it again"), second):
        assert phone.sends(again) is None
    phone.clock(30 * MINUTE)
    assert (rows(phone.database, Journal), rows(phone.database, LongText)) == counts
    assert phone.arrivals() == [("register", LONG)]


def test_parts__of_two_phones_with_one_reference__are_not_mixed(phone):
    other = Phone(phone.database, BUYER)
    mine, his = phone.parts("HE", "LP"), other.parts("HELP", "IM")
    assert [phone.sends(mine[0]), other.sends(his[1])] == [None, None]
    assert phone.sends(mine[1]).outcome == "help"
    assert other.sends(his[0]).outcome == "help"
    assert {text for _, text in phone.arrivals()} == {"HELP", "HELPIM"}


def test_parts__reference_that_comes_round_again__is_another_text(phone):
    for one in phone.parts("HE", "LP"):
        phone.sends(one)
    first, second = phone.parts("HELP", "IM")
    assert phone.sends(first) is None
    assert phone.sends(second).outcome == "help"
    assert [text for _, text in phone.arrivals()] == ["HELP", "HELPIM"]


def test_parts__other_count_or_reference__do_not_belong_together(phone):
    phone.sends(phone.parts("HE", "LP")[0])
    assert phone.sends(phone.parts("HE", "LP", reference=8)[1]) is None
    assert phone.sends(phone.parts("HE", "LP", "IM")[1]) is None
    assert rows(phone.database, LongText) == 3


def test_parts__one_never_comes__is_read_by_a_person_and_not_acted_on(phone):
    first, second, _ = phone.parts(f"DEAD {official(1)} ", f"{official(2)} ", f"{official(3)}")
    phone.sends(second)
    phone.sends(first)
    phone.clock(9 * MINUTE)
    assert phone.arrivals() == []
    phone.clock(10 * MINUTE)
    phone.clock(11 * MINUTE)
    assert phone.arrivals() == [
        ("not_understood", f"DEAD {official(1)} {official(2)}  [...] "),
    ]
    assert phone.replies() == [
        (
            "A part of your long message did not come, so we did nothing. Send it again in short "
            "messages, or send HELP."
        )
    ]
    assert rows(phone.database, Journal) == 0


def test_parts__missing__are_told_in_the_language_of_the_word_else_tok_pisin(phone):
    phone.sends(phone.parts("598", "000")[0])
    phone.clock(10 * MINUTE)
    assert phone.replies()[0].startswith("Wanpela hap bilong longpela mesej")


@pytest.mark.parametrize("word", ["STOP ALL", "FORGET", "1", "YES"])
def test_parts__missing_after_a_word_that_acts__do_not_act(phone, word):
    phone.sends(phone.parts(word, "x")[0])
    phone.clock(10 * MINUTE)
    assert [outcome for outcome, _ in phone.arrivals()] == ["not_understood"]


def given_up(phone, *texts, but):
    """Send the parts but one, and let them wait in vain."""
    parts = phone.parts(*texts)
    for part in parts:
        if part.place.number != but:
            phone.sends(part)
    phone.clock(10 * MINUTE)
    assert [outcome for outcome, _ in phone.arrivals()] == ["not_understood"]
    return parts


def at(parts, minutes):
    """Return parts as they come so much later."""
    return [replace(one, received_at=one.received_at + minutes * MINUTE) for one in parts]


def again(parts, minutes=11):
    """Return parts as a person sends them once more: by other ids."""
    return [replace(one, key=f"{one.key} again") for one in at(parts, minutes)]


@pytest.mark.parametrize("missing", [1, 2])
def test_parts__one_comes_late__joins_the_others_and_all_act_once(phone, missing):
    parts = given_up(phone, LONG[:8], LONG[8:], but=missing)
    (late,) = at(parts[missing - 1 : missing], 60)
    assert phone.sends(late).outcome == "register"
    assert [phone.sends(one) for one in (late, *parts, *again(parts, 61))] == [None] * 5
    phone.clock(90 * MINUTE)
    assert phone.arrivals()[1:] == [("register", LONG)]
    assert rows(phone.database, Journal) == 1


def test_parts__several_come_late__are_waited_for_anew(phone):
    first, *others = phone.parts(LONG[:6], LONG[6:12], LONG[12:])
    phone.sends(first)
    phone.clock(10 * MINUTE)
    second, third = at(others, 60)
    assert phone.sends(second) is None
    phone.clock(69 * MINUTE)
    assert len(phone.arrivals()) == 1
    assert phone.sends(third).outcome == "register"


def test_parts__several_come_late_and_one_too_late__join_all_the_same(phone):
    first, *others = phone.parts(LONG[:6], LONG[6:12], LONG[12:])
    phone.sends(first)
    phone.clock(10 * MINUTE)
    second, third = at(others, 60)
    phone.sends(second)
    phone.clock(71 * MINUTE)
    assert [outcome for outcome, _ in phone.arrivals()] == ["not_understood"] * 2
    assert phone.sends(replace(third, received_at=NOW + 80 * MINUTE)).outcome == "register"
    assert rows(phone.database, Journal) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("missing", [1, 2])
def test_parts__sent_again_as_we_asked__act_once_whatever_comes_late(phone, missing, order):
    parts = given_up(phone, LONG[:8], LONG[8:], but=missing)
    resent = again(parts)
    answers = [phone.sends(resent[place]) for place in order]
    late = at(parts, 20)[missing - 1]
    answers += [phone.sends(one) for one in (late, *resent, *again(parts, 25))]
    assert [answer.outcome for answer in answers if answer] == ["register"]
    phone.clock(90 * MINUTE)
    assert phone.arrivals()[1:] == [("register", LONG)]
    assert rows(phone.database, Journal) == 1


def test_parts__half_sent_again__is_answered_again(phone):
    parts = given_up(phone, LONG[:8], LONG[8:], but=2)
    assert phone.sends(parts[0]) is None
    assert phone.sends(again(parts)[0]) is None
    phone.clock(22 * MINUTE)
    assert [outcome for outcome, _ in phone.arrivals()] == ["not_understood"] * 2
    assert len(phone.replies()) == 2


@pytest.mark.parametrize("by_carrier", [True, False])
def test_parts__killed_after_the_late_one__are_passed_on_once(phone, by_carrier):
    def killed(_unit, _envelope):
        raise KeyboardInterrupt

    (late,) = at(given_up(phone, LONG[:8], LONG[8:], but=2)[1:], 60)
    with pytest.raises(KeyboardInterrupt):
        Phone(phone.database, handle=killed).sends(late)
    if by_carrier:
        assert phone.sends(late).outcome == "register"
    phone.clock(71 * MINUTE)
    assert phone.arrivals()[1:] == [("register", LONG)]
    assert rows(phone.database, Journal) == 1


def test_parts__a_day_after_they_were_joined__are_deleted(phone):
    for one in phone.parts("HE", "LP"):
        phone.sends(one)
    phone.clock(timedelta(hours=23))
    assert rows(phone.database, TextPart) == 2
    phone.clock(timedelta(days=1))
    assert (rows(phone.database, LongText), rows(phone.database, TextPart)) == (0, 0)


def test_parts__of_more_old_texts_than_a_chunk__are_deleted_in_turn(phone, monkeypatch):
    monkeypatch.setattr(multipart, "_CHUNK", 2)
    for reference in range(3):
        for one in phone.parts("HE", "LP", reference=reference):
            phone.sends(one)
    phone.clock(timedelta(days=1))
    assert (rows(phone.database, LongText), rows(phone.database, TextPart)) == (1, 2)
    phone.clock(timedelta(days=1) + MINUTE)
    assert (rows(phone.database, LongText), rows(phone.database, TextPart)) == (0, 0)


@pytest.mark.postgres
def test_parts__of_more_old_texts_than_a_statement_takes_parameters__are_deleted(open_database):
    phone = Phone(open_database("postgresql"))
    with phone.database.write() as session:
        session.execute(text(_OLD_TEXTS))
    before = rows(phone.database, LongText)
    phone.clock(timedelta(0))
    assert rows(phone.database, LongText) < before


def test_parts__killed_between_the_last_part_and_the_door__are_passed_on_by_the_clock(phone):
    def killed(_unit, _envelope):
        raise KeyboardInterrupt

    first, second = phone.parts(LONG[:8], LONG[8:])
    phone.sends(first)
    with pytest.raises(KeyboardInterrupt):
        Phone(phone.database, handle=killed).sends(second)
    assert phone.arrivals() == []
    phone.clock(10 * MINUTE)
    assert phone.arrivals() == [("register", LONG)]


def test_parts__killed_between_and_repeated_by_the_carrier__are_joined_at_once(phone):
    def killed(_unit, _envelope):
        raise KeyboardInterrupt

    first, second = phone.parts(LONG[:8], LONG[8:])
    phone.sends(first)
    with pytest.raises(KeyboardInterrupt):
        Phone(phone.database, handle=killed).sends(second)
    assert phone.sends(second).outcome == "register"


def test_clock__one_text_fails__the_others_go_on_and_it_is_tried_again(phone, caplog):
    broken = Phone(phone.database, handle=lambda _unit, _envelope: 1 / 0)
    phone.sends(phone.parts("HE", "LP")[0])
    broken.clock(10 * MINUTE)
    assert "ZeroDivisionError" in caplog.text
    assert FARMER[1:] not in caplog.text
    phone.clock(11 * MINUTE)
    assert len(phone.arrivals()) == 1


def test_clock__part_of_one_text_does_not_open__the_others_go_on(phone, caplog):
    other = Phone(phone.database, BUYER)
    for one in (phone, other):
        one.sends(one.parts("HE", "LP")[0])
    junk = type_coerce(b"\x02" + bytes(40), LargeBinary)
    with phone.database.write() as session:
        first = TextPart.long_text_id == select(func.min(LongText.id)).scalar_subquery()
        session.execute(update(TextPart).where(first).values(content=junk))
    phone.clock(11 * MINUTE)
    assert [text for _, text in phone.arrivals()] == ["HE [...] "]
    assert "WrongDataKey" in caplog.text


def test_clock__key_was_used_for_other_words__is_closed_and_kept_for_review(phone):
    first, second = phone.parts("HE", "LP")
    phone.sends(first)
    Phones(phone.database).send("HELP")
    with phone.units() as unit:
        unit.admit(join([replace(first, raw=b"x"), second], NOW))
    with pytest.raises(KeyConflict):
        phone.sends(second)
    with phone.database.read() as session:
        assert session.scalars(select(LongText.closed_at)).all() == [NOW]


def test_parts__of_who_is_forgotten__are_erased(phone):
    phone.sends(phone.parts("mi sik", "tru")[0])
    other = Phone(phone.database, BUYER)
    other.sends(other.parts("HE", "LP")[0])
    with phone.database.write() as session:
        unit = Unit(session, phone.database.vault)
        forget(unit, party_of(unit, FARMER), FARMER, NOW)
    assert (rows(phone.database, LongText), rows(phone.database, TextPart)) == (1, 1)


def test_parts__stored__are_sealed(phone):
    phone.sends(phone.parts("mi sik tru", "x")[0])
    with phone.database.engine.connect() as connection:
        raw = bytes(connection.exec_driver_sql("SELECT content FROM text_part").scalar())
    assert b"mi sik tru" not in raw
    assert b"6757000" not in raw


@pytest.mark.postgres
def test_parts__all_at_once__are_one_message(open_database):
    phone = Phone(open_database("postgresql"))
    for number in range(10):
        parts = phone.parts("RE", "G ", official(number + 1), reference=number)
        twice = [*parts, *parts]
        answers = in_threads(*(lambda one=one: phone.sends(one) for one in twice))
        assert "register" in {answer.outcome for answer in answers if answer}
    assert rows(phone.database, Journal) == 10
    assert [outcome for outcome, _ in phone.arrivals()] == ["register"] * 10
