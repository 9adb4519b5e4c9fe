"""The command, run in this process against a folder of its own."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

import pytest

from services.cli import main


@dataclass
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def bilum(migrated_folder, tmp_path, monkeypatch, capsys):
    """Run `bilum` with arguments; the data folder is fresh, with the schema in place."""
    shutil.copytree(migrated_folder, tmp_path / "data")
    for name, value in {
        "BILUM_DATA_DIR": str(tmp_path / "data"),
        "BILUM_TWILIO_AUTH_TOKEN": "for-tests",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["bilum", *map(str, arguments)])
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return Ended(status, *capsys.readouterr())

    return run


@pytest.fixture
def imported(bilum, tmp_path):
    """Import movements and record them; return the data folder."""

    def take(rows: str):
        path = tmp_path / "rows.csv"
        path.write_text(rows)
        assert bilum("import", "movements", path).status == 0
        return tmp_path / "data"

    return take
