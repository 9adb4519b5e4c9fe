"""Every flag at least once as it is raised by an SMS, with the reply, and by the API."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import func, select

from services.api.tokens import create_token
from services.core.roles import Role
from services.core.settings import Settings
from services.livestock.domain.model import EventType, FlagCode, Key, Occurred, Report
from services.livestock.recording.record import record_events
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.storage.models import Flag, Journal
from tests.factories import BUYER, FARMER, KEY, NOW, TODAY, official
from tests.services.livestock.country import DISEASE, MADANG_KEEPER, Country, days_ago
from tests.support.texts import assert_one_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

YESTERDAY = days_ago(1).isoformat()
RECEIPT = re.compile("(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")


class Case(NamedTuple):
    """What happened before; an SMS and its reply; the same as an event of the API.

    `doubt`: what is asked first, and 1 answers.
    """

    before: Callable[[Country], object]
    sms: str
    reply: str
    event: dict[str, Any]
    who: str = FARMER
    doubt: str = ""


def zone_long_known(land: Country) -> None:
    land.zone("Jiwaka", since=days_ago(3), declared_at=NOW - timedelta(days=3))


def declared(land: Country, status: str) -> None:
    """Begin a status of the place at Kudjip, as an officer does."""
    told = {"action": "begun", "status": status, "disease": DISEASE}
    at, act = Key("bilum", land.kudjip), land.act()
    one = Report(act.event_id, EventType.STATUS, (), at, None, Occurred.on(TODAY), told)
    with land.database.write() as session:
        record_events(session, [one], act.origin)


def gone_to_goroka(land: Country) -> None:
    land.report(EventType.REGISTER, 9, at=land.kudjip, on=days_ago(50))
    land.report(EventType.DEPART, 9, at=land.kudjip, other=land.goroka, on=days_ago(30))
    land.report(EventType.ARRIVE, 9, at=land.goroka, other=land.kudjip, on=days_ago(30))
    land.permit(9, to=land.lae)


PIG, NEW = official(1), official(9)
CASES = {
    FlagCode.REGISTERED_TWICE: Case(
        lambda _land: None,
        f"REG {PIG}",
        "Pig 1553 was registered before: we count it once, and keep your report. "
        "An officer will look. Receipt {R}",
        {"type": "register", "animals": [PIG], "premises": "1068"},
    ),
    FlagCode.DEPARTURE_ELSEWHERE: Case(
        gone_to_goroka,
        f"MOVE {NEW} 1359",
        f"Pig {NEW} left 1068 Kudjip for 1359, 25 Nov. But our book has it elsewhere. "
        "An officer will look. {R}",
        {"type": "depart", "animals": [NEW], "premises": "1068", "other": "1359"},
    ),
    FlagCode.EVENT_AFTER_DEATH: Case(
        lambda land: land.report(EventType.DEATH, 2, at=land.kudjip, on=days_ago(2)),
        f"TREAT {official(2)} IVOMEC 28",
        f"LOOK AGAIN: pig {official(2)} died on 23 Nov, says our book. Right number? Call NAQIA "
        "1801332. Written down. {R}",
        {"type": "weight", "animals": [official(2)], "details": {"kilograms": 40}},
    ),
    FlagCode.TWO_PLACES: Case(
        lambda _land: None,
        f"ARRIVE {official(4)} 1068",
        f"Pig {official(4)} came to 1262 Bogia, 25 Nov. But two places say they have it. "
        "An officer will look. {R}",
        {"type": "arrive", "animals": [official(4)], "premises": "1262", "other": "1068"},
        MADANG_KEEPER,
    ),
    FlagCode.NEGATIVE_COUNT: Case(
        lambda land: land.mob(6),
        "DEAD 7 MOB 1941",
        "Bury them. Do not move pigs or pork. An officer will call you. "
        "Report: 7 of 1941 died at 1068 Kudjip. Receipt {R}",
        {
            "type": "death",
            "animals": ["1941"],
            "premises": "1068",
            "details": {"head_count": 7},
        },
        doubt="You wrote: DEAD 7 MOB 1941. Really 7? Our book knows 6 pigs there. "
        "Answer 1: yes. 2: no.",
    ),
    FlagCode.BIRTH_AFTER_EVENT: Case(
        lambda land: land.report(EventType.ARRIVE, 9, at=land.kudjip, on=days_ago(5)),
        f"BORN {NEW}",
        f"Pig {NEW} was in our book before. We kept your report of its birth. "
        "An officer will look. Receipt {R}",
        {"type": "birth", "animals": [NEW], "premises": "1068"},
    ),
    FlagCode.MOVED_IN_QUARANTINE: Case(
        lambda land: land.quarantine(land.kudjip),
        f"MOVE {PIG} 1165",
        f"STOP. place 1068 is closed: ASF. Turn back or call NAQIA 1801332. We wrote: pig {PIG} "
        "left. {R}",
        {"type": "depart", "animals": [PIG], "premises": "1068", "other": "1165"},
    ),
    FlagCode.LEFT_ZONE: Case(
        zone_long_known,
        f"MOVE {PIG} 1165",
        "STOP. No pig may leave Jiwaka: ASF. Turn back or call NAQIA 1801332. Written: "
        f"{PIG} left. {{R}}",
        {"type": "depart", "animals": [PIG], "premises": "1068", "other": "1165"},
    ),
    FlagCode.ENTERED_ZONE: Case(
        lambda land: land.zone("Madang"),
        f"MOVE {PIG} 1262",
        "STOP. No pig may enter Madang: ASF. Turn back or call NAQIA 1801332. Written: "
        f"{PIG} left. {{R}}",
        {"type": "depart", "animals": [PIG], "premises": "1068", "other": "1262"},
    ),
    FlagCode.MOVED_WITHOUT_PERMIT: Case(
        lambda _land: None,
        f"MOVE {PIG} 1165",
        f"STOP. Pig {PIG} needs a NAQIA permit for this road. Wait, or call 1801332. We wrote that "
        "it left. {R}",
        {"type": "depart", "animals": [PIG], "premises": "1068", "other": "1165"},
    ),
    FlagCode.MOVED_AT_SUSPECT_PLACE: Case(
        lambda land: declared(land, "suspect"),
        f"MOVE {PIG} 1165",
        "STOP. ASF may be at that place: no pig may come or go. Call NAQIA 1801332. We wrote down "
        f"pig {PIG}. {{R}}",
        {"type": "depart", "animals": [PIG], "premises": "1068", "other": "1165"},
    ),
    FlagCode.MOVED_AT_INFECTED_PLACE: Case(
        lambda land: declared(land, "infected"),
        f"MOVE {PIG} 1165",
        "STOP. ASF may be at that place: no pig may come or go. Call NAQIA 1801332. We wrote down "
        f"pig {PIG}. {{R}}",
        {"type": "depart", "animals": [PIG], "premises": "1068", "other": "1165"},
    ),
    FlagCode.REPORTED_LATE: Case(
        lambda land: land.zone("Jiwaka"),
        f"MOVE {PIG} 1165 yesterday",
        f"Pig {PIG} left 1068 Kudjip for 1165, 24 Nov. But your report came late. "
        "An officer will look. {R}",
        {
            "type": "depart",
            "animals": [PIG],
            "premises": "1068",
            "other": "1165",
            "occurred": {"at": YESTERDAY},
        },
    ),
    FlagCode.NOT_THE_KEEPER: Case(
        lambda _land: None,
        f"TREAT {PIG} IVOMEC 28",
        f"Written down, but it does not count yet: in our book pig {PIG} is not yours. "
        "We asked its keeper. Receipt {R}",
        {},
        BUYER,
    ),
}
# What the laboratory found: events of an officer, of which the last gets the flag.
SAMPLE = {"specimen": "blood", "sample": "S-1"}
POSITIVE = {"sample": "S-1", "disease": DISEASE, "outcome": "positive"}
OF_SAMPLES = {
    FlagCode.SAMPLE_NUMBER_TAKEN: (("sample", SAMPLE), ("sample", SAMPLE)),
    FlagCode.RESULT_WITHOUT_SAMPLE: (("result", POSITIVE),),
    FlagCode.RESULTS_CONTRADICT: (
        ("sample", SAMPLE),
        ("result", POSITIVE),
        ("result", POSITIVE | {"outcome": "negative"}),
    ),
}
OTHERS = {
    FlagCode.MOVED_WHILE_BARRED,
    FlagCode.LEFT_IN_STANDSTILL,
    FlagCode.MOVED_WHILE_INFECTED,
    FlagCode.MOVED_WHILE_SUSPECT,
    FlagCode.SEEN_WHILE_STOLEN,
    FlagCode.SLAUGHTERED_IN_WITHDRAWAL,
    FlagCode.PASSED_AGAINST_BOOK,
    FlagCode.TAG_ISSUED_ELSEWHERE,
    FlagCode.TAG_FITTED_TWICE,
    FlagCode.TAG_OUT_OF_USE,
    FlagCode.PARENT_IMPOSSIBLE,
    FlagCode.ABOVE_PERMIT,
    *(code for code in FlagCode if code.startswith(("pork_", "declared_", "weight_"))),
}
"""Flags of a former version, and of what needs an officer, a code, or more than one report."""
# Who reports by a token is refused what is not theirs.
BY_API = [code for code in CASES if CASES[code].event]


@pytest.fixture
def runtime(founded_file, tmp_path) -> Iterator[Runtime]:
    shutil.copy(founded_file, tmp_path / "bilum.db")
    settings = Settings.from_env({"BILUM_DATA_DIR": str(tmp_path), "BILUM_DATA_KEY": KEY.hex()})
    running = Runtime.open(settings, lambda: NOW)
    yield running
    running.close()


def last_flags(runtime: Runtime) -> set[str]:
    """The flags of the newest event."""
    with runtime.database.read() as session:
        newest = session.scalar(select(func.max(Journal.id)))
        return set(session.scalars(select(Flag.code).where(Flag.journal_id == newest)))


def test_table__flags__are_all_there_are():
    assert set(CASES) | set(OF_SAMPLES) | OTHERS == set(FlagCode)


@pytest.mark.parametrize("code", CASES)
def test_sms__flag__is_kept_and_the_reply_says_what_to_do_or_who_looks(runtime, code):
    case, land = CASES[code], Country(runtime.database)
    case.before(land)
    reply = land.phones.say(case.sms, case.who)
    if case.doubt:
        assert reply == case.doubt
        assert last_flags(runtime) == set()
        reply = land.phones.say("1", case.who)
    assert RECEIPT.sub("{R}", reply) == case.reply
    assert_one_segment(reply)
    assert last_flags(runtime) == {code.value}


def tell(runtime: Runtime, *events: dict[str, Any]) -> list[dict[str, Any]]:
    """Report events by the API, as an officer; what was recorded."""
    with runtime.database.write() as session:
        secret = create_token(session, Role.VETERINARY_OFFICER, NOW)
    answer = (
        create_app(runtime)
        .test_client()
        .post(
            "/api/v1/events",
            json={"events": [{"occurred": {"at": TODAY.isoformat()}} | one for one in events]},
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"},
        )
    )
    assert answer.status_code == 201, answer.text
    recorded: list[dict[str, Any]] = answer.get_json()["events"]
    return recorded


@pytest.mark.parametrize("code", BY_API)
def test_api__flag__is_kept_and_in_the_answer(runtime, code):
    case, land = CASES[code], Country(runtime.database)
    case.before(land)
    (event,) = tell(runtime, case.event)
    assert event["flags"] == [{"animal": case.event["animals"][0], "code": code.value}]
    assert last_flags(runtime) == {code.value}


@pytest.mark.parametrize("code", OF_SAMPLES)
def test_api__flag_of_a_sample__is_kept_and_in_the_answer(runtime, code):
    about = {"animals": [PIG], "premises": "1068"}
    told = [about | {"type": kind, "details": dict(one)} for kind, one in OF_SAMPLES[code]]
    *before, event = tell(runtime, *told)
    assert [one["flags"] for one in before] == [[] for _ in before]
    assert event["flags"] == [{"animal": PIG, "code": code.value}]
