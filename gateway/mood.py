"""Mood of a text: it tells what happened, or it asks, denies, doubts, promises or quotes; pure.

English and Tok Pisin are read at once, because people write both in one message.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import dropwhile

from gateway.grammar import DIGIT, Mood

CUT = "#"
"""Stands in a text where words were taken out that have a meaning of their own."""

_TOKEN = re.compile(
    rf"{DIGIT}*[0-9]{DIGIT}*|[^\W\d_]+(?:'[^\W\d_]+)*|[?{CUT}]"  # such as O09
)
_LONGEST = 3
_OPENS_A_QUESTION = frozenset(
    {"is", "are", "was", "were", "am", "do", "does", "did", "has", "have", "had", "can", "could"}
    | {"may", "shall", "should", "when", "where", "inap", "ken"}
)
# May stand before the first word of a question.
_POLITE = frozenset(
    {"please", "plis", "pls", "hello", "halo", "hi", "gude", "good", "morning", "moning", "apinun"}
    | {"gutmoning", "sir", "boss", "bos", "officer", "ofisa", "sori", "sorry", "excuse", "me"}
)
_ENDS_A_QUESTION = frozenset({"a", "ah", "eh", "e", "we", "where"})
_WORDS: Mapping[Mood, str] = {
    Mood.QUESTION: """
        ?, what, why, who, whose, how, which, or not, or no, o nogat, o no, o nat
        wanem, husat, hamas, olsem wanem, bilong wanem, we ya, stap we, go we, is it
        """,
    Mood.DENIAL: """
        not, no, never, none, nobody, nothing, neither, without, cannot, false, untrue, fake, lie
        lies, liar, wrong, mistake, cancel, ignore, refuse, refused, nope, nah
        dont, doesnt, didnt, isnt, arent, wasnt, werent, hasnt, havent, hadnt, wont, wouldnt, cant
        couldnt, shouldnt, mustnt, aint
        nogat, nating, giaman, rong, kensel, no ken, i no, i nogat, larim
        """,
    Mood.DOUBT: """
        maybe, perhaps, probably, possibly, might, unsure, doubt, guess, think, suppose, seems
        almost, nearly, hope, hopefully, or, forgot, can be, not sure, dont know, do not know
        ating, klostu, mi ting, o, no save, lus tingting
        """,
    Mood.FUTURE: """
        will, shall, ll, gonna, going to, about to, want to, wants to, wanted to, planning, plan to
        next, soon, later, if, unless, until, would, could, should, when i, waiting for
        wait for, wish
        bai, sapos, neks, wet long, mi laik, mipela laik, laik long, bihain
        """,
    Mood.HEARSAY: """
        says, said, say, they say, told me, told us, tells, heard, rumour, rumor, story
        i tok, ol i tok, tok olsem, tok win, tok pilai, harim
        joke, joking, joked, kidding, haha, hahaha, hihi, lol, lmao, test, testing, example
        pretend, wrote, write, traim
        """,
}
CLOSING = frozenset(
    {"0", "o", "cancel", "kensel", "end", "quit", "larim", "forget it", "none", "no", "nogat"}
)
"""Words that close an open question of ours."""
BESIDE = frozenset(
    {"please", "pls", "plz", "plis", "thanks", "thank", "you", "thx", "tenkyu", "tenks", "tru"}
    | {"tumas", "ok", "okay", "oke", "sir", "boss", "bos", "officer", "ofisa", "sori", "sorry"}
    | {"now", "nau", "tasol", "it", "that", "thats", "this", "of", "these", "them", "i", "mi", "em"}
    | {"is", "number", "namba", "reply", "answer", "bekim"}
)
"""Words that add nothing to an answer beside which they stand."""
BESIDE_YES = BESIDE | frozenset(
    {"yes", "yesa", "yep", "yea", "yeah", "ya", "1", "we", "mipela", "got", "get", "have", "take"}
    | {"took", "kisim", "pinis", "agree", "true", "right", "correct", "stret", "orait", "sure"}
    | {"all", "good", "gutpela"}
)
"""Words that add nothing to a yes."""

# A wish to tell is how many people begin to tell.
_TELLING = frozenset({"report", "tell", "inform", "say", "tokim", "tok", "ripot", "toksave"})
_WISHES = frozenset({"want to", "wants to", "mi laik", "mipela laik"})


def _table() -> dict[str, Mood]:
    found: dict[str, Mood] = {}
    for mood, words in _WORDS.items():
        for one in re.split(r"[,\n]", words):
            found.setdefault(" ".join(one.split()), mood)
    return {words: mood for words, mood in found.items() if words}


_MOODS = _table()
_FIRST = frozenset(words.partition(" ")[0] for words in _MOODS)
_ORDER = {mood: place for place, mood in enumerate(Mood)}


def mood_of(text: str) -> Mood | None:
    """Return the mood of a text; None: it tells what happened."""
    told = _TOKEN.findall(text.casefold().replace("'", ""))
    words = list(dropwhile(_POLITE.__contains__, told))
    found = set(_moods(words))
    return min(found, key=_ORDER.__getitem__) if found else None


def closes_alone(text: str) -> bool:
    """Tell whether a text is nothing but a word that closes our open question."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold())) in CLOSING


def _moods(words: list[str]) -> Iterator[Mood]:
    if words and words[0] in _OPENS_A_QUESTION and not _counts(words):
        yield Mood.QUESTION
    if len(words) > 1 and words[-1] in _ENDS_A_QUESTION:
        yield Mood.QUESTION
    for place, word in enumerate(words):
        if word in _FIRST and not _is_number_sign(words, place):
            yield from _at(words, place)


def _at(words: list[str], place: int) -> Iterator[Mood]:
    """Yield the mood of the longest entry that stands at a place."""
    for length in range(_LONGEST, 0, -1):
        entry = " ".join(words[place : place + length])
        if entry in _MOODS:
            told = entry in _WISHES and _TELLING.intersection(words[place + length :][:2])
            if not told:
                yield _MOODS[entry]
            return


def _counts(words: list[str]) -> bool:
    """Tell `have 4 dead pigs`, where the first word opens no question."""
    return words[0] in {"have", "had"} and len(words) > 1 and words[1].isdigit()


def _is_number_sign(words: list[str], place: int) -> bool:
    """Tell `no 1359` and `no. 1359`, which is the number, from `i no 12`."""
    after = words[place + 1 : place + 2]
    number = bool(after) and after[0].isdigit()
    return words[place] == "no" and number and words[max(place - 1, 0)] != "i"
