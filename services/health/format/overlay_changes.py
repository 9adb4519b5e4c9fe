"""Members of a base's questions, words and phases that differences change; pure.

A member is given as a whole: what is left out stays as the base has it, and null takes it away. The
question of an entry is given member by member, too. What notifies a clinician, agrees to the course
or tells of an event stays: the same answers and words must go on doing it.
"""

from copy import deepcopy
from typing import Any

from services.health.format.documents import Node
from services.health.format.overlay_removals import forget_evidence, names_of, safety
from services.health.format.safe_answers import lost_words, weaker
from services.health.format.text_slots import Json, entries_of, slots_of

ASK, PHASE = "ask", "phase/"
OF_WORD = ("says", "hears", "alone", "replies", "do")
_OF_MESSAGE, _OF_PHASE = (ASK, "cohorts"), ("cohorts",)
_TEXTS = ("reminder", "again")


def part_of(document: Json, name: str) -> Json | None:
    """Return the entry, word or phase of a name: `month1`, `crave`, `phase/course`."""
    if name.startswith(PHASE):
        return _found(document.get("phases", []), "id", name.removeprefix(PHASE))
    if name == "stop":
        return document.get(name)
    word = _found(document.get("words", []), "code", name)
    return word or _found(list(entries_of(document)), "id", name)


def change(document: Json, node: Node) -> None:
    """Give parts of a base other members."""
    if node.missing or not node.is_object("a mapping by the id of a question, word or phase"):
        return
    before, safe = names_of(document), safety(document)
    for name, one in node.items():
        part = part_of(document, name)
        if part is None:
            one.fault(f"the base has no question, word or phase {name}")
        elif _is_change_of(name, part, one):
            old = deepcopy(part)
            _exchange(part, one.value)
            messages = {each["id"] for each in part.get("messages", [])}
            if safe & {name, *messages}:
                _require_as_safe(old, part, one)
    forget_evidence(document, before)


def merged(part: Json, members: Json) -> Json:
    """Return a part with other members."""
    made = deepcopy(part)
    _exchange(made, members)
    return made


def _found(parts: list[Json], key: str, name: str) -> Json | None:
    return next((one for one in parts if one.get(key) == name), None)


def _is_change_of(name: str, part: Json, node: Node) -> bool:
    if name.startswith(PHASE):
        return node.members(*_OF_PHASE)
    if "code" in part:
        return node.members(*OF_WORD) and _are_objects(node.get("replies"))
    ask = node.get(ASK)
    if not node.members(*(_OF_MESSAGE if "day" in part else (ASK,))):
        return False
    return ask.missing or (ask.is_object("members of a question") and _is_question(ask))


def _is_question(ask: Node) -> bool:
    """Tell whether the texts of a question are where they belong."""
    told = [each for each in map(ask.get, _TEXTS) if not (each.missing or each.value is None)]
    answers = ask.get("answers")
    if not _are_objects(answers) or not all(one.is_object("a text") for one in told):
        return False
    replies = [one.get("reply") for one in (answers.each() if answers.value else ())]
    return all(one.missing or one.is_object("a text") for one in replies)


def _are_objects(node: Node) -> bool:
    """Tell whether a list has objects alone; a missing or null one has none else."""
    if node.missing or node.value is None:
        return True
    objects = [one.is_object() for one in node.each()]
    return isinstance(node.value, list) and all(objects)


def _exchange(part: Json, members: Json) -> None:
    for key, value in members.items():
        if key == ASK:
            own = part.setdefault(ASK, {})
            _exchange(own, value)
        elif value is None:
            part.pop(key, None)
        else:
            part[key] = deepcopy(value)


def _require_as_safe(old: Json, new: Json, node: Node) -> None:
    """Refuse a change after which a part for safety does less than before."""
    told = weaker(old, new)
    if told:
        node.fault(f"it is for safety, and must go on: {', '.join(told)}")
    lost = lost_words(_texts(old), _texts(new))
    if lost:
        node.fault(f"a text of safety keeps its numbers to call: {', '.join(lost)}")


def _texts(part: Json) -> list[Any]:
    document = {"words": [part]} if "code" in part else {"questions": [{"id": "", **part}]}
    return [slot.text for slot in slots_of(document).values()]
