"""Every sentence is one segment of GSM-7 in each language, whatever stands in it."""

from __future__ import annotations

import re
from datetime import date
from itertools import product
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.geography import PROVINCES
from services.health.format.parser import read_programme
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.model import Key
from services.livestock.sms_commands.wording import list_numbers
from services.texts.catalogue import (
    LANGUAGES,
    MOST_ITEMS,
    Listing,
    day_and_month,
    fit,
    longest_help_words,
    say,
    sentences,
    template,
)
from services.texts.help_numbers import directory
from sms.encoding import SEGMENT, plain, units
from tests.factories import official
from tests.support.paths import ROOT
from tests.support.texts import assert_one_segment

WORST_NAME = "Ples€" * 8
LONGEST_KEY = Key("premises", "W" * 64)
WORST: dict[str, str] = {
    "hour": "20",
    "pig": "9" * 15,
    "pigs": list_numbers([LONGEST_KEY] * 20),
    "which": list_numbers([LONGEST_KEY] * 20),
    "place": f"{'9' * 10} {WORST_NAME}",
    "other": str(LONGEST_KEY),
    "number": str(LONGEST_KEY),
    "receipt": "W" * 4 + "-WWWW" * 3,
    "root": "f" * 64,
    "stays": "W" * 200,
    "records": "99999",
    "recorded": "99999",
    "size": "9" * 10,
    "index": "9" * 10,
    "day": "25 Novemba",
    "example": "RECEIPT 7KQ2-M9XA-P4TD-WZ3C",
    "count": "1600",
    "most": "20",
    "digits": "4829137756",
    "who": "Fon we pinis long 4821",
    "heads": "9999",
    "known": "99999",
    "before": "9999",
    "places": "100000 +199",
    "mob": "9" * 10,
    "what": f"pig {LONGEST_KEY} +19",
    "product": "W" * 30,
    "kilograms": "99999.99",
    "score": "5",
    "wrong": "W" * 4 + "-WWWW" * 3,
    "until": "25 Novemba",
    "first": "25 Novemba",
    "last": "25 Novemba",
    "may": "19",
    "list": f"{LONGEST_KEY} no permit +19",
    "permit": "9" * 10,
    "state": "taken back",
    "to": "9" * 10,
    "area": "W" * 90,
    "disease": "swine fever",
    "order": "G123/2026 W",
    "outbreak": "9" * 10,
    "province": "National Capital District",
    "signs": "high fever, blue skin, sudden death",
    "programme": "W" * 40,
    "channel": "africastalking",
    "since": "25 Nov 23:59",
    "error": "sms.answer_lost",
    "waiting": "1000000",
    "title": "W" * 20,
    "titles": ", ".join(["W" * 20] * 8),
    "words": "BREATHE, INHALER, PLAN, LONELY, MEMORY, TIRED, WALK",
    "word": "MI LAIK LUSIM SIMUK",
    "least": "1",
    "line": "99999",
    "time": "9999 minutes",
    "tag": str(LONGEST_KEY),
    "clock": "23:59",
    "cost": "99999",
    "ceiling": "99999",
    "status": "i no stap long buk",
    "barred": " I tambu long muvim.",
    "age": "25 Novemba, 999 days old",
    "office": "veterinary officer",
    "told": "Ringim NAQIA 1801332.",
    "look": "Ringim NAQIA 1801332.",
    "call": "Ringim NAQIA 1801332.",
    "phone": "Ringim 70000001.",
    "why": "Left from where it was not known to be",
    "reports": "1600 reports, 1599 in the record book",
    "days": "999",
    "box": "W" * 20,
    "answer": "W" * 130,
    "task": "9" * 10,
    "tasks": "9999999999 Left from where it was not known to be +1599",
    "against": "sick, medicine, swill",
    "declared": "CAREFUL, our book says: sick, medicine, swill.",
    "then": "Long pinis: WOK PINIS 9999999999",
    "ambulance": "111 (towns)",
    "helpline": "7150 8000",
    "police": "police 1800100",
    "hospital": "W" * 40,
    "when": "on 25 Nov between 10am and 11pm",
    "years": "120",
    "where": "W" * 60,
    "answers": "W" * 100,
    "link": "https://bilum.agriculture.gov.pg/console/invitation?code=7KQ2-M9XA-P4TD",
}
# On a page or in a terminal, of any length and alphabet.
NO_SMS = ("phone.", "terminal.", "first.", "console.")
CODES = [code for code in sentences("en") if not code.startswith(NO_SMS)]
SAID = sorted(product(CODES, LANGUAGES))
LIBRARY = sorted((ROOT / "services" / "health" / "library").glob("*.yaml"))
PROGRAMMES = [read_programme(path.read_text("utf-8")) for path in LIBRARY]
# Where the longest value loses its end (`..`), with every other value at its longest too.
OF_ANY_DISEASE = ("result", "task.", "zoonosis.")
CUT = {
    "en": {"task.shown", "alarm.suspicion", "programme.help"},
    "tpi": {"task.shown", "alarm.suspicion", "programme.help", "village.status"},
}

