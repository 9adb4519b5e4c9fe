"""Reports that only ask, deny, doubt, promise or quote, and days and counts that nobody meant."""

from __future__ import annotations

from itertools import product

import pytest

from gateway.grammar import Mood, Understood
from gateway.phrases import PhraseBook
from services.livestock.sms_commands import FILLERS, HANDLERS
from tests.corpus.stage import LEAVER, RECEIVER, SELLER, SLAUGHTERER
from tests.threats.texting import sent

BOOK = PhraseBook([one.phrase for one in HANDLERS], FILLERS)
REPORTS = [one.phrase for one in HANDLERS if one.phrase.report]
TWINS = {
    "en": {
        Mood.QUESTION: ("{}?", "is it true {}", "{} or not", "did you write {}", "why {}"),
        Mood.DENIAL: ("not {}", "{} not true", "{} is a lie", "don't write {}", "never {}"),
        Mood.DOUBT: ("maybe {}", "{} maybe", "I think {}", "{} I am not sure", "probably {}"),
        Mood.FUTURE: ("if {}", "will {}", "{} when I go next time", "{} if it rains"),
        Mood.HEARSAY: ("they say {}", "{} haha", "{} just joking", "somebody told me {}"),
    },
    "tpi": {
        Mood.QUESTION: ("{}?", "{} o nogat", "{} a", "olsem wanem {}", "husat i tok {}"),
        Mood.DENIAL: ("no ken {}", "{} nogat", "{} em giaman", "mi no {}", "i no {}"),
        Mood.DOUBT: ("ating {}", "{} ating", "mi ting {}", "klostu {}", "mi no save {}"),
        Mood.FUTURE: ("sapos {}", "bai {}", "{} bihain", "mi laik tasol {}"),
        Mood.HEARSAY: ("ol i tok {}", "{} hahaha", "{} em tok pilai tasol", "kandre i tok {}"),
    },
}
NO_DAYS = {
    "en": ("{} last week", "{} some days ago", "{} 30 feb", "{} 31/11", "{} long time ago"),
    "tpi": ("{} las wik", "{} sampela de bipo", "{} 31/11", "{} bipo tru", "{} long krismas"),
}
DATED = {"day", "account"}


def twins():
    for phrase, language in product(REPORTS, TWINS):
        for mood, forms in TWINS[language].items():
            for form in forms if mood in phrase.bars else ():
                yield phrase, language, form.format(phrase.examples[language])


def undated():
    for phrase, language in product(REPORTS, NO_DAYS):
        if DATED.intersection(argument.name for argument in phrase.arguments):
            for form in NO_DAYS[language]:
                yield phrase, language, form.format(phrase.examples[language])


def acts(text: str, language: str) -> bool:
    found = BOOK.parse(text, language)
    return isinstance(found, Understood) and found.phrase.report and found.mood is None


@pytest.mark.slow
def test_grammar__every_report_as_a_question_denial_doubt_promise_or_joke__acts_never():
    """Whoever asks after a pig, denies its death or jokes about it has it recorded."""
    found = list(twins())
    assert len(found) > 1_000
    assert [(one.code, text) for one, language, text in found if acts(text, language)] == []


def test_grammar__every_report_on_a_day_that_cannot_be_read__acts_never():
    """A day that nobody can read becomes today, and a standstill or withdrawal ends too late."""
    found = list(undated())
    assert len(found) > 150
    assert [(one.code, text) for one, language, text in found if acts(text, language)] == []


def test_grammar__every_example__still_acts():
    told = [(phrase.examples[language], language) for phrase, language in product(REPORTS, TWINS)]
    assert [text for text, language in told if not acts(text, language)] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["dead 1359?", "1359 i dai o nogat", "has pig 1359 died yet", "vacc 1359 csf?"]
)
def test_question__about_a_pig__gets_its_state_and_changes_nothing(door, text):
    seen = sent(door, text)
    assert (seen.kinds, "1359" in seen.told) == (set(), True)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("DEAD 135", "135"),
        ("dead 1359 1/9/2026", "1 Sep 2026"),
        ("dead 1359 25 nov 2025", "25 Nov 2025"),
        ("dead 1359 xyz", "xyz"),
        ("dead 15 mob 1650", "14 pigs"),
        ("BORN 60 1262", "60"),
        ("MOVE MOB 1650 15 1165", "14 pigs"),
        ("DEAD 1262 and 1359 sick", "1359 sick"),
        ("DAI 1262 na 1359 sik", "1359 sik"),
        ("dead 1262 & 1359 not eating", "1359 not eating"),
    ],
)
def test_doubtful_report__is_asked_about__and_recorded_once_on_a_yes(door, text, asked):
    """A slip of the thumb kills 135 pigs, or a year too early."""
    first = sent(door, text)
    assert (first.kinds, first.opened, asked in first.told) == (set(), True, True)
    assert sent(door, "1").kinds
    assert not sent(door, "1").kinds


