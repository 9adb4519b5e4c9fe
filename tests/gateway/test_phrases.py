from __future__ import annotations

from datetime import date

import pytest

from gateway.argument_parsers import count, rest
from gateway.dates import CalendarDay, RelativeDay
from gateway.errors import BadPhraseBook, Mistake
from gateway.grammar import FaultCode, NotUnderstood, Understood
from gateway.phrases import Argument, Phrase, PhraseBook, clean
from gateway.tags import Identifier, tag
from tests.gateway.phrase_book import BOOK, FILLERS, HEALTH, LIVESTOCK, WATER

A = Identifier("bilum", "104276")
B = Identifier("bilum", "20468")
C = Identifier("bilum", "330577")
OFFICIAL = Identifier("iso11784", "982000123456789")
NOVEMBER = CalendarDay("25/11", 25, 11, None)

GOOD = [
    # Case, separators, line breaks, missing spaces, quotes, letters for digits.
    ("REG 104276", "register", "en", {"tag": A, "place": None}),
    ("reg 104276", "register", "en", {"tag": A, "place": None}),
    ("Raitim 104276.", "register", "tpi", {"tag": A, "place": None}),
    ("REG104276", "register", "en", {"tag": A, "place": None}),
    ("RAITIM104276", "register", "tpi", {"tag": A, "place": None}),
    ("REG-104276/20468", "register", "en", {"tag": A, "place": B}),
    ("REG:104276;20468", "register", "en", {"tag": A, "place": B}),
    ("reg,104276,20468,", "register", "en", {"tag": A, "place": B}),
    ("  RAITIM\r\n104276\n20468\n", "register", "tpi", {"tag": A, "place": B}),
    ("\u201cREG 104276\u201d", "register", "en", {"tag": A, "place": None}),
    ("REG \u2018104276\u2019 20468", "register", "en", {"tag": A, "place": B}),
    ("REG\u2014104276", "register", "en", {"tag": A, "place": None}),
    ("REG\u00a0104276", "register", "en", {"tag": A, "place": None}),
    ("\ufeffREG 104\u200b276", "register", "en", {"tag": A, "place": None}),
    ("\uff32\uff25\uff27 \uff11\uff10\uff14\uff12\uff17\uff16", "register", "en", {"tag": A}),
    ("REG 1O4276", "register", "en", {"tag": A}),
    ("REG l04276 2O468", "register", "en", {"tag": A, "place": B}),
    ("REGl04276", "register", "en", {"tag": A}),
    ("REG 982 000123456789", "register", "en", {"tag": OFFICIAL}),
    ("raitim LA 982 000123456789\n20468", "register", "tpi", {"tag": OFFICIAL, "place": B}),
    ("reg animal:0000A premises:01", "register", "en", {
        "tag": Identifier("animal", "0000A"), "place": Identifier("premises", "01")}),
    # Fillers, of the book and before the keyword.
    ("Plis raitim pik 104276 long 20468", "register", "tpi", {"tag": A, "place": B}),
    ("please REG pig 104276 at 20468 please", "register", "en", {"tag": A, "place": B}),
    ("RAITIM 104276 bilong mi", "register", "tpi", {"tag": A}),
    # Several tags, and a place that is the last of the numbers.
    ("MOVE 104276 20468", "move", "en", {"tags": (A,), "place": B, "day": None}),
    ("MOVE 104276 330577 TO 20468 25/11", "move", "en",
     {"tags": (A, C), "place": B, "day": NOVEMBER}),
    ("Muvim 104276 na 330577 i go long 20468 asde", "move", "tpi",
     {"tags": (A, C), "place": B, "day": RelativeDay("asde", -1)}),
    ("muvim 104276,330577 igo long 20468", "move", "tpi", {"tags": (A, C), "place": B}),
    ("PEMIT 104276 20468", "permit", "tpi", {"tags": (A,), "place": B}),
    ("PERMIT 104276/330577/20468", "permit", "en", {"tags": (A, C), "place": B}),
    ("OK 104276 20468 330577", "check", "en", {"tags": (A, B, C)}),
    ("ORAIT\n104276\n982 000123456789", "check", "tpi", {"tags": (A, OFFICIAL)}),
    # The number alone.
    ("104276", "check", "en", {"tags": (A,)}),
    ("pik 104276 na 330577", "check", "en", {"tags": (A, C)}),
    ("LA 982 000123456789", "check", "en", {"tags": (OFFICIAL,)}),
    # Two words; the longer keyword wins; words may run together.
    ("TOK ORAIT 104276 20468", "permit", "tpi", {"tags": (A,), "place": B}),
    ("tok-orait 104276 20468", "permit", "tpi", {"tags": (A,), "place": B}),
    ("TOK PISIN", "tok-pisin", "tpi", {}),
    ("tokpisin", "tok-pisin", "tpi", {}),
    ("STOPIM OLGETA", "stop-all", "tpi", {}),
    ("stopim  olgeta!", "stop-all", "tpi", {}),
    ("STOPIMOLGETA", "stop-all", "tpi", {}),
    ("STOPIM", "stop", "tpi", {}),
    ("STOP", "stop", "en", {}),
    ("Stop all", "stop-all", "en", {}),
    ("stop texting me", "stop", "en", {}),
    ("LANG TPI", "language", "en", {"language": "tpi"}),
    ("lang en", "english", "en", {}),
    # A death needs a tag or a count.
    ("DAI 104276", "death", "tpi", {"what": (A,), "day": None}),
    ("DAI 3", "death", "tpi", {"what": (3,)}),
    ("INDAI 3 pik asde", "death", "tpi", {"what": (3,), "day": RelativeDay("asde", -1)}),
    ("DEAD 104276 25 Nov", "death", "en",
     {"what": (A,), "day": CalendarDay("25 Nov", 25, 11, None)}),
    ("DEAD 3 25.11.2026", "death", "en",
     {"what": (3,), "day": CalendarDay("25.11.2026", 25, 11, 2026)}),
    ("dead 104276 25/11", "death", "en", {"what": (A,), "day": NOVEMBER}),
    # Text that is kept in the sender's words; optional arguments that are not there.
    ("SIK", "sick", "tpi", {"tag": None, "count": None, "signs": None}),
    ("SIK 3pik i kus", "sick", "tpi", {"tag": None, "count": 3, "signs": "pik i kus"}),
    ("SICK 104276 3, off feed; \u201chot\u201d", "sick", "en",
     {"tag": A, "count": 3, "signs": 'off feed; "hot"'}),
    # Others.
    ("RISIT 7kq2 m9xa-p4td wz3c", "receipt", "tpi", {"code": "7KQ2M9XAP4TDWZ3C"}),
    ("DE 25/11", "date", "tpi", {"day": NOVEMBER}),
    ("DE25/11", "date", "tpi", {"day": NOVEMBER}),
    ("laik simuk tumas", "crave", "tpi", {}),
    ("MI", "me", "tpi", {}),
    ("me.", "me", "en", {}),
    ("YES", "yes", "en", {}),
    ("1", "sold", "en", {}),
    ("1.", "sold", "en", {}),
    ("nogat", "no", "tpi", {}),
    # A third service, declared like the others.
    ("PUMP 12 BROKEN", "pump", "en", {"number": 12, "state": "broken"}),
    ("pam12 i bagarap", "pump", "tpi", {"number": 12, "state": "broken"}),
    ("Pump 7 is dry", "pump", "en", {"number": 7, "state": "dry"}),
    # The subject first; a filler that runs into a number, and a keyword into a filler.
    ("12 pump broken", "pump", "en", {"number": 12, "state": "broken"}),
    ("long 12 i pam i bagarap", "pump", "tpi", {"number": 12, "state": "broken"}),
    ("RAITIM pik104276", "register", "tpi", {"tag": A}),
    ("raitimpik104276 long20468", "register", "tpi", {"tag": A, "place": B}),
]  # fmt: skip

