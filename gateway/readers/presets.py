"""Columns of readers' session files, from `presets.toml` beside this file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gateway.readers.moments import DateOrder

TAG, VISUAL, DATE, TIME, MOMENT, KILOGRAMS, NOTE = FIELDS = (
    "tag", "visual", "date", "time", "moment", "kilograms", "note",
)  # fmt: skip
ANY = "csv"


@dataclass(frozen=True, slots=True)
class Preset:
    """Layout of one sort of session file.

    Attributes:
        title: readers and programs that write it.
        names: names of columns, as `fold` writes them, and the field that each is.
        columns: fields of a file without names, in order; empty: not one of ours.
        date_order: of all its dates; None: it has to be found out.
    """

    title: str
    names: Mapping[str, str]
    columns: tuple[str, ...] = ()
    date_order: DateOrder | None = None


def fold(name: str) -> str:
    """Write the name of a column so that it is compared: letters and figures alone."""
    return re.sub(r"[\W_]+", "", name.casefold())


@cache
def presets() -> Mapping[str, Preset]:
    """Return all presets by name; `csv` knows the names of all columns of all others."""
    text = files("gateway.readers").joinpath("presets.toml").read_text(encoding="utf-8")
    found = {name: _preset(told) for name, told in tomllib.loads(text).items()}
    names: dict[str, str] = {}
    for preset in found.values():
        for name, field in preset.names.items():
            names.setdefault(name, field)
    return {ANY: Preset("Any file whose columns have names, or whose first is the tag", names)} | (
        found
    )


def _preset(told: Mapping[str, Any]) -> Preset:
    order = told.get("date_order")
    return Preset(
        told["title"],
        {fold(name): field for field in FIELDS for name in told.get(field, ())},
        tuple(told.get("columns", ())),
        DateOrder(order) if order else None,
    )
