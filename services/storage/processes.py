"""Names of processes, by which another process of the same machine sees that one is dead."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")
_ENDED = frozenset("ZX")
_UNKNOWN = "?"
_STARTED = 19
"""Place of a process's start among the fields of its `stat` that follow its name (proc(5))."""


def this_process() -> str:
    """Name this process, as no other is named on any machine at any time."""
    return f"{_machine()} {os.getpid()} {_start(os.getpid())}"


def is_dead(name: str) -> bool:
    """Return whether the process of that name is known to have ended.

    Of a process on another machine, or in another container, nothing is known.
    """
    machine, pid, start = name.rsplit(" ", 2)
    if not machine or machine != _machine():
        return False
    return _is_gone(int(pid)) or _start(int(pid)) not in {start, _UNKNOWN}


def _machine() -> str:
    """Name this boot of this machine, and the container in which processes have their numbers.

    Empty where the system does not tell.
    """
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _start(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; empty: it ended; ?: not known."""
    try:
        fields = (_PROC / f"{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return _UNKNOWN
    return "" if fields[0] in _ENDED else fields[_STARTED]