BAD = [
    ("", FaultCode.EMPTY, None, None),
    (" \n.,;", FaultCode.EMPTY, None, None),
    ("long", FaultCode.EMPTY, None, None),
    ("\x00", FaultCode.EMPTY, None, None),
    ("gut moning", FaultCode.UNKNOWN, None, None),
    ("LONG", FaultCode.EMPTY, None, None),
    ("LONG EN", FaultCode.UNKNOWN, None, None),
    ("LONG TPI", FaultCode.UNKNOWN, None, None),
    ("long wanem samting", FaultCode.UNKNOWN, None, None),
    ("REG", FaultCode.MISSING, "register", "tag"),
    ("REG pig", FaultCode.MISSING, "register", "tag"),
    ("RAITIM Kudjip", FaultCode.MISSING, "register", "tag"),
    ("REG 104276 blue", FaultCode.LEFTOVER, "register", None),
    ("MOVE 104276", FaultCode.MISSING, "move", "place"),
    ("MOVE 104276 Goroka", FaultCode.MISSING, "move", "place"),
    ("DAI", FaultCode.MISSING, "death", "what"),
    ("DAI long simuk", FaultCode.MISSING, "death", "what"),
    ("mi dai long simuk", FaultCode.LEFTOVER, "me", None),
    ("yes tasol mi no save", FaultCode.LEFTOVER, "yes", None),
    ("TOK", FaultCode.UNKNOWN, None, None),
    ("TOK ORAIT", FaultCode.MISSING, "permit", "tags"),
    ("LANG", FaultCode.MISSING, "language", "language"),
    ("RIATIM 104276", FaultCode.UNKNOWN, "register", None),
    ("RAITM 104276", FaultCode.UNKNOWN, "register", None),
    ("STOPIN", FaultCode.UNKNOWN, "stop", None),
    ("STOPIN OLGETA", FaultCode.UNKNOWN, "stop-all", None),
    ("MOOVE 104276 20468", FaultCode.UNKNOWN, "move", None),
    ("MOV 104276 20468", FaultCode.UNKNOWN, None, None),
    ("REGISTER 104276", FaultCode.UNKNOWN, None, None),
    ("PUMP 12", FaultCode.MISSING, "pump", "state"),
    ("12 PUMP", FaultCode.MISSING, "pump", "state"),
    ("12 pump is not dry", FaultCode.MISSING, "pump", "state"),
    ("12 nogat pump dry", FaultCode.UNKNOWN, "pump", None),
    ("wanem taim pump dry", FaultCode.UNKNOWN, "pump", None),
    ("104276 i go DEAD", FaultCode.UNKNOWN, "death", None),
    ("REG104276REG", FaultCode.UNREADABLE, "register", "tag"),
    ("raitimwan104276", FaultCode.UNREADABLE, "check", "tags"),
    ("PUMP BROKEN", FaultCode.MISSING, "pump", "number"),
    ("2", FaultCode.UNREADABLE, "check", "tags"),
    ("DEADLY 3", FaultCode.UNKNOWN, None, None),
    ("DEADD 3", FaultCode.UNKNOWN, "death", None),
]

