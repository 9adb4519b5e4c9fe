"""DHIS2 in a browser: chosen from its lists, tried, sent once, and seen in the history."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from services.health.indicators import count_requests
from services.health.indicators.count_requests import count_asked
from services.storage.models import Dhis2Link, Dhis2Sending, Exported
from tests.fakes.dhis2_server import DROP, TOKEN, Fault
from tests.services.console.indicators.ministry import (
    AT,
    COMBOS,
    DATA_SET,
    ELEMENTS,
    OTHER_SET,
    SPLIT,
)
from tests.services.console.indicators.test_figures import counted, plain
from tests.services.console.visitors import Forms, Visitor

pytestmark = pytest.mark.sockets
HERE = f"{AT}/dhis2"


def form_of(visitor, action, **has):
    """The fields of the form of an address that has these."""
    found = [one for at, one in Forms(visitor.page.text).found if at == f"{HERE}/{action}"]
    return next(one for one in found if has.items() <= one.items())


def submit(visitor, action, **typed):
    return visitor.send(f"{HERE}/{action}", form_of(visitor, action) | typed)


def chosen_places(page):
    """The places that the page has chosen already, as a browser would send them."""
    found = {}
    for part in page.split('name="place-')[1:]:
        number, options = part.split('"', 1)
        selected = options.split("</select>")[0].split('" selected')
        if len(selected) > 1:
            found[f"place-{number}"] = selected[0].rpartition('value="')[2]
    return found


def link_all(visitor):
    """Choose data set, places and two figures."""
    visitor.get(f"{HERE}/data-set")
    assert submit(visitor, "data-set", data_set=DATA_SET).headers["Location"] == f"{HERE}/places"
    page = visitor.get(f"{HERE}/places").text
    assert submit(visitor, "places", **chosen_places(page)).status_code == 303
    for indicator, element in (("attempts", "deAttempts1"), ("members", "deMembers01")):
        visitor.get(HERE)
        assert submit(visitor, "figures", indicator=indicator, element=element).status_code == 303
    return visitor.get(HERE)


def try_out(visitor, period="last_month"):
    return visitor.get(f"{HERE}/try?period={period}")


def history(world):
    with world.runtime.database.read() as session:
        rows = session.scalars(select(Dhis2Sending).order_by(Dhis2Sending.id)).all()
        session.expunge_all()
        return rows


@pytest.mark.slow
def test_dhis2__chosen_tried_and_sent__is_there_once_and_in_the_history(world, server, analyst):
    page = link_all(analyst)
    assert "Smokers who asked" in page.text
    assert "22 chosen" in page.text
    tried = try_out(analyst)
    assert "DHIS2 would take these figures" in tried.text
    assert server.values == {}
    assert len(server.tried) == 1
    # People of an unknown province have no place there: the page says so.
    assert "Provinces with people, but without a place in DHIS2: not known." in plain(tried.text)
    fields = form_of(analyst, "sendings")
    sent = analyst.send(f"{HERE}/sendings", fields)
    assert sent.status_code == 303
    page = plain(analyst.get(sent.headers["Location"]).text)
    attempts = counted(world)[1].groups[()]["attempts",]
    values = [int(value) for (_, _, element, _), value in server.values.items()
              if element == "deAttempts1"]  # fmt: skip
    assert 0 < sum(values) < attempts
    assert f"Taken: {len(server.values)} new, 0 changed, 0 deleted" in page
    assert "Period Oct 2026, sent 25 Nov 2026 13:00 by analyst" in page
    # The same form again: a double click, the back button.
    before = dict(server.values)
    assert analyst.send(f"{HERE}/sendings", fields).headers["Location"] == sent.headers["Location"]
    # It ordered that alone.
    for other in ({"everything": "1"}, {"from": "2026-09-01", "to": "2026-09-30"}):
        refused = analyst.send(f"{HERE}/sendings", fields | other)
        assert (refused.status_code, len(history(world))) == (409, 1), other
    # A new form: nothing had changed.
    tried = plain(try_out(analyst).text)
    assert f"DHIS2 has all {len(before)} values already" in tried
    again = submit(analyst, "sendings")
    page = plain(analyst.get(again.headers["Location"]).text)
    assert f"Nothing had changed: DHIS2 has all {len(before)} values already." in page
    assert server.values == before
    assert [strategy for strategy, _ in server.requests] == ["CREATE_AND_UPDATE"]
    assert [row.state for row in history(world)] == ["sent", "sent"]
    assert analyst.get(f"{HERE}/sendings").text.count("<tr><th") == 1 + 2


@pytest.mark.slow
def test_dhis2__figures_of_many_people__are_counted_by_a_worker_before_they_are_sent(
    world, server, analyst, monkeypatch
):
    link_all(analyst)
    try_out(analyst)
    fields = form_of(analyst, "sendings")
    monkeypatch.setattr(count_requests, "FEW", 0)
    for _ in range(2):
        asked = analyst.send(f"{HERE}/sendings", fields)
        assert asked.status_code == 303
        counting = analyst.get(asked.headers["Location"])
        assert counting.status_code == 202
        assert "The figures are being counted" in counting.text
    assert (server.requests, history(world)) == ([], [])
    counts = [count_asked(world.runtime.database, world.runtime.clock) for _ in range(2)]
    assert counts == [True, False]
    tried = analyst.get(asked.headers["Location"])
    assert "DHIS2 would take these figures" in tried.text
    for _ in range(2):
        assert analyst.send(f"{HERE}/sendings", fields).status_code == 303
    assert [row.state for row in history(world)] == ["sent"]
    before = dict(server.values)
    # What is sent is what a request counts of few people.
    monkeypatch.undo()
    try_out(analyst)
    submit(analyst, "sendings", everything="1")
    assert server.values == before


@pytest.mark.slow
def test_dhis2__that_lost_values__gets_everything_again(world, server, analyst):
    link_all(analyst)
    try_out(analyst)
    submit(analyst, "sendings")
    before = dict(server.values)
    server.values.popitem()
    try_out(analyst)
    submit(analyst, "sendings", everything="1")
    assert server.values == before
    assert history(world)[1].counts["imported"] == 1


@pytest.mark.slow
def test_dhis2__element_with_parts__asks_which_group_goes_where(world, server, analyst):
    link_all(analyst)
    asked = submit(analyst, "figures", indicator="delivered", element=SPLIT)
    assert asked.status_code == 200
    assert 'value="sex:f" selected' in asked.text
    for chosen, told in (
        ({}, "Choose a group for at least one part"),
        ({"coFemale001": "sex:f", "coMale00001": "age:15-24"}, "must be of one kind"),
        ({"coFemale001": "sex:f", "coMale00001": "sex:f"}, "one part alone"),
    ):
        combos = {f"combo-{key}": chosen.get(key, "") for key in COMBOS}
        wrong = submit(analyst, "figures", **combos)
        assert wrong.status_code == 422
        assert told in plain(wrong.text)
    made = submit(
        analyst, "figures", **{"combo-coFemale001": "sex:f", "combo-coMale00001": "sex:m"}
    )
    assert made.status_code == 303
    tried = plain(try_out(analyst).text)
    assert "without a part in DHIS2: sex unknown (delivered)" in tried
    submit(analyst, "sendings")
    assert {combo for _, _, _, combo in server.values} > set(COMBOS)
    # Taken out again; what was sent stays, until somebody deletes it there.
    analyst.get(HERE)
    fields = form_of(analyst, "figures/remove", indicator="delivered")
    assert analyst.send(f"{HERE}/figures/remove", fields).status_code == 303
    assert "Texts delivered by sex</b>" not in analyst.get(HERE).text
    with world.runtime.database.read() as session:
        kept = session.scalars(select(Dhis2Link).order_by(Dhis2Link.id)).all()
        assert [len(one.document.get("values", [])) for one in kept] == [0, 0, 1, 2, 3, 2]
        assert kept[-1].names["deAttempts1"] == ELEMENTS["deAttempts1"]


FAILURES = (
    (Fault(500), "DHIS2 has a fault of its own"),
    (Fault(200, DROP), "DHIS2 did not answer"),
    (Fault(403, "{}"), "does not accept our token"),
    (Fault(302, ""), "not at the address"),
    (Fault(200, "<html>"), "is not DHIS2"),
)


@pytest.mark.slow
def test_dhis2__unreachable_or_refusing__is_told_in_words_and_nothing_is_noted(
    world, server, analyst
):
    link_all(analyst)
    for fault, told in FAILURES:
        server.faults = [fault]
        page = analyst.get(HERE)
        assert page.status_code == 200
        assert told in page.text
        # What is kept is shown all the same.
        assert "Smokers who asked" in page.text
        for action in ("data-set", "places"):
            server.faults = [fault]
            assert told in analyst.get(f"{HERE}/{action}").text
        # The first asks for the trial, the second for the list below it.
        server.faults = [fault]
        tried = try_out(analyst)
        assert tried.status_code == 422
        assert told in tried.text
        try_out(analyst)
        server.faults = [fault]
        sent = submit(analyst, "sendings")
        assert told in analyst.get(sent.headers["Location"]).text
        assert TOKEN not in analyst.page.text
    with world.runtime.database.read() as session:
        assert session.scalars(select(Exported)).all() == []
    assert server.values == {}
    assert {row.state for row in history(world)} == {"unreachable", "refused"}


@pytest.mark.slow
def test_dhis2__values_refused__are_named_in_words_and_sent_again_later(world, server, analyst):
    link_all(analyst)
    server.unknown = {"deMembers01"}
    tried = plain(try_out(analyst).text)
    assert "DHIS2 would refuse some of these figures" in tried
    assert "Data element: Smokers in the course (deMembers01): DHIS2 says" in tried
    sent = submit(analyst, "sendings")
    page = plain(analyst.get(sent.headers["Location"]).text)
    assert "DHIS2 refused the figures" in page
    assert "Smokers in the course (deMembers01)" in page
    server.unknown = set()
    try_out(analyst)
    submit(analyst, "sendings")
    assert [row.state for row in history(world)] == ["refused", "sent"]
    # What DHIS2 took the first time is not there twice.
    assert history(world)[1].counts["updated"] > 0
    assert len(server.values) == history(world)[1].counts["changed"]


@pytest.mark.slow
def test_dhis2__wrong_choices__are_marked(world, server, analyst):
    analyst.get(f"{HERE}/data-set")
    for wanted in ("", "dsNothing01", "<script>"):
        wrong = submit(analyst, "data-set", data_set=wanted)
        assert wrong.status_code == 422
        assert 'id="data_set-error"' in wrong.text
    submit(analyst, "data-set", data_set=OTHER_SET)
    analyst.get(f"{HERE}/places")
    assert "at least one place" in submit(analyst, "places").text
    both = {"place-0": "ouProv00000", "place-23": "ouCountry01"}
    wrong = submit(analyst, "places", **both)
    assert "Either the whole country or provinces" in wrong.text
    # What was chosen is chosen still.
    assert chosen_places(wrong.text) == both
    twice = submit(analyst, "places", **{"place-0": "ouProv00000", "place-1": "ouProv00000"})
    assert "Another province has this place already" in twice.text
    assert submit(analyst, "places", **{"place-0": "ouProv00000"}).status_code == 303
    analyst.get(HERE)
    wrong = submit(analyst, "figures", indicator="nothing", element="deAttempts1")
    assert wrong.text.count("Choose one of the list") == 4
    submit(analyst, "figures", indicator="attempts", element=SPLIT)
    submit(analyst, "figures", **{"combo-coFemale001": "everybody:"})
    analyst.get(HERE)
    submit(analyst, "figures", indicator="members", element=SPLIT)
    twice = submit(analyst, "figures", **{"combo-coFemale001": "everybody:"})
    assert "goes to this data element already" in twice.text
    # Its periods are quarters.
    wrong = try_out(analyst)
    assert wrong.status_code == 422
    assert "The data set takes figures of this kind of period: Quarterly." in wrong.text
    assert try_out(analyst, "last_quarter").status_code == 200
    assert try_out(analyst, "own&from=2026-10-31&to=2026-10-01").status_code == 422


@pytest.mark.slow
def test_dhis2__hostile_names__are_text(world, server, analyst):
    for each in server.objects.values():
        for one in each:
            one["displayName"] = f"<script>alert(1)</script>{one['displayName']}"
    analyst.get(f"{HERE}/data-set")
    submit(analyst, "data-set", data_set=DATA_SET)
    analyst.get(f"{HERE}/places")
    submit(analyst, "places", **{"place-0": "ouProv00000"})
    analyst.get(HERE)
    submit(analyst, "figures", indicator="attempts", element="deAttempts1")
    server.unknown = {"deAttempts1"}
    for page in (
        analyst.get(f"{HERE}/data-set"),
        analyst.get(f"{HERE}/places"),
        analyst.get(HERE),
        try_out(analyst),
    ):
        assert "&lt;script&gt;alert" in page.text
        assert "<script>alert" not in page.text


def test_dhis2__not_set_or_cut_off__says_what_to_do(world, analyst):
    page = analyst.get(HERE)
    assert "BILUM_DHIS2_URL" in page.text
    with world.runtime.database.write() as session:
        told = {"programme": "tobacco", "system": "x", "data_set": DATA_SET, "period": "202610"}
        more = {"state": "sending", "counts": {}, "conflicts": [], "key": "of a command"}
        began = world.runtime.clock()
        session.add(Dhis2Sending(public_id=UUID(int=1), began_at=began, **told, **more))
    at = f"{HERE}/sendings/{UUID(int=1)}"
    assert "on their way" in analyst.get(at).text
    world.runtime.clock.pass_by(601)
    page = plain(analyst.get(at).text)
    assert "We do not know what came of it" in page
    assert "a command on the server" in page
    assert (
        analyst.get(f"{AT.replace('tobacco', 'other')}/dhis2/sendings/{UUID(int=1)}").status_code
        == 404
    )
    approver = Visitor(world).take_session_of("approver")
    assert "An analyst or a planner sends figures" in approver.get(HERE).text
