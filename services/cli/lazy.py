"""Groups of commands that load when they are called."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType


class Lazy(click.Group):
    """A group that imports commands when they are asked for, beside those it has.

    Args:
        where: `module:name` in this package, by the command's name.
        settings: click's own.
    """

    def __init__(self, *, where: Mapping[str, str], **settings: Any) -> None:  # noqa: ANN401 — click's
        super().__init__(**settings)
        self._where = where

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """Return the names, in the order they were given in."""
        return [*self.commands, *self._where]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None where there is none of the name."""
        if cmd_name not in self._where:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._where[cmd_name].partition(":")
        command: click.Command = getattr(_load(f"services.cli.{module}"), name)
        return command


def _load(name: str) -> ModuleType:
    """Import a module, and never look for garbage in it: that is a fifth of a short command."""
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()
