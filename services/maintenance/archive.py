"""The file of a backup: a tar of a manifest and the parts, encrypted or not."""

import io
import json
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from chain.keys import KEY_FILES, key_folder
from services.core.errors import NotABackup, NotInPlace
from services.maintenance.sealing import is_sealed, unseal
from services.storage.database import DATA_KEY

FORMAT = {"format": "bilum-backup", "version": 1}
SIGNER_KEYS = KEY_FILES
KEYS = (DATA_KEY, *SIGNER_KEYS)
MANIFEST, CHAIN, SQLITE, POSTGRES = "manifest.json", "chain.db", "bilum.db", "bilum.pgdump"
# The dump of PostgreSQL is compressed already, and higher levels cost more than they save.
_LEVEL = 1


class BackupManifest(NamedTuple):
    """Account of a backup of itself; older ones tell less.

    Attributes:
        revision: schema of the database.
        made: when it was begun, in UTC.
        rows: how many rows each table had.
    """

    revision: str | None
    made: datetime | None = None
    rows: Mapping[str, int] | None = None


class OpenedBackup(NamedTuple):
    """Parts of a backup in a folder, by their names."""

    folder: Path
    names: list[str]
    manifest: BackupManifest


def key_file(data_dir: Path, name: str) -> Path:
    """Return where a key of the program lies, or would."""
    return (key_folder(data_dir) if name in SIGNER_KEYS else data_dir) / name


def pack(whole: Path, parts: Iterable[Path], manifest: BackupManifest) -> None:
    """Write the file of a backup, not encrypted."""
    told = manifest._asdict() | {"made": manifest.made and manifest.made.isoformat()}
    with tarfile.open(whole, "w:gz", compresslevel=_LEVEL) as tar:
        content = json.dumps({**FORMAT, **told}).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
        for part in parts:
            tar.add(part, part.name)


def open_backup(source: Path, identity: Path | None, folder: Path) -> OpenedBackup:
    """Decrypt and unpack a backup into a folder.

    `identity`: file with the private key that an encrypted one opens by.

    Raises:
        BackupSealed: it is encrypted, and the key is missing or another.
        NotABackup: the file is something else.
        NotInPlace: the folder's disk is full.
    """
    try:
        if not is_sealed(source):
            return _unpack(source, folder)
        opened = folder / "opened"
        unseal(source, opened, identity)
        try:
            return _unpack(opened, folder)
        finally:
            opened.unlink()
    except OSError as error:
        raise NotInPlace(
            f"{source.name} cannot be opened in {folder.parent}: {error.strerror}. It is opened in "
            "TMPDIR: name a folder there whose disk has room for the backup and all that is in it"
        ) from error


def _unpack(source: Path, folder: Path) -> OpenedBackup:
    # By hand: Debian 12's Python 3.11.2 has no `extractall(filter=...)`, and only files whose
    # names are known may come out.
    known = {MANIFEST, CHAIN, SQLITE, POSTGRES, *KEYS}
    try:
        with tarfile.open(source, "r:gz") as tar:
            parts = tar.getmembers()
            for part in parts:
                content = tar.extractfile(part) if part.name in known else None
                if content is None:
                    raise NotABackup(f"{source.name} is not a backup that this version reads")
                with content, (folder / part.name).open("wb") as target:
                    shutil.copyfileobj(content, target)
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(told, dict) or not FORMAT.items() <= told.items():
            raise NotABackup(f"{source.name} is not a backup that this version reads")
        manifest = _read_manifest(told)
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, TypeError) as error:
        if isinstance(error, OSError) and error.errno:
            # Of the disk, not of the file, which is told without a number.
            raise
        raise NotABackup(f"{source.name} is not a backup of bilum") from error
    return OpenedBackup(folder, [one.name for one in parts if one.name != MANIFEST], manifest)


def _read_manifest(told: Mapping[str, Any]) -> BackupManifest:
    made, rows = told.get("made"), told.get("rows")
    return BackupManifest(
        told.get("revision"),
        None if made is None else datetime.fromisoformat(made),
        None if rows is None else {str(table): int(count) for table, count in rows.items()},
    )
