"""Programs of the machine: run to their end, or beside the lab for as long as it is there."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_END_SECONDS = 20


def run(*command: str, check: bool = True, seconds: float = 60) -> str:
    """Run a program; return what it printed.

    Raises:
        RuntimeError: it ended with an error, what it said is in it; or it did not end.
    """
    try:
        done = subprocess.run(  # noqa: S603 — our own
            command, capture_output=True, text=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{' '.join(command)}: no end within {seconds:.0f} s") from error
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def begin(log: Path, *command: str) -> subprocess.Popen[bytes]:
    """Start a program, which ends with the lab, by whatever that is killed.

    Args:
        log: file for what it prints, after what is there.
        command: the program, and its arguments.

    Raises:
        RuntimeError: it is not installed.
    """
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} is not installed: docs/three-machines.md names packages")
    bound = ("setpriv", "--pdeathsig", "KILL", "--", *command)
    with log.open("ab") as file:
        return subprocess.Popen(  # noqa: S603 — our own
            bound, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """Tell a program to end, and wait until it does."""
    process.terminate()
    await_end(process)


def await_end(process: subprocess.Popen[bytes]) -> None:
    """Wait until a program ends that was told to, and kill it where it does not."""
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_END_SECONDS)