@pytest.mark.parametrize(
    "text",
    [
        "DEAD 1262 and 1359 of sickness",
        "DAI 1262 na 1359 long sik",
        "DEAD 1262 1359 sick",
        "DEAD 1262 and 1359",
        "DEAD 1262 and 1359 dogs",
    ],
)
def test_deaths__of_several_pigs_of_one_cause__are_recorded(door, text):
    """Only what may tell of one dead pig and one that is sick is asked about."""
    deaths = [one for one in sent(door, text).effects if one.kind == "death"]
    assert {tag for one in deaths for tag in one.fields["tags"]} == {"1262", "1359"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("SICK 3 dead 2", "3"),
        ("SICK 5, 2 dead", "5"),
        ("SICK 1262 and 1359 died", ""),
        ("SIK 3 skin hot, 2 i dai pinis", "3"),
    ],
)
def test_sickness__with_deaths_in_its_words__alarms_at_once_and_asks_for_the_deaths(
    door, text, count
):
    """Pigs that die beside sick ones are the worst of signs, and were lost."""
    seen = sent(door, text)
    sick = [one for one in seen.effects if one.kind == "sickness"]
    assert (seen.kinds <= {"sickness", "outbreak"}, seen.alarmed) == (True, True)
    assert {one.fields["count"] for one in sick} == {count}
    assert "DEAD" in seen.told or "DAI" in seen.told


@pytest.mark.parametrize(
    "text", ["sick pig 3 days", "SIK tupela wik no kaikai", "SICK 3 weeks fever", "sik pik 2 de"]
)
def test_sickness__for_so_many_days__counts_no_pigs(door, text):
    """Three days of fever became three pigs."""
    sick = [one for one in sent(door, text).effects if one.kind == "sickness"]
    assert {one.fields["count"] for one in sick} == {""}


@pytest.mark.parametrize("answer", ["2", "no"])
def test_doubtful_report__on_a_no__is_not_recorded(door, answer):
    sent(door, "DEAD 135")
    assert sent(door, answer).kinds <= {"closed"}
    assert not sent(door, "1").kinds


def test_doubtful_report__with_two_doubts__is_asked_about_twice(door):
    sent(door, "DEAD 135 1/9/2026")
    second = sent(door, "1")
    assert (second.kinds, second.opened) == (set(), True)
    (death,) = [one for one in sent(door, "yes").effects if one.kind == "death"]
    assert (death.fields["count"], death.fields["day"]) == ("135", "-85")


@pytest.mark.parametrize(
    "text", ["dead 1359 31/12", "dead 1359 26/11", "treat 1359 ivomec 28 tomorrow"]
)
def test_day__that_comes__is_never_last_year(door, text):
    """On 25 November, 31/12 is recorded as eleven months ago."""
    seen = sent(door, text)
    assert (seen.kinds, "not come yet" in seen.told) == (set(), True)


WAITING = {"seller": SELLER, "slaughterer": SLAUGHTERER, "receiver": RECEIVER, "leaver": LEAVER}


@pytest.mark.parametrize("sender", WAITING)
@pytest.mark.parametrize("text", ["CANCEL", "END", "no", "NOGAT", "0", "larim"])
def test_our_question__word_that_closes__ends_it_and_no_texts(door, text, sender):
    """CANCEL, meant for our question, ends every text that a person gets."""
    seen = sent(door, text, WAITING[sender])
    assert (seen.kinds, seen.opened) == ({"closed"}, False)


def test_our_question__none_open__cancel_ends_all_texts(door):
    assert "opt_out" in sent(door, "CANCEL").kinds


MAY_IT_GO = [
    "can 1359 go to Goroka?",
    "am i allowed to sell 1359?",
    "mi ken salim 1359 i go long Goroka?",
    "do i need a permit to move 1359",
    "1359 inap go o nogat",
]


@pytest.mark.parametrize("text", MAY_IT_GO)
def test_question__whether_a_pig_may_go__is_answered_with_the_decision(door, text):
    """Who asks is told how to trace a pig, and takes it that it may go."""
    seen = sent(door, text)
    assert (seen.kinds, "permit" in seen.told or "pemit" in seen.told) == (set(), True)


@pytest.mark.parametrize("text", ["mi no ken muvim 1359", "can you send 1359?", "is 1359 ok?"])
def test_question__of_something_else__is_answered_from_the_book(door, text):
    assert "1359" in sent(door, text).told
    assert "permit" not in sent(door, text).told


@pytest.mark.parametrize("text", ["not 1", "1 or 2?", "maybe 1", "i dont know", "12", "yes?"])
def test_our_question__answer_that_is_none__is_asked_again_and_changes_nothing(door, text):
    seen = sent(door, text, SELLER)
    assert (seen.kinds, "1 I sold it" in seen.told) == (set(), True)


@pytest.mark.parametrize("text", ["number 1", "one", "1 sold for money", "REPLY 1"])
def test_our_question__answer_in_other_words__is_taken(door, text):
    assert "send the code" in sent(door, text, SELLER).told
