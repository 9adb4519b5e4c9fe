"""What counts as understood, by what happened."""

from __future__ import annotations

import pytest

from tests.corpus.entries import Entry, read_label
from tests.corpus.judging import Verdict, judge
from tests.corpus.observing import Effect, Observed

DEAD = {"tags": {"1359"}, "day": "0", "count": "", "cause": "unknown"}


def entry(written):
    labels = tuple(map(read_label, written.split("|")))
    return Entry("death", "", labels, written, "en", "keeper", "en", "a text")


def seen(*effects, reply="Written down: 1359.", outcome="death", **more):
    return Observed(list(effects), outcome=outcome, replies=[reply] if reply else [], **more)


def death(**fields):
    return seen(Effect("death", DEAD | fields))


def sorry(reply="Sorry. Send: DEAD 104276"):
    return seen(reply=reply, outcome="not_understood")


@pytest.mark.parametrize(
    ("label", "happened", "verdict"),
    [
        ("record:death tags=1359", death(), Verdict.RIGHT),
        ("record:death tags=1359 day=-1", death(), Verdict.EFFECT),
        ("record:death tags=1359", death(day="-1"), Verdict.EFFECT),
        ("record:death tags=1456", death(), Verdict.EFFECT),
        ("record:death count=3", death(), Verdict.EFFECT),
        ("record:death tags=1359 cause=accident", death(), Verdict.HELPED),
        ("record:death tags=1359 cause=accident", death(cause="predator"), Verdict.EFFECT),
        ("record:death tags=1359", sorry(), Verdict.HELPED),
        ("record:death tags=1359", seen(outcome="trace"), Verdict.WRONG),
        ("record:death tags=1359 day=-7|ask:day", death(), Verdict.EFFECT),
        ("record:death tags=1359 day=-7|ask:day", seen(reply="Which day?"), Verdict.RIGHT),
        ("answer tags=1359", death(), Verdict.EFFECT),
        ("answer tags=1359", seen(reply="Pig 1359 is alive."), Verdict.RIGHT),
        ("answer tags=1359", sorry(), Verdict.HELPED),
        ("help", sorry(), Verdict.RIGHT),
        ("help", seen(opened=True), Verdict.WRONG),
        ("help", seen(Effect("language", {"to": "tpi"})), Verdict.EFFECT),
        ("ask:day", seen(reply="Which day was it?"), Verdict.RIGHT),
        ("ask:day", sorry("Sorry."), Verdict.HELPED),
        ("ask:yes", death(), Verdict.EFFECT),
        ("alarm", sorry(), Verdict.WRONG),
        ("alarm", seen(Effect("sickness"), alarmed=True), Verdict.RIGHT),
        ("close", seen(Effect("closed")), Verdict.RIGHT),
        ("close", seen(Effect("opt_out", {"scope": "all"})), Verdict.EFFECT),
        ("silent", seen(reply=""), Verdict.RIGHT),
        ("opt_out scope=tobacco", seen(Effect("opt_out", {"scope": "all"})), Verdict.EFFECT),
        ("language to=tpi", seen(Effect("language", {"to": "tpi"})), Verdict.RIGHT),
    ],
)
def test_judge__label_and_what_happened__gives(label, happened, verdict):
    assert judge(entry(label), happened) is verdict
