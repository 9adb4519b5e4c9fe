"""The command beside a reader, against a server on loopback, over links that break."""

from __future__ import annotations

import os
import pty
import re
import sys
import tty
from random import Random
from threading import Thread
from time import sleep

import pytest
from sqlalchemy import func, select
from werkzeug.serving import make_server

from services.cli import main
from services.cli.reader_queue import Queue
from services.cli.reader_source import uploads
from services.core.errors import Invalid, ServerUnreachable
from services.devices.registry import DeviceKind, add_device
from services.devices.signing_client import Identity, Reply, save_identity
from services.storage.models import Journal, Party, ReaderScan, ReaderSession
from tests.factories import official
from tests.services.command import Ended
from tests.services.scene import NEW_PIG, PIG, TODAY
from tests.services.scene import _key as party_key
from tests.services.world import Clock
from tests.support.bad_link import bad_link
from tests.support.ports import free_port

pytestmark = pytest.mark.sockets


@pytest.fixture
def server(scene):
    """The scene's application on a port of loopback."""
    made = make_server("127.0.0.1", 0, scene.world.app, threaded=True)
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made.server_port
    made.shutdown()
    thread.join(60)
    made.server_close()


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run `bilum reader` with a folder of its own."""
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: object) -> Ended:
        argv = ["bilum", "reader", *map(str, arguments), "--folder", str(tmp_path / "reader")]
        monkeypatch.setattr(sys, "argv", argv)
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return Ended(status, *capsys.readouterr())

    return call


def code_for(scene, who="keeper"):
    with scene.world.runtime.database.write() as session:
        owner = session.get_one(Party, party_key(scene.world, scene.callers[who].party))
        return add_device(session, f"stick of {who}", DeviceKind.READER, owner, Clock()())[1]


@pytest.fixture
def enrolled(scene, server, run):
    ended = run("enrol", f"http://127.0.0.1:{server}/", code_for(scene))
    assert ended.status == 0, ended.err
    return run


def count(scene, table):
    with scene.world.runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.slow
def test_enrol__a_code__leaves_a_key_that_its_owner_alone_can_read(enrolled, tmp_path):
    key = tmp_path / "reader" / "key.json"
    assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "reader").stat().st_mode & 0o777 == 0o700


def test_enrol__a_wrong_code__is_told_in_one_sentence(server, run):
    ended = run("enrol", f"http://127.0.0.1:{server}", "AAAA-AAAA-AAAA-AAAA")
    assert (ended.status, "refuses this code" in ended.err) == (2, True)


def test_send__before_it_is_enrolled__says_so(run, tmp_path):
    ended = run("send", tmp_path / "session.csv")
    assert (ended.status, "bilum reader enrol URL CODE" in ended.err) == (2, True)


def test_enrol__where_nothing_answers__tells_to_give_the_command_again(run):
    ended = run("enrol", f"http://127.0.0.1:{free_port()}", "AAAA-AAAA-AAAA-AAAA")
    assert (ended.status, "server_unreachable" in ended.err) == (3, True)
    assert "give the same command again; the code is still good" in ended.err
    assert "tried again later" not in ended.err


@pytest.mark.slow
def test_send__a_file__is_shown_reviewed_and_confirmed(scene, enrolled, tmp_path):
    path = tmp_path / "session.csv"
    path.write_bytes(f"EID;VID\r\n{PIG};A1\r\n{NEW_PIG};A2\r\n9.82E+14;\r\n".encode("utf-16"))
    farm = scene.places["keeper"]
    told = ("--as", "stocktake", "--premises", farm, "--day", TODAY, "--yes")
    ended = enrolled("send", path, *told)
    assert ended.status == 0, ended.err
    assert f"{farm} Place of keeper" in ended.out
    assert "Excel has cut the number" in ended.out
    assert re.search(r"count.*2.*(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", ended.out)
    assert f"Register these: {NEW_PIG}" in ended.out
    with scene.world.runtime.database.read() as session:
        assert session.scalars(select(Journal.type).order_by(Journal.id)).all()[-1] == "count"


@pytest.mark.slow
def test_send__without_as__is_stored_and_confirmed_later(scene, enrolled, tmp_path, monkeypatch):
    path = tmp_path / "scans.txt"
    path.write_text(f"LA {PIG[:3]} {PIG[3:]}\n")
    ended = enrolled("send", path)
    session = re.search(r"--session (\S+)", ended.err)[1]
    monkeypatch.setattr("click.confirm", lambda *_: False)
    places = ("--premises", scene.places["keeper"], "--day", TODAY, "--language", "tpi")
    ended = enrolled("send", "--session", session, "--as", "stocktake", *places)
    assert (ended.status, "Nothing is recorded" in ended.err) == (1, True)
    ended = enrolled("send", "--session", session, "--as", "stocktake", *places, "--yes")
    assert ended.status == 0, ended.err
    again = enrolled("send", "--session", session, "--as", "stocktake", *places, "--yes")
    assert (again.status, "confirmed already" in again.err) == (2, True)


def test_send__what_the_owner_may_not__is_refused_and_waits_no_more(scene, enrolled, tmp_path):
    path = tmp_path / "scans.txt"
    path.write_text(PIG)
    other, today = scene.places["neighbour"], ("--day", TODAY, "--yes")
    ended = enrolled("send", path, "--as", "stocktake", "--premises", other, *today)
    assert (ended.status, "may not report at" in ended.err) == (2, True)
    assert re.search(r"To confirm them: --session \S{36}", ended.err)
    assert "(forbidden)" in ended.err
    ended = enrolled("send", path, "--as", "movement", "--premises", other, *today)
    assert (ended.status, "#/direction: It is needed here." in ended.err) == (2, True)
    assert list((tmp_path / "reader").glob("request-*")) == []
    # The counter of the second was not used, and nothing waits for it.
    assert enrolled("send", path).status == 0


def test_send__nothing_can_be_recorded__is_told_and_not_asked(scene, enrolled, tmp_path):
    path = tmp_path / "scans.txt"
    path.write_text(NEW_PIG)
    place = ("--premises", scene.places["keeper"], "--day", TODAY)
    ended = enrolled("send", path, "--as", "slaughter", "--place", "abattoir", *place)
    sentence = "No pig of this session can be recorded with these answers."
    assert (ended.status, sentence in ended.err) == (1, True)
    assert "Record this?" not in ended.out
    assert "The session stays: --session" in ended.err


@pytest.mark.slow
def test_send__without_a_server__is_kept_and_goes_first_the_next_time(scene, run, tmp_path):
    app = make_server("127.0.0.1", 0, scene.world.app, threaded=True)
    port = app.server_port
    thread = Thread(target=app.serve_forever, daemon=True)
    thread.start()
    assert run("enrol", f"http://127.0.0.1:{port}", code_for(scene)).status == 0
    app.shutdown()
    thread.join(60)
    app.server_close()
    path = tmp_path / "scans.txt"
    path.write_text(PIG)
    ended = run("send", path)
    assert (ended.status, "goes first when you send again" in ended.err) == (3, True)
    assert run("send", path).status == 3
    assert count(scene, ReaderScan) == 0
    app = make_server("127.0.0.1", port, scene.world.app, threaded=True)
    Thread(target=app.serve_forever, daemon=True).start()
    ended = run("send", path)
    app.shutdown()
    app.server_close()
    assert (ended.status, ended.err.count("Sent what was left of session")) == (0, 1)
    assert (count(scene, ReaderSession), count(scene, ReaderScan)) == (2, 2)


@pytest.mark.slow
def test_send__over_a_link_that_breaks__arrives_once(scene, server, run, tmp_path):
    path = tmp_path / "scans.txt"
    path.write_text("\n".join(official(number) for number in range(500, 700)))
    dice = Random(7)  # noqa: S311 — bad luck
    with bad_link(("127.0.0.1", server), 0.85, 4_000, dice) as link:
        code, url = code_for(scene), link.url
        while run("enrol", url, code).status:
            pass
        statuses = [run("send", path).status]
        session = None
        while statuses[-1]:
            # What waits goes first; then a session that has nothing is asked for, for its answer.
            assert statuses[-1] == 3
            statuses.append(_again(run, scene))
        assert link.cuts > 0
    assert session is None
    assert (count(scene, ReaderSession), count(scene, ReaderScan)) == (1, 200)


def _again(run, scene):
    """Send what waits; the command then says that nothing else was asked of it."""
    ended = run("send")
    done = ended.status == 2 and "Name the file or port" in ended.err
    return 0 if done else ended.status


@pytest.mark.slow
def test_send__from_a_serial_port__shows_each_scan_and_keeps_it(scene, enrolled, tmp_path):
    near, far = pty.openpty()
    tty.setraw(far)
    iso = b"\x021000000" + PIG.encode() + b"261125080102\r\n"
    noise = iso.replace(b"100", b"\xff\xfe")
    half = f"LA {NEW_PIG[:3]} {NEW_PIG[3:]}\r\nLA 982 0000".encode()

    def type_in():
        for piece in (noise, iso[:9], iso[9:], b"\0LA " + PIG.encode() + b"\r", b"\n", half):
            sleep(0.3)
            os.write(near, piece)

    thread = Thread(target=type_in)
    thread.start()
    ended = enrolled("send", os.ttyname(far), "--idle", "1.5")
    thread.join()
    os.close(near)
    os.close(far)
    assert ended.status == 0, ended.err
    assert f"   1 {PIG} (again)" in ended.out
    assert f"   2 {NEW_PIG}" in ended.out
    assert "half: scan again" in ended.out
    assert count(scene, ReaderScan) == 5
    assert list((tmp_path / "reader").glob("scanned-*")) == []


def test_send__a_port_that_is_not_there__says_so(enrolled):
    ended = enrolled("send", "COM99")
    assert (ended.status, "is the reader plugged in" in ended.err) == (2, True)


def test_send__scans_of_a_run_that_was_killed__go_first(scene, enrolled, tmp_path):
    left = tmp_path / "reader" / "scanned-6f1c1f7e-55b1-4f1a-9d8e-2f9f0c8f4d11.txt"
    left.write_text(f"{PIG}\n{NEW_PIG}\n")
    path = tmp_path / "scans.txt"
    path.write_text(PIG)
    assert enrolled("send", path).status == 0
    assert (count(scene, ReaderSession), count(scene, ReaderScan), left.exists()) == (2, 3, False)


def test_queue__any_answer__waits_or_ends_as_the_protocol_says(tmp_path):
    replies = []
    queue = Queue(tmp_path / "q", lambda *_: replies.pop())
    save_identity(Identity("http://x", "6f1c1f7e-55b1-4f1a-9d8e-2f9f0c8f4d11", ""), tmp_path / "k")
    now = Clock()()
    for status, body, uses in [
        (200, {"session": "x"}, True),
        (409, {"code": "session_confirmed", "detail": "It is confirmed"}, True),
        (404, {"code": "no_session", "detail": "none"}, True),
        (403, {"code": "forbidden", "detail": "may not"}, True),
        (422, {"code": "wrong_fields", "detail": "wrong"}, True),
        (422, {"code": "invalid", "detail": "wrong"}, False),
        (404, {"code": "not_found", "detail": "nothing is here"}, False),
        (403, {"code": "gateway.device_revoked", "detail": "revoked"}, False),
        (400, {"code": "bad_request", "detail": "unreadable"}, False),
        (413, {"code": "request_entity_too_large", "detail": "long"}, False),
    ]:
        request = queue.add("/x", {"a": 1})
        replies.append(Reply(status, body))
        if status == 200:
            assert queue.send(request, now) == body
        else:
            with pytest.raises(Invalid, match=body["detail"]):
                queue.send(request, now)
        assert queue.waiting() == []
        following = queue.add("/x", {})
        assert following.counter == request.counter + uses, status
        replies.append(Reply(200, {}))
        queue.send(following, now)


@pytest.mark.parametrize("status", [302, 404, 429])
def test_queue__answer_of_something_between__keeps_the_request(tmp_path, status):
    queue = Queue(tmp_path / "q", lambda *_: Reply(status, {}))
    save_identity(Identity("http://x", "6f1c1f7e-55b1-4f1a-9d8e-2f9f0c8f4d11", ""), tmp_path / "k")
    request = queue.add("/x", {"a": 1})
    with pytest.raises(ServerUnreachable):
        queue.send(request, Clock()())
    assert queue.waiting() == [request]


def test_file__of_lines_with_a_bad_one__keeps_times_and_weights(scene, enrolled, tmp_path):
    path = tmp_path / "scans.txt"
    line = f"LA {PIG[:3]} {PIG[3:]}, 25/11/2026, 08:01:02, 41.5 kg\n"
    path.write_text(f"{line}LR 0006 {PIG[:3]} {PIG[3:]}\n{line}")
    ended = enrolled("send", path)
    assert (ended.status, "2 scans, 1 animals, 1 lines" in ended.out) == (0, True), ended.err
    with scene.world.runtime.database.read() as session:
        read = select(ReaderScan.at, ReaderScan.kilograms).where(ReaderScan.fault.is_(None))
        assert session.execute(read).all() == [("2026-11-25T08:01:02", 41.5)] * 2


def test_uploads__a_long_text__is_cut_at_its_lines():
    text = "982000001088420\n" * 100_000
    parts = list(uploads(text, "lines"))
    assert "".join(parts) == text
    assert all(part.endswith("\n") and len(part) < 800_000 for part in parts)
    with pytest.raises(Invalid):
        list(uploads(text, "csv"))