MISTAKES = [
    ("OK 104267", "check", Mistake.CHECK_DIGITS),
    ("OK 104276 104267", "check", Mistake.CHECK_DIGITS),
    ("OK 104267 104276", "check", Mistake.CHECK_DIGITS),
    ("104267", "check", Mistake.CHECK_DIGITS),
    ("104267 DEAD", "death", Mistake.CHECK_DIGITS),
    ("REG 982 00012345678", "register", Mistake.LENGTH),
    ("REG 1042X76", "register", Mistake.LETTER),
    ("DE 31/11", "date", Mistake.NO_SUCH_DAY),
    ("MOVE 104276 20468 31/11", "move", Mistake.NO_SUCH_DAY),
    ("RISIT 7KQ2-M9XA", "receipt", Mistake.LENGTH),
    ("SALIM 71234567", None, None),
]


@pytest.mark.parametrize(("text", "code", "language", "arguments"), GOOD)
def test_parse__meant_to_be_understood__is(text, code, language, arguments):
    found = BOOK.parse(text, "en")
    assert isinstance(found, Understood), found
    assert (found.phrase.code, found.language) == (code, language)
    assert {name: found.arguments[name] for name in arguments} == arguments


@pytest.mark.parametrize(("text", "code", "nearest", "argument"), BAD)
def test_parse__not_sure__has_no_effect_and_suggests(text, code, nearest, argument):
    found = BOOK.parse(text, None)
    assert isinstance(found, NotUnderstood), found
    assert (found.fault.code, found.fault.argument) == (code, argument)
    assert (found.nearest.code if found.nearest else None) == nearest


@pytest.mark.parametrize(("text", "nearest", "mistake"), MISTAKES)
def test_parse__argument_with_a_mistake__names_it(text, nearest, mistake):
    found = BOOK.parse(text, None)
    assert isinstance(found, NotUnderstood), found
    assert (found.nearest.code if found.nearest else None) == nearest
    assert (found.fault.cause.mistake if found.fault.cause else None) == mistake


