"""Where the program says a sentence, read out of its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from services.health.danger.danger_lexicon import dangers
from services.health.versions.bases import LIBRARY
from tests.support.error_classes import error_classes
from tests.support.paths import PACKAGES, ROOT, python_files

# By the name of a function: the place of the code among its arguments, and the values that the
# function adds.
_SAYING: dict[str, tuple[int, set[str]]] = {
    "say": (0, set()),
    "say_count": (0, {"count"}),
    "texts": (0, set()),
    "template": (0, set()),
    "confirm": (1, {"day", "receipt", "look", "why"}),
}


@dataclass(frozen=True)
class Source:
    """What the program says.

    Attributes:
        spoken: each code that a call says, with the names of its values; see `_said`.
        counted: the codes that are said with a count.
        constants: what stands in the program, and on its pages, as a literal.
        patterns: what its f-strings can make.
    """

    spoken: list[tuple[str, set[str] | None]]
    counted: set[str]
    constants: set[object]
    patterns: set[re.Pattern[str]]

    def says(self, code: str) -> bool:
        """Whether a code stands in the program, or is put together there from parts that do."""
        code = _WANTED.sub(r"\1", code)
        if code in self.constants or code.isdecimal():
            return True
        made = (pattern.fullmatch(code) for pattern in self.patterns)
        return any(all(map(self.says, match.groups())) for match in made if match)


# An error may end its sentence with the kind of number that it wanted.
_WANTED = re.compile(r"(error\..+)\.(?:animal|premises)")


@cache
def read_source() -> Source:
    """Read the whole program, once and not at collection: every process collects."""
    nodes = [
        node
        for path in python_files(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return Source(
        [said for call in calls for said in _said(call)],
        {
            code
            for call in calls
            if ast.unparse(call.func) == "say_count"
            for code in _literals(call.args[0])
        },
        {node.value for node in nodes if isinstance(node, ast.Constant)}
        | set(dangers())
        | _alerts()
        | _on_pages()
        # An error takes its code from its class: no literal of it stands anywhere.
        | {str(vars(found).get("code", "")) for found in error_classes()},
        {
            pattern
            for node in nodes
            if isinstance(node, ast.JoinedStr)
            if (pattern := _pattern(node))
        }
        # A template joins a beginning and a code: "outcome_" ~ one.
        | {re.compile(rf"{one}(.+)") for one in _of_the_console() if one.endswith("_")},
    )


def _alerts() -> set[str]:
    """Codes of alerts of the courses that come with the program."""
    courses = (one.read_text("utf-8") for one in LIBRARY.glob("*.yaml"))
    return {code for course in courses for code in re.findall(r"\balert: (\w+)", course)}


def _of_the_console() -> set[str]:
    return {
        f"console.{code}"
        for path in (ROOT / "services" / "console" / "templates").rglob("*.html")
        for called in re.findall(r"\bt(?:_if)?\((.*?)[,)]", path.read_text("utf-8"))
        for code in re.findall(r"[\"'](\w+)[\"']", called)
    }


def _on_pages() -> set[str]:
    labels = {
        f"label.{code}"
        for path in (ROOT / "services" / "passport" / "templates").iterdir()
        for line in path.read_text("utf-8").splitlines()
        for called in re.findall(r"\blab(?:el)?\((.*?)\) ?[}.]", line)
        for code in re.findall(r'"(\w+)"', called)
    }
    return (
        labels
        | _of_the_console()
        | {
            f"phone.{code}"
            for path in (ROOT / "services" / "simulator" / "files").glob("phone.[hj]*")
            for code in re.findall(r'"(\w+)"', path.read_text("utf-8"))
        }
    )


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _said(call: ast.Call) -> Iterator[tuple[str, set[str] | None]]:
    """The codes of a call, as far as they are literal, and the names of the values given.

    None: not all of the names can be seen.
    """
    called = ast.unparse(call.func)
    # `moment.say` is of the screens.
    name, prefix = ("say", "ussd.") if called == "moment.say" else (called, "")
    place, added = _SAYING.get(name, (0, set()))
    if name not in _SAYING or len(call.args) <= place:
        return
    given = {one.arg for one in call.keywords if one.arg} | added
    hidden = any(one.arg is None for one in call.keywords)
    for code in _literals(call.args[place]):
        yield prefix + code, None if hidden or name == "template" else given


def _pattern(node: ast.JoinedStr) -> re.Pattern[str] | None:
    """What an f-string can make, if any part of it is a word."""
    texts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
    if not any(re.search("[a-z]{2}", str(text)) for text in texts if text):
        return None
    return re.compile("".join("(.+)" if text is None else re.escape(str(text)) for text in texts))
