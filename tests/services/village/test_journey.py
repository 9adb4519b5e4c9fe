"""Five days without a link: a farmer and a health worker go on by their box, then it syncs."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from chain.connection import connect
from services.audit.comparison import Auditor
from services.core.roles import Role
from services.health.versions.approvals import ApprovalAct, approve
from services.health.versions.store import add_version
from services.runtime.workers import keep_courses, keep_time, record_everything
from services.storage.models import Concern, Journal, Message, Party, Subscription
from tests.factories import NOW, official
from tests.services.health.scene import APPROVER, PLANNER, SMALL, person
from tests.services.village.box import FARMER, NURSE, SYNC
from tests.services.village.post import DAY, Post
from tests.support.cover import looked_after

PIGS = [official(number) for number in (41, 42, 43)]


_URGENT = re.compile("Who can carry you|You wrote that you were not well")


class Village:
    """A village, its box, and everything around them."""

    def __init__(self, box):
        self.box, self.post = box, Post(box)
        self.runtime = box.world.runtime
        self.clock = self.runtime.clock
        self.kept = []

    def say(self, sender, text, answered="kept"):
        self.kept.append(self.box.sms(text, sender, at=self.box.now, answered=answered))

    def day(self):
        for _ in range(6):
            self.clock.pass_by(4 * 3600)
            self.work()

    def work(self):
        while keep_courses(self.runtime):
            pass
        # What follows a danger waits for no box.
        others = [text for text in self.post.work().split("╭")[1:] if not _URGENT.search(text)]
        assert others == [], "nothing else of theirs goes by the ordinary road"
        keep_time(self.runtime)

    def requests(self, size):
        """The signed batches of what is kept."""
        batches = [self.kept[at : at + size] for at in range(0, len(self.kept), size)]
        return [self.box.device.sign(SYNC, self.box.body(*batch)) for batch in batches]

    def send(self, request):
        answer = self.box.device.send(*request)
        if answer.status_code == 200:
            known = {one["id"] for one in self.box.had}
            self.box.had += [one for one in answer.json["messages"] if one["id"] not in known]
        self.clock.pass_by(1)
        return answer

    def days(self):
        with self.runtime.database.read() as session:
            rows = session.scalars(select(Journal).order_by(Journal.id)).all()
            told = [json.loads(row.content) for row in rows]
            return [
                (one["type"], one["occurred"]["at"], one["channel"])
                for one in told
                if one["channel"] != "test"
            ]

    def audit(self):
        """Take everything to the ledger, and compare."""
        record_everything(self.runtime, lambda: None, lambda _size: None)
        with connect(self.runtime.settings.chain, write=False) as chain:
            return Auditor(self.runtime.database, chain.ledger, chain.logs).audit()


def publish_small(database):
    """As an approver does it: the ledger names him."""
    author = person(database, PLANNER, Role.PLANNER)
    approver = person(database, APPROVER, Role.APPROVER)
    with database.write() as session:
        version = add_version(session, SMALL, author, NOW)
        reporter = session.get_one(Party, approver).public_id
        for language in ("en", "tpi"):
            given = ApprovalAct("MOH-2026-17", approver, uuid4(), "test", reporter, NOW)
            with looked_after(session, version.code):
                approve(session, version, language, given)


@pytest.fixture
def village(any_box):
    any_box.world.runtime.clock.now = NOW
    publish_small(any_box.world.runtime.database)
    made = Village(any_box)
    any_box.sync(any_box.sms("PLACE Kudjip, Jiwaka", at=any_box.now))
    return made


def five_days(village):
    """What both sent in five days; the clinician's programme is joined on the first."""
    for text in ("QUIT", "1", "yes", "Maria", "2", "5 Dec"):
        village.say(NURSE, text, "help")
    for pig in PIGS:
        village.say(FARMER, f"REG {pig}")
        village.day()
    village.say(FARMER, f"SICK {PIGS[0]} fever yesterday")
    village.say(NURSE, "chest pain", "danger")
    village.day()
    village.say(FARMER, f"DEAD {PIGS[0]}")
    village.say(FARMER, "nonsense of nobody", "help")
    village.day()


def day(after):
    return f"{NOW + after * DAY:%Y-%m-%d}"


EXPECTED = [
    ("premises", day(0), "village-sms"),
    ("register", day(0), "village-sms"),
    ("register", day(1), "village-sms"),
    ("register", day(2), "village-sms"),
    ("sickness", day(2), "village-sms"),
    ("death", day(4), "village-sms"),
]


@pytest.mark.parametrize(
    "order",
    [
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("in order", "last first")),
        "twice each",
    ],
)
def test_village__five_days_without_a_link__is_as_if_there_had_been_one(village, order):
    five_days(village)
    requests = village.requests(4)
    sent = {
        "in order": requests,
        "last first": requests[::-1],
        "twice each": [one for one in requests for _ in range(2)],
    }[order]
    for request in sent:
        assert village.send(request).status_code in {200, 202}
    # Those that were told to wait are answered now.
    for request in requests if order == "last first" else ():
        assert village.send(request).status_code == 200
    assert village.days() == EXPECTED
    texts = village.box.texts(FARMER)
    for pig in PIGS:
        assert sum(text.startswith(f"Pig {pig} is registered at ") for text in texts) == 1
    assert len(texts) == len(set(texts))
    assert "Welcome, Maria" in "".join(village.box.texts(NURSE))
    with village.runtime.database.read() as session:
        assert session.scalars(select(Concern)).one().code == "chest_pain"
        assert session.scalars(select(Subscription)).one().state == "active"
    assert village.audit().clean


@pytest.mark.slow
def test_village__reports_of_what_it_was_handed__end_every_message(village):
    five_days(village)
    for request in village.requests(50):
        village.send(request)
    village.day()
    village.box.sync()
    for part in range(0, len(village.box.had), 100):
        reports = tuple(
            {"message": one["id"], "state": "delivered", "code": "0"}
            for one in village.box.had[part : part + 100]
        )
        village.box.sync(reports=reports)
    with village.runtime.database.read() as session:
        rows = session.scalars(select(Message).where(Message.kind != "urgent")).all()
        ended = {row.state for row in rows if row.due_at < village.clock() - timedelta(days=1)}
    assert ended <= {"delivered", "cancelled", "suppressed", "expired"}


@pytest.mark.slow
def test_village__conflicting_batches__change_nothing_that_was_taken(village):
    five_days(village)
    requests = village.requests(4)
    for request in requests:
        village.send(request)
    before = village.days()
    for counter in range(2, 2 + len(requests)):
        body = village.box.body(village.box.sms("DEAD 3", FARMER))
        done = village.box.post(body, counter)
        assert (done.status_code, done.json["code"]) == (409, "gateway.key_conflict")
    answer = village.box.sync(*({**item, "text": "DEAD 3"} for item in village.kept[:4]))
    assert [one["code"] for one in answer["refused"]] == ["gateway.key_conflict"] * 4
    assert village.days() == before
    assert village.audit().clean