@pytest.mark.parametrize(
    ("text", "persons", "language"),
    [
        ("REG 104276", "tpi", "en"),
        ("RAITIM 104276", "en", "tpi"),
        ("YES", "en", "en"),
        ("YES", "tpi", "tpi"),
        ("YES", None, "tpi"),
        ("YES", "fr", "tpi"),
        ("104276", None, "tpi"),
        ("104276", "en", "en"),
        ("REG", "tpi", "en"),
        ("RAITIM", "en", "tpi"),
        ("RIATIM 104276", "en", "tpi"),
        ("gut moning", None, "tpi"),
        ("gut moning", "en", "en"),
    ],
)
def test_parse__language__is_the_keywords_else_the_persons_else_tok_pisin(text, persons, language):
    assert BOOK.parse(text, persons).language == language


def test_parse__shared_keyword__means_the_first_phrase_whose_arguments_fit():
    send = Phrase("send", {"tpi": ("SALIM",)}, (Argument("count", count(most=9)),))
    sell = Phrase("sell", {"tpi": ("SALIM",)}, (Argument("tag", tag()),))
    book = PhraseBook([send, sell])
    assert book.parse("SALIM 3", None).phrase is send
    assert book.parse("SALIM 104276", None).phrase is sell


@pytest.mark.parametrize("text", ["SICK my wife", "2 SICK wife and child"])
def test_parse__text_that_a_phrase_is_not_meant_for__has_no_effect_and_suggests(text):
    words = Argument("words", rest, required=False)
    several = Argument("count", count(most=999), required=False)
    sick = Phrase(
        "sick",
        {"en": ("SICK",)},
        (several, words),
        {"en": "SICK 3"},
        subject=1,
        unless=lambda told: "wife" in told,
    )
    book = PhraseBook([sick])
    found = book.parse(text, "en")
    assert isinstance(found, NotUnderstood)
    assert (found.nearest, found.fault.code) == (sick, FaultCode.LEFTOVER)
    assert isinstance(book.parse(text.replace("wife", "pig"), "en"), Understood)


def test_parse__day_without_year__is_resolved_by_whoever_knows_today():
    found = BOOK.parse("DE 25/11", None)
    assert isinstance(found, Understood)
    assert found.arguments["day"].on(date(2027, 1, 3)) == date(2026, 11, 25)


def test_parse__third_service_added__changes_nothing_for_the_others():
    without = PhraseBook((*LIVESTOCK, *HEALTH), FILLERS)
    for text, code, _, _ in GOOD:
        if code not in {phrase.code for phrase in WATER}:
            assert without.parse(text, "en") == BOOK.parse(text, "en")


def test_examples__of_the_book__are_understood_as_their_phrases():
    assert BOOK.misunderstood_examples() == []


def test_examples__understood_otherwise__are_named():
    phrase = Phrase("a", {"en": ("A",)}, examples={"en": "B", "tpi": "A"})
    assert PhraseBook([phrase]).misunderstood_examples() == [
        (phrase, "en", "B"),
        (phrase, "tpi", "A"),
    ]


@pytest.mark.parametrize(
    "phrases",
    [
        [Phrase("a", {"en": ("A",)}), Phrase("a", {"en": ("B",)})],
        [Phrase("a", {})],
        [Phrase("a", {"en": ("",)})],
        [Phrase("a", {"en": ("!",)})],
    ],
)
def test_phrase_book__declaration_that_cannot_work__is_refused(phrases):
    with pytest.raises(BadPhraseBook):
        PhraseBook(phrases)


def test_results__repr__shows_nothing_that_was_written():
    assert "104276" not in repr(BOOK.parse("MOVE 104276 20468", None).arguments.get("x"))
    found = BOOK.parse("SICK 104276 private words", None)
    shown = repr((found.language, found.__class__.__name__, found))
    assert "private" not in shown


def test_clean__long_text__is_cut_and_plain():
    assert clean("a" * 5000) == "a" * 1600
    assert len(clean("\ufdfa" * 1600)) <= 1600
    assert clean(" \u201cA\u201d \u2013 \u2019b\u200b ") == '"A" - \'b'
