"""No phone number, name or word of a message is in the clear anywhere that outlives it.

A whole run with numbers that can be recognised, among wrong calls of every kind; then everything
that it left behind is searched. At the end a number is planted in each place, to see it found.
"""

from __future__ import annotations

import io
import json
import logging
import re
import secrets
import sqlite3
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
import urllib3
from sqlalchemy import make_url, select

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from services.cli.demo_stage import OUR_NUMBER, URL
from services.core.logs import formatter
from services.core.roles import Role
from services.health.imports.import_people import import_people
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.runtime.workers import make_reconciler
from services.storage.models import Attempt, Counter, Message
from sms.carriers.base import failed
from sms.carriers.console import ConsoleCarrier
from sms.message import FailureClass
from tests.anvil import RICH_SIGNER
from tests.factories import official
from tests.flow.conftest import Calendar
from tests.flow.courses import publish
from tests.support.canary import encodings, find, traces, writings

SELLER, BUYER, VET, CHIEF, GONE, WRONG = (
    f"+6757000{end}" for end in (4719, 5827, 6935, 8143, 9251, 3608)
)
UNSENT, BROKEN, DOUBTFUL = "+67570002486", "+67570007364", "+67570001975"
NUMBERS = (SELLER, BUYER, VET, CHIEF, GONE, WRONG, UNSENT, BROKEN, DOUBTFUL)
PERSON, PLACE, SAID = "Kanarinem", "Kanariples", "kanaritok"
TRACES = traces(NUMBERS, (PERSON, PLACE, SAID))
# A screen shows a text as the phone of its receiver does, and masks the number alone.
ON_SCREEN = traces(NUMBERS, ())
_IN_FULL = True
OURS = ("bilum", "chain", "gateway", "services", "sms")


@pytest.fixture
def clock():
    return Calendar()


class Screen:
    """Standard output, and a carrier that fails on some numbers."""

    name = "console"

    def __init__(self, stream) -> None:
        self._console = ConsoleCarrier(stream)

    def send(self, message, attempt_id):
        if message.to == BROKEN:
            told = f"cannot send {message.body!r} to {message.to}"
            raise ValueError(told)
        failures = {UNSENT: FailureClass.NEVER, DOUBTFUL: FailureClass.UNKNOWN}
        if message.to in failures:
            return failed(failures[message.to], "code-1")
        return self._console.send(message, attempt_id)

    def look_up(self, doubt):
        told = f"cannot look {doubt.body!r} up for {doubt.to}"
        raise ValueError(told)


class Caller:
    """Calls the web server and keeps the body of every refusal."""

    def __init__(self, stage) -> None:
        self._stage = stage
        settings, secret = stage.runtime.settings, "secret-" * 3
        doors = {"kannel_secret": secret, "africastalking_secret": secret}
        opened = replace(settings, gateway=replace(settings.gateway, **doors))
        app = create_app(Runtime(opened, stage.runtime.database, stage.runtime.clock))
        self.secret, self._client = secret, app.test_client()
        self.refusals: list[bytes] = []
        self.statuses: set[int] = set()

    def ask(self, method, path, **given):
        with self._client.open(path, method=method, **given) as answer:
            self.statuses.add(answer.status_code)
            if answer.status_code >= 400:
                self.refusals.append(answer.get_data() + str(answer.headers).encode())
            return answer.status_code

    def twilio(self, path, form, *, signed=True):
        headers = {SIGNATURE_HEADER: sign(URL + path, form.items(), self._stage._secret)}
        return self.ask("POST", path, data=form, headers=headers if signed else {})


@pytest.mark.slow
def test_run__of_everything_with_recognisable_numbers__leaves_none_in_the_clear(
    stage, clock, caplog, capsys, request
):
    log = as_bilum_run_logs(caplog, request)
    caller = Caller(stage)
    screen = stage._dispatcher.carriers["console"]._stream
    stage._dispatcher.carriers["console"] = Screen(screen)
    lives(stage)
    notice(stage)
    course(stage, clock)
    wrong_webhooks(caller)
    reports(stage, caller)
    wrong_calls(stage, caller)
    doubts(stage, clock)
    stage.record()
    assert stage.audit(projections=True).clean

    def found():
        places = {
            "database": database_of(stage),
            "chain": chain_of(stage),
            "logs": (caplog.text + log.getvalue()).encode(),
            "refusals": b"\n".join(caller.refusals),
        }
        screens = {"screen": (screen.getvalue() + "".join(capsys.readouterr())).encode()}
        assert min(map(len, (*places.values(), *screens.values()))) > 500, "each holds something"
        return find(TRACES, places) | find(ON_SCREEN, screens)

    assert caller.statuses >= {200, 204, 400, 401, 403, 404, 409, 422}
    assert "ValueError" in caplog.text, "the carrier's fault is in the log, without its words"
    assert found() == {}
    goes_on_to_a_block(stage, log.getvalue())
    plant(stage, screen, caller)
    assert found().keys() == {"database", "chain", "logs", "screen", "refusals"}


