"""A thief has a village's box and its key: what the real sync believes, and whom it tells."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from services.devices.registry import find_device, revoke_device
from services.messaging.consent import consents_of
from services.messaging.operator_alarms import raise_alarms
from services.messaging.village_bindings import ASK_AGAIN, BindingState
from services.storage.models import (
    Animal,
    Arrival,
    Change,
    Consent,
    Contact,
    Journal,
    Message,
    PendingConfirmation,
    Permit,
    Subscription,
    VillageBinding,
    VillagePhone,
)
from services.texts.catalogue import say
from tests.factories import NOW, official
from tests.services.health.scene import SMALL, Course, publish
from tests.services.scene import PIG
from tests.services.village.box import FARMER, NURSE, set_up_box
from tests.services.village.post import Post
from tests.services.world import SECRET, open_folder
from tests.support.boxes import bind_numbers
from tests.threats.phones import journal

KEEPER, NEIGHBOUR, RECORDER, INSPECTOR, VET, ABATTOIR, AUDITOR, CHIEF = (
    f"+6757000{number:04}" for number in range(1, 9)
)
OFFICES = {INSPECTOR, VET, ABATTOIR, AUDITOR, CHIEF}
HEN = official(25)
STRANGERS = [f"+67570002{number:03}" for number in range(300)]


@pytest.fixture
def stolen(staged, tmp_path):
    """A box in a thief's hands, to which one number is bound: a farmer of its village."""
    folder = shutil.copytree(staged[0], tmp_path / "data")
    world = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    yield set_up_box(world, "Kudjip", numbers=(FARMER,))
    world.runtime.close()


@pytest.fixture
def post(stolen):
    return Post(stolen)


def later(box, **time):
    box.world.runtime.clock.pass_by(timedelta(**time).total_seconds())


def rows(box, what):
    with box.world.runtime.database.read() as session:
        return session.scalars(what).all()


def state_of(box):
    """Everything that a text could change; evidence changes nothing."""
    with box.world.runtime.database.read() as session:
        animals = session.execute(
            select(Animal.id, Animal.ended_by_id, Animal.owner_id).order_by(Animal.id)
        ).all()
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Permit, Subscription, Consent)
        ]
        counts.append(sum("standing" not in one for one in journal(box.world)))
        numbers = set(session.scalars(select(Contact.number)))
        return animals, counts, {KEEPER, NEIGHBOUR, VET} <= numbers


def asked(box, number):
    """Texts about a box that go to a number by the ordinary road."""
    index = box.world.runtime.database.vault.index(number)
    return rows(
        box,
        select(Message.body).where(Message.recipient_index == index, Message.purpose == "box"),
    )


def begin(box):
    """The bound farmer has a place and a pig."""
    box.sync(box.sms("PLACE Kudjip, Jiwaka", FARMER), box.sms(f"REG {HEN}", FARMER))


def say_yes(box, number, sid):
    box.world.sms("1", sid, number)


# --- what a thief says in the names of others ------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"DEAD {PIG}",
        f"KILL {PIG}",
        f"GIVE {PIG} {FARMER}",
        f"SELL {PIG} {FARMER}",
        f"RETAG {PIG} 598000000000991",
        f"TREAT {PIG} IVOMEC 300",
        f"LOST TAG {PIG}",
        f"REG {PIG}",
        "PLACE Kudjip, Jiwaka",
        "ME Thief",
        "FORGET",
        "STOP",
        "STOP ALL",
        "START",
        "TOK PISIN",
        "1",
        "4827",
        "482911",
        "BOX ON",
    ],
)
def test_thief__says_anything_in_a_keepers_name__changes_nothing_and_the_keeper_is_asked(
    stolen, post, text
):
    """Kill, take, retag, treat, silence or forget by a number that never used the box."""
    before = state_of(stolen)
    answer = stolen.sync(stolen.sms(text, KEEPER))
    assert answer["taken"] == [1]
    assert (state_of(stolen), answer["messages"]) == (before, [])
    (told,) = asked(stolen, KEEPER)
    assert "Kudjip" in told
    assert "Kudjip" in post.work()
    stolen.sync()
    assert stolen.had == []


EVIDENT = {
    f"REG {PIG}": "register",
    f"BORN 6 {PIG}": "birth",
    f"KILL {PIG}": "slaughter",
    f"GIVE {PIG} {FARMER}": "depart",
    f"SELL {PIG} {FARMER}": "depart",
}


@pytest.mark.parametrize("text", EVIDENT)
def test_unbound_number__registers_kills_or_sells__leaves_evidence_and_no_code(stolen, text):
    """What a keeper said by the box before it knew them is gone, and nobody ever asks."""
    before = state_of(stolen)
    answer = stolen.sync(stolen.sms(text, KEEPER))
    assert (state_of(stolen)[0][: len(before[0])], answer["messages"]) == (before[0], [])
    (evidence,) = [one for one in journal(stolen.world) if "standing" in one]
    assert evidence["type"] == EVIDENT[text]
    kinds = rows(stolen, select(PendingConfirmation.kind))
    assert set(kinds) <= {"box", "evidence", "evidence_code"}
    assert "evidence" in " ".join(kinds)


