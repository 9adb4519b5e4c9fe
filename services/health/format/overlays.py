"""A programme given as differences from a base, and the whole that they make; pure.

The whole is a document as any other, linted and approved as such. Under `extends` it keeps the
base's name and digest, the differences, and the digest of each text or part of the base that they
replace or change, so that its own digest covers all of them.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from hashlib import sha256
from typing import Any, NamedTuple

from chain.canonical import canonical_bytes
from services.health.errors import BadProgramme, Fault
from services.health.format.documents import Node, Source
from services.health.format.overlay_changes import change, part_of
from services.health.format.overlay_moves import move
from services.health.format.overlay_removals import keep_messages, remove, safety
from services.health.format.text_slots import Json, slots_of
from services.texts.catalogue import HELP

EXTENDS = "extends"
DIFFERENCES = "differences"
REPLACED = "replaced"
"""Of the base's texts and parts that are others here: digest by language, by id."""
CHANGED = "change/"
"""What the ids of parts begin with there; a text's have none."""

_PARTS = ("set", "replace", "move", "change", "keep", "remove", "add")
_SET = (
    "code",
    "title",
    "languages",
    "nameless",
    "join",
    "example",
    "pause_days",
    "ceiling",
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
    replaced |= _changed(document, source.document.get("change"))
    _check_country(document, root)
    acts = (_set, _replace, move, change, keep_messages, remove, _add)
    for part, apply in zip(_PARTS, acts, strict=True):
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


def _changed(document: Json, given: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401 — JSON
    """Return the digest of each part of a base that is changed: the same for each language."""
    parts = {name: part_of(document, name) for name in (given if isinstance(given, dict) else {})}
    digests = {
        f"{CHANGED}{name}": sha256(canonical_bytes({"part": part})).hexdigest()
        for name, part in parts.items()
        if part is not None
    }
    languages = document.get("languages", {})
    return {name: dict.fromkeys(languages, digest) for name, digest in digests.items()}


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
    safe = safety(document)
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
