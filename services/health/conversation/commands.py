"""Commands and USSD menus of the active programmes, made of their titles and keywords."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from gateway.argument_parsers import rest
from gateway.dates import day
from gateway.grammar import Argument, Phrase, Read
from gateway.menus import Ask, Form, Menus, Option, Words
from services.health.conversation.enrol_commands import (
    PAUSE_WORD,
    join,
    join_named,
    new_date,
    pause_named,
)
from services.health.conversation.help_commands import call_command, privacy_command
from services.health.conversation.hour_command import hour_command
from services.health.conversation.keyword_replies import reply_to_keyword
from services.health.conversation.member import ActiveProgramme
from services.messaging.command_router import CommandHandler
from services.messaging.stop_words import ends_messages
from services.texts.catalogue import LANGUAGES
from services.texts.labels import both, chained, line

A_NUMBER = re.compile("[0-9]{3}")
_NAMED = (Argument("programme", rest, required=False),)
_ABOUT_DATES = (
    "to",
    "i go",
    "is",
    "quit",
    "my",
    "new",
    "on",
    "em",
    "bilong",
    "nupela",
    "lusim",
    "simuk",
)

_HEALTH = both("Health", "Helt")
# STOP ALL and STOP 1553 have another meaning, even where a programme has such a name.
_NOT_STOPPED_BY_NAME = re.compile(r"(?:all|olgeta|everything)\b|.*[0-9]{3}")
_CALL = Form("health.call", "programme.call")

WORD = "programme.word"
"""Outcome of a keyword, which names neither the programme nor the word."""

JOIN = Phrase(
    "programme.join",
    {"en": ("JOIN",), "tpi": ("JOINIM",)},
    _NAMED,
    {"en": "JOIN", "tpi": "JOINIM"},
)
PAUSE = Phrase(
    "programme.pause",
    {"en": ("PAUSE", "I NEED A BREAK", "I WANT TO PAUSE"), "tpi": ("MALOLO", "MI LAIK MALOLO")},
    _NAMED,
    PAUSE_WORD,
)
NEW_DATE = Phrase(
    "programme.date",
    {
        "en": ("DATE", "QUIT DATE", "NEW DATE", "CHANGE DATE", "CHANGE MY DATE", "MOVE MY DATE"),
        "tpi": ("DE", "NUPELA DE", "SENISIM DE", "SENISIM DE BILONG MI"),
    },
    (Argument("day", day),),
    {"en": "DATE 25 Dec", "tpi": "DE 25 Des"},
    fillers=_ABOUT_DATES,
)


def programme_commands(
    programmes: Mapping[str, ActiveProgramme], *, members: bool = True
) -> tuple[CommandHandler, ...]:
    """Return the commands of active programmes; with none, those of who is in a course yet."""
    if not programmes:
        return (call_command(), privacy_command()) if members else ()
    return (*_shared(programmes), *(one for each in programmes.values() for one in _own(each)))


def _own(one: ActiveProgramme) -> Iterator[CommandHandler]:
    joins = one.joins()
    if any(joins.values()):
        phrase = replace(_of_words(f"{one.code}.join", joins), unless=ends_messages)
        yield CommandHandler(phrase, partial(join, one), told=JOIN.code, private=True)
    for code, words in keywords_of(one).items():
        phrase, handle = (
            _of_words(f"{one.code}.{code}", words),
            partial(reply_to_keyword, one, code),
        )
        yield CommandHandler(phrase, handle, told=WORD, private=True)


def keywords_of(one: ActiveProgramme) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return the keywords of a programme, by code and language."""
    says: defaultdict[str, dict[str, Sequence[str]]] = defaultdict(dict)
    for language, programme in one.programmes.items():
        for word in programme.words:
            says[word.code][language] = word.says.get(language, ())
    return {code: words for code, words in says.items() if any(words.values())}


def _of_words(code: str, says: Mapping[str, Sequence[str]]) -> Phrase:
    keywords = {language: tuple(words) for language, words in says.items() if words}
    examples = {language: words[0] for language, words in keywords.items()}
    return Phrase(code, keywords, (Argument("more", in_passing, required=False),), examples)


def in_passing(text: str) -> Read | None:
    """Read the rest after a keyword, without numbers: `lek bilong pik 1262` is about a pig."""
    return None if A_NUMBER.search(text) else rest(text)


