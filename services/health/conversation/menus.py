"""USSD menus of the active programmes, made of their titles and keywords."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gateway.menus import Ask, Form, Menus, Option, Words
from services.health.conversation.active_programmes import ActiveProgramme
from services.health.conversation.commands import keywords_of
from services.texts.catalogue import LANGUAGES
from services.texts.labels import both, chained, line

_HEALTH = both("Health", "Helt")
# STOP ALL and STOP 1553 have another meaning, even where a programme has such a name.
_NOT_STOPPED_BY_NAME = re.compile(r"(?:all|olgeta|everything)\b|.*[0-9]{3}")
_CALL = Form("health.call", "programme.call")


def menus(programmes: Mapping[str, ActiveProgramme], *, members: bool = True) -> Menus:
    """Return the menus of active programmes; with none, CALL while anybody is in a course.

    The lines of a single programme stand on the first screen of health itself.
    """
    entry = (Option(_HEALTH, "health"),)
    if not programmes:
        call = line("Call me", "Ringim mi", _CALL.code)
        return Menus(entry, (*chained("health", _HEALTH, [call]), _CALL)) if members else NO_MENUS
    shared = [
        line("My date", "De bilong mi", "health.date"),
        line("Call me", "Ringim mi", _CALL.code),
    ]
    every = list(programmes.values())
    forms = [form for one in every for _, form in _labelled(one)]
    if len(every) == 1:
        top = chained("health", _titles(every[0]), [*_lines(every[0]), *shared])
    else:
        courses = [Option(_titles(one), _menu_code(one)) for one in every]
        top = chained("health", _HEALTH, [*courses, *shared])
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
