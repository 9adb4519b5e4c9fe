"""Declared variables, and a reader of them that collects every fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from services.core.setting_forms import Form

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Variable(Generic[T_co]):
    """Declaration of one environment variable, the only one.

    Attributes:
        name: with its prefix.
        form: of its text.
        help: one sentence for `.env.example`.
        default: the text that holds when the variable is absent; empty: nothing.
        secret: never shown; best given as `NAME_FILE`.
    """

    name: str
    form: Form[T_co]
    help: str
    default: str = ""
    secret: bool = False


class SettingReader:
    """Reader of an environment; any variable may come as `NAME_FILE`, the path of its file.

    Attributes:
        faults: a sentence for each setting that is wrong.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def __call__(self, variable: Variable[T]) -> T:
        """Read a variable; a wrong one is a fault, and reads as its default."""
        name, form = variable.name, variable.form
        given = self._environ.get(name) or self._from_file(name) or ""
        try:
            return form.parse(given.strip() or variable.default)
        except ValueError:
            self.faults.append(f"{name} must be {form.name}")
            return form.parse(variable.default)

    def refuse_former(self, former: Mapping[str, str]) -> None:
        """Name what is set under a name that means nothing any more, and what to write instead."""
        self.faults += [
            f"{name} is no setting any more: {instead}"
            for name, instead in former.items()
            if self._environ.get(name)
        ]

    def _from_file(self, name: str) -> str | None:
        path = self._environ.get(f"{name}_FILE")
        if not path:
            return None
        try:
            return Path(path).read_text(encoding="utf-8")
        except OSError as error:
            self.faults.append(f"{name}_FILE cannot be read: {error.strerror}")
            return None
