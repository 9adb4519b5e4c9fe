"""What is said by keys has the effects and the reply that the same SMS has."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.devices.registry import DeviceKind, add_device
from services.ledger.party_log import PartyAct
from services.messaging.offices import appoint
from services.messaging.village_bindings import BindingState
from services.storage.models import Party, VillageBinding
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.numbers import local
from tests.factories import NOW, official
from tests.services.messaging.ussd.phone import SECRET
from tests.services.runtime.menus.sides import (
    PEOPLE,
    PIN,
    Dialled,
    Written,
    alike,
    receipt_of,
    records,
    settled,
)
from tests.services.world import open_folder

G, H, K = official(1), official(2), official(3)
NEW, NEW2, TAG = official(17), official(25), official(33)
OTHERS = official(66)
# The first number that is given after theirs.
M = "1941"
N = f"MOB {M}"
KUDJIP, GOROKA, MADANG, LAE, POST = "1068", "1165", "1262", "1359", "1456"
# Who, the form and what is typed on it, the SMS; in this order, on one program each.
PIGS = (
    ("farmer", "my.english", (), "INGLIS"),
    ("farmer", "my.me", (), "ME"),
    ("farmer", "pigs.place", ("Kudjip Station, Jiwaka", "1"), "PLACE Kudjip Station, Jiwaka"),
    ("farmer", "pigs.register.one", (NEW, "1", "1", "1"), f"REG {NEW} female"),
    ("farmer", "pigs.register.several", (NEW2, TAG, "9", "4", "2", "1"), f"REG {NEW2} {TAG} asde"),
    ("farmer", "pigs.ok", (G, "9", "9", "1"), f"OK {G}"),
    ("farmer", "pigs.ok", (G, "9", GOROKA, "2"), f"OK {G} {GOROKA} tomorrow"),
    ("farmer", "pigs.ok", (G, H, "9", MADANG, "1"), f"OK {G} {H} {MADANG}"),
    ("farmer", "pigs.mob.new", ("1", "14", "1", "1"), "MOB 14"),
    ("farmer", "pigs.mob.new", ("2", "1", "1"), "MOB"),
    ("farmer", "pigs.born.untagged", ("9", G, "2", "1"), f"BORN 9 {G} yesterday"),
    ("farmer", "pigs.born.tagged", (official(41), "9", "9", "1", "1"), f"BORN {official(41)}"),
    ("farmer", "pigs.sick.numbers", (G, "9", "7", "cough and fever", "1"), f"SICK {G} cough fever"),
    ("farmer", "pigs.sick.counted", ("3", "2", "1"), "SICK 3 not eating"),
    ("farmer", "pigs.sick.many", ("8", "1"), "MANY PIGS ARE SICK"),
    ("farmer", "pigs.dead.counted", ("2", "2", "1"), "DEAD 2 pigs accident"),
    ("farmer", "pigs.dead.numbers", (NEW2, "9", "4", "1"), f"DEAD {NEW2} old"),
    ("farmer", "pigs.treated", (G, "9", "IVOMEC", "1", "28", "1", "1"), f"TREAT {G} IVOMEC 28"),
    ("farmer", "pigs.treated", (H, "9", "PENICILLIN", "2", "1", "1"), f"TREAT {H} PENICILLIN"),
    ("farmer", "pigs.vaccinated", (H, "9", "CSF", "2", "1"), f"VACC {H} CSF yesterday"),
    ("farmer", "pigs.slaughter.ok", (G, "9", "1"), f"OK {G} kill"),
    ("farmer", "pigs.tag.lost", (H, "1", "1"), f"LOST TAG {H}"),
    ("farmer", "pigs.tag.new", (H, official(58), "1", "1"), f"RETAG {H} {official(58)}"),
    ("farmer", "pigs.pork", ("40", GOROKA, "1", "1"), f"PORK 40 KG {GOROKA}"),
    ("farmer", "pigs.move", (K, "9", GOROKA, "1", "1"), f"MOVE {K} {GOROKA}"),
    ("buyer", "pigs.arrive", (K, "9", KUDJIP, "1", "1"), f"ARRIVE {K} {KUDJIP}"),
    ("farmer", "pigs.trace", (K,), f"TRACE {K}"),
    ("farmer", "pigs.root", (), "ROOT"),
    # What is refused is refused with the same words.
    ("farmer", "pigs.move", (G, "9", KUDJIP, "1", "1"), f"MOVE {G} {KUDJIP}"),
    ("farmer", "pigs.move", ("104276", "9", GOROKA, "1", "1"), f"MOVE 104276 {GOROKA}"),
    ("farmer", "pigs.trace", ("330577",), "TRACE 330577"),
    ("farmer", "pigs.sell.give", (G, "9", KUDJIP, "3", "1", "1"), f"GIVE {G} {KUDJIP}"),
    # An officer's work.
    ("inspector", "work.post", (POST,), f"POST {POST}"),
    ("inspector", "work.check", (G, H, "9"), f"CHECK {G} {H}"),
    ("inspector", "work.back", ("1",), "BACK"),
    ("vet", "work.register", (OTHERS, GOROKA, "2", "1", "1"), f"REG {OTHERS} male {GOROKA}"),
    ("slaughterer", "work.check", (G, "9"), f"CHECK {G}"),
    ("slaughterer", "work.post", (POST,), f"POST {POST}"),
    # A person's own things.
    ("farmer", "my.answer", ("1",), "1"),
    ("farmer", "my.stop.course", ("1",), "STOP"),
    ("farmer", "my.stop.all", ("1",), "STOP ALL"),
    ("farmer", "my.start", (), "START"),
    ("farmer", "help.1", (), "HELP"),
    ("farmer", "help.2", (), "HELP 2"),
    ("farmer", "help.3", (), "HELP 3"),
    ("farmer", "my.tok_pisin", (), "TOK PISIN"),
    ("farmer", "my.me", (), "MI"),
)  # fmt: skip
ANSWERS = (("1", "1"), ("4", "yes"))
# What a course hears of a member besides its own words.
OF_A_MEMBER = (
    ("buyer", "help.1", (), "HELP"),
    ("buyer", "my.tok_pisin", (), "TOK PISIN"),
    ("buyer", "course.tobacco.word.crave", (), "LAIK SIMUK"),
    ("buyer", "my.english", (), "INGLIS"),
)
HEALTH = (
    ("buyer", "course.tobacco.word.crave", (), "CRAVE"),
    ("buyer", "course.tobacco.word.slip", ("1",), "SLIP"),
    ("buyer", "health.date", ("25/12", "1"), "DATE 25/12"),
    ("buyer", "course.tobacco.pause", ("1",), "PAUSE"),
    ("buyer", "course.tobacco.join", (), "JOIN"),
    ("buyer", "health.call", (), "CALL ME"),
    ("buyer", "course.tobacco.stop", ("1",), "STOP tobacco"),
)


@pytest.fixture(scope="module")
def settled_folder(migrated_folder, tmp_path_factory):
    """A data folder with the settled country, to copy."""
    folder = tmp_path_factory.mktemp("settled") / "data"
    settled(open_folder(shutil.copytree(migrated_folder, folder))).runtime.close()
    return folder


@pytest.fixture
def written(settled_folder, tmp_path):
    world = open_folder(shutil.copytree(settled_folder, tmp_path / "written"))
    world.runtime.clock.now = NOW
    yield Written(world)
    world.runtime.close()


@pytest.fixture
def dialled(settled_folder, tmp_path):
    folder = shutil.copytree(settled_folder, tmp_path / "dialled")
    world = open_folder(folder, BILUM_USSD_SECRET=SECRET)
    world.runtime.clock.now = NOW
    yield Dialled(world)
    world.runtime.close()


@pytest.fixture
def server_dialled(tmp_path, migrated_url):
    world = open_folder(
        tmp_path / "server", BILUM_DATABASE_URL=migrated_url, BILUM_USSD_SECRET=SECRET
    )
    yield Dialled(settled(world))
    world.runtime.close()


def walk(dialled, written, steps):
    for who, form, answers, sms in steps:
        dialled.say(who, form, answers)
        written.say(who, sms)
        assert alike(dialled.replies[-1:]) == alike(written.replies[-1:]), (form, sms)


def same_effects(dialled, written):
    # Who sets a PIN confirms that with a code, which is a claim.
    of_the_way = ("ussd", "envelope", "message", "pin", "claim")
    kept = [table for table in written.world.counts() if not table.startswith(of_the_way)]
    before, after = dialled.world.counts(), written.world.counts()
    assert {table: before[table] for table in kept} == {table: after[table] for table in kept}
    return records(dialled.world) == records(written.world)


@pytest.mark.slow
def test_walk__every_report_and_question__has_the_reply_and_the_effects_of_the_sms(
    dialled, written
):
    walk(dialled, written, PIGS)
    assert same_effects(dialled, written)


@pytest.mark.postgres
def test_walk__on_postgresql__is_the_same(server_dialled, written):
    walk(server_dialled, written, PIGS)
    assert same_effects(server_dialled, written)


@pytest.mark.slow
def test_walk__receipts__are_looked_up_and_withdrawn_as_by_sms(dialled, written):
    keyed = receipt_of(dialled.say("farmer", "pigs.mob.new", ("1", "14", "1", "1")))
    sent = receipt_of(written.say("farmer", "MOB 14"))
    dialled.say("farmer", "pigs.receipt", (keyed,))
    written.say("farmer", f"RECEIPT {sent}")
    dialled.say("farmer", "pigs.wrong", (keyed, "1"))
    written.say("farmer", f"WRONG {sent}")
    dialled.say("farmer", "pigs.wrong", (keyed, "1"))
    written.say("farmer", f"WRONG {sent}")
    assert alike(dialled.replies) == alike(written.replies)
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__mobs_by_the_numbers_of_the_replies__are_counted_and_moved_as_by_sms(
    dialled, written
):
    walk(
        dialled,
        written,
        (
            ("farmer", "pigs.mob.new", ("1", "14", "1", "1"), "MOB 14"),
            ("farmer", "pigs.mob.count", (M, "12", "1", "1"), f"MOB {M} 12"),
            ("farmer", "pigs.register.of_mob", (NEW, M, "3", "1", "1"), f"REG {NEW} castrate {N}"),
            ("farmer", "pigs.dead.of_mob", (M, "2", "6", "1"), f"DEAD 2 pigs MOB {M}"),
            ("farmer", "pigs.mob.move", (M, "2", "5", GOROKA, "1", "1"), f"MOVE {N} 5 {GOROKA}"),
            ("farmer", "pigs.mob.move", (M, "1", GOROKA, "1", "1"), f"MOVE {N} {GOROKA}"),
            ("farmer", "pigs.permit.ask", ("9", GOROKA, "1", "1"), f"PERMIT 9 {GOROKA}"),
        ),
    )  # fmt: skip
    assert f"mob {M} has 12 pigs" in dialled.replies[1]
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__slaughter_by_pin__is_the_slaughter_that_a_code_confirms(dialled, written):
    dialled.set_pin("farmer")
    told = dialled.confirmed("farmer", "pigs.slaughter.done", (G, "9", "2", "1", "1"))
    assert told.startswith(f"We wrote down: pig {G} was slaughtered")
    assert alike([told]) == alike([written.confirmed("farmer", f"KILL {G} feast")])
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__theft_taken_back_by_pin__is_what_a_code_takes_back(dialled, written):
    dialled.set_pin("farmer")
    keyed = receipt_of(dialled.say("farmer", "pigs.theft.stolen", (G, "9", "1", "1")))
    sent = receipt_of(written.say("farmer", f"STOLEN {G}"))
    told = dialled.confirmed("farmer", "pigs.wrong", (keyed, "1"))
    assert told.startswith(f"We marked your report {keyed} as wrong.")
    assert alike([told]) == alike([written.confirmed("farmer", f"WRONG {sent}")])
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__verdicts_at_a_roadblock_by_pin__are_those_that_a_code_confirms(dialled, written):
    dialled.set_pin("inspector")
    walk(
        dialled,
        written,
        (
            ("inspector", "work.post", (POST,), f"POST {POST}"),
            ("inspector", "work.check", (G, "9"), f"CHECK {G}"),
            # Against the book's NO a reason is wanted, which is written by SMS.
            ("inspector", "work.pass", ("1",), "PASS"),
            ("inspector", "work.check", (H, "9"), f"CHECK {H}"),
        ),
    )
    assert "send PASS ANYWAY and why" in dialled.replies[-2]
    told = dialled.confirmed("inspector", "work.seize", ("1",))
    assert alike([told]) == alike([written.confirmed("inspector", "SEIZE")])
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__permit_from_asking_to_answer__goes_as_by_sms(dialled, written):
    dialled.set_pin("vet")
    walk(
        dialled,
        written,
        [("farmer", "pigs.permit.ask", (G, GOROKA, "2", "1"), f"PERMIT {G} {GOROKA} tomorrow")],
    )
    permit = "1941"
    told = dialled.confirmed("vet", "work.permit", (permit, "1", "1"))
    assert told.startswith(f"Done. Permit {permit} is issued.")
    assert alike([told]) == alike([written.confirmed("vet", f"PERMIT {permit} YES")])
    walk(dialled, written, [("farmer", "pigs.permit.look", (permit,), f"PERMIT {permit}")])
    assert dialled.replies[-1].startswith(f"OK. Permit {permit}:")
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__sale_from_its_terms_to_the_buyers_answer__goes_as_by_sms(dialled, written):
    dialled.set_pin("farmer")
    walk(
        dialled,
        written,
        [("farmer", "pigs.sell.sell", (G, "9", "70000002", "3", "1"), f"SELL {G} 70000002")],
    )
    assert "type your PIN" in dialled.press("farmer", "1")
    told = dialled.press("farmer", PIN)
    assert alike([told]) == alike([written.confirmed("farmer", "1")])
    walk(dialled, written, [("buyer", "my.answer", ("1",), "1")])
    assert dialled.replies[-1].startswith(f"Pig {G} is yours now. When it comes, send: ARRIVE")
    told = dialled.confirmed("farmer", "pigs.sell.give", (H, "9", GOROKA, "3", "1", "1"))
    assert alike([told]) == alike([written.confirmed("farmer", f"GIVE {H} {GOROKA}")])
    walk(dialled, written, [("buyer", "my.answer", ("2",), "2")])
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__course_from_joining_to_its_end__goes_as_by_sms(dialled, written):
    walk(dialled, written, [("buyer", "course.tobacco.join", (), "JOIN")])
    walk(dialled, written, [("buyer", "my.answer", (key,), said) for key, said in ANSWERS])
    # Its questions for a name and a day are answered by SMS.
    beside = Written(dialled.world)
    for text in ("Maria", "2", "5 Dec"):
        assert beside.say("buyer", text) == written.say("buyer", text)
    walk(dialled, written, OF_A_MEMBER)
    walk(dialled, written, HEALTH)
    assert same_effects(dialled, written)


def test_walk__forgetting_by_pin__is_the_forgetting_that_a_code_confirms(dialled, written):
    dialled.set_pin("farmer")
    told = dialled.confirmed("farmer", "my.forget", ("1",))
    assert "will be erased on 28 Nov" in told
    assert alike([told]) == alike([written.confirmed("farmer", "FORGET")])
    assert same_effects(dialled, written)


@pytest.mark.slow
def test_walk__family_phone_by_pin__is_the_one_that_a_code_confirms_and_ends_alike(
    dialled, written
):
    dialled.set_pin("farmer")
    told = dialled.confirmed("farmer", "pigs.helpers.phone", ("70000002",))
    assert told == "We asked phone 70000002. When it answers 1, it can report for you."
    assert alike([told]) == alike([written.confirmed("farmer", "ADD PHONE 70000002")])
    walk(dialled, written, [("buyer", "my.answer", ("1",), "1")])
    assert dialled.replies[-1].startswith("OK. You can report the pigs of the keeper")
    ends = ("farmer", "pigs.helpers.end", ("70000002", "1"), "REMOVE 70000002")
    walk(dialled, written, [ends, ends])
    assert same_effects(dialled, written)


def test_walk__family_phone_without_a_pin__waits_for_the_code_by_sms(dialled, written):
    """Threat: who holds a keeper's session adds a phone without the keeper's code."""
    before = dialled.texts("buyer")
    told = dialled.say("farmer", "pigs.helpers.phone", ("70000002",))
    assert told.startswith("We sent you a code by SMS. Type it here")
    assert dialled.press("farmer", "000000") != told
    assert dialled.texts("buyer") == before
    asked = dialled.press("farmer", dialled.codes("farmer")[-1])
    assert alike([asked]) == alike([written.confirmed("farmer", "ADD PHONE 70000002")])
    assert len(dialled.texts("buyer")) == len(before) + 1


@pytest.mark.slow
def test_walk__village_recorder_by_pin__is_the_one_that_a_code_confirms(dialled, written):
    for side in (dialled, written):
        give_office(side.world, "slaughterer", Role.RECORDER)
    dialled.set_pin("farmer")
    phone = local(PEOPLE["slaughterer"])
    told = dialled.confirmed("farmer", "pigs.helpers.recorder", (phone,))
    assert alike([told]) == alike([written.confirmed("farmer", f"ACCEPT {phone}")])
    walk(dialled, written, [("farmer", "pigs.helpers.recorder", ("70000002",), "ACCEPT 70000002")])
    walk(dialled, written, [("farmer", "pigs.helpers.end", (phone, "1"), f"REMOVE {phone}")])
    assert same_effects(dialled, written)


def test_walk__village_box__is_bound_and_ended_as_by_sms(dialled, written):
    walk(dialled, written, [("farmer", "my.box.on", (), "BOX ON")])
    for side in (dialled, written):
        bring_text(side.world, "farmer")
    for form, sms, state in (
        ("my.box.on", "BOX ON", "bound"),
        ("my.box.off", "BOX OFF", "refused"),
    ):
        walk(dialled, written, [("farmer", form, (), sms)])
        for side in (dialled, written):
            with side.world.runtime.database.read() as session:
                assert session.scalars(select(VillageBinding.state)).all() == [state]
    assert same_effects(dialled, written)


def give_office(world, who, role):
    """Appoint somebody, in English."""
    database = world.runtime.database
    with database.write() as session:
        party = party_of(Unit(session, database.vault), PEOPLE[who])
        appoint(session, party, role, PartyAct("role", None, "test", NOW))


def bring_text(world, who):
    """Let a village box have brought a text of a number that is not bound to it."""
    database, number = world.runtime.database, PEOPLE[who]
    with database.write() as session:
        owner = session.scalars(select(Party).order_by(Party.id)).first()
        box, _ = add_device(session, "Kudjip", DeviceKind.VILLAGE, owner, NOW)
        session.add(
            VillageBinding(
                device_id=box.id,
                number_index=database.vault.index(number),
                number=number,
                state=BindingState.SEEN.value,
                seen_at=NOW,
                changed_at=NOW,
            )
        )
