"""The box with a real Kannel, as at a village's modem: both ways, and what became of a text."""

from __future__ import annotations

import io

import pytest

from services.box.runtime import IDENTITY, Box
from services.box.tables import TEXT
from services.box.threads import working
from services.core.clock import utc_now
from services.texts.catalogue import say
from tests.fakes.village_server import VillageServer, serving
from tests.flow.test_village_kills import identify
from tests.services.box.village import FARMER, NURSE, settings_of
from tests.support.kannel import PASSWORD, SECRET, SHORT_CODE, USER, running_kannel, wait_until
from tests.support.ports import free_port
from tests.support.web import on_socket

pytestmark = [pytest.mark.kannel, pytest.mark.sockets]


@pytest.fixture
def box(tmp_path):
    """A box that works, its server, and its Kannel."""
    port, server = free_port(), VillageServer(utc_now)
    here = f"http://127.0.0.1:{port}"
    with running_kannel(tmp_path, here) as kannel, serving(server) as url:
        identify(tmp_path, url, server)
        settings = settings_of(
            tmp_path,
            BILUM_ROUTES="+ kannel",
            BILUM_PUBLIC_URL=here,
            BILUM_KANNEL_URL=kannel.url,
            BILUM_KANNEL_USER=USER,
            BILUM_KANNEL_PASSWORD=PASSWORD,
            BILUM_KANNEL_FROM=SHORT_CODE,
            BILUM_KANNEL_SECRET=SECRET,
        )
        opened = Box.open(settings)
        assert (opened.folder / IDENTITY).exists()
        with working(opened, io.StringIO()) as at_work, on_socket(at_work.app, port=port):
            yield opened, server, kannel
        opened.close()


def test_phone__writes_to_the_box__is_answered_and_the_server_learns_of_both(box):
    opened, server, kannel = box
    kannel.says(FARMER, "HELP")
    answer = say("help", "en", pig="104276", place="20468")
    assert kannel.phones_got() == [(FARMER, answer)]
    wait_until(lambda: len(server.items) == 1, "the sync")
    assert server.items[1]["answered"] == "help"

    with server._lock:
        name = server.text(NURSE, "Risit 7KQ2")
    kannel.says(FARMER, "HELPIM")
    assert (NURSE, "Risit 7KQ2") in kannel.phones_got(3)

    def reported():
        return {one["state"] for one in list(server.reports) if one["message"] == name}

    wait_until(lambda: "delivered" in reported(), "a delivery report at the server")

    def kept():
        with opened.store.read() as unit:
            return {row.state for row in unit.execute(TEXT.select())}

    # Each text has a report of its own, and they come in no order.
    wait_until(lambda: kept() == {"delivered"}, "a delivery report of every text at the box")
