"""The form of a question: its words, what may be answered, and what follows each answer."""

import secrets
from collections.abc import Mapping
from typing import Any

from services.console.numbers import plain_number
from services.console.programmes.draft_pages import OpenDraft
from services.console.programmes.part_actions import Choice, by_do, choices_of
from services.console.programmes.part_fields import NAME, Fields, lines_of, long_words, words_in
from services.console.programmes.part_replies import (
    Written,
    at_place,
    drawn_actions,
    drawn_condition,
    drawn_reply,
    place_of,
    rows_of,
    with_evidence_of,
    written_actions,
    written_condition,
    written_reply,
    wrong_replies,
)
from services.console.programmes.text_form import TypedEvidence, TypedText, evidence_told
from services.core.errors import NotFound
from services.health.format.entries import Entry, Expect
from services.health.format.model import Programme
from services.health.format.overlay_changes import merged, part_of
from services.health.format.overlay_edits import TextWords, with_text, words_of
from services.health.format.part_edits import with_members, with_question
from services.health.format.text_slots import Json

KINDS = (Expect.CHOICE, Expect.NUMBER, Expect.DATE)
"""Kinds that a question may be given; what it is already, it may stay."""
DIGITS = "123456789"
_MOST_DAYS, _FARTHEST = 366, 10_000


def drawn_question(given: OpenDraft, name: str) -> Fields:
    """Return the fields of a question as the draft has it; NotFound: it has none of this name."""
    languages = list(given.programme.languages)
    part = part_of(given.document, name)
    if part is None or "text" not in part:
        raise NotFound("This question is not in the draft: somebody may have removed it")
    ask, words = part.get("ask", {}), words_of(part["text"])
    found = {f"say-{one}": str(words.say.get(one, "")) for one in languages}
    found |= {f"discreet-{one}": str(words.discreet.get(one, "")) for one in languages}
    found["kind"] = ask.get("expect", "")
    for key in ("from", "to", "close_days"):
        found[key] = str(ask.get(key, ""))
    found["sets"] = ask.get("sets", "") if found["kind"] == Expect.DATE else ""
    found["remind_days"] = ", ".join(map(str, ask.get("remind_days", [])))
    for digit, option in ask.get("options", {}).items():
        found[f"option-{digit}-code"] = option.get("code", "")
        for one in languages:
            found[f"option-{digit}-{one}"] = lines_of(option.get(one, []))
    for number, answer in enumerate(ask.get("answers", []), 1):
        found |= _drawn_answer(f"answer-{number}", number, answer)
    return found


def text_of(given: OpenDraft, fields: Fields, seen: str) -> TypedText:
    """Return the words of a question as the form of a text has them."""
    languages = list(given.programme.languages)
    say = {one: fields.get(f"say-{one}", "") for one in languages}
    discreet = {one: fields.get(f"discreet-{one}", "") for one in languages}
    return TypedText(TextWords(say, discreet), None, None, seen)


def written_question(given: OpenDraft, name: str, fields: Fields) -> Written:
    """Return the members of a question as they were typed."""
    ask = (part_of(given.document, name) or {}).get("ask", {})
    kind = fields.get("kind", "")
    wrong = {} if kind in {*KINDS, ask.get("expect")} else {"kind": "programmes_kind_wrong"}
    wrong |= wrong_replies(fields)
    parts = (
        _options(given, fields, ask) if kind == Expect.CHOICE else Written({}, {}),
        _range(fields, ask, kind),
        _days(fields),
    )
    members: Json = {"expect": kind, "options": None, "from": None, "to": None}
    for one in parts:
        members |= one.value
        wrong |= one.wrong
    if kind == Expect.DATE or kind != ask.get("expect"):
        members["sets"] = fields.get("sets") if kind == Expect.DATE else None
    answers = _answers(given, name, fields, members)
    return Written(members | {"answers": answers.value or None}, wrong | dict(answers.wrong))


def changed_question(given: OpenDraft, name: str, fields: Fields, members: Json) -> Json:
    """Return the draft's differences with a question as it was typed."""
    words = text_of(given, fields, "").words
    overlay = with_text(given.overlay, given.base, name, words)
    return with_members(overlay, given.base, name, {"ask": members})


def added_question(
    given: OpenDraft, fields: Fields, members: Json, evidence: TypedEvidence | None
) -> tuple[str, Json]:
    """Return the id of a question that is added, and the draft's differences with it."""
    words = text_of(given, fields, "").words
    discreet = {key: said for key, said in words.discreet.items() if said}
    entry: Json = {
        "id": _free_id(given),
        "text": {**words.say, **({"discreet": discreet} if discreet else {})},
        "ask": merged({}, members),
    }
    if evidence is not None:
        entry["evidence"] = evidence_told(evidence)
    return entry["id"], with_question(given.overlay, entry)


def entry_of(programme: Programme, name: str) -> Entry | None:
    """Return an entry of a programme by its id."""
    return next((one for one in programme.entries() if one.id == name), None)


def asked_with(given: OpenDraft, text_id: str) -> str | None:
    """Return the question that a text belongs to, or could ask; None: it can ask nothing."""
    name = text_id.partition("/")[0]
    part = part_of(given.document, name)
    return name if part is not None and "text" in part else None


