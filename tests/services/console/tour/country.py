"""A country in which every page of the console has something to show, made by its own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from chain.canonical import receipt_code
from services.runtime.audit_job import audit_asked
from services.runtime.workers import record_everything
from services.storage.models import LedgerLeaf
from tests.factories import FARMER
from tests.services.console.administration.test_administration import close_channel, queue
from tests.services.console.campaigns.test_campaigns import begin, drafted, submitted
from tests.services.console.concerns.care import DANGER, QUESTION
from tests.services.console.field.road import asked, load_truck
from tests.services.console.field.test_roadblock import check, send
from tests.services.console.indicators.figures_walk import connect
from tests.services.console.indicators.ministry import stock
from tests.services.console.indicators.test_dhis2_pages import link_all, submit, try_out
from tests.services.console.ledger.test_audits import ask, never
from tests.services.console.outbreaks.scenes import (
    alarm,
    declare,
    measure,
    open_outbreak,
    put_under_watch,
    send_pig,
)
from tests.services.console.people.lists import workbook
from tests.services.console.people.test_imports import checked
from tests.services.console.programmes.test_recalls import ALL, ASKED
from tests.services.console.staff import add_staff, member, write
from tests.services.console.visitors import Visitor
from tests.services.health.campaigns.town import Town
from tests.services.health.scene import SMALL, publish
from tests.services.scene import OTHER_PIG, PIG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.scene import Scene

_IDS = {
    "task": "SELECT public_id FROM task WHERE service = 'livestock'",
    "concern": "SELECT public_id FROM task WHERE kind = 'concern'",
    "question": "SELECT public_id FROM task WHERE kind = 'message'",
    "course": "SELECT public_id FROM subscription WHERE state = 'active'",
    "campaign": "SELECT public_id FROM campaign",
    "draft": "SELECT public_id FROM campaign_draft",
    "counted": "SELECT public_id FROM campaign_draft WHERE id = "
    "(SELECT min(id) FROM campaign_draft)",
    "list": "SELECT public_id FROM person_import",
    "event": "SELECT event_id FROM journal WHERE type = 'register'",
    "message": "SELECT public_id FROM message",
    "party": "SELECT public_id FROM party WHERE role = 'inspector'",
    "audit": "SELECT public_id FROM audit_run",
    "recall": "SELECT public_id FROM recall",
    "sending": "SELECT public_id FROM dhis2_sending",
}


def settle(scene: Scene, server: object) -> dict[str, str]:
    """Let everybody do something; return what the addresses of pages need, by name."""
    values = dict(_settle_livestock(scene))
    _settle_health(scene, server)
    record_everything(scene.world.runtime, lambda: None, lambda _: None)
    ask(Visitor(scene.world).take_session_of("auditor"))
    audit_asked(scene.world.runtime, never)
    with scene.world.runtime.database.read() as session:
        first = session.query(LedgerLeaf).filter(LedgerLeaf.index == 3).one()
        values["receipt"] = receipt_code(first.commitment)
        for name, statement in _IDS.items():
            found = session.scalar(text(f"{statement} ORDER BY id DESC LIMIT 1"))
            assert found, name
            values[name] = str(UUID(str(found)))
    return values


def _settle_livestock(scene: Scene) -> Iterator[tuple[str, str]]:
    """An outbreak with zone, sample, notice and contacts; permits; a truck at a roadblock."""
    world = scene.world
    measure(world)
    road = load_truck(scene)
    yield "permit", asked(scene, road.truck[0])
    yield from _stop_truck(scene, road)
    send_pig(world)
    alarm(world)
    outbreak = open_outbreak(scene)
    yield "outbreak", outbreak
    yield "order", _declare(scene, outbreak)
    officer = put_under_watch(scene, outbreak)
    at = f"/console/outbreaks/{outbreak}"
    officer.get(f"{at}/sample")
    assert officer.submit(f"{at}/sample", sample="S-17", specimen="blood").status_code == 303
    queue(world)
    close_channel(world)
    yield from (("pig", PIG), ("place", scene.places["keeper"]))


def _declare(scene: Scene, outbreak: str) -> str:
    order = declare(scene, outbreak)
    officer = Visitor(scene.world).take_session_of("officer")
    officer.get(f"/console/orders/{order}")
    at = f"/console/orders/{order}/notices"
    assert officer.send(at, officer.fields(at)).status_code == 303
    return order


def _stop_truck(scene: Scene, road: object) -> Iterator[tuple[str, str]]:
    """One truck is let through, and another waits for the inspector's choice."""
    inspector = Visitor(scene.world).take_session_of("inspector")
    inspector.get("/console/roadblock?change=1")
    inspector.submit("/console/roadblock/post", post=road.post)
    check(inspector, "\n".join(road.truck[:2]))
    done = send(inspector, may="passed", barred="turned_back")
    yield "check", done.headers["Location"].rpartition("/")[2]
    check(inspector, "\n".join((*road.truck[2:4], OTHER_PIG)))


def _settle_health(scene: Scene, server: object) -> None:
    """Courses, their people, a campaign, a list, a recall, and figures that were sent."""
    world = scene.world
    add_staff(world)
    publish(world.runtime.database, SMALL.replace("Water helps.", "Drink a cup."), ("en",))
    member(world, DANGER)
    write(world, QUESTION, FARMER)
    town = Town(world.runtime.database)
    for name in ("Maria", "Jon"):
        town.add(name)
    planner = Visitor(world).take_session_of("planner")
    submitted(planner)
    counted = drafted(planner)
    planner.get(f"{counted}/check")
    assert planner.submit(f"{counted}/check").status_code == 303
    begin(planner)
    checked(planner, workbook(10), "list.xlsx")
    planner.get("/console/programmes/hypertension")
    assert planner.submit("/console/programmes/hypertension/draft").status_code == 303
    planner.get(f"{ALL}?text=day-2&by=2&language=en")
    assert planner.send(ALL, planner.fields(ALL) | ASKED).status_code == 303, planner.page.text
    stock(server)
    connect(world, server)
    link_all(planner)
    try_out(planner)
    assert submit(planner, "sendings").status_code == 303
