"""The way of one call through the project: which files it enters, and how often it comes back."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

ROOT = Path(__file__).parents[2]
LIBRARIES = "/site-packages/"
PACKAGES = tuple(f"{ROOT / name}/" for name in ("chain", "gateway", "services", "sms"))


@dataclass
class CallPath:
    """Files of the project in the order of their first call; module-level code does not count.

    Attributes:
        files: relative to the project's root, each once.
        transitions: calls from one file into another.
        returns: transitions into a file that was entered before.
        lines: one for each transition, indented by the depth of calls: `file: function`.
        entered: the file of each transition.
        callers: files that call another file of the project; the others are tools, as a library is.
            Where a library calls back, as SQLAlchemy calls a column type, the file that called the
            library does not hand the call on: its reader need not look there.
    """

    files: list[str] = field(default_factory=list)
    transitions: int = 0
    returns: int = 0
    lines: list[str] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)
    callers: set[str] = field(default_factory=set)

    @property
    def without_tools(self) -> tuple[int, int]:
        """Number of files that hand the call on, and of returns into one of them."""
        inner = [file for file in self.entered if file in self.callers]
        return len(set(inner)), len(inner) - len(set(inner))

    def __str__(self) -> str:
        head = (
            f"{len(self.files)} files, {self.transitions} transitions, {self.returns} returns; "
            "{} files and {} returns without tools".format(*self.without_tools)
        )
        return "\n".join((head, *self.lines))


def trace_path(call: Callable[[], object]) -> CallPath:
    """Run `call` in this thread and return the way that it takes; its result is dropped."""
    profiler = _Profiler()
    earlier = sys.getprofile()
    sys.setprofile(profiler)
    try:
        call()
    finally:
        sys.setprofile(earlier)
    return profiler.path


class _Profiler:
    """Profile function of `sys.setprofile`; keeps the stack of the project's own frames."""

    def __init__(self) -> None:
        self.path = CallPath()
        self._stack: list[tuple[FrameType, str]] = []
        self._importing: FrameType | None = None

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self._enter(frame)
        elif event == "return":
            if self._importing is frame:
                self._importing = None
            elif self._stack and self._stack[-1][0] is frame:
                self._stack.pop()

    def _enter(self, frame: FrameType) -> None:
        code = frame.f_code
        if self._importing is not None:
            return
        if code.co_name == "<module>":
            # Class bodies and decorators of a module that is imported late run below its frame.
            self._importing = frame
        elif code.co_filename.startswith(PACKAGES):
            file = str(Path(code.co_filename).relative_to(ROOT))
            if not self._stack or self._stack[-1][1] != file:
                self._cross(file, frame)
            self._stack.append((frame, file))

    def _cross(self, file: str, frame: FrameType) -> None:
        path = self.path
        path.transitions += 1
        path.entered.append(file)
        if self._stack and _is_direct(frame):
            path.callers.add(self._stack[-1][1])
        if file in path.files:
            path.returns += 1
        else:
            path.files.append(file)
        depth = len({name for _, name in self._stack})
        path.lines.append(f"{'  ' * depth}{file}: {frame.f_code.co_qualname}")


def _is_direct(frame: FrameType) -> bool:
    """Tell whether the project called it: itself, or by the standard library, as `with` does."""
    back = frame.f_back
    while back is not None and not back.f_code.co_filename.startswith(PACKAGES):
        if LIBRARIES in back.f_code.co_filename:
            return False
        back = back.f_back
    return True
