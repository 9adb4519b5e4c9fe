"""The three forms of a draft's parts: what each draws, refuses, changes and shows besides."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.console.programmes.cohort_form import box_of, drawn_cohorts, written_cohorts
from services.console.programmes.draft_pages import OpenDraft
from services.console.programmes.part_actions import choices_of
from services.console.programmes.part_fields import Fields, rows_in
from services.console.programmes.part_replies import action_names, rows_of
from services.console.programmes.part_texts import checked_word
from services.console.programmes.question_form import (
    DIGITS,
    KINDS,
    added_question,
    changed_question,
    drawn_question,
    entry_of,
    text_of,
    written_question,
)
from services.console.programmes.text_check import check
from services.console.programmes.text_form import typed_evidence, wrong_evidence
from services.console.programmes.word_form import (
    HEARD,
    JOIN,
    added_word,
    changed_word,
    drawn_word,
    written_word,
)
from services.health.format.evidence import PRACTICE
from services.health.format.overlay_edits import is_changed
from services.health.format.overlay_moves import messages_of
from services.health.format.text_slots import Json

_NEW_TEXT = "ask-new"


class PartKind(NamedTuple):
    """One form.

    Attributes:
        code: of its address and template.
        drawn: its fields as the draft has them; of an empty name, those of a new one.
        wrong: the code of a sentence for each wrong field.
        changed: the name of what was typed, and the draft's differences with it.
        shown: what its page shows besides; the differences are those with what was typed.
    """

    code: str
    drawn: Callable[[OpenDraft, str], Fields]
    wrong: Callable[[OpenDraft, str, Fields], Mapping[str, str]]
    changed: Callable[[OpenDraft, str, Fields], tuple[str, Json]]
    shown: Callable[[Session, OpenDraft, str, Fields, Json], Mapping[str, Any]]


def _drawn_question(given: OpenDraft, name: str) -> Fields:
    return drawn_question(given, name) if name else {"kind": KINDS[0].value}


def _wrong_question(given: OpenDraft, name: str, fields: Fields) -> Mapping[str, str]:
    wrong = dict(written_question(given, name, fields).wrong)
    if not any(text_of(given, fields, "").words.say.values()):
        wrong[f"say-{next(iter(given.programme.languages))}"] = "programmes_text_empty"
    return wrong | ({} if name else _wrong_evidence(given))


def _changed_question(given: OpenDraft, name: str, fields: Fields) -> tuple[str, Json]:
    members = written_question(given, name, fields).value
    if name:
        return name, changed_question(given, name, fields, members)
    evidence = typed_evidence() if given.programme.sources else None
    return added_question(given, fields, members, evidence)


def _shown_question(
    session: Session, given: OpenDraft, name: str, fields: Fields, overlay: Json
) -> Mapping[str, Any]:
    one = text_of(given, fields, "")
    added = [each["id"] for each in overlay.get("add", {}).get("questions", [])]
    text_id = name or (added[-1] if overlay != given.overlay else _NEW_TEXT)
    entry = entry_of(given.programme, name)
    kind = entry.ask.expect if entry and entry.ask else KINDS[0]
    rows = rows_of(fields, "answer")
    return {
        "found": check(session, given, overlay, text_id, one),
        "kinds": list(dict.fromkeys([kind, *KINDS])),
        "digits": [DIGITS[row - 1] for row in rows_in(fields, "option", len(DIGITS))],
        "rows": {row: action_names(fields, f"answer-{row}") for row in rows},
        "choices": choices_of(given.document),
        "anchors": [one for one in given.programme.anchors if not one.dates],
        "removable": bool(name) and name not in {*messages_of(given.document), "stop"},
        **_common(given, name),
    }


def _drawn_word(given: OpenDraft, name: str) -> Fields:
    return drawn_word(given, name) if name else {}


def _wrong_word(given: OpenDraft, name: str, fields: Fields) -> Mapping[str, str]:
    wrong = written_word(given, name, fields).wrong
    return {**wrong, **({} if name else _wrong_evidence(given))}


def _changed_word(given: OpenDraft, name: str, fields: Fields) -> tuple[str, Json]:
    members = written_word(given, name, fields).value
    if name:
        return name, changed_word(given, name, members)
    evidence = typed_evidence() if given.programme.sources else None
    return fields["code"], added_word(given, fields["code"], members, evidence)


def _shown_word(
    session: Session, given: OpenDraft, name: str, fields: Fields, overlay: Json
) -> Mapping[str, Any]:
    return {
        "found": checked_word(session, given, overlay, name or fields.get("code", "")),
        "heard": HEARD[:1] if name == JOIN else HEARD,
        "joins": name == JOIN,
        "rows": rows_of(fields, "reply"),
        "actions_named": action_names(fields, "word"),
        "choices": choices_of(given.document),
        "removable": bool(name) and name != JOIN,
        **_common(given, name),
    }


def _drawn_cohorts(given: OpenDraft, _name: str) -> Fields:
    return drawn_cohorts(given)


def _wrong_cohorts(given: OpenDraft, _name: str, fields: Fields) -> Mapping[str, str]:
    return written_cohorts(given, fields).wrong


def _changed_cohorts(given: OpenDraft, _name: str, fields: Fields) -> tuple[str, Json]:
    overlay: Json = written_cohorts(given, fields).value
    return "", overlay


def _shown_cohorts(
    _session: Session, given: OpenDraft, _name: str, _fields: Fields, _overlay: Json
) -> Mapping[str, Any]:
    cohorts = given.document.get("cohorts", [])
    phases = [phase["id"] for phase in given.document.get("phases", [])]
    boxes = {phase: {one: box_of(phase, one) for one in cohorts} for phase in phases}
    return {"cohorts": cohorts, "boxes": boxes}


def _common(given: OpenDraft, name: str) -> Mapping[str, Any]:
    changed = bool(name) and is_changed(given.overlay, name)
    return {"evidence": typed_evidence(), "practice": PRACTICE, "changed": changed}


def _wrong_evidence(given: OpenDraft) -> dict[str, str]:
    sources = [one.id for one in given.programme.sources]
    return wrong_evidence(typed_evidence(), sources) if sources else {}


QUESTION = PartKind(
    "question", _drawn_question, _wrong_question, _changed_question, _shown_question
)
WORD = PartKind("word", _drawn_word, _wrong_word, _changed_word, _shown_word)
COHORTS = PartKind("cohorts", _drawn_cohorts, _wrong_cohorts, _changed_cohorts, _shown_cohorts)
