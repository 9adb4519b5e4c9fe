"""A machine without Bilum: a folder with the verifier, and files that an auditor brought along."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


class OtherMachine:
    """Has the package `chain` and nothing else of Bilum: no settings, no database, no server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "chain", folder / "chain")

    def run(self, command: str) -> tuple[int, str]:
        """Run a command as a page tells it, where the files are; its status and what it said."""
        python, *arguments = command.split()
        assert python == "python"
        ran = subprocess.run(
            [sys.executable, "-B", *arguments],
            cwd=self.folder,
            env={},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr

    def verify(self, file: Path, *known: str) -> tuple[int, str]:
        """Verify a file that is there, with what the auditor knows of the ledger."""
        return self.run(" ".join(("python -m chain verify", file.name, *known)))


def changed(file: Path) -> Path:
    """Write a file beside another, of which one byte is different: a day of its record."""
    text = file.read_text("ascii")
    assert "2026-11-25" in text
    other = file.with_name(f"changed-{file.name}")
    other.write_text(text.replace("2026-11-25", "2026-11-24", 1), "ascii")
    return other