def _shared(programmes: Mapping[str, ActiveProgramme]) -> tuple[CommandHandler, ...]:
    title = next(iter(programmes.values()))
    joins = {
        "en": f"JOIN {title.title('en').upper()}",
        "tpi": f"JOINIM {title.title('tpi').upper()}",
    }
    return (
        CommandHandler(
            replace(JOIN, examples=joins), partial(join_named, programmes), private=True
        ),
        CommandHandler(PAUSE, partial(pause_named, programmes), private=True),
        CommandHandler(NEW_DATE, partial(new_date, programmes), private=True),
        hour_command(programmes),
        call_command(),
        privacy_command(),
    )


def menus(programmes: Mapping[str, ActiveProgramme], *, members: bool = True) -> Menus:
    """Return the menus of active programmes; with none, CALL while anybody is in a course.

    The lines of a single programme stand on the first screen of health itself.
    """
    entry = (Option(_HEALTH, "health"),)
    if not programmes:
        call = line("Call me", "Ringim mi", _CALL.code)
        return Menus(entry, (*chained("health", _HEALTH, [call]), _CALL)) if members else NO_MENUS
    date = line("My date", "De bilong mi", "health.date")
    # Help stands on the first screen, however many words a course has.
    call = line("Call me", "Ringim mi", _CALL.code)
    every = list(programmes.values())
    forms = [form for one in every for _, form in _labelled(one)]
    if len(every) == 1:
        top = chained("health", _titles(every[0]), [call, *_lines(every[0]), date])
    else:
        courses = [Option(_titles(one), _menu_code(one)) for one in every]
        top = chained("health", _HEALTH, [*courses, date, call])
        top += tuple(
            menu for one in every for menu in chained(_menu_code(one), _titles(one), _lines(one))
        )
    return Menus(entry, (*top, *forms, _DATE, _CALL))


NO_MENUS = Menus((), ())
_SURE = both("This changes your course. Is it right?", "Dispela i senisim skul. Em i stret?")
_DATE = Form(
    "health.date",
    "programme.date",
    (Ask("day", both("Which day? Such as 25/12", "Wanem de? Olsem 25/12"), "25/12"),),
    both("Your date is {day}?", "De bilong yu em {day}?"),
)


def _lines(one: ActiveProgramme) -> list[Option]:
    return [Option(label, form.code) for label, form in _labelled(one)]


def _labelled(one: ActiveProgramme) -> Iterator[tuple[Words, Form]]:
    """Yield a programme's lines: join, its keywords, pause, stop."""
    code, named = _menu_code(one), {"programme": one.code}
    yield both("Join", "Joinim"), Form(f"{code}.join", "programme.join", fixed=named)
    for word, says in keywords_of(one).items():
        sure = _SURE if _acts(one, word) else None
        yield _as_said(says), Form(f"{code}.word.{word}", f"{one.code}.{word}", confirm=sure)
    yield (
        both("Pause", "Malolo"),
        Form(
            f"{code}.pause",
            "programme.pause",
            confirm=both("Pause your course?", "Yu laik malolo long skul?"),
            fixed=named,
        ),
    )
    if not _NOT_STOPPED_BY_NAME.match(one.code):
        yield (
            both("Stop", "Stopim"),
            Form(
                f"{code}.stop",
                "stop",
                confirm=both("Stop the messages of this course?", "Stopim mesej bilong skul?"),
                fixed=named,
            ),
        )


def _acts(one: ActiveProgramme, code: str) -> bool:
    """Return whether a keyword changes the course: a wrong key must not do so unconfirmed."""
    words = (word for programme in one.programmes.values() for word in programme.words)
    return any(word.code == code and word.actions for word in words)


def _as_said(says: Mapping[str, Sequence[str]]) -> Words:
    """Return a keyword in each language, or in its only one."""
    other = next(words[0] for words in says.values() if words)
    first = {language: (says.get(language) or (other,))[0] for language in LANGUAGES}
    return {language: word.capitalize() for language, word in first.items()}


def _titles(one: ActiveProgramme) -> Words:
    return {language: one.title(language) for language in LANGUAGES}


def _menu_code(one: ActiveProgramme) -> str:
    return f"course.{one.code}"
