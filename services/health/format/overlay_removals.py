"""Removal of parts of a base by differences, and the parts that must stay; pure."""

from services.health.format.documents import Node
from services.health.format.evidence import bare_name
from services.health.format.safe_answers import tells
from services.health.format.text_slots import Json, entries_of, slots_of


def safety(document: Json) -> set[str]:
    """Return what may be replaced but not removed: dangers, events, consent, leaving, alerts."""
    flags = {flag["code"] for flag in document.get("red_flags", [])}
    entries = {
        entry["id"]
        for entry in entries_of(document)
        if entry.get("ask", {}).get("consent") or tells(entry.get("ask", {}))
    }
    words = {word["code"] for word in document.get("words", []) if tells(word)}
    of_events = (event.get("messages", []) for event in document.get("events", {}).values())
    cared = {message["id"] for messages in of_events for message in messages}
    return flags | entries | words | cared | {"stop", "event", "welcome"}


def keep_messages(document: Json, node: Node) -> None:
    """Leave of some phases only the messages that are named."""
    if node.missing or not node.is_object("a mapping of messages by phase"):
        return
    before, safe = names_of(document), safety(document)
    phases = {phase["id"]: phase for phase in document.get("phases", [])}
    for name, one in node.items():
        if name in phases:
            _keep_of(phases[name], one, safe)
        else:
            one.fault(f"the base has no phase {name}")
    forget_evidence(document, before)


def _keep_of(phase: Json, node: Node, safe: set[str]) -> None:
    there = {message["id"]: message for message in phase.get("messages", [])}
    kept = {one.value: one for one in node.each() if isinstance(one.value, str)}
    for message, one in kept.items():
        if message not in there:
            one.fault(f"the base has no message {message} in this phase")
    for message in sorted((there.keys() & safe) - kept.keys()):
        node.fault(f"{message} is for safety: keep it")
    phase["messages"] = [one for message, one in there.items() if message in kept]


def remove(document: Json, node: Node) -> None:
    """Take away messages, questions, words, phases and cohorts that are named."""
    before = names_of(document)
    _remove_each(document, node)
    forget_evidence(document, before)


def forget_evidence(document: Json, before: set[str]) -> None:
    """Take names of what is gone out of the groups of evidence."""
    gone = before - names_of(document)
    for group in document.get("evidence", []):
        group["of"] = [name for name in group["of"] if bare_name(name) not in gone]
    if "evidence" in document:
        document["evidence"] = [group for group in document["evidence"] if group["of"]]


def names_of(document: Json) -> set[str]:
    """Return the names that groups of evidence may have."""
    phases = {f"phase/{phase['id']}" for phase in document.get("phases", [])}
    words = {word["code"] for word in document.get("words", [])}
    return {*slots_of(document), *words, *phases}


def _remove_each(document: Json, node: Node) -> None:
    safe, slots = safety(document), slots_of(document)
    for one in node.each():
        name = one.value if isinstance(one.value, str) else ""
        kind, _, rest = name.partition("/")
        if kind in safe:
            one.fault(f"{name} is for safety: it may be replaced, and not removed")
        elif kind == "phase" and rest:
            _remove_phase(document, rest, safe, one)
        elif kind == "cohort" and rest:
            _remove_cohort(document, rest, one)
        elif name not in slots and not _named(document.get("words", []), "code", name):
            one.fault(f"the base has no {name or 'such id'}")
        elif not _drop(document, name):
            one.fault(f"{name} is part of another: replace it, or remove the whole")


def _drop(document: Json, name: str) -> bool:
    lists = [document.get(key, []) for key in ("intake", "questions", "words")]
    lists += [phase.get("messages", []) for phase in document.get("phases", [])]
    for values in lists:
        for one in _named(values, "id", name) + _named(values, "code", name):
            values.remove(one)
            return True
    return bool(name == "invitation" and document.pop(name, None))


def _named(values: list[Json], key: str, name: str) -> list[Json]:
    return [one for one in values if one.get(key) == name]


def _remove_phase(document: Json, name: str, safe: set[str], node: Node) -> None:
    phases = document.get("phases", [])
    for phase in _named(phases, "id", name):
        held = sorted({one["id"] for one in phase.get("messages", [])} & safe)
        if held:
            node.fault(f"the phase has {held[0]}, which is for safety")
        phases.remove(phase)
        return
    node.fault(f"the base has no phase {name}")


def _remove_cohort(document: Json, name: str, node: Node) -> None:
    if name not in document.get("cohorts", []):
        node.fault(f"the base has no cohort {name}")
        return
    document["cohorts"].remove(name)
    for phase in document["phases"]:
        phase["messages"] = [one for one in phase["messages"] if not _only(one, name)]
    document["phases"] = [one for one in document["phases"] if not _only(one, name)]


def _only(value: Json, cohort: str) -> bool:
    """Take a cohort away from what is for several; tell whether it is for no other."""
    cohorts = value.get("cohorts", [])
    if cohort in cohorts and len(cohorts) > 1:
        cohorts.remove(cohort)
    return bool(cohorts == [cohort])
