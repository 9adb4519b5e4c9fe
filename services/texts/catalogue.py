"""Sentences that people read, by code and language: the gettext catalogues in `locales/`.

`locales/<language>/LC_MESSAGES/<domain>.po`; an entry's context (`msgctxt`) is its code. An entry
marked fuzzy is a draft that no named speaker has reviewed. Drafts are sent like the rest.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from gettext import c2py
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from gateway.grammar import Fault, FaultCode, NotUnderstood, Phrase
from gateway.phrases import DEFAULT_LANGUAGE
from services.texts.help_numbers import HelpNumbers, directory
from sms.encoding import SEGMENT, plain, units

LANGUAGES = ("en", "tpi")
HELP = ("ambulance", "helpline", "police")
"""Placeholders that every text may have; their values are those of the receiver's province."""
MOST_ITEMS = SEGMENT // 2
"""No segment has room for more items of a listing: each takes a letter, and what is between."""

_CUT = ".."
# Room for twenty tags of fifteen digits; longer numbers are the sender's own words, and cost.
_MOST_FURTHER = 2


class Sentence(NamedTuple):
    """A sentence in one language.

    Attributes:
        forms: one template, or one a plural form of the language.
        plural: index of the form for a count, by the catalogue's `Plural-Forms`.
        draft: no named speaker has reviewed it.
    """

    forms: tuple[str, ...]
    plural: Callable[[int], int]
    draft: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Items within a sentence, as many of them as it has room for: `1262 1359 +3`.

    Attributes:
        frame: what stands around them, which are its `{}`.
        tight: what may stand between them where a comma and a blank take too much room.
        more: number of items besides: see `MOST_ITEMS`.
    """

    items: tuple[str, ...]
    frame: str = "{}"
    tight: str = ", "
    more: int = 0

    def __str__(self) -> str:
        """Return the shortest form: the first one, and how many more."""
        return self._shown(1)

    def within(self, room: int) -> str:
        """Write as many items as fit `room` septets, at least the first."""
        whole = self.frame.format(", ".join(self.items))
        if not self.more and units(whole) <= room:
            return whole
        for shown in range(len(self.items), 1, -1):
            if units(text := self._shown(shown)) <= room:
                return text
        return str(self)

    def left_out_of(self, text: str) -> tuple[str, ...]:
        """Return the items that a text with this listing in it does not show."""
        if self.frame.format(", ".join(self.items)) in text:
            return ()
        counts = range(len(self.items), 0, -1)
        shown = next((count for count in counts if self._shown(count) in text), 0)
        return self.items[shown:]

    def _shown(self, count: int) -> str:
        left = len(self.items) - count + self.more
        more = f" +{left}" if left else ""
        return self.frame.format(self.tight.join(self.items[:count]) + more)


def say(code: str, language: str, **values: object) -> str:
    """Return a sentence in a language with its values, short enough for one SMS of one segment.

    Numbers to call are those for anywhere, unless they are given: see `help_words`.

    Raises:
        KeyError: no such sentence, or a value that it needs is not given.
    """
    shape = template(code, language)
    return fit(shape, help_words(language) | values if wants_help(shape) else values)


def wants_help(template: str) -> bool:
    """Tell whether a text has one of the placeholders."""
    return "{" in template and any(f"{{{name}}}" in template for name in HELP)


def help_words(language: str, province: str | None = None) -> dict[str, str]:
    """Return the placeholders of help as they stand in a text: `call {ambulance}` is `call 111`.

    Where no ambulance answers they name who carries the person; where nobody knows, both.
    """
    known, there = directory(), directory().provinces.get(province or "")
    numbers = there or HelpNumbers()
    called = "help.carriers" if there else "help.towns"
    police = "help.police" if numbers.police else "help.some_police"
    return {
        "ambulance": numbers.ambulance or template(called, language).format(number=known.in_towns),
        "helpline": known.helpline,
        "police": template(police, language).format(number=numbers.police),
    }


@lru_cache
def longest_help_words(language: str) -> dict[str, str]:
    """Return the longest value of each placeholder of help, over all provinces."""
    every = [help_words(language, one) for one in (None, *directory().provinces)]
    return {name: max((one[name] for one in every), key=units) for name in every[0]}


def say_in_all(code: str, **values: object) -> dict[str, str]:
    """Return a sentence in each language; a value may itself be one in each language.

    Raises:
        KeyError: as `say`.
    """
    return {
        language: say(
            code,
            language,
            **{
                name: value[language] if isinstance(value, Mapping) else value
                for name, value in values.items()
            },
        )
        for language in LANGUAGES
    }


def say_count(code: str, language: str, count: int, **values: object) -> str:
    """Return the form of a sentence for a count, which stands in it as `{count}`.

    Raises:
        KeyError: as `say`.
    """
    sentence = sentences(language)[code]
    return fit(sentence.forms[sentence.plural(count)], {"count": count, **values})


def fit(template: str, values: Mapping[str, object]) -> str:
    """Fill a sentence so that it fits one segment: the longest values are cut, `..` shows where.

    A `Listing` has the room that the other values leave. A single letter outside GSM-7 would
    leave 70 characters of 160, so values are written in it.

    Raises:
        KeyError: a value is missing.
    """
    texts = {name: plain(str(value)) for name, value in values.items()}
    for name in sorted(texts, key=lambda name: -len(texts[name])):
        excess = units(template.format(**texts)) - SEGMENT
        if excess <= 0:
            break
        texts[name] = texts[name][: -(excess + len(_CUT))] + _CUT
    for name, value in values.items():
        if isinstance(value, Listing) and not texts[name].endswith(_CUT):
            others = units(template.format(**{**texts, name: ""}))
            texts[name] = plain(value.within(SEGMENT - others))
    return template.format(**texts)


def further_texts(text: str, listings: Iterable[Listing], language: str) -> list[str]:
    """Return texts with the numbers of listings that a text has no room for."""
    left = [number for one in listings for number in one.left_out_of(text)]
    texts: list[str] = []
    while left and len(texts) < _MOST_FURTHER:
        numbers = Listing(tuple(left), tight=" ")
        texts.append(say("numbers", language, pigs=numbers))
        left = list(numbers.left_out_of(texts[-1]))
    return texts


def template(code: str, language: str) -> str:
    """Return a sentence before its values are filled in; of several forms, the first.

    Raises:
        KeyError: no such sentence.
    """
    return sentences(language)[code].forms[0]


def templates(code: str) -> dict[str, str]:
    """Return a sentence in every language, before its values are filled in.

    Raises:
        KeyError: no such sentence.
    """
    return {language: template(code, language) for language in LANGUAGES}


def has_sentence(code: str) -> bool:
    """Tell whether the catalogues have a sentence of this code."""
    return code in sentences(DEFAULT_LANGUAGE)


@lru_cache
def sentences(language: str) -> dict[str, Sentence]:
    """Return every sentence of a language by code, in the order of its files.

    The first call reads the files, in about 20 ms.
    """
    folder = files("services.texts") / "locales" / language / "LC_MESSAGES"
    domains = sorted(folder.iterdir(), key=lambda domain: domain.name)
    return {code: sentence for domain in domains for code, sentence in _read(domain)}


def _read(domain: Traversable) -> Iterator[tuple[str, Sentence]]:
    from babel.messages.pofile import read_po  # noqa: PLC0415 — most commands say no sentence

    with domain.open("rb") as stream:
        catalogue = read_po(stream)
    plural = c2py(catalogue.plural_expr)
    for entry in catalogue:
        if entry.context:
            forms = (entry.string,) if isinstance(entry.string, str) else entry.string
            yield entry.context, Sentence(tuple(forms or ()), plural, entry.fuzzy)


def language_of(told: str | None) -> str:
    """Return the language to write in to a person who chose this one, or none of ours."""
    return told if told in LANGUAGES else DEFAULT_LANGUAGE


def day_and_month(day: date, language: str) -> str:
    """Write a day the way people do: `25 Nov`."""
    return f"{day.day} {template(f'month.{day.month}', language)}"


def explain(found: NotUnderstood) -> str:
    """Return the sentence for a message that was not understood: its fault, and an example."""
    phrase, language = found.nearest, found.language
    # An example of one word, such as HELP, adds nothing to the sentence.
    if phrase is None or not phrase.arguments:
        return say("not_understood", language)
    return explain_fault(phrase, found.fault, phrase.examples[language], language)


def explain_fault(phrase: Phrase, fault: Fault, example: str, language: str) -> str:
    """Tell why a phrase cannot be understood, and show how it is written."""
    cause = fault.cause
    values = {"count": cause.count, "place": cause.place} if cause else {}
    return say(_of_fault(phrase.code, fault), language, example=example, **values)


def _of_fault(phrase: str, fault: Fault) -> str:
    """Choose the sentence that tells most about a fault in a phrase."""
    codes: tuple[str, ...]
    if fault.cause is not None:
        mistake = fault.cause.mistake.value
        codes = (f"mistake.{fault.argument}_{mistake}", f"mistake.{mistake}", "mistake.other")
    elif fault.code is FaultCode.MISSING:
        name = fault.argument
        codes = (f"missing.{name}.{phrase}", f"missing.{name}", "missing")
    else:
        codes = ("leftover" if fault.code is FaultCode.LEFTOVER else "nearest",)
    return next(filter(has_sentence, codes))
