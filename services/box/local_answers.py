"""Answers that a box gives a person at once.

The server has the last word: what is told here is help, a text that it handed out, or its last
word on an animal with its age. Everything else is kept, and the person is told so.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from gateway.grammar import Understood
from gateway.tags import Identifier
from services.box.local_phrases import ParsedMessage
from services.box.reference_data import Animal, Knowledge
from services.core.geography import zone_of
from services.health.conversation.interceptor import tries_a_command
from services.livestock.domain.model import Key, Scheme, read_key
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE, EXAMPLES
from services.livestock.sms_commands.advice import who_is_meant
from services.livestock.sms_commands.wrong_numbers import is_wrong_number
from services.texts.catalogue import Listing, day_and_month, explain, say, say_count
from services.village.protocol import Answered

_STOPS = frozenset({"stop", "stop_mistyped", "stop_all", "stop_all_word"})
_HELP = {"help": "help", "help2": "help.2", "help3": "help.3", "languages": "languages"}
_LANGUAGES = {"english": "en", "tok_pisin": "tpi"}
_EXAMPLES = frozenset(map(str, EXAMPLES))
_MOST_TAGS = 20


class BoxRequest(StrEnum):
    """A message's request to the box itself."""

    STOP = "stop"
    START = "start"


class LocalAnswer(NamedTuple):
    """A local answer.

    Attributes:
        answered: how the server is told of it.
        text: one segment.
        speaks: the person's language from now on; None: the message does not tell.
        numbers: that were promised.
        always: whether it is told however often; else it may be left out.
        wish: what the box itself does.
    """

    answered: Answered
    text: str
    speaks: str | None = None
    numbers: tuple[str, ...] = ()
    always: bool = True
    wish: BoxRequest | None = None


def answer(heard: ParsedMessage, text: str, known: Knowledge) -> LocalAnswer:
    """Decide what a person is told."""
    told = _answer(heard, text, known)
    if not known.is_bound and told.answered is Answered.KEPT:
        # The server does nothing of it, so nothing is promised; the box silences nobody either.
        told = told._replace(text=say("village.unbound", heard.found.language), wish=None)
    if heard.danger is not None:
        return told._replace(answered=Answered.DANGER, text=heard.danger, numbers=(), always=True)
    return told


def _answer(heard: ParsedMessage, text: str, known: Knowledge) -> LocalAnswer:
    found = heard.found
    if not isinstance(found, Understood):
        if heard.of_person:
            # Who may be in trouble must not read how a dead pig is reported.
            return LocalAnswer(Answered.HELP, say("programme.not_understood", heard.language))
        asked = known.was_asked and not tries_a_command(text, found)
        if asked or is_wrong_number(text):
            return _kept(found.language)._replace(speaks=None)
        return LocalAnswer(Answered.HELP, who_is_meant(text, found) or explain(found))
    language = found.language
    if heard.word is not None:
        return LocalAnswer(Answered.WORD, heard.word, language) if heard.word else _kept(language)
    told = _helped(found) or _PARTLY.get(found.phrase.code, _nothing)(found, known)
    wish = BoxRequest.START if found.phrase.code == "start" else None
    return told or _kept(language)._replace(wish=wish)


def _helped(found: Understood) -> LocalAnswer | None:
    """Answer what needs nobody else."""
    code, language = found.phrase.code, found.language
    if code in _STOPS:
        return LocalAnswer(
            Answered.KEPT, say("village.stop", language), language, wish=BoxRequest.STOP
        )
    if code in _LANGUAGES:
        spoken = _LANGUAGES[code]
        return LocalAnswer(Answered.HELP, say("language", spoken), spoken)
    if code in _HELP:
        text = say(_HELP[code], language, pig=EXAMPLE_PIG, place=EXAMPLE_PLACE)
        return LocalAnswer(Answered.HELP, text, language)
    return None


def _kept(language: str) -> LocalAnswer:
    return LocalAnswer(Answered.KEPT, say("village.kept", language), language, always=False)


def _status(found: Understood, known: Knowledge) -> LocalAnswer | None:
    numbers = _numbers(found.arguments["tags"])
    if len(numbers) != 1 or found.arguments.get("outcome"):
        return None
    animal = known.animal(numbers[0])
    if animal is None:
        return None
    return LocalAnswer(
        Answered.STATUS, _told_of(animal, numbers[0], found.language, known.now), found.language
    )


def _told_of(animal: Animal, number: str, language: str, now: datetime) -> str:
    return say(
        "village.status",
        language,
        pig=next((one for one in animal.numbers if read_key(one).scheme == Scheme.SHORT), number),
        status=say(f"village.state.{animal.status}", language),
        province=animal.province or say("village.nowhere", language),
        barred=say("village.barred", language) if animal.barred else "",
        age=_age(animal, language, now),
    )


def _age(animal: Animal, language: str, now: datetime) -> str:
    zone = ZoneInfo(zone_of(animal.province))
    day, today = animal.as_of.astimezone(zone).date(), now.astimezone(zone).date()
    written, days = day_and_month(day, language), (today - day).days
    if days < 1:
        return say("village.fresh", language, day=written)
    return say_count("village.age", language, days, day=written)


def _register(found: Understood, known: Knowledge) -> LocalAnswer | None:
    (tag,) = _numbers(found.arguments["tag"])
    promised = _promised((tag,), known)
    if not promised:
        return None
    text = say("village.promised", found.language, tag=tag, pig=promised[0])
    return LocalAnswer(Answered.KEPT, text, found.language, promised)


def _register_several(found: Understood, known: Knowledge) -> LocalAnswer | None:
    tags = _numbers(found.arguments["new"])
    promised = _promised(tags, known)
    if not promised or len(promised) < len(tags):
        return None
    pigs = Listing(promised, tight=" ")
    text = say("village.promised_several", found.language, heads=len(tags), pigs=pigs)
    return LocalAnswer(Answered.KEPT, text, found.language, promised)


def _nothing(_found: Understood, _known: Knowledge) -> None:
    return None


# What is answered as far as the box knows, until the server answers.
_PARTLY: Mapping[str, Callable[[Understood, Knowledge], LocalAnswer | None]] = {
    "ok": _status,
    "check": _status,
    "register": _register,
    "register_several": _register_several,
}


def _promised(tags: Sequence[str], known: Knowledge) -> tuple[str, ...]:
    """Return a number for each tag that has none; the server refuses examples and too many."""
    if not known.is_bound or len(tags) > _MOST_TAGS or any(map(_has_a_number, tags)):
        return ()
    if any(known.animal(tag) for tag in tags):
        return ()
    return tuple(number for number in map(known.promise, tags) if number)


def _has_a_number(tag: str) -> bool:
    return tag in _EXAMPLES or read_key(tag).scheme == Scheme.SHORT


def _numbers(value: object) -> tuple[str, ...]:
    """Write the identifiers of an argument as people do, each once."""
    found = cast("Sequence[Identifier]", value if isinstance(value, tuple) else (value,))
    return tuple(dict.fromkeys(str(Key(one.scheme, one.value)) for one in found))
