"""Every error class of the program, from the errors modules of its packages."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType

from tests.support.paths import PACKAGES, ROOT, python_files


def _error_modules() -> Iterator[ModuleType]:
    for path in python_files(*PACKAGES):
        if path.name == "errors.py":
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield importlib.import_module(".".join(parts))


def error_classes() -> Iterator[type[Exception]]:
    for module in _error_modules():
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, Exception) and found.__module__ == module.__name__:
                yield found
