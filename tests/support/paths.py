"""Where things lie in the project."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("chain", "sms", "gateway", "services")
SHARED_DATA = ROOT.parent / "shared" / "data"

_NOT_OURS = {"node_modules", "__pycache__", "build", "secrets"}


def project_files() -> list[Path]:
    """Every file that belongs to the project, leaving out what tools make."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if _ours(name)]
        found += [Path(folder, name) for name in names if not name.endswith((".pyc", ".db"))]
    return sorted(found)


def python_files(*folders: str) -> list[Path]:
    """The Python files below the named folders of the root."""
    wanted = tuple(ROOT / folder for folder in folders)
    return [
        path
        for path in project_files()
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in wanted)
    ]


def _ours(folder: str) -> bool:
    if folder == ".ci":
        return True
    return not (folder.startswith(".") or folder.endswith(".egg-info") or folder in _NOT_OURS)
