"""Files with keys in them."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write a private file that is whole or absent, whatever happens meanwhile."""
    unfinished = path.with_name(path.name + ".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 — opened with its mode
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
