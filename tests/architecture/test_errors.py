"""Error classes live in their package's errors.py, and docs/errors.md tells of each."""

from __future__ import annotations

import ast
import builtins
import inspect
import re

import pytest

from tests.support.error_classes import error_classes
from tests.support.paths import PACKAGES, ROOT, python_files

ROW = re.compile(r"^\| `([\w.]+)` \| `(\w+)` \| (yes|no) \| [^|]+ \| [^|]+ \|$", re.MULTILINE)
RETRY = {True: "yes", False: "no"}


def test_catalogue__every_error_class__has_a_row_that_is_true():
    rows = ROW.findall((ROOT / "docs" / "errors.md").read_text(encoding="utf-8"))
    classes = [(found.code, found.__name__, RETRY[found.retryable]) for found in error_classes()]
    assert sorted(rows) == sorted(classes)


def test_error_classes__all__have_a_code_of_their_own():
    codes = [found.code for found in error_classes()]
    assert len(codes) == len(set(codes))


@pytest.mark.slow
def test_error_classes__each_package__have_one_root():
    for package in PACKAGES:
        mine = {found for found in error_classes() if found.__module__.startswith(f"{package}.")}
        roots = {found.__name__ for found in mine if not mine.intersection(found.__mro__[1:])}
        assert len(roots) == 1, f"{package} has the roots {sorted(roots)}"


@pytest.mark.slow
def test_error_classes__outside_errors_modules__are_none():
    known = {name for name, value in vars(builtins).items() if inspect.isclass(value)}
    known = {name for name in known if issubclass(getattr(builtins, name), BaseException)}
    known |= {found.__name__ for found in error_classes()}
    strays = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in python_files(*PACKAGES)
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and known.intersection(map(_last_name, node.bases))
    ]
    assert strays == []


def _last_name(base: ast.expr) -> str:
    return ast.unparse(base).rpartition(".")[2]
