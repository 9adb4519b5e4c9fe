"""Water points on the screens of USSD: a third service, added by declaring its menus."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gateway.menu_book import MenuBook
from gateway.ussd import MenuMachine
from services.health.conversation.danger_asking import danger_on_screens
from services.health.conversation.member import read_active
from services.health.versions.store import current_versions
from services.livestock.domain.movement_decision import Policy
from services.livestock.sms_commands.answers import ANSWERS
from services.messaging.ussd.actions import Screens, screen_signs
from services.runtime.command_catalogue import every_menu, make_conversation
from sms import encoding
from tests.factories import FARMER, official
from tests.services.health.scene import publish
from tests.services.messaging.ussd.phone import SECRET, Phone
from tests.services.world import on, open_folder
from tests.support.paths import ROOT
from tests.toy.water import MENUS, Water

if TYPE_CHECKING:
    from services.messaging.command_router import CommandRouter


@dataclass
class Talking:
    """Everything that is open, and water points."""

    conversation: CommandRouter
    machine: MenuMachine

    def answer(self, unit, envelope):
        return self.conversation.answer(unit, envelope)

    def screens(self, _session, _party):
        return Screens(
            self.conversation, self.machine, ANSWERS, danger_on_screens({}, members=False)
        )


@pytest.fixture
def water():
    return Water()


@pytest.fixture
def phone(migrated_folder, tmp_path, water):
    folder = shutil.copytree(migrated_folder, tmp_path / "data")
    world = open_folder(folder, BILUM_USSD_SECRET=SECRET)
    database = world.runtime.database
    publish(database)
    with database.read() as session:
        programmes = read_active(session, current_versions(session))
    talk = make_conversation(Policy(), programmes, more=water.spoken)
    menus = (*every_menu(programmes, members=True, works=False), MENUS)
    book = MenuBook(menus, talk.phrases, screen_signs(), encoding, talk.fillers)
    vars(world.runtime)["conversation"] = Talking(talk, MenuMachine(book))
    yield Phone(on(world.runtime), FARMER)
    world.runtime.close()


def test_water__reported_by_keys__is_what_the_sms_reports(phone, water):
    assert phone.dial().endswith("4 Helpim\n5 Wara")
    assert phone.press("5") == ("Wara\n1 Ripot long pam\n2 Pam i wok?\n0 Bek 00 Stat")
    assert phone.press("1", "12", "2").startswith("Pam 12: Drai?\n")
    assert phone.press("1").startswith("Tenkyu. Mipela raitim pinis: pam 12 i drai.\n")
    assert water.pumps == {12: "dry"}
    assert phone.press("00", "5", "2", "12").startswith("Pam 12 i drai.\n")


def test_pigs_and_health__beside_water__keep_their_keys(phone, water):
    home = "Bilum\n1 Pik\n2 Helt\n3 Samting bilong mi\n4 Helpim"
    assert phone.dial().startswith(home)
    told = phone.press("1", "6", "1", official(17), "1", "1", "1")
    assert told.startswith("Pik 598000000000017 i stap long buk")
    assert phone.press("00", "2", "3").startswith("Wetim 5 minit.")
    assert water.pumps == {}


def test_gateway__no_module__knows_of_the_menus_of_water():
    for path in (ROOT / "gateway").rglob("*.py"):
        assert "water" not in path.read_text("utf-8").lower(), path
