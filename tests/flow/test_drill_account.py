"""The account of a drill: it counts what is lost and doubled, and tells what people noticed."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from deploy.lab import phones
from deploy.lab.__main__ import keep_result
from deploy.lab.account import Account, Tables, Unanswered, count_reports, read_tables
from deploy.lab.drills import Result, _break_all
from deploy.lab.phones import Crowd, PhoneAnswer
from deploy.lab.rounds import Round, measure
from gateway.envelope import Envelope
from gateway.intake import receive
from services.core.clock import utc_now
from services.core.settings import Settings
from services.runtime.container import Runtime
from services.storage.models import Message
from tests.support.migrated import with_schema
from tests.support.reports import phone, tag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPORTED = range(1, 4)


@pytest.fixture
def runtime(tmp_path) -> Iterator[Runtime]:
    with closing(Runtime.open(Settings.from_env(settings_in(tmp_path)))) as runtime:
        for number in REPORTED:
            report(runtime, number)
        yield runtime


def settings_in(folder) -> dict[str, str]:
    return {"BILUM_DATA_DIR": str(with_schema(folder))}


def report(runtime: Runtime, number: int) -> None:
    said = Envelope("twilio-sms", f"{number}", phone(number), f"REG {tag(number)}", utc_now())
    receive(said, runtime.units, runtime.conversation.answer)


def texts_of(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.database.read() as session:
        return [(one.recipient, one.body) for one in session.scalars(select(Message))]


def counted(runtime: Runtime, texts: list[tuple[str, str]]) -> Account:
    with runtime.database.read() as session:
        return count_reports(REPORTED, read_tables(session), texts)


def lose_animal(folder: Path, number: int) -> None:
    # A connection of its own holds no row by what points at it.
    with closing(sqlite3.connect(folder / "bilum.db")) as connection:
        connection.execute("DELETE FROM animal WHERE value = ?", (tag(number),))
        connection.commit()


def test_account__nothing_went_wrong__is_clean(runtime):
    account = counted(runtime, texts_of(runtime))
    assert account == Account(acknowledged=3)
    assert account.clean


def test_account__an_animal_gone_and_a_text_twice__counts_one_of_each(runtime, tmp_path):
    lose_animal(tmp_path, 2)
    texts = texts_of(runtime)
    account = counted(runtime, [*texts, texts[0]])
    assert (account.lost, account.doubled) == (1, 1)
    assert account.unrecorded == (2,)
    assert "1 lost, 1 doubled" in str(account)
    assert not account.clean


def test_account__report_without_a_text__tells_state_and_reason_of_its_answer(runtime):
    with runtime.database.write() as session:
        for message in session.scalars(select(Message)):
            if message.recipient == phone(3):
                message.state, message.reason = "suppressed", "too_many"
    account = counted(runtime, [one for one in texts_of(runtime) if one[0] != phone(3)])
    assert account.unanswered == (Unanswered(3, "suppressed too_many"),)
    assert account.unsent == {"suppressed too_many": 1}
    assert "1 answers suppressed too_many" in str(account)


def test_account__one_missing_and_another_twice__do_not_cancel():
    tables = Tables(
        Counter({tag(1): 1, tag(2): 1}),
        Counter({tag(1): 2}),
        {phone(one): ["sent"] for one in (1, 2)},
    )
    account = count_reports({1, 2}, tables, [(phone(one), "yes") for one in (1, 2)])
    assert (account.unrecorded, account.recorded_twice) == ((2,), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unrecorded": (1,)},
        {"unanswered": (Unanswered(1, "no message"),)},
        {"recorded_twice": 1},
        {"answered_twice": 1},
        {"uncertain": 1},
        {"unsent": {"expired": 1}},
        {"waiting": 1},
        {"findings": ("a difference",)},
    ],
)
def test_account__any_fault__is_not_clean(wrong):
    assert Account(acknowledged=9, unacknowledged=1).clean
    assert not Account(acknowledged=9, **wrong).clean


def test_result__without_an_account_or_with_a_broken_round__is_not_clean():
    assert not Result("kill", 1, 3).clean
    assert Result("kill", 1, 3, account=Account(1)).clean
    broken = Result("kill", 1, 3, broken=["round 2: no answer"], account=Account(1))
    assert not broken.clean
    assert "0 of 3 rounds" in str(broken)
    assert "round 2: no answer" in str(broken)


def test_result__is_kept_with_each_report_that_is_lost(tmp_path):
    account = Account(2, unanswered=(Unanswered(1, "expired"),), unsent={"expired": 1})
    told = Result("kill", 7, 2, [Round("etcd+serve", 1.5, 1, 2, 3)], account=account)
    told.refusals = {"503": 3}
    keep_result(told, tmp_path)
    kept = json.loads((tmp_path / "kill-7.json").read_text("ascii"))
    assert (kept["lost"], kept["clean"], kept["refusals"]) == (1, False, {"503": 3})
    assert kept["account"]["unanswered"] == [[1, "expired"]]
    assert kept["rounds"][0]["back"] == 1.5
    assert kept["blows"] == {"etcd": 1, "serve": 1}


def test_rounds__after_so_many_minutes__none_begins(capsys):
    done = Round("kill", 3.44, 3.44, 7, 2)
    all_planned, ended = Result("kill", 7, 2), Result("kill", 7, 2)
    _break_all(None, [lambda _: done] * 2, all_planned, None)
    assert all_planned.rounds == [done] * 2
    assert capsys.readouterr().err.splitlines() == [
        "1: kill: back after 3.4 s; 7 acknowledged, 2 refused",
        "2: kill: back after 3.4 s; 7 acknowledged, 2 refused",
    ]
    _break_all(None, [lambda _: done] * 2, ended, 0)
    assert ended.rounds == []


def test_round__is_back_when_the_longest_waiting_phone_is_answered():
    answers = [PhoneAnswer(9, 30), PhoneAnswer(31, 20), PhoneAnswer(31.5, 21), PhoneAnswer(33, 1)]
    crowd = Crowd("", answers=answers, refused_at=[8, 12, 30, 40])
    told = measure("fail-over", crowd, began=10, mended=25)
    assert (told.back, told.waited, told.acknowledged, told.refused) == (21.5, 21, 2, 2)


def test_round__that_nobody_noticed__has_no_time():
    # The first of them waited for what broke before.
    crowd = Crowd("", answers=[PhoneAnswer(10.5, 14), PhoneAnswer(12, 1)])
    assert measure("kill", crowd, began=10, mended=10).back is None


def test_crowd__one_phone_still_waits__is_not_answered():
    crowd = Crowd("", many=0, asked=3, acknowledged={1, 3, 4})
    with pytest.raises(RuntimeError, match="an answer"):
        crowd.wait_until_answered(0.1)


def test_crowd__that_is_never_answered__gives_up(monkeypatch):
    monkeypatch.setattr(phones, "_GIVEN_UP_SECONDS", 0.2)
    monkeypatch.setattr(phones, "post_report", lambda *_: SimpleNamespace(status=503))
    crowd = Crowd("http://192.0.2.1", many=2)
    crowd.start()
    crowd.stop()
    assert (crowd.asked, len(crowd.acknowledged)) == (2, 0)
    assert crowd.refusals["503"] == len(crowd.refused_at)
