"""Phones on a short code: the real Kannel and a real web server, both ways."""

from __future__ import annotations

import io
import logging
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from services.core.settings import Settings
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.runtime.workers import keep_time, make_carriers, make_dispatcher
from services.storage.models import Arrival, Journal, Message, TextPart
from sms.message import Kind, MessageState
from tests.flow.conftest import Calendar
from tests.support.kannel import PASSWORD, SECRET, SHORT_CODE, USER, running_kannel, wait_until
from tests.support.ports import free_port
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.kannel import Kannel

pytestmark = [pytest.mark.kannel, pytest.mark.sockets]

FARMER, NEIGHBOUR = "+67570000001", "+67570000002"
PIG = "598000000000017"


@dataclass
class Village:
    """Phones, Kannel, and a deployment whose web server is on only within `serving`."""

    kannel: Kannel
    runtime: Runtime
    port: int

    @contextmanager
    def serving(self, wrap: Callable[[object], object] = lambda app: app) -> Iterator[None]:
        with serving(wrap(create_app(self.runtime)), self.port):
            yield

    def send_all(self) -> None:
        """A worker sends what is due."""
        dispatcher = make_dispatcher(self.runtime, make_carriers(self.runtime, io.StringIO()))
        dispatcher.drain()
        dispatcher.close()

    def wait_for(self, *, arrivals: int) -> None:
        wait_until(lambda: self.count(Arrival) == arrivals, f"{arrivals} texts of phones")

    def count(self, table: type) -> int:
        with self.runtime.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def states(self) -> list[str]:
        """The state of every message, oldest first."""
        with self.runtime.database.read() as session:
            return list(session.scalars(select(Message.state).order_by(Message.id)))

    def mail(self, kind: Kind, *numbers: str) -> None:
        now = self.runtime.clock()
        letters = [
            OutboundMessage(
                number, self.runtime.database.vault.index(number), "Was hands.", f"{kind}{number}"
            )
            for number in numbers
        ]
        with self.runtime.database.write() as session:
            mailing = SendOptions("notice", now, now + timedelta(days=1), kind)
            enqueue_messages(session, letters, mailing)


@pytest.fixture
def village(tmp_path, caplog, request):
    # What the web server would say of a phone's text: nothing of it may be in a log.
    caplog.set_level(logging.DEBUG, "bilum")
    port = free_port()
    bilum = f"http://127.0.0.1:{port}"
    combines = getattr(request, "param", True)
    with running_kannel(tmp_path, bilum, combines=combines) as kannel:
        settings = Settings.from_env(
            {
                "BILUM_DATA_DIR": str(tmp_path / "data"),
                "BILUM_PUBLIC_URL": bilum,
                "BILUM_ROUTES": "+ kannel",
                "BILUM_KANNEL_URL": kannel.url,
                "BILUM_KANNEL_USER": USER,
                "BILUM_KANNEL_PASSWORD": PASSWORD,
                "BILUM_KANNEL_FROM": SHORT_CODE,
                "BILUM_KANNEL_SECRET": SECRET,
            }
        )
        hasty = replace(settings, sms=replace(settings.sms, read_timeout=2))
        runtime = Runtime.open(hasty, Calendar())
        runtime.database.upgrade()
        yield Village(kannel, runtime, port)
        runtime.close()
    for hidden in (FARMER[1:], PIG, SECRET):
        assert hidden not in caplog.text


def plainly(kannel):
    kannel.says(FARMER, f"REG {PIG}")


def without_plus(kannel):
    kannel.says(FARMER[1:], f"reg  {PIG}")


def as_its_operator_writes_it(kannel):
    kannel.says(FARMER.removeprefix("+675"), f"REG {PIG}")


def in_other_letters(kannel):
    kannel.says_in_ucs2(FARMER, f"REG \u2018{PIG}\u2019")


def in_parts(kannel):
    kannel.says_in_parts(FARMER, f"REG {PIG[:9]}", PIG[9:])


@pytest.mark.parametrize(
    "say", [plainly, without_plus, as_its_operator_writes_it, in_other_letters, in_parts]
)
def test_farmer__registers_a_pig__is_answered_and_the_answer_is_known_to_be_delivered(village, say):
    with village.serving():
        say(village.kannel)
        village.wait_for(arrivals=1)
        village.send_all()
        [(receiver, answer)] = village.kannel.phones_got()
        assert receiver == FARMER
        assert "is registered at" in answer
        wait_until(lambda: village.states() == [MessageState.DELIVERED], "a delivery report")
    assert village.count(Journal) == 1


by_itself = pytest.mark.parametrize("village", [False], indirect=True, ids=["not combining"])


@by_itself
@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 2, 1, 1)])
def test_farmer__whose_parts_come_one_by_one__is_registered_and_answered_once(village, order):
    parts = {1: "REG 59800", 2: "0000", 3: "000017"}
    with village.serving():
        for number in order:
            village.kannel.says_part(FARMER, parts[number], number, 3)
        village.wait_for(arrivals=1)
        village.send_all()
        [(receiver, answer)] = village.kannel.phones_got()
        assert receiver == FARMER
        assert "is registered at" in answer
        wait_until(lambda: village.states() == [MessageState.DELIVERED], "a delivery report")
    assert (village.count(Arrival), village.count(Journal), village.count(Message)) == (1, 1, 1)