@pytest.mark.parametrize("number", sorted(OFFICES))
@pytest.mark.parametrize(
    "text", ["PERMIT 5336 YES", f"CHECK {PIG}", f"SEIZE {PIG}", "STOP ALL", "DONE 1005"]
)
def test_thief__speaks_for_an_office__has_no_effect_and_the_holder_is_told(stolen, number, text):
    """Permits, roadblocks and silence in an officer's name, even of a number bound to the box."""
    stolen.sync(stolen.sms("HELP", number))
    with stolen.world.runtime.database.write() as session:
        session.execute(update(VillageBinding).values(state=BindingState.BOUND.value))
    before = state_of(stolen)
    answer = stolen.sync(stolen.sms(text, number))
    assert (state_of(stolen), answer["messages"]) == (before, [])
    (told,) = asked(stolen, number)
    assert told in {say("box.office", language, box="Kudjip") for language in ("en", "tpi")}


@pytest.mark.slow
def test_thief__forgets_a_stranger__gets_no_code_and_erases_nobody(stolen, post):
    """FORGET needs the code that goes to the phone, by a road that is not the box's."""
    stolen.sync(stolen.sms("FORGET", NEIGHBOUR))
    post.work()
    for code in ("4827", "482913", "FORGET 4827", "FORGET 482913"):
        stolen.sync(stolen.sms(code, NEIGHBOUR))
    assert NEIGHBOUR in rows(stolen, select(Contact.number))
    assert rows(stolen, select(PendingConfirmation.kind)) == ["box"]


# --- what a thief reads ----------------------------------------------------------------------


@pytest.mark.slow
def test_thief__harvests_the_mail_of_others__gets_none_of_it(stolen, post):
    """Answers and health messages of numbers that the thief wrote in the name of."""
    for number in (KEEPER, NURSE, *STRANGERS[:20]):
        stolen.sync(stolen.sms("HELP", number), stolen.sms(f"OK {PIG}", number))
    post.write("a text of the course", NURSE)
    post.write("another", KEEPER)
    stolen.sync()
    assert stolen.had == []
    brought = post.work()
    assert "a text of the course" in brought
    assert "another" in brought
    assert rows(stolen, select(VillagePhone.id)) == []


def test_thief__draws_no_statuses__of_the_animals_of_others(stolen):
    """What the box is told of animals follows the numbers bound to it."""
    stolen.sync(stolen.sms("HELP", KEEPER))
    assert stolen.sync()["statuses"]["rows"] == []


# --- health ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_thief__enrols_answers_and_stops_others__in_no_course(stolen, post):
    """Nobody joins, answers or leaves a programme by a box that is not believed for them."""
    stolen.world.runtime.clock.now = NOW
    publish(stolen.world.runtime.database, SMALL)
    for text in ("QUIT", "1", "yes", "Maria", "2", "5 Dec", "STOP", "STOP ALL", "CRAVE"):
        stolen.sync(stolen.sms(text, NURSE, at=stolen.now))
        later(stolen, minutes=1)
    assert rows(stolen, select(Subscription.id)) == []
    with stolen.world.runtime.database.read() as session:
        assert consents_of(session, NURSE) == {}
    assert stolen.had == []