def _free_id(given: OpenDraft) -> str:
    while True:
        found = f"ask-{secrets.token_hex(3)}"
        if part_of(given.document, found) is None:
            return found


def _drawn_answer(prefix: str, number: int, answer: Mapping[str, Any]) -> Fields:
    return {
        f"{prefix}-of": str(number),
        f"{prefix}-if": drawn_condition(answer.get("if")),
        **drawn_reply(prefix, answer.get("reply", {})),
        **drawn_actions(prefix, answer.get("do", [])),
    }


def _options(given: OpenDraft, fields: Fields, ask: Json) -> Written:
    found: Json = {}
    wrong: dict[str, str] = {}
    for digit in DIGITS:
        names = {one: f"option-{digit}-{one}" for one in given.programme.languages}
        words = {one: words_in(fields.get(name, "")) for one, name in names.items()}
        code, field = fields.get(f"option-{digit}-code", ""), f"option-{digit}-code"
        if not code and not any(words.values()):
            continue
        if not NAME.fullmatch(code):
            wrong[field] = "programmes_option_code"
        elif code in {one["code"] for one in found.values()}:
            wrong[field] = "programmes_option_twice"
        wrong |= dict(long_words({names[one]: each for one, each in words.items()}))
        old = ask.get("options", {}).get(digit, {})
        kept = {key: one for key, one in old.items() if key not in names}
        found[digit] = {**kept, "code": code, **{one: each for one, each in words.items() if each}}
    if not found:
        wrong["option-1-code"] = "programmes_option_none"
    return Written({"options": found}, wrong)


def _range(fields: Fields, ask: Json, kind: str) -> Written:
    if kind not in {Expect.NUMBER, Expect.DATE}:
        return Written({}, {})
    found: Json = {}
    wrong = {}
    for key in ("from", "to"):
        told = fields.get(key, "")
        # A name of a value of the country stays one.
        value = ask.get(key) if told == str(ask.get(key)) else _whole(told, _FARTHEST)
        if value is None:
            wrong[key] = "programmes_range_wrong"
        found[key] = value
    return Written(found, wrong)


def _days(fields: Fields) -> Written:
    close, remind = fields.get("close_days", ""), words_in(fields.get("remind_days", ""))
    days = [_whole(one, _MOST_DAYS) or 0 for one in remind]
    wrong = {}
    if close and not (_whole(close, _MOST_DAYS) or 0) > 0:
        wrong["close_days"] = "programmes_days_wrong"
    if days != sorted(set(days)) or not all(one > 0 for one in days):
        wrong["remind_days"] = "programmes_remind_wrong"
    return Written({"close_days": _whole(close, _MOST_DAYS), "remind_days": days or None}, wrong)


def _whole(told: str, most: int) -> int | None:
    size = plain_number(told.removeprefix("-").removeprefix("+"), most)
    return -size if size and told.startswith("-") else size


def _answers(given: OpenDraft, name: str, fields: Fields, members: Json) -> Written:
    old = (part_of(given.document, name) or {}).get("ask", {}).get("answers", [])
    choices = by_do(choices_of(given.document))
    found: list[Json] = []
    wrong: dict[str, str] = {}
    for row in rows_of(fields, "answer"):
        prefix = f"answer-{row}"
        if not any(one.startswith(f"{prefix}-") for one in fields) or f"{prefix}-gone" in fields:
            continue
        was = at_place(old, place_of(fields, prefix)) or {}
        one = _answer(given, fields, prefix, was, choices)
        condition = one.value.get("if")
        if not _leads_somewhere(condition, members):
            wrong[f"{prefix}-if"] = "programmes_if_unknown"
        wrong |= one.wrong
        found.append(_with_evidence(given, name, place_of(fields, prefix), one.value))
    return Written(sorted(found, key=lambda one: not one.get("if")), wrong)


def _answer(
    given: OpenDraft, fields: Fields, prefix: str, old: Json, choices: Mapping[str, Choice]
) -> Written:
    number = fields.get("kind") == Expect.NUMBER
    condition = written_condition(fields.get(f"{prefix}-if", ""), number=number, old=old.get("if"))
    wrong = {f"{prefix}-if": "programmes_if_wrong"} if condition is None else {}
    languages = list(given.programme.languages)
    reply = written_reply(fields, prefix, languages, old.get("reply"))
    actions = written_actions(fields, prefix, choices)
    made = dict(old)
    for key, value in (("if", condition), ("reply", reply), ("do", actions.value)):
        made.pop(key, None)
        if value or (key in old and value == old[key]):
            made[key] = value
    return Written(made, wrong | dict(actions.wrong))


def _leads_somewhere(condition: Any, members: Json) -> bool:  # noqa: ANN401 — JSON
    """Tell whether a choice has the codes of a condition; of others the linter tells."""
    options = members.get("options")
    if not options or not isinstance(condition, list):
        return True
    return set(condition) <= {one["code"] for one in options.values()}


def _with_evidence(given: OpenDraft, name: str, place: int, answer: Json) -> Json:
    """Return an answer whose reply tells its evidence, as places in the list may change."""
    entry = entry_of(given.programme, name)
    if entry is None or "reply" not in answer:
        return answer
    branch = at_place(entry.ask.branches if entry.ask else (), place)
    near = (branch.reply if branch else None) or entry.text
    return {**answer, "reply": with_evidence_of(answer["reply"], near)}
