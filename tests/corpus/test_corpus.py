"""The corpus holds its own shape, and the score measured on it may only rise."""

from __future__ import annotations

import re
import subprocess
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from services.health.conversation.commands import programme_commands
from services.health.conversation.member import ActiveProgramme
from services.health.format.parser import read_programme
from services.health.versions.store import shipped_text
from services.runtime.command_catalogue import phrases
from tests.corpus.entries import EFFECTS, LANGUAGES, UNSEEN, entries, read_label
from tests.corpus.judging import Verdict
from tests.corpus.measuring import PARTS, by_subject, measure, part, read_floor
from tests.corpus.stage import PROGRAMMES, SITUATIONS
from tests.support import environment
from tests.support.environment import program
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from tests.corpus.measuring import Measured

WORDS = re.compile(r"[a-z0-9]+")
PHONE = re.compile(r"(?<![0-9])(?:675)?(7[0-9]{7})(?![0-9])")


def families():
    found = defaultdict(list)
    for entry in entries():
        found[entry.subject, entry.family].append(entry)
    return found


def commands():
    """Every command, its language, and the words that it may begin with."""
    active = {
        code: ActiveProgramme(
            code, {"en": 1, "tpi": 1}, dict.fromkeys(("en", "tpi"), read_programme(text))
        )
        for code, text in ((code, shipped_text(code)) for code in PROGRAMMES)
    }
    every = [*phrases(), *(one.phrase for one in programme_commands(active))]
    return [
        (phrase.code, language, tuple(WORDS.findall(words.casefold())))
        for phrase in every
        for language, spoken in phrase.keywords.items()
        for words in spoken
    ]


def test_corpus__every_file__is_large_enough():
    counts = Counter(entry.subject in UNSEEN for entry in entries())
    assert counts[False] >= 1500
    assert counts[True] >= 200


def test_corpus__text_language_and_sender__stand_once():
    counts = Counter((one.text, one.language, one.situation, one.speaks) for one in entries())
    assert [text for text, count in counts.items() if count > 1] == []


def test_corpus__languages_and_situations__are_all_used():
    assert {entry.language for entry in entries()} == set(LANGUAGES)
    assert {entry.situation for entry in entries()} == SITUATIONS.keys()


def test_corpus__every_command__is_sent_in_both_languages():
    begun = {
        tuple(words[:length])
        for entry in entries()
        if entry.labels[0].act != "help"
        for words in [WORDS.findall(entry.text.casefold())]
        for length in range(1, len(words) + 1)
    }
    wanted, covered = set(), set()
    for code, language, words in commands():
        wanted.add((code, language))
        if words in begun:
            covered.add((code, language))
    assert wanted - covered == set()


def test_corpus__families_with_effects__have_twins_without():
    lacking = [
        family
        for family, members in families().items()
        if 3 * sum(not one.effect for one in members) < sum(one.effect for one in members)
    ]
    assert lacking == []


def test_corpus__unseen_files__are_of_danger_alone():
    acts = {one.labels[0].act for one in entries() if one.subject in UNSEEN}
    assert acts == {"alarm", "danger", "calm"}


def test_corpus__phone_numbers__are_of_nobody():
    found = {number for one in entries() for number in PHONE.findall(one.text)}
    assert {number for number in found if not number.startswith("700000")} == set()


@pytest.mark.parametrize(
    "label", ["record:dead", "ask:name", "sold", "answer day=1", "record:death day"]
)
def test_label__unknown_or_malformed__is_refused(label):
    with pytest.raises((AssertionError, ValueError)):
        read_label(label)


@pytest.mark.slow
@pytest.mark.program("git")
def test_score__of_every_text_or_the_quarter_of_a_commit__is_not_below_the_floor():
    if not environment.IN_CI:
        hold(list(measure()))
        return
    # Every text takes four minutes of a core; one commit or the next measures each quarter.
    number = number_of_commit() % PARTS
    hold(list(measure(part(number))), f"part{number}_")


def number_of_commit() -> int:
    """A number that differs from commit to commit; 0 outside a repository."""
    asked = [program("git"), "-C", ROOT, "rev-parse", "HEAD"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    return int(told.stdout or "0", 16)


def hold(measured: list[Measured], column: str = "") -> None:
    """Compare with floor.tsv; where the score rises for good, `--keep` writes the new floor."""
    floor, found = read_floor(), by_subject(measured)
    worse = {
        subject: [one.entry.text for one in measured if is_harmful(one, subject)]
        for subject, counts in found.items()
        if counts[Verdict.EFFECT] > floor[subject].get(f"{column}effect", 0)
    }
    assert worse == {}
    right = sum(counts[Verdict.RIGHT] for counts in found.values())
    assert right >= sum(row[f"{column}right"] for row in floor.values())


def is_harmful(one: Measured, subject: str) -> bool:
    return one.entry.subject == subject and one.verdict is Verdict.EFFECT


def test_effects__of_labels__are_acts_that_change_something():
    assert {one.labels[0].act for one in entries() if one.effect} == EFFECTS
