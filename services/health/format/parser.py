"""A programme built from its document; docs/programmes.md gives the format; pure.

All faults are collected with their places, so that an author can correct them in one go. The
linter checks the meaning: see `services.health.linting.linter`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from services.health.errors import BadProgramme, Fault
from services.health.format.ceilings import read_ceiling
from services.health.format.country import COUNTRY, LEAST_AGE, with_country
from services.health.format.documents import Node, read_source
from services.health.format.entries import Text
from services.health.format.entry_parser import (
    read_actions,
    read_entries,
    read_entry,
    read_intake,
    read_text,
    read_text_if,
    read_words,
    texts_of,
)
from services.health.format.evidence import (
    EVIDENCE,
    SOURCES,
    read_guidelines,
    refuse_unknown_names,
    scoped,
    with_evidence,
)
from services.health.format.item_parser import FARTHEST, names_of, read_events, read_phase
from services.health.format.items import ALL
from services.health.format.model import (
    ENROLMENT,
    Anchor,
    Outcome,
    Programme,
    RedFlag,
    Resume,
    Status,
    Word,
)
from services.health.format.overlays import EXTENDS, BaseFinder, no_base, whole_of
from services.health.format.trials import read_trial
from sms.consent import is_programme

_RESERVED = (ENROLMENT, "name", "place", "title")
# What the outcomes of all programmes begin with, and what STOP ALL names.
_NO_PROGRAMMES = frozenset({"programme", ALL})
_CODE = re.compile("[a-z][a-z0-9-]{0,31}")
_LANGUAGE = re.compile("[a-z]{2,3}")
_NEEDED = ("code", "area", "title", "languages", "intake", "welcome", "phases", "last_day")
_KNOWN = (
    *_NEEDED, "example", "nameless", "revealing", "cohorts", "anchors", "join", "invitation",
    "questions", "words", "red_flags", "stop", "pause_days", "resume", "outcomes", "events",
    "trial", "ceiling", COUNTRY, SOURCES, EVIDENCE, EXTENDS,
)  # fmt: skip
_WORD = ("code", "says", "hears", "alone", "replies", "do", EVIDENCE)
_FLAG = ("code", "hears", "unless", "reply", "alert", "rests", EVIDENCE)
_PAUSE, _LONGEST_PAUSE = 14, 366
_OLDEST = 120
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = 2000, 2100


def read_programme(text: str, find: BaseFinder = no_base) -> Programme:
    """Read a programme's YAML, or raise BadProgramme with every fault and its line.

    `find` returns the base that a file of differences names.
    """
    source = read_source(text)
    try:
        return build(whole_of(source, find))
    except BadProgramme as error:
        faults = [one._replace(line=source.lines.get(one.where)) for one in error.faults]
        raise BadProgramme(faults) from error


def build(document: Mapping[str, Any]) -> Programme:
    """Build a programme from a document, or raise BadProgramme with every fault."""
    faults: list[Fault] = []
    root = Node(dict(document), "", faults)
    root.members(*_KNOWN, needed=_NEEDED)
    root.get(EXTENDS).is_object("a base that was found")
    least_age = _least_age(root.get(COUNTRY).get(LEAST_AGE))
    root = with_evidence(with_country(root))
    programme = Programme(
        code=_code(root.get("code")),
        area=root.get("area").text(),
        title=texts_of(root.get("title")),
        example=root.get("example").flag(),
        languages=_languages(root.get("languages")),
        nameless=texts_of(root.get("nameless")),
        revealing=read_words(root.get("revealing")),
        cohorts=names_of(root.get("cohorts")),
        anchors=_anchors(root.get("anchors")),
        join=read_words(root.get("join")),
        invitation=read_text_if(_part(root, "invitation")),
        intake=read_intake(_part(root, "intake")),
        welcome=read_text(_part(root, "welcome")),
        phases=tuple(map(read_phase, _part(root, "phases").each())),
        questions=read_entries(_part(root, "questions")),
        words=tuple(map(_word, _part(root, "words").each())),
        red_flags=tuple(map(_red_flag, _part(root, "red_flags").each())),
        stop=read_entry(_part(root, "stop"), "stop") if root.has("stop") else None,
        pause_days=root.get("pause_days").whole(_PAUSE, 1, _LONGEST_PAUSE),
        resume=root.get("resume").parsed(Resume, Resume.SHIFT, "`shift` or `continue`"),
        last_day=_last_day(root.get("last_day"), "or_later"),
        outcomes=tuple(map(_outcome, root.get("outcomes").each())),
        events=read_events(_part(root, "events")),
        later=tuple(map(_last_day, root.get("last_day").get("or_later").each())),
        trial=read_trial(root.get("trial"), _day),
        ceiling=read_ceiling(root.get("ceiling")),
        least_age=least_age,
        sources=read_guidelines(root.get(SOURCES), _day),
    )
    refuse_unknown_names(root)
    if faults:
        raise BadProgramme(faults)
    return programme


def _part(root: Node, key: str) -> Node:
    """Return a part of the file whose texts inherit the evidence of a group that names it."""
    return scoped(root.get(key), key)


def _code(node: Node) -> str:
    code = node.text()
    if not node.missing and not _CODE.fullmatch(code):
        node.fault("must be 1 to 32 of a-z, 0-9 and -, beginning with a letter")
    elif code in _NO_PROGRAMMES or not is_programme(code):
        node.fault(f"{code} has another meaning: choose another code, such as {code}-health")
    return code


def _languages(node: Node) -> dict[str, Status]:
    if node.is_object("a mapping of languages") and not node.value:
        node.fault("needs at least one language")
    for language, one in node.items():
        if not _LANGUAGE.fullmatch(language):
            one.fault("must be a language by its code of ISO 639, such as en or tpi")
    return {
        language: one.parsed(Status, Status.DRAFT, "`complete` or `draft`")
        for language, one in node.items()
    }


def _anchors(node: Node) -> tuple[Anchor, ...]:
    node.is_object("a mapping by code")
    return tuple(_anchor(code, one) for code, one in node.items())


def _anchor(code: str, node: Node) -> Anchor:
    node.members("label", "dates", "given", needed=("label",))
    if not _CODE.fullmatch(code) or code in _RESERVED:
        node.fault(f"needs a code of a-z, 0-9 and -, none of {', '.join(_RESERVED)}")
    wanted = f"a day of {_YEARS[0]} to {_YEARS[1]}, such as 2026-12-25"
    dates = tuple(one.parsed(_day, date.min, wanted) for one in node.get("dates").each())
    return Anchor(code, texts_of(node.get("label")), dates, node.get("given").flag())


def _day(text: str) -> date:
    if not _DAY.fullmatch(text) or not _YEARS[0] <= int(text[:4]) <= _YEARS[1]:
        raise ValueError
    return date.fromisoformat(text)


def _word(node: Node) -> Word:
    node.members(*_WORD, needed=("code", "says"))
    node = scoped(node)
    return Word(
        node.get("code").name(),
        read_words(node.get("says")),
        read_words(node.get("hears")),
        tuple(_replies(node)),
        read_actions(node.get("do")),
        read_words(node.get("alone")),
    )


def _replies(node: Node) -> Iterator[Text]:
    """Read the replies to a keyword, which groups of evidence name by number: `crave/2`."""
    code = node.get("code").value
    for number, one in enumerate(node.get("replies").each(), 1):
        yield read_text(scoped(one, f"{code}/{number}"))


def _red_flag(node: Node) -> RedFlag:
    node.members(*_FLAG, needed=("code", "reply"))
    node = scoped(node)
    return RedFlag(
        node.get("code").name(),
        read_words(node.get("hears")),
        read_text(node.get("reply")),
        node.get("alert").flag(default=True),
        read_words(node.get("unless")),
        node.get("rests").flag(),
    )


def _least_age(node: Node) -> int | None:
    return None if node.missing else node.whole(0, 0, _OLDEST)


def _last_day(node: Node, *more: str) -> tuple[str, int]:
    node.members("anchor", "day", *more, needed=("anchor", "day"))
    return node.get("anchor").name(), node.get("day").whole(0, -FARTHEST, FARTHEST)


def _outcome(node: Node) -> Outcome:
    needed = ("code", "label", "assessments", "success")
    node.members(*needed, "baseline", needed=needed)
    return Outcome(
        node.get("code").name(),
        texts_of(node.get("label")),
        names_of(node.get("assessments")),
        names_of(node.get("success")),
        names_of(node.get("baseline")),
    )
