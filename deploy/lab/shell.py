"""Programs of the machine, run to their end."""

from __future__ import annotations

import subprocess


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
