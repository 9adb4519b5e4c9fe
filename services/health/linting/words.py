"""Lint rules for keywords: none is taken, those named in texts exist, dangers are covered; pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from services.health.danger.danger_lexicon import lexicon_version
from services.health.danger.danger_words import read_danger
from services.health.format.entries import Text
from services.health.format.model import Programme, RedFlag
from services.health.linting.findings import (
    Finding,
    LintSettings,
    fault,
    plain,
    questions_of,
    texts_of,
    warning,
)

SHARED = (
    "join", "joinim", "pause", "malolo", "date", "quit date", "new date", "de", "nupela de", "call",
    "call me", "please call me", "ringim", "ringim mi",
    "i need a break", "i want to pause", "mi laik malolo", "change date", "change my date",
    "move my date", "senisim de", "senisim de bilong mi", "ring me", "i want a nurse to call me",
    "time", "hour", "my hour", "taim", "aua", "taim bilong mi",
    "can a nurse call me", "mi laik nes i ringim mi", "privacy", "my privacy", "what do you keep",
    "who reads my texts", "praivet", "praivesi", "yu holim wanem", "husat i ritim mesej bilong mi",
)  # fmt: skip
"""Keywords that every programme understands, in lower case."""

_ALWAYS = ("stop", "stop all", "stopim", "stopim olgeta", "start", "statim", "forget", "help")
_LEAST_WORDS = 2
_DANGERS = {
    "chest pain": re.compile(r"chest|bros", re.IGNORECASE),
    "suicide": re.compile(
        r"suicid|kill (?:my|him|her)|want to die|laik dai|kilim mi", re.IGNORECASE
    ),
}
# Words in capitals after `send`.
_SENT_WORDS = re.compile(
    r"\b(?:[Ss]end|[Tt]ext|[Rr]eply|[Ss]alim|[Rr]aitim|[Bb]ekim)(?: with)?:? ?"
    r"((?:[A-Z]+\b ?)*[A-Z]{3,})\b"
)


def lint_words(programme: Programme, settings: LintSettings) -> Iterator[Finding]:
    """Yield keywords that are taken or unanswered, and red flags raised by a single word."""
    yield from _taken(programme, settings)
    for word in programme.words:
        if not word.replies and not word.actions:
            yield fault("word_does_nothing", f"words.{word.code}", "has no `replies` and no `do`")
        if word.replies and all(map(_says_back(programme), word.replies)):
            message = "needs a reply that says nothing back, for who gave no words of their own"
            yield fault("kept_alone", f"words.{word.code}", message)
        if any(action.value == "answer" for action in word.actions):
            message = "sets a day to an answer, and asks nothing: use `ask`"
            yield fault("no_day_to_set", f"words.{word.code}", message)
    yield from _languages(programme)
    yield from _unknown_words(programme, settings)
    yield from _flags(programme)
    yield from _lexicon(programme)


def _says_back(programme: Programme) -> Callable[[Text], bool]:
    kept = {f"{{{code}}}" for code in programme.kept()}
    return lambda text: any(one in said for said in text.say.values() for one in kept)


def _taken(programme: Programme, settings: LintSettings) -> Iterator[Finding]:
    seen: dict[str, str] = dict.fromkeys(SHARED, "every programme")
    for where, words in _says(programme):
        here = set()
        for language, word in _each(words):
            key = plain(word)
            if not key:
                yield fault("empty_word", where, "has a word without a letter", language)
                continue
            other = settings.taken.get(key) or seen.get(key)
            if other:
                message = f"{word} already has a meaning: {other}"
                yield fault("word_taken", where, message, language)
            here.add(key)
        seen |= dict.fromkeys(here, where)


def _languages(programme: Programme) -> Iterator[Finding]:
    """Yield languages without a keyword, and keywords of unknown languages."""
    yield from _missing(programme, _says(programme), "has no word in")
    hears = ((f"red_flags.{flag.code}.hears", flag.hears) for flag in programme.red_flags)
    yield from _missing(programme, hears, "hears nothing in")
    labels = ((f"outcomes.{one.code}.label", one.label) for one in programme.outcomes)
    yield from _missing(programme, labels, "has no text in")


def _missing(
    programme: Programme, places: Iterable[tuple[str, Mapping[str, object]]], message: str
) -> Iterator[Finding]:
    for where, words in places:
        for language in sorted(words.keys() - programme.languages.keys()):
            yield warning("unknown_language", where, f"{language} is none of its languages")
        for language in programme.languages if words else ():
            if not words.get(language):
                yield fault("missing_translation", where, f"{message} {language}", language)


def _unknown_words(programme: Programme, settings: LintSettings) -> Iterator[Finding]:
    """Yield texts that ask the reader to send a word that nothing understands."""
    known = {*SHARED, *_ALWAYS, *settings.taken, plain(programme.code)}
    known |= {plain(title) for title in programme.title.values()}
    known |= {plain(word) for _, words in _says(programme) for _, word in _each(words)}
    known |= {plain(words) for one in programme.words for _, words in _each(one.alone)}
    for _, _, question in questions_of(programme):
        for option in question.options:
            known |= {plain(word) for _, word in _each(option.words)}
    known |= {"yes", "no", "nogat"}
    for placed in texts_of(programme):
        for language, text in placed.text.say.items():
            for words in _SENT_WORDS.findall(text):
                if not any(f"{plain(words)} ".startswith(f"{word} ") for word in known):
                    message = f"asks to send {words}, which no command understands"
                    yield warning("unknown_word_told", placed.where, message, language)


def _says(programme: Programme) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    yield "join", programme.join
    for word in programme.words:
        yield f"words.{word.code}.says", word.says


def _each(words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for language, each in words.items():
        for word in each:
            yield language, word


def _unless(flag: RedFlag) -> Iterator[Finding]:
    """Yield exceptions that match no flag, or a whole one."""
    where = f"red_flags.{flag.code}.unless"
    heard = [f" {plain(phrase)} " for _, phrase in _each(flag.hears)]
    for language, phrase in _each(flag.unless):
        words = f" {plain(phrase)} "
        if words in heard:
            yield fault(
                "flag_excepted", where, f"{phrase} is a phrase of the flag itself", language
            )
        elif not any(one in words for one in heard):
            yield warning("idle_exception", where, f"{phrase} would raise no flag", language)


def _is_danger(phrase: str) -> bool:
    """Tell whether the lexicon hears danger in a phrase that stands alone."""
    told = read_danger(phrase)
    return told is not None and told.code is not None


def _lexicon(programme: Programme) -> Iterator[Finding]:
    for language in programme.languages:
        if lexicon_version(language) is None:
            message = f"danger is not listened for in {language}: it has no lexicon of danger"
            yield fault("no_lexicon", f"languages.{language}", message, language)


def _flags(programme: Programme) -> Iterator[Finding]:
    for flag in programme.red_flags:
        # Every language's phrases are active, whichever are approved: no language's own fault.
        for _, phrase in _each(flag.hears):
            if len(plain(phrase).split()) < _LEAST_WORDS and not _is_danger(phrase):
                message = f"{phrase}: a single word is also used of pigs or in passing"
                yield fault("vague_flag", f"red_flags.{flag.code}.hears", message)
        yield from _unless(flag)
        if flag.rests and not flag.alert:
            message = "rests until a clinician's note, and tells no clinician: `alert: true`"
            yield fault("flag_rests_untold", f"red_flags.{flag.code}", message)
    heard = [phrase for flag in programme.red_flags for _, phrase in _each(flag.hears)]
    for danger, words in _DANGERS.items():
        if not any(map(words.search, heard)):
            yield warning("no_red_flag", "red_flags", f"no flag covers {danger}")
