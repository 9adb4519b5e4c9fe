"""Every labelled call of every SMS channel; never a 5xx."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

import pytest

from services.runtime.container import Runtime
from tests.services.conftest import KINDS
from tests.services.messaging.api.channels import africastalking_cases, kannel_cases, twilio_cases
from tests.services.messaging.api.channels.case import NOTHING, Stored
from tests.services.world import on

TABLES = kannel_cases.CHANNELS | twilio_cases.CHANNELS | africastalking_cases.CHANNELS


def cases():
    """Each call, and the databases that it is tried on: what is refused reaches none."""
    for channel, table in TABLES.items():
        for label, case in table.items():
            for kind in KINDS if case.status < HTTPStatus.BAD_REQUEST else KINDS[:1]:
                name = f"{kind.id}-{channel}: {label}"
                yield pytest.param(*kind.values, channel, case, id=name, marks=kind.marks)


@pytest.fixture
def carriers(request, open_database, settings, clock):
    """The application as carriers reach it."""
    gateway = replace(
        settings.gateway,
        kannel_secret=kannel_cases.SECRET,
        africastalking_secret=africastalking_cases.SECRET,
    )
    database = open_database(request.param)
    return on(Runtime(replace(settings, gateway=gateway), database, clock))


@pytest.mark.parametrize("channel", TABLES)
def test_tables__each_channel__has_25_cases_good_and_bad(channel):
    cases = TABLES[channel].values()
    assert len(cases) >= 25
    assert {case.status // 100 for case in cases} == {2, 4}


@pytest.mark.parametrize(("carriers", "channel", "case"), list(cases()), indirect=["carriers"])
def test_call__of_the_table__has_this_answer_and_leaves_this(carriers, channel, case):
    for before in case.after:
        before.send(carriers)
    response = case.call.send(carriers)
    assert response.status_code == case.status, response.text
    if case.code:
        assert response.content_type == "application/problem+json"
        assert response.json["code"] == case.code
        assert response.json["detail"].strip()
    counts = carriers.counts()
    assert Stored(*(counts[table] for table in Stored._fields)) == case.stored
    if case.stored == NOTHING:
        # A report of what nobody knows waits for a day: its attempt may not be committed yet.
        assert set((counts | {"early_report": 0}).values()) == {0}
    refused = carriers.samples("bilum_gateway_refused_total", channel=channel)
    assert list(refused.values()) == ([1] if case.reason else [])
    assert all(f'reason="{case.reason}"' in sample for sample in refused)
