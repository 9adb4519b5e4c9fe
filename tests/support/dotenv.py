"""Writes `.env.example` from the settings: `python -m tests.support.dotenv > .env.example`."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from typing import Any

from services.core.setting_forms import Variable
from services.core.variables import VARIABLES

_HEAD = """\
# Settings of Bilum. Each line shows a variable and what holds when it is absent.
# Any variable may come as NAME_FILE instead, the path of a file that holds the value; do so
# with secrets. A value with spaces or other special characters stands in '…', so that systemd and
# a shell read the same.
"""
# What a shell takes as it is; the ~ of a folder is for it or for Bilum.
_PLAIN = re.compile(r"[\w./:,@%+~-]*", re.ASCII)


def render() -> str:
    """The whole file."""
    return "\n".join([_HEAD, *map(_entry, VARIABLES)])


def _entry(variable: Variable[Any]) -> str:
    note = " Secret." if variable.secret else ""
    lines = textwrap.wrap(variable.help + note, 96, break_on_hyphens=False, break_long_words=False)
    value = variable.default
    shown = value if _PLAIN.fullmatch(value) else shlex.quote(value)
    return "".join(f"# {line}\n" for line in lines) + f"# {variable.name}={shown}\n"


if __name__ == "__main__":
    sys.stdout.write(render())
