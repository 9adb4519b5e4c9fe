"""The form of one text: what was typed, what it makes, and what somebody else wrote meanwhile."""

import re
import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from flask import request

from chain.canonical import canonical_bytes
from services.console.programmes.course import text_named
from services.console.programmes.draft_pages import OpenDraft
from services.console.programmes.guards import typed
from services.core.errors import NotFound
from services.health.format.evidence import PRACTICE
from services.health.format.item_parser import FARTHEST
from services.health.format.overlay_edits import (
    TextWords,
    with_message,
    with_text,
    with_time,
    words_of,
)
from services.health.format.overlay_moves import messages_of
from services.health.format.text_slots import Json, slots_of

_DAY = re.compile(r"[-+]?[0-9]{1,4}")
_TIME = re.compile("(?:[01]?[0-9]|2[0-3])[:.][0-5][0-9]")
_TECHNIQUE = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}")
_MARK = 16
LONGEST_TEXT = 1_000


class TypedText(NamedTuple):
    """A form as somebody filled it in; `day` and `at` as they typed them, None: it has none.

    `seen`: mark of the text that the form was drawn with.
    """

    words: TextWords
    day: str | None
    at: str | None
    seen: str


class TypedEvidence(NamedTuple):
    """Evidence of a new text, as somebody filled it in."""

    source: str = ""
    techniques: str = ""
    action: bool = True
    needs_clinic: bool = False


def typed_text(languages: Sequence[str]) -> TypedText:
    """Return what was typed."""
    form = request.form
    say = {one: typed(f"say-{one}") for one in languages if f"say-{one}" in form}
    discreet = {one: typed(f"discreet-{one}") for one in languages if f"discreet-{one}" in form}
    day, at = (typed(name) if name in form else None for name in ("day", "at"))
    return TypedText(TextWords(say, discreet), day, at, typed("seen"))


def typed_evidence() -> TypedEvidence:
    """Return the evidence that was typed."""
    action, needs_clinic = (bool(typed(name)) for name in ("action", "needs_clinic"))
    return TypedEvidence(typed("source"), typed("techniques"), action, needs_clinic)


def drawn_text(given: OpenDraft, text_id: str) -> TypedText:
    """Return the form of a text as the draft has it; NotFound: the draft has no such text."""
    slot = slots_of(given.document).get(text_id)
    if slot is None:
        raise NotFound("This text is not in the draft: somebody may have removed it")
    words, message = words_of(slot.text), _message(given, text_id)
    languages = given.programme.languages
    say = {one: str(words.say.get(one, "")) for one in languages}
    discreet = {one: str(words.discreet.get(one, "")) for one in languages}
    day, at = (str(message[key]) if message else None for key in ("day", "at"))
    return TypedText(TextWords(say, discreet), day, at, _mark_of(say, discreet, (day, at)))


def new_text(languages: Sequence[str]) -> TypedText:
    """Return the empty form of a text that is added."""
    empty = dict.fromkeys(languages, "")
    return TypedText(TextWords(empty, empty), "", "", "")


def wrong_text(one: TypedText) -> dict[str, str]:
    """Return the code of a sentence for each wrong field."""
    fields = [("say", one.words.say), ("discreet", one.words.discreet)]
    long = {
        f"{kind}-{language}": "programmes_text_long"
        for kind, words in fields
        for language, said in words.items()
        if len(said) > LONGEST_TEXT
    }
    return long | wrong_times(one)


def wrong_times(one: TypedText) -> dict[str, str]:
    """Return the code of a sentence for a day or hour that is none."""
    wrong = {}
    if one.day is not None and not (_DAY.fullmatch(one.day) and abs(int(one.day)) <= FARTHEST):
        wrong["day"] = "programmes_day_wrong"
    if one.at is not None and not _TIME.fullmatch(one.at):
        wrong["at"] = "programmes_at_wrong"
    return wrong


def wrong_evidence(one: TypedEvidence, sources: Sequence[str]) -> dict[str, str]:
    """Return the code of a sentence for a source or technique that is none."""
    wrong = {}
    if one.source not in {*sources, PRACTICE}:
        wrong["source"] = "programmes_source_wrong"
    if not all(map(_TECHNIQUE.fullmatch, _techniques(one))):
        wrong["techniques"] = "programmes_techniques_wrong"
    return wrong


def changed(given: OpenDraft, text_id: str, one: TypedText) -> Json:
    """Return the draft's differences with a text as it was typed; day and hour must be right."""
    made = with_text(given.overlay, given.base, text_id, one.words)
    if one.day is None or one.at is None:
        return made
    return with_time(made, given.base, text_id, int(one.day), clock(one.at))


def added(
    given: OpenDraft, phase: str, one: TypedText, evidence: TypedEvidence | None
) -> tuple[str, Json]:
    """Return the id of a text that is added, and the draft's differences with it."""
    discreet = {key: said for key, said in one.words.discreet.items() if said}
    message: dict[str, Any] = {
        "id": _free_id(given),
        "day": int(one.day or 0),
        "at": clock(one.at or ""),
        "text": {**one.words.say, **({"discreet": discreet} if discreet else {})},
    }
    if evidence is not None:
        message["evidence"] = evidence_told(evidence)
    return message["id"], with_message(given.overlay, phase, message)


def evidence_told(one: TypedEvidence) -> Json:
    """Return evidence as a document has it."""
    return {
        "bct": _techniques(one),
        "source": one.source,
        "action": one.action,
        "needs_clinic": one.needs_clinic,
    }


def clock(at: str) -> str:
    """Return an hour as files have it: 09:00 of 9.00."""
    hour, _, minute = at.replace(".", ":").partition(":")
    return f"{int(hour):02}:{minute}"


def says_the_same(one: TypedText, other: TypedText) -> bool:
    """Tell whether two forms say the same."""
    return one._replace(seen="") == other._replace(seen="")


def differing(mine: TypedText, theirs: TypedText) -> list[tuple[str, str, str]]:
    """Return the fields in which two forms differ, with what is in each."""
    pairs: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = [
        ("say", mine.words.say, theirs.words.say),
        ("discreet", mine.words.discreet, theirs.words.discreet),
    ]
    found = [
        (f"{kind}-{language}", said, after.get(language, ""))
        for kind, before, after in pairs
        for language, said in before.items()
        if said != after.get(language, "")
    ]
    times = (("day", mine.day, theirs.day), ("at", mine.at, theirs.at))
    return found + [(name, own or "", its or "") for name, own, its in times if own != its]


def _message(given: OpenDraft, text_id: str) -> Json | None:
    """Return the message whose day and hour may be changed with a text."""
    named = text_named(given.programme, text_id)
    of_phase = named is not None and named[0].code.startswith("phase/")
    return messages_of(given.document).get(text_id) if of_phase else None


def _mark_of(
    say: Mapping[str, str], discreet: Mapping[str, str], times: tuple[str | None, str | None]
) -> str:
    told = {"say": dict(say), "discreet": dict(discreet), "times": list(times)}
    return sha256(canonical_bytes(told)).hexdigest()[:_MARK]


def _free_id(given: OpenDraft) -> str:
    """Return an id that no text has: that of a removed one might be restored."""
    while True:
        found = f"own-{secrets.token_hex(3)}"
        if found not in slots_of(given.document):
            return found


def _techniques(one: TypedEvidence) -> list[str]:
    return [each for each in re.split(r"[,;\s]+", one.techniques) if each]