def as_bilum_run_logs(caplog, request):
    """Everything from INFO; of our own packages everything. Return the lines as written."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(formatter())
    logging.getLogger().addHandler(handler)
    request.addfinalizer(lambda: logging.getLogger().removeHandler(handler))
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, logger="alembic")
    for name in OURS:
        caplog.set_level(logging.DEBUG, logger=name)
    return log


def goes_on_to_a_block(stage, log):
    """A search of the log for one id shows all that became of one text, and of no other."""
    lines = [json.loads(line) for line in log.splitlines()]
    receipt = re.search("[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", stage.inbox(SELLER)[1])[0]
    (found,) = (line for line in lines if line.get("receipt") == receipt)
    way = [line for line in lines if found["id"] in (line.get("id"), *line.get("ids", ()))]
    assert [re.sub(r" \d+ ms$", "", line["event"]) for line in way] == [
        "taken in",
        "in the journal",
        "answer queued",
        "POST /gateway/twilio/sms 200",
        "given to a carrier",
        "the carrier's word: sent",
        "the carrier's word: undelivered",
        "in a batch",
        "in a block",
        "final",
    ]
    size = stage.runtime.recorder_store.size()
    assert way[-1]["first"] < way[-1]["size"] <= size
    assert way[-1]["block"] == way[-2]["block"] > 0
    assert all({"time", "level", "logger", "event"} <= line.keys() for line in lines)


def lives(stage):
    """Registrations, a claim by a phone number and its answers, and what nobody understands."""
    for officer in (VET, CHIEF):
        stage.appoint(officer, Role.VETERINARY_OFFICER)
    for keeper, pig in ((SELLER, 1), (BUYER, 2), (GONE, 3), (UNSENT, 4), (DOUBTFUL, 5)):
        stage.send(keeper, f"PLACE {PLACE} {pig}, Jiwaka")
        stage.send(keeper, f"REG {official(pig)}")
    stage.send(BROKEN, "HELP")
    stage.send(SELLER, f"MOVE {official(1)} {BUYER.removeprefix('+675')}")
    stage.send(BUYER, f"ARRIVE {official(1)}")
    stage.send(SELLER, f"KILL {official(2)}")
    stage.send(BUYER, code_in(stage.inbox(BUYER)[-1]))
    for text in (f"{SAID} {WRONG}", f"MOVE {official(2)} {WRONG}9", f"REG {WRONG}", "YES 1234"):
        stage.send(SELLER, text)
    stage.send(GONE, f"{SAID} {GONE}")
    stage.send(GONE, "STOP ALL")
    stage.send(GONE, f"FORGET {code_in(stage.send(GONE, 'FORGET'))}")
    stage.send(VET, f"TRACE {official(1)}")


def course(stage, clock):
    """A course with a name, a place on a list, danger, words that nothing understands."""
    publish(stage, "tobacco")
    answers = ("2", "1", "34", "YES", PERSON, "2", "Jiwaka", "1", "5", "9 Dec")
    for text in ("QUIT", *answers, "chest pain", f"{SAID} CRAVE"):
        stage.send(SELLER, text)
    people = stage.folder / "people.csv"
    people.write_text(
        f"phone,name,programme,consent\n{BUYER},{PERSON},tobacco,form 12\n12{WRONG},{PERSON},,\n",
        encoding="utf-8",
    )
    import_people(people, stage.runtime.database, clock())
    people.unlink()
    clock.pass_by(days=15)
    stage.keep()


def code_in(text):
    """The code that a text holds: its last six digits that stand alone."""
    return re.findall("(?<![0-9])[0-9]{6}(?![0-9])", text)[-1]


def notice(stage):
    """An outbreak, a zone, and a notice that two officers send to its keepers."""
    stage.send(SELLER, "SICK 3 ASF")
    vet, chief = (stage.token(number, Role.VETERINARY_OFFICER) for number in (VET, CHIEF))
    found = stage.call(vet, "GET", "/api/v1/outbreaks")["items"][0]
    area = {"area": {"provinces": ["Jiwaka"]}, "area_name": "Jiwaka"}
    told = {"kind": "zone", "status": "infected", "since": "2026-11-25", **area}
    order = stage.call(vet, "POST", "/api/v1/orders", told | {"outbreak": found["number"]})
    drafted = stage.call(vet, "POST", f"/api/v1/orders/{order['number']}/notices", {})
    stage.call(chief, "POST", f"/api/v1/notices/{drafted['id']}/approve")
    stage._dispatcher.drain()
    stage.call(vet, "POST", "/api/v1/parties", {"phone": WRONG, "role": "keeper", "name": PERSON})


def wrong_webhooks(caller):
    """Unsigned, without parts, of no number, of another text than before; by each channel."""
    whole = {"MessageSid": "SMcanary", "From": SELLER, "To": OUR_NUMBER, "Body": f"{SAID} HELP"}
    caller.twilio("/gateway/twilio/sms", whole, signed=False)
    caller.twilio("/gateway/twilio/sms", whole)
    caller.twilio("/gateway/twilio/sms", whole | {"Body": f"{SAID} {SELLER}"})
    for name in whole:
        rest = {other: value for other, value in whole.items() if other != name}
        caller.twilio("/gateway/twilio/sms", rest)
        caller.twilio("/gateway/twilio/sms", rest | {name: f"x {WRONG}"})
    told = {"from": SELLER, "to": WRONG, "text": f"{SAID} HELP", "id": WRONG, "state": WRONG}
    for path in ("kannel/mo", "kannel/dlr", "africastalking/sms", "africastalking/delivery"):
        for given in ({"secret": caller.secret}, {"secret": WRONG}, {}):
            for more in (
                told,
                told | {"id": str(uuid4()), "state": "16", "answer": SELLER},
                told | {"from": f"{WRONG}x"},
            ):
                caller.ask("GET", f"/gateway/{path}", query_string=more | given)
                caller.ask("POST", f"/gateway/{path}", data=more, query_string=given)


def reports(stage, caller):
    """What became of texts: delivered, not delivered, of nobody's, and of no shape."""
    with stage.runtime.database.read() as session:
        tried = session.scalars(select(Attempt.public_id).order_by(Attempt.id)).all()
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": SELLER, "From": OUR_NUMBER}
    failure = {"MessageStatus": "undelivered", "ErrorCode": "30003", "ErrorMessage": SELLER}
    for attempt, told in (
        (tried[0], {}),
        (tried[1], failure),
        (uuid4(), failure),
        (tried[2], {"MessageStatus": SELLER}),
        (tried[2], failure | {"ErrorCode": WRONG}),
        (WRONG, {}),
    ):
        caller.twilio(f"/gateway/twilio/status?attempt={attempt}", form | told)


