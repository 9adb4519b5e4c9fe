"""The example programmes shipped with Bilum, for a ministry to adapt."""

from __future__ import annotations

from pathlib import Path

from services.health.errors import UnknownProgramme

LIBRARY = Path(__file__).parents[1] / "library"


def shipped() -> list[str]:
    """Return the codes of the shipped programmes."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


def shipped_text(code: str) -> str:
    """Return the file of a shipped programme.

    Raises:
        UnknownProgramme: no programme with this code is shipped.
    """
    path = LIBRARY / f"{code}.yaml"
    if code not in shipped():
        known = ", ".join(shipped())
        raise UnknownProgramme(f"No programme {code} is shipped; there are {known}")
    return path.read_text(encoding="utf-8")
