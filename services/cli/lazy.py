"""Groups of commands that load when they are called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import click


class Lazy(click.Group):
    """A group that imports a command when it is called, not to list it.

    `where` has the line of help by `module:command` of this package. A command that cannot have its
    own name in its module ends in `_group` there.
    """

    def __init__(self, *, where: Mapping[str, str], **settings: Any) -> None:  # noqa: ANN401 — click's
        super().__init__(**settings)
        places = {place.partition(":")[2].removesuffix("_group"): place for place in where}
        self.where = {name: (place, where[place]) for name, place in places.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """Return the names, in the order they were given in."""
        return [*self.commands, *self.where]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None where there is none of the name."""
        if cmd_name not in self.where:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.where[cmd_name][0].partition(":")
        command: click.Command = getattr(_load(f"services.cli.{module}".rstrip(".")), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its line of help, without importing it."""
        listed = [click.Command(name, help=line) for name, (_, line) in self.where.items()]
        every = {**self.commands, **{command.name or "": command for command in listed}}
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, every[name].get_short_help_str(width)) for name in names])


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
