"""Rows of a form with a condition, a reply and what follows: of a question and of a keyword."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.console.numbers import plain_number
from services.console.programmes.part_actions import action_in, value_of
from services.console.programmes.part_fields import NAME, Fields, long_texts, rows_in
from services.health.format.entries import Text
from services.health.format.overlay_edits import words_of
from services.health.format.part_edits import evidence_members
from services.health.format.text_slots import Json

MOST_ROWS, MOST_ACTIONS = 40, 6
_MOST_ROWS = 999
_RANGE = re.compile("([0-9]{1,4})?(-)?([0-9]{1,4})?")


class Written(NamedTuple):
    """Members of a document that a form makes, and the code of a sentence for each wrong field."""

    value: Any
    wrong: Mapping[str, str]


def drawn_actions(prefix: str, actions: Sequence[Json]) -> Fields:
    """Return the fields of actions."""
    return {f"{prefix}-do-{number}": value_of(one) for number, one in enumerate(actions, 1)}


def written_actions(fields: Fields, prefix: str, known: Mapping[str, object]) -> Written:
    """Return the actions that were chosen."""
    named = {name: fields[name] for name in action_names(fields, prefix) if name in fields}
    wrong = {name: "programmes_do_wrong" for name, one in named.items() if one not in known}
    return Written([action_in(one) for one in named.values() if one in known], wrong)


def action_names(fields: Fields, prefix: str) -> list[str]:
    """Return the names of the fields of actions: those chosen, and one more."""
    used = [at for at in range(1, MOST_ACTIONS + 1) if f"{prefix}-do-{at}" in fields]
    last = max(used, default=0) + 1
    return [f"{prefix}-do-{at}" for at in range(1, min(last, MOST_ACTIONS) + 1)]


def drawn_reply(prefix: str, text: Mapping[str, Any]) -> Fields:
    """Return the fields of a reply: its words for a phone of one's own."""
    said = words_of(text).say
    return {f"{prefix}-say-{language}": str(one) for language, one in said.items()}


def written_reply(
    fields: Fields, prefix: str, languages: Sequence[str], old: Mapping[str, Any] | None
) -> Json | None:
    """Return a reply in the words that were typed; what the form does not show stays."""
    names = {language: f"{prefix}-say-{language}" for language in languages}
    said = {language: fields[name] for language, name in names.items() if name in fields}
    if not said:
        return None
    return {**{key: one for key, one in (old or {}).items() if key not in names}, **said}


def drawn_condition(given: Any) -> str:  # noqa: ANN401 — JSON
    """Write which answers a row is for: `daily, sometimes`, `7-10`, `7-`; empty: all others."""
    if isinstance(given, dict):
        least, most = given.get("from"), given.get("to")
        ends = ("" if one is None else str(one) for one in (least, most))
        return "-".join(ends)
    return ", ".join(given or ())


def written_condition(typed: str, *, number: bool, old: Any) -> Any:  # noqa: ANN401 — JSON
    """Return a condition as a document has it; None: what was typed is none."""
    if typed == drawn_condition(old):
        return old if old is not None else []
    if not number:
        codes = [one for one in re.split(r"[,;\s]+", typed) if one]
        return codes if all(map(NAME.fullmatch, codes)) else None
    found = _RANGE.fullmatch(re.sub(r"\s+", "", typed))
    if found is None or not (found[1] or found[3]):
        return [] if not typed else None
    least, most = (found[1], found[3]) if found[2] else (found[1], found[1])
    ends = {"from": least, "to": most}
    return {key: int(one) for key, one in ends.items() if one}


def place_of(fields: Fields, prefix: str) -> int:
    """Return which row of the draft a row was drawn from, from 1; 0: it is new."""
    return plain_number(fields.get(f"{prefix}-of", ""), _MOST_ROWS) or 0


def at_place(values: Sequence[Any], place: int) -> Any:  # noqa: ANN401 — of any list
    """Return what stands at a place of a list, from 1; None: nothing does."""
    return values[place - 1] if 0 < place <= len(values) else None


def with_evidence_of(value: Json, text: Text | None) -> Json:
    """Return a text of a document that tells its evidence itself."""
    return value if text is None or "evidence" in value else {**value, **_evidence(text)}


def _evidence(text: Text) -> Json:
    found = evidence_members(text)
    return {"evidence": found} if found else {}


def rows_of(fields: Fields, kind: str) -> list[int]:
    """Return the numbers of the rows with replies."""
    return rows_in(fields, kind, MOST_ROWS)


def wrong_replies(fields: Fields) -> dict[str, str]:
    """Return the code of a sentence for each text that is too long."""
    return long_texts({name: one for name, one in fields.items() if "-say-" in name})