def wrong_calls(stage, caller):
    """Numbers and names where the API wants something else, and where it wants them."""
    token = stage.token(CHIEF, Role.ADMINISTRATOR)
    keeper = stage.token(SELLER, Role.KEEPER)
    parties, search = "/api/v1/parties", "/api/v1/messages/search"
    calls = [
        ("POST", parties, {"phone": SELLER, "role": "keeper", "name": PERSON}),
        ("POST", parties, {"phone": f"{WRONG} {PERSON}", "role": WRONG, "language": PERSON}),
        ("POST", parties, {"phone": [WRONG], "name": {"is": PERSON}, "province": WRONG}),
        ("POST", search, {"to": f"{WRONG}123456789"}),
        ("POST", search, {"to": SELLER, "limit": WRONG, "cursor": WRONG}),
        ("GET", f"{parties}/{WRONG}", None),
        ("GET", f"{parties}?role={WRONG}&cursor={PERSON}", None),
        ("GET", f"/api/v1/messages/{WRONG}", None),
        ("GET", f"/api/v1/animals/{WRONG}", None),
        ("GET", f"/api/v1/premises/{PERSON}", None),
        ("POST", "/api/v1/premises", {"kind": WRONG, "name": PLACE, "keeper": SELLER}),
        ("POST", "/api/v1/orders", {"kind": PERSON, "area": {"premises": [WRONG]}}),
        ("DELETE", f"{parties}/{WRONG}", None),
    ]
    for bearer in (token, keeper, WRONG):
        for method, path, body in calls:
            key = secrets.token_hex(16)
            headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key}
            caller.ask(method, path, json=body, headers=headers)
    broken = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    caller.ask("POST", search, data=f'{{"to": "{WRONG}" {PERSON}', headers=broken)
    caller.ask("POST", parties, json={"phone": WRONG}, headers=broken | {"Idempotency-Key": WRONG})