@pytest.mark.slow
def test_danger__in_anybodys_text__is_heard_all_the_same(stolen):
    """Somebody may be dying, whoever wrote it: the clinician is told and calls the number."""
    stolen.world.runtime.clock.now = NOW
    publish(stolen.world.runtime.database, SMALL)
    stolen.sync(stolen.sms("chest pain", NURSE, at=stolen.now, answered="danger"))
    assert stolen.world.counts()["concern"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("text", ["my baby died", "bebi blo mi i dai"])
def test_event_of_life__in_anybodys_text__ends_and_pauses_nobodys_course(stolen, text):
    """A thief of a box ends the course of whoever they name."""
    stolen.world.runtime.clock.now = NOW
    database = stolen.world.runtime.database
    publish(database, SMALL)
    member = Course(database, sender=NURSE)
    member.join()
    later(stolen, minutes=1)
    before = member.row().state, rows(stolen, select(Change.id))
    stolen.sync(stolen.sms(text, NURSE, at=stolen.now))
    assert (member.row().state, rows(stolen, select(Change.id))) == before


def test_stop__by_a_box__is_asked_for_over_the_ordinary_road(stolen):
    """A forged STOP silences nobody, and an honest one is a text away."""
    stolen.sync(stolen.sms("STOP ALL", NEIGHBOUR), stolen.sms("STOP", NEIGHBOUR))
    (told,) = asked(stolen, NEIGHBOUR)
    assert "STOP" in told
    assert rows(stolen, select(Consent.id)) == []


# --- binding ---------------------------------------------------------------------------------


def test_owner__who_answers_by_the_ordinary_road__is_bound_and_believed(stolen):
    """The honest way: the second text counts."""
    stolen.sync(stolen.sms("PLACE Kudjip, Jiwaka", NURSE))
    say_yes(stolen, NURSE, "SM41")
    later(stolen, minutes=1)
    stolen.sync(stolen.sms("PLACE Kudjip, Jiwaka", NURSE, at=stolen.now))
    assert "place" in stolen.texts(NURSE)[-1]


def test_owner__who_says_no__is_believed_and_the_administrators_are_told(stolen):
    """A number whose owner knows nothing of the box: a sign of theft."""
    stolen.sync(stolen.sms(f"DEAD {PIG}", KEEPER))
    stolen.world.sms("2", "SM42", KEEPER)
    later(stolen, days=40)
    stolen.sync(stolen.sms(f"DEAD {PIG}", KEEPER, at=stolen.now))
    assert len(asked(stolen, KEEPER)) == 1, "who said no is not asked again"
    assert rows(
        stolen, select(VillageBinding.state).where(VillageBinding.seen_at.is_not(None))
    ) == ["refused"]


@pytest.mark.slow
def test_thief__answers_the_question_by_the_box__binds_nothing(stolen):
    """The question goes to the phone and its answer must come from there."""
    stolen.sync(stolen.sms("HELP", KEEPER))
    later(stolen, minutes=5)
    for text in ("1", "yes", "BOX ON", "REPLY 1"):
        stolen.sync(stolen.sms(text, KEEPER, at=stolen.now))
    second = set_up_box(stolen.world, "Minj", numbers=(KEEPER,))
    second.sync(second.sms("1", KEEPER, at=second.now), second.sms("BOX ON", KEEPER))
    states = select(VillageBinding.state).where(VillageBinding.device_id == stolen.key)
    assert rows(stolen, states.order_by(VillageBinding.id)) == ["bound", "asked"]


@pytest.mark.slow
def test_thief__binds_the_whole_country__is_capped_and_asks_few(stolen):
    """Numbers by the hundred: the operator pays for thirty questions, and an alarm goes out."""
    for start in range(0, 300, 100):
        stolen.sync(*(stolen.sms("HELP", one) for one in STRANGERS[start : start + 100]))
    questions = select(func.count()).where(Message.purpose == "box")
    assert rows(stolen, questions) == [30]
    refused = [one["code"] for one in stolen.last["refused"]]
    assert refused == ["box_numbers"] * 100
    assert len(rows(stolen, select(VillageBinding.id))) == 201
    runtime = stolen.world.runtime
    for _ in range(3):
        with runtime.database.write() as session:
            raise_alarms(session, runtime.recorder_store, runtime.settings.sms, runtime.clock())
    alarms = select(Message.body).where(Message.purpose == "system")
    assert sum("Kudjip" in text for text in rows(stolen, alarms)) == 1


def test_owner__who_sends_box_off__ends_it_and_is_never_asked_again(stolen, post):
    """A word by the ordinary road ends what a box may do, and its mail comes directly."""
    stolen.sync(stolen.sms("HELP", FARMER))
    post.write("a text", FARMER)
    post.work()
    stolen.world.sms("BOX OFF", "SM43", FARMER)
    assert "a text" in post.work()
    later(stolen, days=ASK_AGAIN.days + 1)
    before = state_of(stolen)
    stolen.sync(stolen.sms("STOP ALL", FARMER, at=stolen.now))
    assert state_of(stolen) == before
    assert asked(stolen, FARMER) == []


@pytest.mark.slow
def test_box__that_is_revoked__is_refused_and_bound_to_nobody(stolen, post):
    """What the operator does when a box is lost: everything of it ends at once."""
    stolen.sync(stolen.sms("HELP", FARMER))
    post.write("a text", FARMER)
    post.work()
    with stolen.world.runtime.database.write(exclusive=False) as session:
        revoke_device(find_device(session, "Kudjip"), stolen.world.runtime.clock())
    assert stolen.post(stolen.body(stolen.sms("HELP", FARMER))).status_code == 403


# --- old texts, floods -----------------------------------------------------------------------


def test_thief__replays_last_months_texts__under_new_seqs_is_refused(stolen):
    """A box that kept a copy of what it brought, or listened to another's."""
    item = stolen.sms("PLACE Kudjip, Jiwaka", FARMER, at=stolen.now)
    stolen.sync(item)
    before = state_of(stolen)
    later(stolen, days=30)
    other = set_up_box(stolen.world, "Minj", numbers=(FARMER,))
    for box in (stolen, other):
        box.seq += 1
        answer = box.sync(item | {"seq": box.seq})
        assert [one["code"] for one in answer["refused"]] == ["box_repeats"]
    assert state_of(stolen) == before


@pytest.mark.slow
def test_thief__dates_a_code_back__confirms_nothing(stolen, post):
    """The clock of a box is its word: a code of an hour ago, sent as if in time."""
    stolen.sync(stolen.sms("PLACE Kudjip, Jiwaka", FARMER), stolen.sms("REG {HEN}", FARMER))
    stolen.world.sms(f"KILL {HEN}", "SM51", FARMER)
    (code,) = re.findall(r"code ([0-9]{4,})", re.sub(r"[\s│]+", " ", post.work()))
    shown = stolen.now
    later(stolen, hours=1)
    stolen.sync(stolen.sms(code, FARMER, at=shown))
    assert "slaughter" not in rows(stolen, select(Journal.type))


@pytest.mark.slow
def test_thief__floods__is_refused_beyond_a_days_texts(stolen):
    """Texts of the one bound number: a thousand a day, the rest is kept without effect."""
    told = []
    for _ in range(6):
        answer = stolen.sync(
            *(stolen.sms("HELP", FARMER, at=stolen.now) | {"text": f"x {n}"} for n in range(200))
        )
        told += [one["code"] for one in answer["refused"]]
        later(stolen, minutes=1)
    assert told == ["box_texts"] * 200
    kept = select(func.count()).where(Arrival.outcome == "unanswered.refused.box_texts")
    assert rows(stolen, kept) == [200]


@pytest.mark.slow
def test_box__that_was_away__brings_a_days_texts_for_each_day(stolen):
    """An honest village after a week without a link loses nothing."""
    stolen.sync()
    later(stolen, days=7)
    refused = 0
    for _ in range(6):
        items = [stolen.sms(f"x {n}", FARMER, at=stolen.now) for n in range(200)]
        refused += len(stolen.sync(*items)["refused"])
        later(stolen, minutes=1)
    assert refused == 0


@pytest.mark.slow
def test_thief__harvests_codes__no_box_is_handed_any(stolen, post):
    """A code of a bound number and of any other leaves by the ordinary road alone."""
    stolen.sync(stolen.sms("PLACE Kudjip, Jiwaka", FARMER), stolen.sms("REG {HEN}", FARMER))
    stolen.sync(stolen.sms(f"KILL {HEN}", FARMER), stolen.sms("FORGET", FARMER))
    for sid, text in (("SM31", f"KILL {HEN}"), ("SM32", "FORGET")):
        stolen.world.sms(text, sid, FARMER)
    later(stolen, minutes=1)
    stolen.sync(stolen.sms("HELP", FARMER, at=stolen.now))
    stolen.sync()
    words = " ".join(one["text"] for one in stolen.had)
    assert not re.search(r"(?:code|kod|FORGET|RAUSIM MI) [0-9]{4,}", words)


@pytest.mark.slow
def test_stolen_box__costs__a_village_a_day(stolen, post):
    """Every number of a country through one box: who loses what, and what the operator pays."""
    village, country = STRANGERS[:6], STRANGERS[6:60]
    for place, number in enumerate(STRANGERS[:60]):
        stolen.world.sms("PLACE Kudjip, Jiwaka", f"SMp{place}", number)
        stolen.world.sms(f"REG {official(1000 + place)}", f"SMr{place}", number)
    bind_numbers(stolen.world.runtime, "Kudjip", village)
    post.work()
    owned = dict(zip(STRANGERS[:60], (official(1000 + n) for n in range(60)), strict=True))
    texts = [
        stolen.sms(f"{word} {pig}", number)
        for number, pig in owned.items()
        for word in ("DEAD", "KILL")
    ]
    later(stolen, minutes=10)
    for start in range(0, len(texts), 100):
        stolen.sync(*texts[start : start + 100])
    keys = {one["to"] for one in stolen.had}
    vault = stolen.world.runtime.database.vault
    indexes = [vault.index(number) for number in village]
    with stolen.world.runtime.database.read() as session:
        ended = session.scalars(select(Animal.value).where(Animal.ended_by_id.is_not(None))).all()
    lost = {number for number, pig in owned.items() if pig in ended}
    assert lost <= set(village), "nobody beyond the village loses a pig"
    assert keys <= {FARMER, *village}, "nobody beyond the village is read"
    # Of the day's thirty, some ask whose box it is, and some whether a pig of theirs died.
    asked = Message.purpose.in_(["box", "claim"])
    beyond = Message.recipient_index.not_in(indexes)
    assert rows(stolen, select(func.count()).where(asked, beyond)) == [30]
    assert not lost & set(country)
