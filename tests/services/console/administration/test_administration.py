"""What an administrator does: channels, messages, people, tokens, devices; each with its event."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from services.api.tokens import find_holder
from services.console.accounts import find_invitation
from services.core.roles import Role, Scope
from services.devices.registry import DeviceKind, add_device
from services.messaging.dispatch.channels import read_circuits, watch
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.models import (
    Access,
    Arrival,
    Device,
    Journal,
    Message,
    Party,
    SendingRight,
    Token,
)
from services.storage.sending_right import stop_sending
from services.texts.catalogue import has_sentence
from sms.carriers.base import failed
from sms.message import AttemptState, FailureClass, Kind, MessageState
from sms.reasons import Reason
from tests.services.console.ledger.test_ledger_pages import read
from tests.services.console.visitors import Visitor, party_named, phone_of

AT = "/console/administration"
PAGES = [AT, *(f"{AT}/{one}" for one in ("messages", "people", "tokens", "devices", "changes"))]
FORMS = [f"{AT}/{one}/new" for one in ("people", "tokens", "devices")]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def chief(visitor):
    return visitor.take_session_of("administrator")


def newest(world, kind, count=1):
    """The newest records of a kind, as the journal has them."""
    with world.runtime.database.read() as session:
        wanted = select(Journal.content).where(Journal.type == kind).order_by(Journal.id.desc())
        return [json.loads(one) for one in session.scalars(wanted.limit(count))]


def close_channel(world, name="console"):
    now = world.runtime.clock()
    with world.runtime.database.write() as session:
        watch(session, {name: [failed(FailureClass.CHANNEL_DOWN, "20003")]}, now)


def queue(world, name="keeper", body="The text", **options):
    """A text that waits; return its public id."""
    now, phone = world.runtime.clock(), phone_of(world, name)
    with world.runtime.database.write() as session:
        index = world.runtime.database.vault.index(phone)
        message = OutboundMessage(phone, index, body, f"test\0{body}")
        enqueue_messages(session, [message], SendOptions("test", now, now + timedelta(days=1)))
        return session.scalars(select(Message).order_by(Message.id.desc())).first().public_id


def id_of(world, name):
    with world.runtime.database.read() as session:
        return party_named(session, name).public_id


@pytest.mark.slow
def test_pages__by_role__are_for_administrators_alone(scene):
    paths = [*PAGES, *FORMS, f"{AT}/people/{scene.keeper.party}", f"{AT}/doctor"]
    for name in ("administrator", "officer", "auditor", "inspector", "keeper"):
        one = Visitor(scene.world).take_session_of(name)
        status = 200 if name == "administrator" else 403
        assert {path: one.get(path).status_code for path in paths} == dict.fromkeys(paths, status)
    officer = Visitor(scene.world).take_session_of("officer")
    officer.get("/console/account")
    token = {"csrf_token": officer.fields("/console/sign-out")["csrf_token"], "form_key": "a"}
    for act in (
        "channels/console/try",
        f"people/{scene.officer.party}",
        f"people/{scene.officer.party}/invite",
        f"people/{scene.auditor.party}/sign-out",
        "tokens/new",
        "tokens/1/end",
        "devices/new",
    ):
        assert officer.send(f"{AT}/{act}", token).status_code == 403, act


def test_sending__restored_copy__says_that_nothing_is_sent_and_why(chief, scene):
    assert "let-send" not in chief.get(AT).text
    with scene.world.runtime.database.write() as session:
        session.execute(delete(SendingRight))
    assert "restored from a backup" in chief.get(AT).text
    assert scene.world.metric("bilum_restored_copy") == 1


def test_sending__administrator_stopped_it__says_so_and_nothing_of_a_copy(chief, scene):
    with scene.world.runtime.database.write() as session:
        stop_sending(session, None, scene.world.runtime.clock())
    shown = chief.get(AT).text
    assert "an administrator stopped sending" in shown
    assert "old database" not in shown
    assert scene.world.metric("bilum_restored_copy") == 0


def test_channel__that_is_closed__is_on_every_page_and_tried_again_once(scene, chief):
    world = scene.world
    assert "Texts go out by every channel" in read(chief.get(AT))
    close_channel(world)
    page = chief.get(AT)
    assert "Texts do not go out by: console." in read(page)
    assert "the carrier says 20003" in read(page)
    # The frame of every page says it too, to everybody who is signed in.
    other = Visitor(world).take_session_of("auditor").get("/console/account")
    assert '<p class="bilum-alert">Texts do not go out by: console.</p>' in other.text
    assert chief.submit(f"{AT}/channels/console/try").status_code == 303
    with world.runtime.database.read() as session:
        assert read_circuits(session)["console"].state(world.runtime.clock()) == "half-open"
    assert "Texts do not go out by: console.</p>" not in chief.get("/console/account").text
    assert "the next message tries" in read(chief.get(AT))
    fields = {"form_key": "b", "csrf_token": chief.fields("/console/sign-out")["csrf_token"]}
    assert chief.send(f"{AT}/channels/console/try", fields).status_code == 409
    assert chief.send(f"{AT}/channels/none/try", fields).status_code == 404
    listed = scene.administrator.get("/api/v1/channels").json["channels"]
    assert [(one["name"], one["state"], one["code"]) for one in listed] == [
        ("console", "half-open", "20003")
    ]
    assert scene.administrator.post("/api/v1/channels/console/try", {}).status_code == 409
    assert scene.officer.get("/api/v1/channels").status_code == 403


def test_messages__by_state_and_reason__show_no_number_and_no_text_until_asked(scene, chief):
    world = scene.world
    first, second = queue(world, body=SCRIPT), queue(world, "neighbour", "Another")
    page = chief.get(f"{AT}/messages").text
    assert page.index(str(second)) < page.index(str(first))
    assert "70000001" not in page
    assert "alert(1)" not in page
    assert "1 messages" in read(chief.get(AT)) or "2 messages" in read(chief.page)
    at = f"{AT}/messages/{first}"
    assert "alert(1)" not in chief.get(at).text
    with world.runtime.database.read() as session:
        assert session.scalars(select(Access)).all() == []
    shown = chief.get(f"{at}?text=1").text
    assert html.escape(SCRIPT, quote=False) in shown
    assert SCRIPT not in shown
    with world.runtime.database.read() as session:
        [what] = session.scalars(select(Access.what)).all()
    assert what.startswith(f"GET {AT}/messages/")
    chief.get(at)
    fields = chief.fields(f"{at}/cancel")
    assert [chief.send(f"{at}/cancel", fields).status_code for _ in range(2)] == [303, 303]
    assert "Cancelled" in read(chief.get(at))
    assert "somebody cancelled it" in read(chief.page)
    found = chief.get(f"{AT}/messages?state=cancelled&reason=cancelled").text
    assert str(first) in found
    assert str(second) not in found
    none = chief.get(f"{AT}/messages?state=cancelled&reason=late")
    assert "There are no such messages here" in read(none)
    assert chief.get(f"{AT}/messages?state=%3Cb%3E&reason=x").status_code == 200
    assert chief.send(f"{at}/cancel", fields | {"form_key": "new"}).status_code == 409


def test_person__added_changed_and_refused__is_in_the_journal_by_the_administrators_id(
    scene, chief
):
    world = scene.world
    chief.get(f"{AT}/people/new")
    typed = {"phone": "7111 0001", "role": "planner", "province": "Enga", "name": SCRIPT}
    wrong = chief.submit(f"{AT}/people/new", **{**typed, "phone": "12", "role": "king"})
    assert wrong.status_code == 422
    assert "Type a phone number" in wrong.text
    assert "Choose a role" in wrong.text
    assert html.escape(SCRIPT) in wrong.text
    assert SCRIPT not in wrong.text
    made = chief.submit(f"{AT}/people/new", **typed)
    assert made.status_code == 303
    person = chief.get(made.headers["Location"])
    assert html.escape(SCRIPT, quote=False) in person.text
    assert SCRIPT not in person.text
    assert SCRIPT not in chief.get(f"{AT}/people?role=planner").text
    [record] = newest(world, "party")
    assert record["reporter"] == str(scene.administrator.party)
    assert (record["channel"], record["details"]["role"]) == ("console", "planner")
    at = made.headers["Location"]
    chief.get(at)
    assert chief.submit(at, role="approver", province="").status_code == 303
    assert [one["details"]["role"] for one in newest(world, "party", 2)] == ["approver", "planner"]
    log = read(chief.get(f"{AT}/changes"))
    assert "approver; phones: 1" in log
    assert "By administrator, at the console" in log


def test_administrator__about_themselves__changes_no_office(scene, chief):
    mine = f"{AT}/people/{scene.administrator.party}"
    chief.get(mine)
    own = chief.submit(mine, role="approver")
    assert own.status_code == 403
    assert "Nobody changes their own role" in own.text
    told = {"role": "veterinary-officer"}
    path = f"/api/v1/parties/{scene.administrator.party}"
    assert scene.administrator.post(path, told).status_code == 403
    assert scene.administrator.post(path, {"language": "tpi"}).status_code == 200


def test_person__found_by_phone__stands_in_no_address(scene, chief):
    chief.get(f"{AT}/people")
    found = chief.submit(f"{AT}/people/find", whose="7000 0001")
    assert found.headers["Location"] == f"{AT}/people/{scene.keeper.party}"
    chief.get(f"{AT}/people")
    assert chief.submit(f"{AT}/people/find", whose="<b>7999").status_code == 422
    assert "&lt;b&gt;7999" in chief.page.text
    at = f"{AT}/people/{scene.keeper.party}"
    chief.get(at)
    waits = chief.submit(f"{at}/phone", phone="7222 0001")
    assert waits.headers["Location"] == f"{at}?waits=1"
    assert "waits until the person" in read(chief.get(waits.headers["Location"]))
    assert "72220001" not in chief.page.text


def test_invitation__by_sms_or_on_paper__is_shown_once_and_never_all_of_who_decides(scene, chief):
    world = scene.world
    officer = f"{AT}/people/{scene.officer.party}"
    chief.get(officer)
    refused = chief.submit(f"{officer}/invite", how="paper")
    assert refused.status_code == 422
    assert "Send the link by SMS" in refused.text
    chief.get(officer)
    fields = chief.fields(f"{officer}/invite") | {"how": "sms"}
    shown = chief.send(f"{officer}/invite", fields)
    end = re.search(r'bilum-code">(\w{4})<', shown.text)[1]
    assert "/console/invitation" not in shown.text
    # The same form again shows nothing, and nothing that was shown is kept.
    assert chief.send(f"{officer}/invite", fields).headers["Location"] == f"{AT}/people"
    with world.runtime.database.read() as session:
        text = session.scalars(select(Message).order_by(Message.id.desc())).first().body
        kept = session.scalars(select(Arrival).where(Arrival.channel == "console")).all()
        assert all(end not in str(one.answer) for one in kept)
    code = re.search(r"code=([\w-]+)", text)[1]
    with world.runtime.database.read() as session:
        row = find_invitation(session, f"{code}-{end}", world.runtime.clock())
        assert session.get(Party, row.party_id).name == "officer"
    auditor = f"{AT}/people/{scene.auditor.party}"
    chief.get(auditor)
    paper = chief.submit(f"{auditor}/invite", how="paper")
    assert "/console/invitation?code=" in paper.text
    changes = [one["details"]["change"] for one in newest(world, "party", 2)]
    assert changes == ["invited_on_paper", "invited"]
    keeper = f"{AT}/people/{scene.keeper.party}"
    token = {"csrf_token": fields["csrf_token"], "form_key": "k", "how": "sms"}
    assert chief.send(f"{keeper}/invite", token).status_code == 409


def test_sign_out__of_somebody__ends_their_sessions(scene, chief):
    officer = Visitor(scene.world).take_session_of("officer")
    at = f"{AT}/people/{scene.officer.party}"
    chief.get(at)
    assert chief.submit(f"{at}/sign-out").status_code == 303
    assert officer.get("/console/tasks").headers["Location"].startswith("/console/sign-in")
    [record] = newest(scene.world, "token")
    assert record["details"]["change"] == "signed_out"
    assert record["reporter"] == str(scene.administrator.party)


TOKEN = {"role": "auditor", "whose": "", "days": "30", "scopes": "read"}


def test_token__with_a_fault_or_in_anothers_name__is_not_made(scene, chief):
    at, typed = f"{AT}/tokens/new", TOKEN
    chief.get(at)
    first = chief.fields(at)
    for wrong in (
        {"days": "9999"},
        {"days": "x"},
        {"role": "king"},
        {"whose": "<b>nobody"},
        {"role": "keeper"},
    ):
        refused = chief.send(at, first | typed | wrong)
        assert refused.status_code == 422, wrong
        assert "<b>nobody" not in refused.text
    none = {name: value for name, value in (first | typed).items() if name != "scopes"}
    assert chief.send(at, none).status_code == 422
    stand_in = first | typed | {"role": "approver", "whose": str(scene.officer.party)}
    for scopes in ("decide", "send", "people", "care"):
        tried = chief.send(at, stand_in | {"role": "veterinary-officer", "scopes": scopes})
        assert tried.status_code == 403, scopes


def test_token__made_and_ended__is_shown_once_and_nobody_uses_it_after(scene, chief):
    world, at, typed = scene.world, f"{AT}/tokens/new", TOKEN
    chief.get(at)
    first = chief.fields(at)
    made = chief.send(at, first | typed)
    secret = re.search(r"bilum_[\w-]+", made.text)[0]
    assert chief.send(at, first | typed).headers["Location"] == f"{AT}/tokens"
    with world.runtime.database.read() as session:
        holder = find_holder(session, secret, world.runtime.clock())
        kept = session.scalars(select(Arrival).where(Arrival.channel == "console")).all()
        assert all(secret not in str(one.answer) for one in kept)
    assert (holder.role, holder.scopes, holder.party_id) == (Role.AUDITOR, {Scope.READ}, None)
    assert secret not in chief.get(f"{AT}/tokens").text
    assert chief.submit(f"{AT}/tokens/{holder.token_id}/end").status_code == 303
    ended = newest(world, "token")[0]
    assert (ended["details"]["change"], ended["details"]["ended"]) == ("revoked", True)
    assert ended["reporter"] == str(scene.administrator.party)
    with world.runtime.database.read() as session:
        assert find_holder(session, secret, world.runtime.clock()) is None
        other = session.scalars(select(Token.id).where(Token.role == "keeper")).first()
    listed = scene.administrator.get("/api/v1/tokens?limit=200").json["items"]
    assert holder.token_id not in [one["id"] for one in listed]
    assert scene.administrator.post(f"/api/v1/tokens/{other}/end", {}).status_code == 204
    assert scene.keeper.get("/api/v1/animals").status_code == 401
    assert scene.officer.get("/api/v1/tokens").status_code == 403


def test_device__added_rotated_and_ended__gives_each_code_once(scene, chief):
    world, at = scene.world, f"{AT}/devices/new"
    chief.get(at)
    fields = chief.fields(at) | {"name": SCRIPT, "kind": "page", "whose": "70000001"}
    assert chief.send(at, fields | {"whose": "nobody", "kind": "x"}).status_code == 422
    assert SCRIPT not in chief.page.text
    made = chief.send(at, fields)
    code = re.search(r'bilum-code">(\w{4}(-\w{4}){3})<', made.text)[1]
    assert SCRIPT not in made.text
    assert chief.send(at, fields).status_code == 303
    with world.runtime.database.read() as session:
        kept = session.scalars(select(Arrival).where(Arrival.channel == "console")).all()
        assert all(code not in str(one.answer) for one in kept)
        device = session.scalars(select(Device)).one().public_id
    page = chief.get(f"{AT}/devices").text
    assert SCRIPT not in page
    assert "waits for its key" in page
    rotated = chief.submit(f"{AT}/devices/{device}/rotate")
    assert re.search(r'bilum-code">\w{4}(-\w{4}){3}<', rotated.text)[0] not in made.text
    chief.get(f"{AT}/devices")
    assert chief.submit(f"{AT}/devices/{device}/end").status_code == 303
    listed = scene.administrator.get("/api/v1/devices").json["items"]
    assert [(one["id"], one["state"]) for one in listed] == [(str(device), "ended")]
    with world.runtime.database.write() as session:
        owner = party_named(session, "keeper")
        other, _ = add_device(session, "Mendi", DeviceKind.PAGE, owner, world.runtime.clock())
        other_id = other.public_id
    assert scene.administrator.post(f"/api/v1/devices/{other_id}/end", {}).status_code == 204
    assert scene.officer.get("/api/v1/devices").status_code == 403


def test_doctor__as_a_page__tells_what_is_wrong_first(scene, chief):
    page = read(chief.get(f"{AT}/doctor"))
    assert "opens what is sealed" in page
    assert "the chain answers" in page or "ledger" in page
    scene.world.runtime.settings.data_dir.joinpath("data.key").chmod(0o644)
    scene.world.runtime.settings.data_dir.chmod(0o755)
    page = read(chief.get(f"{AT}/doctor"))
    assert "Wrong: 1" in page
    assert page.index("others may read data.key") < page.index("opens what is sealed")


def test_codes__of_messages_and_tokens__have_words():
    named = {
        "admin_message_kind": Kind,
        "admin_state": {*MessageState, *AttemptState},
        "admin_failure": FailureClass,
        "admin_scope": Scope,
        "campaigns_why": Reason,
    }
    codes = [f"console.{family}_{one}" for family, ones in named.items() for one in ones]
    assert [one for one in codes if not has_sentence(one)] == []
