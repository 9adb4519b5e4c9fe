"""No sentence promises what no task carries: every promise of the catalogues, at the real door.

A sentence that says what an officer or a health worker does is in `KEPT`, with a text that causes
it. It is said only where somebody was told, and then there is a task of the kind; where nobody can
be told, the other sentence is said.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from sqlalchemy import delete, select, update

from services.livestock.recording.premises import allocate
from services.livestock.recording.short_numbers import name_premises
from services.storage.locks import one_writer
from services.storage.models import Contact, Party, Premises, Task
from services.texts.catalogue import sentences, template
from tests.factories import official, origin
from tests.threats.test_inbox import country, settled

__all__ = ["country", "settled"]

KEEPER, OTHER, SMOKER = "keeper in Jiwaka", "keeper in Enga", "smoker in Jiwaka"
ABSENT = "stranger"
PIG, LOST, ISSUED = "598000000000017", "598000000000033", "598000000000906"
STAFF = r"(?:officers?|health workers?|clinicians?|nurses?|somebody|someone|one of ours)"
PROMISE = re.compile(
    rf"\b{STAFF} (?:will|was asked|were asked|is asked|looks|calls)\b"
    rf"|\b(?:told|asked|waits? for|tell|ask) (?:an?|the answer of an?) {STAFF}\b",
    re.IGNORECASE,
)
# Advice to the reader, not what staff does.
ADVICE = {
    *("answer.spent", "box.no_code", "box.several", "error.too_many_codes", "no.uncounted"),
    *("no.unknown_origin", "receipt.omitted", "ussd.pin_codes_spent", "evidence.tag_nobody"),
    *("no.record_lost", "label.record_lost", "label.some_altered"),
}


class Promise(NamedTuple):
    """A text of a sender that causes a sentence, the kind of its task, and what is said instead."""

    sender: str
    text: str
    kind: str
    instead: str


KEPT = {
    "promise.look": Promise(KEEPER, f"MOVE {PIG} {{other}} 9/11", "flag", "promise.nobody"),
    "promise.call": Promise(KEEPER, "SICK 3 pigs fever", "alarm", "promise.nobody"),
    "promise.told": Promise(KEEPER, "my pigs vomit blood", "alarm", "promise.nobody"),
    "permit.asked": Promise(KEEPER, f"PERMIT {PIG} to {{other}}", "permit", "permit.asked_nobody"),
    "evidence.noted_officer": Promise(OTHER, f"DEAD {LOST}", "evidence", "evidence.noted_nobody"),
    "evidence.tag_officer": Promise(KEEPER, f"REG {ISSUED}", "evidence", "evidence.tag_nobody"),
    # With and without the hours of the clinician.
    **dict.fromkeys(
        ("programme.call", "programme.call_soon"),
        Promise(SMOKER, "CALL ME", "concern", "programme.call_nobody"),
    ),
}
# Said of what has its task already: a permit that was asked for, evidence that was passed on.
OF_A_TASK = {"permit.asked_for", "answer.passed_on"}


def promising():
    return {
        code
        for code, sentence in sentences("en").items()
        if not code.startswith(("phone.", "terminal.", "task.", "system."))
        and any(PROMISE.search(form) for form in sentence.forms)
    }


def test_promises__of_the_catalogue__are_all_known_here():
    assert promising() - ADVICE == KEPT.keys() | OF_A_TASK


def set_up(country):
    """Register a pig that has moved, and one whose keeper has tags but no phone any more."""
    country.send(KEEPER, f"REG {PIG}")
    country.send(KEEPER, f"MOVE {PIG} {country.numbers[OTHER]} 7/11")
    country.send(OTHER, f"ARRIVE {PIG} 8/11")
    country.send(ABSENT, f"REG {LOST}")
    database = country.world.runtime.database
    with database.write() as session:
        one_writer(session)
        index = database.vault.index(country.numbers[ABSENT])
        theirs = select(Contact.party_id).where(Contact.number_index == index)
        place = session.scalars(select(Premises.id).where(Premises.keeper_id.in_(theirs))).one()
        where = name_premises(session, place)
        allocate(session, official(900), official(999), where, origin())
        session.execute(delete(Contact).where(Contact.number_index == index))


def reply_to(country, promise):
    country.send(promise.sender, promise.text.format(other=country.numbers[OTHER]))
    return country.texts(promise.sender, "reply")[-1]


def words_of(code, language="en"):
    """Return the longest part of a sentence that stands in it whatever its values are."""
    return max(re.split(r"\{[a-z]+\}", template(code, language)), key=len).strip()


@pytest.mark.slow
@pytest.mark.parametrize("code", KEPT)
def test_promise__where_somebody_is_told__has_its_task(country, code):
    """Threat: a keeper waits for a call that nobody knows of."""
    set_up(country)
    assert words_of(code) in reply_to(country, KEPT[code])
    with country.world.runtime.database.read() as session:
        mine = (Task.kind == KEPT[code].kind, Task.closed_at.is_(None))
        task = session.scalars(select(Task).where(*mine).order_by(Task.id.desc())).first()
        assert task is not None
        assert task.told_at is not None


@pytest.mark.parametrize("code", KEPT)
def test_promise__where_nobody_can_be_told__is_not_made(country, code):
    """Threat: an officer is promised where there is none."""
    set_up(country)
    with country.world.runtime.database.write() as session:
        session.execute(update(Party).values(role="keeper"))
    reply = reply_to(country, KEPT[code])
    assert words_of(code) not in reply
    assert words_of(KEPT[code].instead) in reply
    with country.world.runtime.database.read() as session:
        kinds = session.scalars(select(Task.kind).where(Task.closed_at.is_(None))).all()
    assert KEPT[code].kind in kinds, "somebody named later finds it"
