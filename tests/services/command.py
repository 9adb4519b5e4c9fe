"""The command, run in this process against a folder of its own."""

from __future__ import annotations

import filecmp
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from services.cli import main
from tests.support.copies import copy_folder

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.fixture(scope="session")
def kept_folders() -> dict[str, Path]:
    """Data folders by the movements that were imported into them, to copy."""
    return {}


@pytest.fixture
def imported(bilum, kept_folders, migrated_file, tmp_path, tmp_path_factory):
    """Import movements and record them, the same once in a process; return the data folder."""
    data = tmp_path / "data"

    def take(rows: str):
        path = tmp_path / "rows.csv"
        path.write_text(rows)
        fresh = filecmp.cmp(data / "bilum.db", migrated_file, shallow=False)
        if fresh and rows in kept_folders:
            shutil.rmtree(data)
            return copy_folder(kept_folders[rows], data)
        assert bilum("import", "movements", path).status == 0
        if fresh:
            kept = tmp_path_factory.mktemp("imported") / "data"
            kept_folders[rows] = shutil.copytree(data, kept)
        return data

    return take
