"""A programme given as differences from a base, and the whole that they make; pure.

The whole is a document as any other, linted and approved as such. Under `extends` it keeps the
base's name and digest, the differences, and the digest of each text of the base that they replace,
so that its own digest covers all of them.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from hashlib import sha256
from typing import Any, NamedTuple

from chain.canonical import canonical_bytes
from services.health.errors import BadProgramme, Fault
from services.health.format.documents import Node, Source
from services.health.format.text_slots import Json, entries_of, slots_of
from services.texts.catalogue import HELP

EXTENDS = "extends"
DIFFERENCES = "differences"
REPLACED = "replaced"
"""Of the base's texts: digest by language, by id."""

_PARTS = ("set", "replace", "keep", "remove", "add")
_SET = (
    "code",
    "title",
    "languages",
    "nameless",
    "join",
    "example",
    "pause_days",
    "country",
    "sources",
)
_MERGED = ("country", "sources")
_ADD = ("phases", "messages", "questions", "words", "cohorts")


class Base(NamedTuple):
    """A programme that others extend: its name, the digest of its document, and the document."""

    name: str
    digest: bytes
    document: Mapping[str, Any]


BaseFinder = Callable[[str], Base]


def no_base(name: str) -> Base:
    """Refuse every base."""
    raise BadProgramme([Fault(EXTENDS, f"{name} cannot be found here")])


def is_overlay(document: Mapping[str, Any]) -> bool:
    """Tell whether a document is differences from a base, not made a whole yet."""
    return isinstance(document.get(EXTENDS), str)


def whole_of(source: Source, find: BaseFinder) -> Json:
    """Return the whole document; of one that extends nothing, itself.

    Raises:
        BadProgramme: every fault of the differences, with its line.
    """
    if not is_overlay(source.document):
        return source.document
    faults: list[Fault] = []
    root = Node(source.document, "", faults)
    root.members(EXTENDS, *_PARTS)
    base = _found(source, find)
    document = deepcopy(dict(base.document))
    document.pop(EXTENDS, None)
    replaced = _replaced(document, source.document.get("replace"))
    _check_country(document, root)
    for part, apply in zip(_PARTS, (_set, _replace, _keep, _remove, _add), strict=True):
        apply(document, root.get(part))
    if faults:
        raise BadProgramme([one._replace(line=source.lines.get(one.where)) for one in faults])
    kept = {key: value for key, value in source.document.items() if key != EXTENDS}
    document[EXTENDS] = {
        "base": base.name,
        "digest": base.digest.hex(),
        DIFFERENCES: kept,
        REPLACED: replaced,
    }
    return document


