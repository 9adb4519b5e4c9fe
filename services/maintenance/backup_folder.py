"""A folder of backups: named by time and installation, thinned with age, copied to a second place.

Beside each lies `NAME.sha256`, as `sha256sum --check` reads it. A file without it was not made
here, and is never removed; nor is one of another installation, which may share the folder, or one
of an earlier version, whose name tells no installation.
"""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from services.core.errors import BackupGoesOn, NotABackup, NotEmpty, NotInPlace
from services.maintenance import whole_files
from services.maintenance.scratch import locked_folder

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"bilum-(\d{8}T\d{6}Z)(?:-([0-9a-f]{12}))?\.tar\.gz(?:\.age)?")
_DIGEST = ".sha256"


class Retention(NamedTuple):
    """Counts of days, weeks and months of which the newest backup is kept."""

    daily: int = 7
    weekly: int = 5
    monthly: int = 12


class BackupName(NamedTuple):
    """Time and installation in the name of a backup; `of` None: of an earlier version."""

    at: datetime
    of: str | None


def backup_name(now: datetime, of: str, *, sealed: bool) -> str:
    """Return the name of a backup of an installation that begins now."""
    return f"bilum-{now.astimezone(UTC):{_STAMP}}-{of}.tar.gz{'.age' if sealed else ''}"


def read_name(name: str) -> BackupName | None:
    """Return what a backup's name tells; None: it is another name."""
    found = _NAME.fullmatch(name)
    try:
        return (
            BackupName(datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC), found[2])
            if found
            else None
        )
    except ValueError:
        return None


def fill(folder: Path, name: str, make: Callable[[Path, Callable[[Path], None]], None]) -> Path:
    """Add a backup to a folder, where one program does at a time.

    `make` writes it, and calls what it is handed with the whole file before it has its name.

    Raises:
        BackupGoesOn: another program writes one here.
        NotEmpty: there is one of this second.
        NotInPlace: there is no such folder.
    """
    target = folder / name
    try:
        with _alone_in(folder, name):
            if target.exists():
                raise NotEmpty(f"{target} is there already: wait a second")
            make(target, lambda whole: _note(target, whole_files.digest_of(whole)))
    except OSError as error:
        raise NotInPlace(f"{folder} cannot be written: {error.strerror}") from error
    return target


def copy_backup(file: Path, folder: Path) -> Path:
    """Copy a backup to a second folder; read it there, and compare it with its digest.

    Raises:
        BackupGoesOn: another program writes there.
        NotInPlace: it cannot be written, or is another there. The first one stays.
    """
    target, wanted = folder / file.name, noted_digest(file) or ""
    try:
        with _alone_in(folder, file.name):
            _copy(file, target, wanted)
    except OSError as error:
        raise NotInPlace(f"The copy {target} cannot be written: {error.strerror}") from error
    return target


def _copy(file: Path, target: Path, wanted: str) -> None:
    if target.exists():
        raise NotInPlace(f"The copy {target} is there already, of another installation?")
    staged = whole_files.staged_name(target)
    try:
        whole_files.copy(file, staged)
        _require_same(staged, wanted)
        _note(target, wanted)
        whole_files.move(staged, target)
    except (NotInPlace, OSError):
        for half in (staged, _beside(target)):
            with suppress(OSError):
                half.unlink(missing_ok=True)
        raise


def _require_same(copy: Path, wanted: str) -> None:
    if whole_files.digest_on_disk(copy) != wanted:
        raise NotInPlace(f"The copy {copy} is not what was made: look after that disk")


def noted_digest(file: Path) -> str | None:
    """Return the digest that is noted beside a backup; None: there is none."""
    try:
        digest, _, name = _beside(file).read_text(encoding="utf-8").strip().partition("  ")
    except OSError:
        return None
    return digest if name == file.name else None


def newest(folder: Path, of: str | None) -> Path:
    """Return the newest backup of a folder that an installation made; `of` None: that any made.

    Where it made none yet, take one whose name tells no installation.

    Raises:
        NotABackup: the folder holds none.
    """
    made = _made_here(folder)
    found = [one for one in made if of in {None, one.of}] or [one for one in made if not one.of]
    if not found:
        raise NotABackup(f"{folder} holds no backup that `bilum backup --into` of this one made")
    return made[max(found, key=lambda one: one.at)]


def count_unnamed(folder: Path) -> int:
    """Count the backups of an earlier version, whose names tell no installation."""
    return sum(one.of is None for one in _made_here(folder))


def thin(folder: Path, keep: Retention, always: Path) -> list[str]:
    """Remove the backups that need not be kept, and return their names.

    `always` is kept; those of another installation stay.

    Raises:
        NotInPlace: one cannot be removed.
    """
    own = read_name(always.name)
    made = {one.at: path for one, path in _made_here(folder).items() if own and one.of == own.of}
    wanted = kept(made, keep)
    gone = [
        path for at, path in sorted(made.items()) if at not in wanted and path.name != always.name
    ]
    try:
        for path in gone:
            path.unlink()
            _beside(path).unlink()
    except OSError as error:
        raise NotInPlace(f"{error.filename} cannot be removed: {error.strerror}") from error
    return [path.name for path in gone]


def kept(times: Collection[datetime], keep: Retention) -> set[datetime]:
    """Return the times to keep: the newest of each of the last days, weeks, months with any.

    The newest of all is always among them.
    """
    found = {max(times)} if times else set()
    for count, period in (
        (keep.daily, "%Y-%m-%d"),
        (keep.weekly, "%G-%V"),
        (keep.monthly, "%Y-%m"),
    ):
        newest_of: dict[str, datetime] = {}
        for time in sorted(times):
            newest_of[time.strftime(period)] = time
        found.update(sorted(newest_of.values(), reverse=True)[:count])
    return found


@contextmanager
def _alone_in(folder: Path, backup: str) -> Iterator[None]:
    """Be the one program that writes backups here, and remove what a killed one left of its.

    What another installation left stays: where a file system knows no locks, it may go on.
    """
    own = read_name(backup)
    with locked_folder(folder, BackupGoesOn(f"Another backup into {folder} goes on")):
        for file in folder.iterdir():
            name = file.name.removeprefix(".").removesuffix(".new")
            whole = name.removesuffix(_DIGEST)
            half = name != file.name or not file.with_name(whole).exists()
            found = read_name(whole)
            if half and found and own and found.of == own.of:
                file.unlink()
        yield


def _made_here(folder: Path) -> dict[BackupName, Path]:
    """Return the backups of a folder that this program made, for whatever installation."""
    return {
        told: file
        for file in folder.iterdir()
        if (told := read_name(file.name)) is not None and file.is_file() and not file.is_symlink()
        if noted_digest(file) is not None
    }


def _note(file: Path, digest: str) -> None:
    whole_files.write(_beside(file), f"{digest}  {file.name}\n")


def _beside(file: Path) -> Path:
    return file.with_name(file.name + _DIGEST)
