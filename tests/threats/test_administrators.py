"""Attacks by an administrator: to read what others were written, and to be a second person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.console.accounts import find_invitation
from services.console.errors import InvitationOver
from services.core.roles import Role
from services.storage.models import Access, Message
from tests.factories import FARMER
from tests.services.console.staff import add_staff, member
from tests.services.console.visitors import Visitor, account_of, enrol, phone_of
from tests.services.health.scene import CLINICIAN
from tests.services.messaging.ussd.conftest import on_screens
from tests.services.messaging.ussd.phone import Phone
from tests.services.scene import PIG

if TYPE_CHECKING:
    from tests.services.world import World

PEOPLE, PAGES = "/console/administration/people", "/console/administration/messages"
CODE = re.compile(r"(?<![0-9])[0-9]{6,10}(?![0-9])")


def stored(world: World, number: str) -> dict[str, Message]:
    """Return the texts to a number, as the outbox has them, by their ids."""
    with world.runtime.database.read() as session:
        rows = [one for one in session.scalars(select(Message)) if one.recipient == number]
        session.expunge_all()
        return {str(one.public_id): one for one in rows}


def shown(world: World, number: str) -> dict[str, tuple[str | None, str | None]]:
    """Return what the search tells an administrator: each body, and why there is none."""
    body = {"to": number, "limit": 100}
    answer = world.post("/api/v1/messages/search", body, Role.ADMINISTRATOR)
    return {one["id"]: (one["body"], one["withheld"]) for one in answer.json["messages"]}


def assert_withheld(world: World, number: str, why: str, chief: Visitor | None = None) -> None:
    """Hold that no road gives the newest text to a number to an administrator."""
    public_id, row = list(stored(world, number).items())[-1]
    assert shown(world, number)[public_id] == (None, why)
    one = world.get(f"/api/v1/messages/{public_id}", Role.ADMINISTRATOR)
    assert (one.json["body"], one.json["withheld"]) == (None, why)
    assert row.body not in one.text
    if chief is not None:
        page = chief.get(f"{PAGES}/{public_id}?text=1").text
        assert "It is not shown" in page
        assert row.body not in page
        assert "Show the text" not in page
    if row.state == "queued":
        ended = world.post(f"/api/v1/messages/{public_id}/cancel", None, Role.ADMINISTRATOR)
        assert (ended.json["body"], ended.json["withheld"]) == (None, why)


@pytest.fixture
def chief(scene):
    return Visitor(scene.world).take_session_of("administrator")


def test_invitation__by_sms__is_no_more_to_an_administrator_than_its_last_four_letters(
    scene, chief
):
    """Threat: an administrator reads the rest of an invitation, and takes the account over."""
    officer = f"{PEOPLE}/{scene.officer.party}"
    chief.get(officer)
    end = re.search(r'bilum-code">(\w{4})<', chief.submit(f"{officer}/invite", how="sms").text)[1]
    number = phone_of(scene.world, "officer")
    (row,) = stored(scene.world, number).values()
    begin = re.search(r"code=([\w-]+)", row.body)[1]
    assert (len(begin), len(end)) == (14, 4)
    assert_withheld(scene.world, number, "secret", chief)
    with scene.world.runtime.database.read() as session:
        read = session.scalars(select(Access.what)).all()
        assert [one for one in read if one.startswith(f"GET {PAGES}")] == []


@pytest.mark.parametrize("text", ["FORGET", f"KILL {PIG}"])
def test_reply_with_a_code__is_shown_to_nobody(scene, phones, chief, text):
    """Threat: an administrator acts in somebody's name, with the code of their text."""
    number = phone_of(scene.world, "keeper")
    reply = phones.says(number, text)
    assert CODE.search(reply), reply
    assert_withheld(scene.world, number, "secret", chief)
    # What holds no code is shown as before.
    phones.says(number, "HELP")
    [(body, why)] = [one for one in shown(scene.world, number).values() if one[1] is None]
    assert (body is not None, why) == (True, None)


def test_code_of_a_pin__is_shown_to_nobody(scene):
    """Threat: an administrator sets somebody's PIN, with the code of their text."""
    world = on_screens(scene.world)
    keeper = Phone(world, phone_of(world, "keeper"))
    keeper.dial()
    keeper.press("2", "1")
    assert_withheld(world, keeper.number, "secret")


def test_texts_of_programmes_and_of_people_in_need__are_shown_to_no_administrator(world):
    """Threat: an administrator reads who is in which course, and who is in danger."""
    add_staff(world)
    member(world, "CALL ME")
    texts = shown(world, FARMER)
    assert {why for _, why in texts.values()} == {"health"}
    assert {body for body, _ in texts.values()} == {None}
    assert "tobacco" not in str(texts)
    concerns = [one for one in stored(world, CLINICIAN).values() if one.purpose == "concern"]
    assert len(concerns) == 2
    assert_withheld(world, CLINICIAN, "health")


def give_role(chief: Visitor, person: str, role: str) -> None:
    """Give somebody an office by the page of that person."""
    chief.get(person)
    assert chief.submit(person, role=role).status_code == 303


def is_open(world: World, code: str) -> bool:
    """Tell whether an invitation can be taken up."""
    with world.runtime.database.read() as session:
        try:
            find_invitation(session, code, world.runtime.clock())
        except InvitationOver:
            return False
        return True


def test_invitation__that_is_open_when_the_role_changes__is_over(scene, chief):
    """Threat: an officer is an inspector for a minute, and their whole invitation is seen."""
    officer = f"{PEOPLE}/{scene.officer.party}"
    give_role(chief, officer, "inspector")
    chief.get(officer)
    paper = chief.submit(f"{officer}/invite", how="paper").text
    code = re.search(r"invitation\?code=([\w-]+)", paper)[1]
    assert is_open(scene.world, code)
    chief.get(officer)
    assert chief.submit(officer, role="inspector", province="Enga").status_code == 303
    assert is_open(scene.world, code)
    give_role(chief, officer, "veterinary-officer")
    assert not is_open(scene.world, code)


@pytest.mark.slow
@pytest.mark.parametrize("road", ["console", "api"])
def test_account__made_with_a_whole_invitation__is_none_of_an_office_that_decides(
    scene, chief, road
):
    """Threat: whoever saw the whole invitation of an inspector signs in as an officer later."""
    world, party = scene.world, scene.inspector.party
    enrol(Visitor(world), "inspector")
    person = f"{PEOPLE}/{party}"
    give_role(chief, person, "auditor")
    assert account_of(world, "inspector") is not None
    if road == "console":
        give_role(chief, person, "veterinary-officer")
    else:
        told = {"role": "veterinary-officer"}
        assert scene.administrator.post(f"/api/v1/parties/{party}", told).status_code == 200
    assert account_of(world, "inspector") is None
    # One such office and another are no difference: the invitation was not seen whole.
    enrol(Visitor(world), "inspector")
    give_role(chief, person, "planner")
    assert account_of(world, "inspector") is not None