def _replaced(document: Json, replace: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401 — JSON
    """Return the digest of each text of a base that is replaced, by id and language."""
    slots = slots_of(document)
    named = replace if isinstance(replace, dict) else {}
    return {
        text_id: {language: _digest(slots[text_id].text, language) for language in texts}
        for text_id, texts in named.items()
        if text_id in slots and isinstance(texts, dict)
    }


def _digest(text: Mapping[str, Any], language: str) -> str:
    words = [text.get(language), text.get("discreet", {}).get(language)]
    return sha256(canonical_bytes({"text": words})).hexdigest()


def _found(source: Source, find: BaseFinder) -> Base:
    try:
        return find(source.document[EXTENDS])
    except BadProgramme as error:
        line = source.lines.get(EXTENDS)
        raise BadProgramme([one._replace(line=line) for one in error.faults]) from error


def _check_country(document: Json, root: Node) -> None:
    """Refuse values of a country that neither the base names nor a text of the differences."""
    country = document.get("country", {})
    texts = str([root.get(part).value for part in ("replace", "add")])
    for name, one in root.get("set").get("country").items():
        if name not in country and f"{{{name}}}" not in texts:
            one.fault(f"{name} is no value of the base's country: {', '.join(sorted(country))}")


def _set(document: Json, node: Node) -> None:
    if node.missing:
        return
    node.members(*_SET)
    for key, one in node.items():
        if key not in _MERGED:
            document[key] = deepcopy(one.value)
    for part in _MERGED:
        for name, one in node.get(part).items():
            document[part] = {**document.get(part, {}), name: one.value}


def _replace(document: Json, node: Node) -> None:
    node.is_object("a mapping of texts by id")
    slots = slots_of(document)
    safe = _safety(document)
    for text_id, one in node.items():
        if text_id not in slots:
            one.fault(f"the base has no text {text_id}")
            continue
        shared = one.get("discreet")
        if not one.is_object("a mapping by language"):
            continue
        if not (shared.missing or shared.is_object("a mapping by language")):
            continue
        old = slots[text_id].text
        lost = _lost(old, one.value) if text_id.partition("/")[0] in safe else set()
        if lost:
            one.fault(f"a text of safety keeps its numbers to call: {', '.join(sorted(lost))}")
        _exchange(old, one.value)


def _exchange(old: Json, new: Mapping[str, Any]) -> None:
    """Put the languages of a text in the place of those that it had."""
    discreet = {**old.get("discreet", {}), **new.get("discreet", {})}
    old |= deepcopy(dict(new)) | ({"discreet": discreet} if discreet else {})


def _lost(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    names = [f"{{{name}}}" for name in HELP]
    return {
        name
        for language, text in new.items()
        for name in names
        if name in str(old.get(language, "")) and name not in str(text)
    }


def _safety(document: Json) -> set[str]:
    """Return what may be replaced but not removed: dangers, events, consent, leaving, alerts."""
    flags = {flag["code"] for flag in document.get("red_flags", [])}
    entries = {
        entry["id"]
        for entry in entries_of(document)
        if entry.get("ask", {}).get("consent") or _tells(entry.get("ask", {}))
    }
    words = {word["code"] for word in document.get("words", []) if _tells(word)}
    of_events = (event.get("messages", []) for event in document.get("events", {}).values())
    cared = {message["id"] for messages in of_events for message in messages}
    return flags | entries | words | cared | {"stop", "event", "welcome"}


def _tells(value: Any) -> bool:  # noqa: ANN401 — JSON
    """Tell whether an action in a part of a document notifies a clinician or tells of an event."""
    if isinstance(value, dict):
        return bool({"alert", "event"} & value.keys()) or any(map(_tells, value.values()))
    return isinstance(value, list) and any(map(_tells, value))


def _keep(document: Json, node: Node) -> None:
    """Leave of some phases only the messages that are named."""
    if node.missing or not node.is_object("a mapping of messages by phase"):
        return
    before, safe = _names(document), _safety(document)
    phases = {phase["id"]: phase for phase in document.get("phases", [])}
    for name, one in node.items():
        if name in phases:
            _keep_of(phases[name], one, safe)
        else:
            one.fault(f"the base has no phase {name}")
    _forget_evidence(document, before)


def _keep_of(phase: Json, node: Node, safe: set[str]) -> None:
    there = {message["id"]: message for message in phase.get("messages", [])}
    kept = {one.value: one for one in node.each() if isinstance(one.value, str)}
    for message, one in kept.items():
        if message not in there:
            one.fault(f"the base has no message {message} in this phase")
    for message in sorted((there.keys() & safe) - kept.keys()):
        node.fault(f"{message} is for safety: keep it")
    phase["messages"] = [one for message, one in there.items() if message in kept]


def _remove(document: Json, node: Node) -> None:
    before = _names(document)
    _remove_each(document, node)
    _forget_evidence(document, before)


def _forget_evidence(document: Json, before: set[str]) -> None:
    """Take names of what is gone out of the groups of evidence."""
    gone = before - _names(document)
    for group in document.get("evidence", []):
        group["of"] = [name for name in group["of"] if name not in gone]
    if "evidence" in document:
        document["evidence"] = [group for group in document["evidence"] if group["of"]]


def _names(document: Json) -> set[str]:
    """Return the names that groups of evidence may have."""
    phases = {f"phase/{phase['id']}" for phase in document.get("phases", [])}
    words = {word["code"] for word in document.get("words", [])}
    return {*slots_of(document), *words, *phases}


def _remove_each(document: Json, node: Node) -> None:
    safe, slots = _safety(document), slots_of(document)
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


def _add(document: Json, node: Node) -> None:
    if node.missing:
        return
    node.members(*_ADD)
    there = {*slots_of(document), *(word["code"] for word in document.get("words", []))}
    phases = {phase["id"]: phase for phase in document.get("phases", [])}
    for key in ("phases", "questions", "words", "cohorts"):
        for one in node.get(key).each():
            _refuse_known(one, there | phases.keys())
            document.setdefault(key, []).append(deepcopy(one.value))
    for name, messages in node.get("messages").items():
        if name not in phases:
            messages.fault(f"the base has no phase {name}")
            continue
        for one in messages.each():
            _refuse_known(one, there)
            phases[name]["messages"].append(deepcopy(one.value))


def _refuse_known(node: Node, there: set[str]) -> None:
    named = node.value if isinstance(node.value, dict) else {}
    name = named.get("id", named.get("code"))
    if name in there:
        node.fault(f"the base has {name} already: replace it")