def doubts(stage, clock):
    """Asked about what is in doubt, the carrier fails in words that hold the number."""
    with stage.runtime.database.read() as session:
        states = set(session.scalars(select(Attempt.state)))
        assert {"sent", "failed", "uncertain", "delivered", "undelivered"} <= states
        assert len(set(session.scalars(select(Message.state)))) > 4
    reconciler = make_reconciler(stage.runtime, stage._dispatcher.carriers)
    for _ in range(3):
        clock.pass_by(minutes=11)
        reconciler.step()


def database_of(stage):
    """Every byte of the database: SQLite's files, or all rows of all tables of PostgreSQL's."""
    if stage.runtime.database.is_sqlite:
        return b"".join(path.read_bytes() for path in sorted(stage.folder.glob("bilum.db*")))
    url = make_url(stage.runtime.settings.database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return b"".join(_copied(connection, name) for (name,) in names.fetchall())


def _copied(connection, name):
    with connection.cursor().copy(f"COPY {name} TO STDOUT (FORMAT binary)") as rows:
        return b"".join(map(bytes, rows))


def chain_of(stage):
    """Every byte of the embedded chain, or the calldata and the logs of all blocks of a node."""
    url = stage.runtime.settings.chain.url
    if url is None:
        return b"".join(path.read_bytes() for path in sorted(stage.folder.glob("chain.db*")))
    said = [rpc(url, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})]
    blocks = range(int(rpc(url, "eth_blockNumber"), 16) + 1)
    said += [rpc(url, "eth_getBlockByNumber", hex(number), _IN_FULL) for number in blocks]
    return b"".join(map(bytes.fromhex, re.findall('"0x((?:[0-9a-f]{2})+)"', json.dumps(said))))


def rpc(url, method, *parameters):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    return urllib3.request("POST", url, json=body, retries=False).json()["result"]


def plant(stage, screen, caller):
    """Put a number into each place, in another writing each time."""
    national = WRONG.removeprefix("+675")
    with stage.runtime.database.write() as session:
        session.add(Counter(name=national, value=1))
    logging.getLogger("bilum.web").debug("sent to 675%s", national)
    screen.write(f"{national[:4]} {national[4:]}")
    caller.refusals.append(b64encode(f"said {WRONG}".encode()))
    wide = WRONG.encode("utf-16-le")
    if url := stage.runtime.settings.chain.url:
        data = {"from": RICH_SIGNER.address, "to": RICH_SIGNER.address, "data": "0x" + wide.hex()}
        rpc(url, "eth_sendTransaction", data)
    else:
        with closing(sqlite3.connect(stage.folder / "chain.db")) as connection, connection:
            connection.execute("CREATE TABLE planted AS SELECT ? AS number", (wide,))


@pytest.mark.parametrize("spelling", ["{0}", "to:+675 {0}", "00675{1} {2}", "({1})-{2}", "{1}.{2}"])
def test_find__number_in_any_writing_and_encoding__is_found(spelling):
    national = SELLER.removeprefix("+675")
    text = spelling.format(national, national[:4], national[4:]).replace(")-", "-")
    for name, written in encodings(text).items():
        around = {
            "here": bytes(range(256)) + written + b"/0",
            "there": written[: len(written) // 2],
        }
        assert find(TRACES, around).keys() == {"here"}, name


def test_find__numbers_that_are_masked__are_not_found():
    assert find(TRACES, {"log": f"sent to +675•••••{SELLER[-3:]}".encode()}) == {}
    assert len(writings(SELLER)) > 20