# By the opening of their codes.
ORDINARY_OF = {
    "programme.": {
        "title": "Quit tobacco",
        "titles": "Quit tobacco, Live with sugar, Breathe",
        "words": "CRAVE, MOOD, SLIP",
    },
    "concern.": {"title": "Quit tobacco", "what": "chest pain", "number": "+67570000001"},
    "concern.known": {
        "who": "Maria Kila",
        "where": "Anglimp, Jiwaka",
        "answers": "mood low",
        "task": "71234",
    },
    "call.": {"first": "10am", "last": "11pm", "count": "11"},
    "ladder.": {"hospital": "Kudjip Hospital", "told": "A health worker knows and will call you."},
    "permit.": {"pigs": "14 pigs", "place": "1234567", "day": "25 Nov - 1 Dec"},
    "permit.to_officer": {
        "place": "1068 Kudjip Station",
        "other": "1165 Goroka, Eastern Highlands",
        "phone": "Keeper 70000001.",
    },
    "alarm.": {"what": "1600 pigs", "signs": "Signs: fever, blue skin."},
    "warn.pork": {"pigs": "1234567"},
    "evidence.": {"who": "A phone ending in 4821"},
    "check.": {"list": "598000000000013 no permit"},
    "treatment.no_days": {
        "pigs": "598000000000017",
        "example": "TREAT 598000000000017 IVOMEC 28",
    },
    "error.future_day.move": {"example": "PERMIT 598000000000017 123456 31 Dec"},
}


