"""Docstrings begin in plain words, and classes say of what they tell."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support.paths import PACKAGES, ROOT, python_files

FILES = python_files(*PACKAGES, "bench", "deploy", "docs")

# Each says nothing of what it is about: `Place` of a trace, of a passport, or of DHIS2?
BARE = {"Told", "Asked", "Known", "Place", "Standing", "Turn", "Claim", "Heard", "Said"}

# A first word of these begins a relative clause, or hides who acts.
UNCLEAR = re.compile(
    r"what|whatever|who|whoever|whose|whom|which|whether|where|wherever|when|how|why|that|those"
    r"|it|he|she|they|such|as|if|nothing|nobody|somebody|anybody|everybody|none|no|so|not|only|even"
    r"|once|till|until|there|then|here"
)
# A function does something: it begins with a verb, not with a noun phrase or a participle.
ARTICLES = re.compile(
    r"the|a|an|this|these|each|every|all|both|either|our|its|their|another|other|some|any"
    r"|in|on|of|at|by|for|from|with|to"
)
PARTICIPLE = re.compile(r"\w+(?:s|ed|ing)")
VERBS = re.compile(
    r"pass|bypass|process|press|compress|suppress|express|address|access|assess|discuss|guess|miss"
    r"|dismiss|cross|focus|bring|ping|ring|string|feed|need|embed|seed|proceed|succeed|exceed|shed"
)


def documented(tree):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield node, text.splitlines()[0]


def is_function(node):
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    names = [ast.unparse(decorator) for decorator in node.decorator_list]
    return not any("property" in name or ".group" in name for name in names)


def fault_of(node, line):
    """Tell why a first line is not plain; None: it is."""
    found = re.match(r"[`'\"]*([\w-]+)", line)
    word = found[1].lower() if found else ""
    if UNCLEAR.fullmatch(word):
        return f"begins with `{word}`"
    if not is_function(node):
        return None
    if ARTICLES.fullmatch(word) or line.startswith("`"):
        return "does not begin with a verb"
    if PARTICIPLE.fullmatch(word) and not VERBS.fullmatch(word):
        return f"`{word}` is no imperative"
    return None


@pytest.mark.slow
@pytest.mark.parametrize("folder", [*PACKAGES, "bench", "deploy", "docs"])
def test_first_line__of_every_docstring__is_plain(folder):
    faults = [
        f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}: {line} ({fault})"
        for path in FILES
        if path.is_relative_to(ROOT / folder)
        for node, line in documented(ast.parse(path.read_text("utf-8")))
        if (fault := fault_of(node, line))
    ]
    assert faults == []


@pytest.mark.slow
def test_class_names__of_every_package__say_of_what():
    bare = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.lstrip("_") in BARE
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("source", "is_plain"),
    [
        ('def send():\n    """Queue the reply."""', True),
        ('def send():\n    """What the box brings."""', False),
        ('def send():\n    """The reply that is queued."""', False),
        ('def send():\n    """Queues the reply."""', False),
        ('def send():\n    """Queued replies are sent."""', False),
        ('def send():\n    """Pass the reply on."""', True),
        (
            'class Box:\n    @property\n    def name(self):\n        """The name of the box."""',
            True,
        ),
        ('class Box:\n    """A box of a village."""', True),
        ('class Box:\n    """Who brings texts."""', False),
        ('"""Whoever rings."""', False),
        ('"""Outbox rows of course messages."""', True),
    ],
)
def test_fault_of__a_first_line__is_found(source, is_plain):
    found = [fault_of(node, line) for node, line in documented(ast.parse(source))]
    assert (found == [None]) is is_plain
