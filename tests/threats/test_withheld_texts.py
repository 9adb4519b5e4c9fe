"""Attacks by an administrator who reads what the program wrote to somebody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.storage.models import Access, Message
from tests.factories import FARMER
from tests.services.console.staff import add_staff, member
from tests.services.console.visitors import Visitor, phone_of
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