def names(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_sentence__each__has_values_here_for_all_its_places():
    forms = [form for _, form in forms_in("en")]
    assert set().union(*map(names, forms)) <= set(WORST)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_say__with_values_beyond_measure__is_one_segment_and_keeps_the_receipt(language):
    for code, form in forms_in(language):
        text = fit(form, WORST)
        assert_one_segment(text)
        assert "{receipt}" not in form or WORST["receipt"] in text, code
    for code in CODES:
        assert say(code, language, **WORST) == fit(template(code, language), WORST)


def forms_in(language):
    return [(code, form) for code in CODES for form in sentences(language)[code].forms]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence__each__says_all_of_itself_with_ordinary_values(language):
    for code, form in forms_in(language):
        values = WORST | ordinary_values(code)
        assert fit(form, values) == form.format(**values), code


_ONE = "598000000000017"
# By the beginning of a code.
_ORDINARY_OF = {
    "programme.": {
        "title": "Quit tobacco",
        "titles": "Quit tobacco, Live with sugar, Breathe",
        "words": "CRAVE, MOOD, SLIP",
    },
    "concern.": {"title": "Quit tobacco", "what": "chest pain", "number": "+67570000001"},
    "permit.": {"pigs": "14 pigs", "place": "1234567", "day": "25 Nov - 1 Dec"},
    "evidence.": {"who": "A phone ending in 4821"},
    "check.": {"list": "598000000000013 no permit"},
    "warn.pork": {"pigs": "1234567"},
    # Numbers that are left out follow in other texts.
    "sell.code": {"pigs": _ONE, "digits": "482913"},
    "give.code": {"pigs": _ONE, "digits": "482913"},
    "offered.denied": {"pigs": _ONE},
    "take.": {"place": "1234567", "pigs": _ONE},
    "feedback": {"place": "1234567", "what": "Condemned: whole carcass (TB)."},
    "kill.code_weighed": {"pigs": _ONE, "what": "whole carcass (TB)"},
    "condemned": {"pigs": _ONE, "what": "whole carcass (TB)"},
}


def ordinary_values(code):
    ordinary = {
        "pigs": "598000000000017, 598000000000025 +18",
        "which": "598000000000017 598000000000025",
        "place": "123456 Kudjip Station",
        "other": "123456",
        "number": official(17),
        "tag": official(17),
        "pig": "1234567",
        "mob": "1234567",
        "what": "pig 598000000000017 +19",
        "product": "IVOMEC",
        "stays": "123456 Kudjip since 25 Nov",
        "list": "598000000000007 dead, 598000000000013 no permit",
        "area": "Anglimp-South Waghi",
        "order": "Z-2026-12",
        "permit": "1234567",
        "outbreak": "1234567",
        "province": "Jiwaka",
        "disease": "ASF",
        "to": "1234567",
    }
    for opening, values in (ORDINARY_OF | _ORDINARY_OF).items():
        ordinary |= values if code.startswith(opening) else {}
    if code.endswith(".flagged"):
        ordinary |= {"pigs": "598000000000017 +19", "why": "another result differs"}
    return ordinary


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence__with_the_longest_values_of_its_language__loses_nothing_but_where_it_is_known(
    language,
):
    cut = set()
    for code, form in forms_in(language):
        values = WORST | ordinary_values(code) | longest_values(code, language)
        cut |= {code} if fit(form, values) != form.format(**values) else set()
    assert cut == CUT[language]


def longest_values(code, language):
    """The longest that the catalogues, the provinces and the programmes can fill in."""
    days = [day_and_month(date(2028, month, 28), language) for month in range(1, 13)]
    last = max(days, key=units)
    signs = sorted(made_of("sign.", language), key=units)
    # No order binds for another disease.
    named = () if code.startswith(OF_ANY_DISEASE) else (*NOTIFIABLE, "none")
    longest = {
        **dict.fromkeys(("day", "until", "first", "last"), last),
        "disease": max(made_of("disease.", language, *named), key=units),
        "signs": ", ".join(signs[-3:]),
        "state": max(made_of("word.", language, "issued", "refused", "revoked"), key=units),
        "status": max(made_of("village.state.", language), key=units),
        "barred": template("village.barred", language),
        "age": max(made_of("village.age", language), key=units).format(day=last, count=999),
        "time": max(made_of("reader.", language, "days", "hours", "minutes"), key=units),
        "province": max(PROVINCES, key=units),
        **dict.fromkeys(("look", "call", "told"), max(made_of("promise.", language), key=units)),
    }
    longest["time"] = longest["time"].format(count=9999)
    if code.startswith("permit."):
        pigs = max(made_of("herd.count", language), key=units).format(count=1600)
        longest |= {"pigs": pigs, "day": f"{last} - {last}"}
    if code.startswith("check."):
        short = max(made_of("short.", language), key=units)
        longest["list"] = f"598000000000013 {short}"
    if code.endswith(".flagged"):
        longest["why"] = max(made_of("odd.why.", language), key=units)
    if code.startswith("evidence."):
        longest["state"] = max(made_of("said.", language), key=units)
    if code.startswith("alarm."):
        longest["place"] = "1234567"
        longest["what"] = max(made_of("herd.count", language), key=units).format(count=1600)
        longest["signs"] = template("alarm.signs", language).format(signs=longest["signs"])
    longest |= of_help(code, language, last)
    if code.startswith(("programme.", "concern.")):
        longest |= of_programmes(language)
    return longest


def of_help(code, language, day):
    """The longest that tells whom to call, and who calls when."""
    hours = {"first": f"10{_AFTERNOON[language]}", "last": f"11{_AFTERNOON[language]}"}
    when = max(
        (form.format(day=day, **hours) for form in made_of("call.", language, *_WHEN)), key=units
    )
    told = [form.format(when=when) for form in made_of("ladder.", language, *_CALLED)]
    carried = [one.hospital for one in directory().provinces.values() if not one.ambulance]
    named = [*carried, template("ladder.hospital", language)]
    values = {"when": when, "hospital": max(named, key=units), **longest_help_words(language)}
    return values | ({"told": max(told, key=units)} if code.startswith("ladder.") else {})


_AFTERNOON = {"en": "pm", "tpi": " apinun"}
_WHEN, _CALLED = ("today", "tomorrow", "day"), ("told", "told_soon", "nobody")


def made_of(opening, language, *endings):
    """Sentences that others are made of."""
    codes = {opening + ending for ending in endings}
    return [
        form
        for code, form in forms_in(language)
        if (code in codes if endings else code.startswith(opening))
    ]


def of_programmes(language):
    titles = [one.title[language] for one in PROGRAMMES]
    said = [[word.says.get(language, ()) for word in one.words] for one in PROGRAMMES]
    firsts = [", ".join(each[0] for each in words if each) for words in said]
    return {
        "title": max(titles, key=units),
        "titles": ", ".join(titles),
        "words": max(firsts, key=units),
        "word": max((word for words in said for each in words for word in each), key=units),
    }


@given(
    st.dictionaries(st.sampled_from(sorted(WORST)), st.text(max_size=300)), st.sampled_from(SAID)
)
def test_say__with_anything_in_any_place__is_one_segment(values, said):
    assert_one_segment(say(*said, **WORST | values))


@pytest.mark.slow
@given(
    items=st.lists(st.text("19", min_size=1, max_size=3), min_size=MOST_ITEMS + 1, max_size=200),
    tight=st.sampled_from([" ", ", ", ","]),
    room=st.integers(1, SEGMENT),
)
def test_listing__most_items_and_how_many_more__reads_like_all_of_them(items, tight, room):
    first = Listing(tuple(items[:MOST_ITEMS]), tight=tight, more=len(items) - MOST_ITEMS)
    assert first.within(room) == Listing(tuple(items), tight=tight).within(room)
    assert str(first) == str(Listing(tuple(items), tight=tight))


def test_say__value_missing__is_an_error():
    with pytest.raises(KeyError):
        say("move", "en", pigs="1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kudjip's ples: 5£ @home", "Kudjip's ples: 5£ @home"),
        ("Café Ōtautahi", "Café Otautahi"),
        ("pig 🐷 好", "pig ? ?"),
        ("e\u0301", "e"),
        ("ﬁ½", "fi?"),
    ],
)
def test_plain__other_letters__become_the_nearest_of_the_alphabet(text, expected):
    assert plain(text) == expected


def test_day_and_month__each_month__is_short_and_plain():
    days = [date(2026, month, 25) for month in range(1, 13)]
    for language in LANGUAGES:
        texts = [day_and_month(day, language) for day in days]
        assert len(set(texts)) == 12
        assert all(re.fullmatch(r"25 [A-Z][a-z]{1,3}", text) for text in texts)
