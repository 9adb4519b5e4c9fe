"""Evidence of texts: the technique of each, its source, and what it asks for; pure.

`evidence` of a part of the file holds for every text in it; what is nearer to a text wins, one
member at a time, so that a text that names another technique keeps its source.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from hashlib import sha256

from services.health.format.documents import Node

PRACTICE = "practice"
"""Source of a text that rests on practice or common sense alone."""

SOURCES, EVIDENCE = "sources", "evidence"
_GUIDELINE = ("title", "by", "year", "section", "url", "review")
_NEEDED = ("title", "by", "year", "review")
_TAGS = ("bct", "source", "action", "needs_clinic")
_OLDEST, _NEWEST = 1950, 2100
_URL = re.compile("https?://[!-~]{4,200}")
_BY_NAME = ("id", "code")
_BASE = "extends"
_MARKED, _DIGITS = "@", 6


@dataclass(frozen=True, slots=True)
class Guideline:
    """A document that texts rest on; `section`: the recommendation, or the part of it, by name.

    `review`: the day by which somebody looks whether it is still in force.
    """

    id: str
    title: str
    by: str
    year: int
    review: date
    section: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Technique and source of a text, and its action; None: not told.

    Attributes:
        techniques: numbers of the BCT Taxonomy v1; empty: it uses none, such as a question.
        sources: ids of guidelines, or PRACTICE.
        action: whether it asks the reader to do something.
        needs_clinic: whether that takes a clinic, so that who lives a day's walk away cannot.
    """

    techniques: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    action: bool | None = None
    needs_clinic: bool | None = None

    def under(self, outer: "Evidence") -> "Evidence":
        """Return it with what it does not tell taken from the part of the file around it."""
        if outer == NO_EVIDENCE:
            return self
        return Evidence(
            self.techniques if self.techniques is not None else outer.techniques,
            self.sources if self.sources is not None else outer.sources,
            self.action if self.action is not None else outer.action,
            self.needs_clinic if self.needs_clinic is not None else outer.needs_clinic,
        )

    def shares(self, other: "Evidence") -> list[str]:
        """Return the members that both tell."""
        both = (one.name for one in fields(self))
        return [
            name
            for name in both
            if getattr(self, name) is not None and getattr(other, name) is not None
        ]


NO_EVIDENCE = Evidence()


@dataclass(slots=True)
class _Scope:
    """The evidence that holds at a place, groups by the names of their members, names met."""

    groups: Mapping[str, Evidence]
    evidence: Evidence = NO_EVIDENCE
    met: set[str] = field(default_factory=set)
    marks: Mapping[str, list[tuple[str, Node]]] = field(default_factory=dict)


def read_guidelines(node: Node, day: Callable[[str], date]) -> tuple[Guideline, ...]:
    """Read the table of sources."""
    node.is_object("a mapping by id")
    return tuple(_guideline(key, one, day) for key, one in node.items())


def _guideline(key: str, node: Node, day: Callable[[str], date]) -> Guideline:
    node.members(*_GUIDELINE, needed=_NEEDED)
    named = Node(key, node.where, node.faults).name()
    if named == PRACTICE:
        node.fault(f"{PRACTICE} stands for no document: choose another id")
    url = node.get("url").text()
    if url and not _URL.fullmatch(url):
        node.get("url").fault("must be an address that begins with https://")
    for needed in ("title", "by"):
        if node.has(needed) and not node.get(needed).text().strip():
            node.get(needed).fault("must not be empty")
    return Guideline(
        id=named,
        title=node.get("title").text(),
        by=node.get("by").text(),
        year=node.get("year").whole(_OLDEST, _OLDEST, _NEWEST),
        review=node.get("review").parsed(day, date.min, "a day, such as 2028-01-31"),
        section=node.get("section").text(),
        url=url,
    )


