"""A restore into a data folder, step by step: one that was killed is known, and goes on.

A note lies in the folder from the first step to the last. While it is there, no other command
opens the installation, so that nothing half is taken for whole.
"""

from pathlib import Path

from services.core.errors import NotEmpty, RestoreUnfinished
from services.core.settings import Settings
from services.maintenance import whole_files

_NOTE = "restore.unfinished"


def require_finished(settings: Settings) -> None:
    """Refuse to open an installation into which a restore did not end.

    Raises:
        RestoreUnfinished: run it again.
    """
    if _note(settings.data_dir).exists():
        raise RestoreUnfinished(
            f"A restore into {settings.data_dir} did not end: run the same `bilum restore` again"
        )


def is_unfinished(folder: Path, digest: str) -> bool:
    """Return whether a restore of the backup of that digest began here and did not end.

    Raises:
        NotEmpty: one of another backup did.
    """
    try:
        begun = _note(folder).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    if begun != digest:
        raise NotEmpty(
            f"A restore of another backup into {folder} did not end: run that one again, or move "
            "away what is there and empty the database"
        )
    return True


def begin_restore(folder: Path, digest: str) -> None:
    """Note that a restore of the backup of that digest begins."""
    whole_files.write(_note(folder), digest)


def end_restore(folder: Path) -> None:
    """Note that everything is in its place."""
    _note(folder).unlink()
    whole_files.flush(folder)


def _note(folder: Path) -> Path:
    return folder / _NOTE
