"""The country of country.py, founded once and copied where it can be."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.services.conftest import KINDS, OpenDatabase, opened
from tests.services.livestock.country import Country

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def founded_file(migrated_file, tmp_path_factory) -> Path:
    """An SQLite file with the country, to copy."""
    path = tmp_path_factory.mktemp("country") / "bilum.db"
    shutil.copy(migrated_file, path)
    with opened(f"sqlite:///{path}") as database:
        Country(database).found()
    return path


@pytest.fixture(params=KINDS)
def land(
    request: pytest.FixtureRequest, founded_file: Path, open_database: OpenDatabase, tmp_path: Path
) -> Iterator[Country]:
    """The country in a database of each kind."""
    if request.param == "postgresql":
        yield Country(open_database(request.param)).found()
        return
    path = shutil.copy(founded_file, tmp_path / "country.db")
    with opened(f"sqlite:///{path}") as database:
        yield Country(database)
