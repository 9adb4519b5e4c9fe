"""An outbreak in one world, by people of four offices, and its proofs on another machine.

Nobody here knows more than what is on the screen. What it costs an officer is held as clicks,
fields and keys, and as the minutes that they take by the keystroke-level model.
"""

from __future__ import annotations

import io
import re
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from services.core.roles import Role
from services.runtime.workers import make_carriers, make_dispatcher, record_everything
from tests.services.console.field.patrol import Patrol
from tests.services.console.field.road import Road, load_truck, made
from tests.services.console.journeys.auditing import AuditorAfterwards
from tests.services.console.journeys.offline import OtherMachine, changed
from tests.services.console.outbreaks.journey import OutbreakJourney
from tests.services.console.outbreaks.scenes import measure, send_pig
from tests.services.console.visitors import Visitor, enrol
from tests.services.world import SECRET, World, _scene_of, open_folder
from tests.support.chromium import open_page
from tests.support.web import on_socket

if TYPE_CHECKING:
    from tests.services.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]

KEEPER = "+67570000001"
OFFICER = (32, 9, 101)
INSPECTOR = (3, 1, 4)
MINUTES_OF_OFFICER, MINUTES_OF_INSPECTOR = 10, 1

ZONE = "Z-2026-1"
LEDGER = "--node https://… --contract 0x…"
PROOFS = (
    ("Sick", 1, "3 pigs; fever"),
    ("Sample taken", 1, "sample S-"),
    ("Laboratory result", 1, "positive"),
    ("Order", 2, f"{ZONE}; declared", f"{ZONE}; lifted"),
    ("Notice", 2, f"{ZONE}; drafted", f"{ZONE}; approved"),
    ("Checked", 20, "turned back"),
    ("Outbreak", 4, "suspect", "confirmed", "controlled", "released"),
)
"""Kinds of records that the story makes, how many there are, and what their words tell."""


@dataclass
class Story:
    """The world of an outbreak: phones, workers, and a truck that is loaded in time.

    `secret`: the key of the auditor's app.
    """

    scene: Scene
    road: Road
    secret: str
    screen: io.StringIO

    @property
    def world(self) -> World:
        return self.scene.world

    def says(self, text: str) -> None:
        """The keeper sends a text."""
        assert self.world.sms(text, sender=KEEPER).status_code == 200

    def sent(self) -> str:
        """Let the worker send what waits; all that phones got so far."""
        runtime = self.world.runtime
        make_dispatcher(runtime, make_carriers(runtime, self.screen)).drain()
        return self.screen.getvalue()

    def record(self) -> None:
        """Let the recorder put everything on the chain."""
        record_everything(self.world.runtime, lambda: None, lambda _: None)