def with_evidence(root: Node) -> Node:
    """Return a document whose texts inherit the evidence of the groups that name them."""
    groups: dict[str, Evidence] = {}
    marks: defaultdict[str, list[tuple[str, Node]]] = defaultdict(list)
    for one in root.get(EVIDENCE).each():
        if one.members("of", *_TAGS, needed=("of",)):
            told = _evidence(one)
            for name in one.get("of").each():
                _group(name, told, groups)
                bare, _, mark = name.text().partition(_MARKED)
                if mark and not root.has(_BASE):
                    marks[bare].append((mark, name))
    return Node(root.value, root.where, root.faults, _Scope(groups, marks=marks))


def _group(name: Node, told: Evidence, groups: dict[str, Evidence]) -> None:
    key = bare_name(name.text())
    before = groups.get(key, NO_EVIDENCE)
    for twice in before.shares(told):
        name.fault(f"{key} has its {twice} from another group already")
    groups[key] = told.under(before)


def scoped(node: Node, name: str | None = None) -> Node:
    """Return a part whose texts inherit its evidence, and that of a group with its id or code."""
    scope = node.scope
    if not isinstance(scope, _Scope):
        return node
    names = [name] if name else [node.value[key] for key in _BY_NAME if node.has(key)]
    told = scope.evidence
    for each in names:
        if isinstance(each, str) and each in scope.groups:
            scope.met.add(each)
            _check_marks(each, node, scope)
            told = scope.groups[each].under(told)
    own = node.get(EVIDENCE)
    if not own.missing and own.members(*_TAGS):
        told = _evidence(own).under(told)
    if told is scope.evidence:
        return node
    below = _Scope(scope.groups, told, scope.met, scope.marks)
    return Node(node.value, node.where, node.faults, below)


def bare_name(name: str) -> str:
    """Return the name of a group's member without its mark: `crave/2` of `crave/2@3fa9c1`."""
    return name.partition(_MARKED)[0]


def mark_of(text: Mapping[str, object]) -> str:
    """Return the mark of a text, which tells that a name by place still means it.

    It is of the first language alone, so that a mended translation keeps it.
    """
    said = next((one for one in text.values() if isinstance(one, str)), "")
    return sha256(said.encode()).hexdigest()[:_DIGITS]


def _check_marks(name: str, node: Node, scope: _Scope) -> None:
    """Refuse a name by place whose text is another one by now."""
    if name not in scope.marks or not isinstance(node.value, dict):
        return
    reply = node.get("reply")
    now = mark_of((node if reply.missing else reply).value)
    for mark, at in scope.marks.get(name, ()):
        if mark != now:
            at.fault(
                f"{name} is another text by now: if this evidence fits it, write "
                f"{name}{_MARKED}{now}; else find where its text has gone"
            )


def evidence_of(node: Node) -> Evidence:
    """Return the evidence that holds at a place."""
    return node.scope.evidence if isinstance(node.scope, _Scope) else NO_EVIDENCE


def refuse_unknown_names(root: Node) -> None:
    """Add a fault for each name of a group that nothing in the file has.

    A course made from the differences from a base keeps the base's groups, also of what it removed.
    """
    if root.has(_BASE):
        return
    met = root.scope.met if isinstance(root.scope, _Scope) else set()
    for one in root.get(EVIDENCE).each():
        for name in one.get("of").each():
            if isinstance(name.value, str) and bare_name(name.value) not in met:
                name.fault(f"{name.value}: no text, phase, word, event or red flag has this name")


def _evidence(node: Node) -> Evidence:
    return Evidence(
        _list_of(node.get("bct"), Node.text),
        _list_of(node.get("source"), Node.name),
        _flag(node.get("action")),
        _flag(node.get("needs_clinic")),
    )


def _list_of(node: Node, read: Callable[[Node], str]) -> tuple[str, ...] | None:
    if node.missing:
        return None
    each: Iterable[Node] = node.each() if isinstance(node.value, list) else (node,)
    return tuple(map(read, each))


def _flag(node: Node) -> bool | None:
    return None if node.missing else node.flag()
