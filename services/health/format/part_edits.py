"""Changes of a programme's questions, keywords and cohorts by differences; pure.

Each returns the differences anew, with what differs from the base alone, as `overlay_edits` does
for texts.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from services.health.format.entries import Text
from services.health.format.overlay_changes import ASK, PHASE, merged, part_of
from services.health.format.overlay_edits import added_of, with_text, without_empty, words_of
from services.health.format.text_slots import Json

_COHORT = "cohort/"
_BY_NUMBER = {"answers": "answer/", "replies": ""}


def with_members(overlay: Json, base: Json, name: str, members: Json) -> Json:
    """Return differences with other members of a question, word or phase; null: it has none.

    Members of `ask` are given one by one. Texts in a list whose other members stay are replaced by
    their ids, so that the base's mends of the rest go on reaching them.
    """
    made = deepcopy(overlay)
    added = part_of(added_of(made), name)
    if added is not None:
        told = merged(added, members)
        added.clear()
        added.update(told)
        return without_empty(made)
    was = part_of(base, name) or {}
    for holder, each, old in _levels(made, name, members, was):
        for key, value in each.items():
            if key in _BY_NUMBER and key not in holder and _alike(value, old.get(key), key):
                made = _with_texts(made, base, f"{name}/{_BY_NUMBER[key]}", value or [])
            else:
                _note(holder, key, value, old)
                _forget_texts(made, name, key)
    return without_empty(made)


def with_question(overlay: Json, entry: Json) -> Json:
    """Return differences with one question more, for an answer or a word to ask."""
    return _with_more(overlay, "questions", entry)


def with_word(overlay: Json, word: Json) -> Json:
    """Return differences with one keyword more."""
    return _with_more(overlay, "words", word)


def with_cohort(overlay: Json, code: str) -> Json:
    """Return differences with one cohort more, or with one that they took away."""
    made = deepcopy(overlay)
    if f"{_COHORT}{code}" in made.get("remove", []):
        made["remove"].remove(f"{_COHORT}{code}")
        return without_empty(made)
    return _with_more(overlay, "cohorts", code)


def without_cohort(overlay: Json, code: str) -> Json:
    """Return differences without a cohort; texts for it alone go with it."""
    made = deepcopy(overlay)
    own = made.get("add", {}).get("cohorts", [])
    if code in own:
        own.remove(code)
    else:
        made.setdefault("remove", []).append(f"{_COHORT}{code}")
    for members in made.get("change", {}).values():
        left = [one for one in members.get("cohorts", []) if one != code]
        members["cohorts"] = left
        if not left:
            del members["cohorts"]
    return without_empty(made)


def with_join(overlay: Json, base: Json, words: Mapping[str, Sequence[str]]) -> Json:
    """Return differences with other words that enrol."""
    made = deepcopy(overlay)
    own = made.setdefault("set", {})
    own.pop("join", None)
    told = {language: list(each) for language, each in words.items() if each}
    if told != base.get("join", {}):
        own["join"] = told
    return without_empty(made)


def phase_name(phase: str) -> str:
    """Return the name of a phase among parts."""
    return f"{PHASE}{phase}"


def evidence_members(text: Text) -> Json:
    """Return the evidence of a text as a document has it beside the text; empty: it has none."""
    one = text.evidence
    told: Json = {
        "bct": None if one.techniques is None else list(one.techniques),
        "source": None if one.sources is None else list(one.sources),
        "action": one.action,
        "needs_clinic": one.needs_clinic,
    }
    return {key: value for key, value in told.items() if value is not None}


def _levels(
    made: Json, name: str, members: Json, was: Json
) -> list[tuple[Json, Mapping[str, Any], Json]]:
    """Return where differences note members, the members, and what the base has of them."""
    own = made.setdefault("change", {}).setdefault(name, {})
    plain = {key: value for key, value in members.items() if key != ASK}
    found: list[tuple[Json, Mapping[str, Any], Json]] = [(own, plain, was)]
    if ASK in members:
        found.append((own.setdefault(ASK, {}), members[ASK], was.get(ASK, {})))
    return found


def _note(holder: Json, key: str, value: Any, was: Json) -> None:  # noqa: ANN401 — JSON
    holder.pop(key, None)
    if value != was.get(key):
        holder[key] = value


def _with_texts(overlay: Json, base: Json, prefix: str, values: Sequence[Json]) -> Json:
    for number, one in enumerate(values, 1):
        text = one if prefix.count("/") == 1 else one.get("reply")
        if text is not None:
            overlay = with_text(overlay, base, f"{prefix}{number}", words_of(text))
    return overlay


def _forget_texts(made: Json, name: str, key: str) -> None:
    """Take texts by number out of `replace`: the list that has them is given as a whole."""
    if key in _BY_NUMBER:
        prefix = f"{name}/{_BY_NUMBER[key]}"
        own = made.get("replace", {})
        for text_id in [one for one in own if one.startswith(prefix) and one[-1].isdecimal()]:
            del own[text_id]


def _alike(value: Any, was: Any, key: str) -> bool:  # noqa: ANN401 — JSON
    """Tell whether two lists differ in the words of their texts alone."""
    return _wordless(value, key) == _wordless(was, key)


def _wordless(value: Any, key: str) -> list[Json]:  # noqa: ANN401 — JSON
    each = value if isinstance(value, list) else []
    if key == "replies":
        return [{}] * len(each)
    return [{**one, "reply": None} if "reply" in one else one for one in each]


def _with_more(overlay: Json, key: str, value: Any) -> Json:  # noqa: ANN401 — JSON
    made = deepcopy(overlay)
    made.setdefault("add", {}).setdefault(key, []).append(value)
    return made