@pytest.fixture
def story(staged, tmp_path):
    folder, people = staged
    copied = shutil.copytree(folder, tmp_path / "data")
    world = open_folder(copied, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    scene = _scene_of(world, people)
    told = {"phone": "+67570000021", "role": Role.VETERINARY_OFFICER, "name": "second officer"}
    made(scene.administrator.post("/api/v1/parties", told))
    measure(world)
    send_pig(world)
    secret = enrol(Visitor(world), "auditor")
    # A code of the app is good once.
    world.runtime.clock.pass_by(60)
    yield Story(scene, load_truck(scene), secret, io.StringIO())
    world.runtime.close()


def test_outbreak__from_a_text_to_its_end__is_proven_on_another_machine(story, tmp_path, browser):
    machine = OtherMachine(tmp_path / "elsewhere")
    with ExitStack() as stack:
        base = stack.enter_context(on_socket(story.world.app))

        def person(kind, name):
            page = stack.enter_context(open_page(browser, 1280))
            walk = kind(page, base, story.world, checks=False)
            if name:
                walk.take_session_of(name)
                walk.goto("")
            return walk

        auditor = person(AuditorAfterwards, None)
        auditor.sign_in("auditor", story.secret)
        auditor.heading("Ledger")
        officer = person(OutbreakJourney, "officer")
        second = person(OutbreakJourney, "second officer")
        inspector = person(Patrol, "inspector")
        raise_alarm(story, officer)
        story.record()
        before = auditor.write_down()
        close_off(story, officer, second)
        turn_back(story, inspector)
        end(officer)
        assert (officer.clicks, officer.fields, officer.keys) == OFFICER
        assert officer.minutes <= MINUTES_OF_OFFICER
        story.record()
        prove(auditor, machine, before)


def raise_alarm(story, officer):
    """A text of a keeper becomes a task, and the officer opens the outbreak."""
    story.says("SICK 3 FEVER")
    assert "Receipt" in story.sent()
    officer.answer()
    officer.outbreak = officer.number()


def close_off(story, officer, second):
    """Laboratory, zone and notice; texts go out when the second officer agrees, not before."""
    officer.examine()
    officer.see_reach()
    expect(officer.page.get_by_text(story.road.permit, exact=True)).to_be_visible()
    officer.declare()
    assert ZONE not in story.sent()
    second.follow("Orders")
    expect(second.page.get_by_text("A notice waits for a second officer")).to_be_visible()
    second.open_card(ZONE)
    second.send_notice("second officer")
    assert story.sent().count(ZONE) == 1


def turn_back(story, inspector):
    """A truck with a permit of before comes out of the zone."""
    inspector.follow("Roadblock")
    inspector.page.get_by_label(story.road.post).check()
    inspector.press("I am here")
    inspector.clicks = 0
    inspector.fill("Numbers of the pigs, or of the permit", story.road.permit)
    inspector.decide("MAY NOT MOVE: infected (ASF)", "Turn back 20")
    assert (inspector.clicks, inspector.fields, inspector.keys) == INSPECTOR
    assert inspector.minutes <= MINUTES_OF_INSPECTOR


def end(officer):
    """Trace, calls, situation; the outbreak is controlled, the order lifted, and all is over."""
    officer.trace()
    contacts = officer.page.get_by_label("What the call gave").count()
    assert contacts
    for done in range(contacts):
        officer.call(done)
    officer.print_situation()
    officer.become("Controlled")
    officer.lift()
    officer.become("Released")
    officer.finish()


def prove(auditor, machine, before):
    """Each act has a proof, which holds elsewhere; a changed one does not."""
    now = auditor.write_down()
    auditor.follow("Records in words")
    files = []
    for kind, count, *told in PROOFS:
        assert auditor.read_records(kind, *told) == count, kind
        files.append(auditor.save_proof_of_page(count, machine.folder))
    assert auditor.command() == f"python -m chain verify proof-….json {LEDGER}"
    changes = [changed(file) for file in files]
    for file, other in zip(files, changes, strict=True):
        status, said = machine.verify(file, *now.options)
        assert (status, "not checked" in said) == (0, False), said
        status, said = machine.verify(other, *now.options)
        assert (status, "failed" in said) == (1, True), said
    see_growth(auditor, machine, before, now)
    open_in_browser(auditor, files, changes, now)


def see_growth(auditor, machine, before, now):
    """The checkpoint of the first day is a part of the last one, by the command of the page."""
    auditor.follow("Check a kept checkpoint")
    auditor.compare(f"{before.size}:{before.root}")
    auditor.save("Save the consistency file", machine.folder)
    command = auditor.command().replace(LEDGER, " ".join(now.options))
    status, said = machine.run(command)
    assert status == 0, said
    assert f"the first {before.size} of {now.size} record(s) proven" in said
    other = before.root[::-1]
    status, said = machine.run(command.replace(before.root, other))
    assert (status, "failed" in said) == (1, True), said


def open_in_browser(auditor, files, changes, known):
    """The same on the page that asks nobody."""
    auditor.follow("Check a proof file in your browser")
    auditor.open_file(files[0], "Agrees with itself, compared with nothing")
    auditor.type_known(known)
    auditor.reads_verdict("True")
    # In turns: the verdict of the file before is never that of the next one.
    for file, other in zip(files, changes, strict=True):
        auditor.open_file(other, re.compile("^False: step "))
        auditor.open_file(file, "True")