@by_itself
def test_farmer__whose_last_part_never_comes__is_asked_to_send_again(village):
    with village.serving():
        village.kannel.says_part(FARMER, f"REG {PIG} ", 1, 2)
        wait_until(lambda: village.count(TextPart), "a part")
    village.runtime.clock.pass_by(minutes=10)
    keep_time(village.runtime)
    village.send_all()
    [(_, answer)] = village.kannel.phones_got()
    assert "did not come" in answer
    assert (village.count(Arrival), village.count(Journal)) == (1, 0)


@by_itself
def test_farmer__in_other_letters__is_read_without_being_recoded(village):
    with village.serving():
        in_other_letters(village.kannel)
        village.wait_for(arrivals=1)
    assert village.count(Journal) == 1


def test_farmer__sends_while_our_server_is_down__is_heard_once_it_is_up(village):
    plainly(village.kannel)
    wait_until(lambda: "Retrying request" in village.kannel.log(), "a second try of Kannel")
    with village.serving():
        village.wait_for(arrivals=1)
    assert village.count(Journal) == 1
    assert village.kannel.phones_got(0) == []


class Forgetful:
    """A server that acts, and whose first answer is lost on its way."""

    def __init__(self, app):
        self.app = app
        self.calls = 0

    def __call__(self, environ, start_response):
        self.calls += 1
        lost = self.calls == 1

        def start(status, headers, *more):
            return start_response("502 Bad Gateway" if lost else status, headers, *more)

        return self.app(environ, start)


def test_farmer__whose_message_comes_twice__is_registered_and_answered_once(village):
    servers = []

    def forgetful(app):
        servers.append(Forgetful(app))
        return servers[0]

    with village.serving(forgetful):
        plainly(village.kannel)
        wait_until(lambda: servers[0].calls == 2, "a second try of Kannel")
        village.send_all()
        village.kannel.phones_got()
        wait_until(lambda: village.states() == [MessageState.DELIVERED], "a delivery report")
    assert (village.count(Arrival), village.count(Journal), village.count(Message)) == (1, 1, 1)
    assert len(village.kannel.phones_got()) == 1


def test_operator__is_down__the_answer_waits_at_kannel_and_goes_once(village):
    with village.serving():
        plainly(village.kannel)
        village.wait_for(arrivals=1)
        village.kannel.disconnect()
        village.send_all()
        assert village.states() == [MessageState.SENT]
        village.kannel.connect()
        assert len(village.kannel.phones_got()) == 1
        wait_until(lambda: village.states() == [MessageState.DELIVERED], "a delivery report")


def test_kannel__answers_too_late__the_message_is_uncertain_until_its_report_and_goes_once(village):
    with village.serving():
        plainly(village.kannel)
        village.wait_for(arrivals=1)
        with village.kannel.silent():
            village.send_all()
            assert village.states() == [MessageState.UNCERTAIN]
        wait_until(lambda: village.states() == [MessageState.DELIVERED], "a delivery report")
        village.send_all()
        assert len(village.kannel.phones_got()) == 1


_OVER = "No reply sent, denied."


def test_advertiser__sends_by_a_name__is_kept_at_once_and_gets_nothing(village):
    with village.serving():
        village.kannel.says("Digicel", "Win a prize!")
        wait_until(lambda: _OVER in village.kannel.log(), "the end of it")
    assert village.kannel.phones_got(0) == []
    assert "Retrying request" not in village.kannel.log()
    assert village.count(Arrival) == 1


def test_farmer__whom_kannel_gives_up__gets_nothing_from_kannel_itself(tmp_path):
    with running_kannel(tmp_path, retries=1) as kannel:
        kannel.says(FARMER, "HELP")
        wait_until(lambda: _OVER in kannel.log(), "the end of it")
        assert kannel.phones_got(0) == []


def test_farmer__stops_everything__gets_no_more_than_answers(village):
    with village.serving():
        village.kannel.says(FARMER, "STOP ALL")
        village.wait_for(arrivals=1)
        village.send_all()
        assert len(village.kannel.phones_got()) == 1
        village.mail(Kind.SERVICE, FARMER, NEIGHBOUR)
        village.mail(Kind.PROGRAMME, FARMER)
        village.send_all()
        assert village.kannel.phones_got(2)[1] == (NEIGHBOUR, "Was hands.")
        village.kannel.says(FARMER, "HELP")
        village.wait_for(arrivals=2)
        village.send_all()
        assert [receiver for receiver, _ in village.kannel.phones_got(3)] == [
            FARMER,
            NEIGHBOUR,
            FARMER,
        ]
    answer, service, neighbour, programme, help_ = village.states()
    assert {service, programme} == {MessageState.SUPPRESSED}
    assert MessageState.SUPPRESSED not in {answer, neighbour, help_}
