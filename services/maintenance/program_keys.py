"""Keys of the program: where this installation has each, and what is missing.

A backup has them under the names of the files of the data folder, wherever they came from.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chain.keys import KEY_FILES
from services.core.errors import NotInPlace
from services.core.settings import Settings
from services.maintenance.archive import KEYS, key_file
from services.storage.database import DATA_KEY


class ProgramKey(NamedTuple):
    """Key of the program.

    Attributes:
        name: in a backup.
        where: the variable that gives it; None: a file of the data folder.
        content: None: it is not there.
    """

    name: str
    where: str | None
    content: bytes | None


def needed_keys(settings: Settings) -> Iterator[ProgramKey]:
    """Yield the keys that an installation needs, those that settings give as well."""
    chain, (keystore, password) = settings.chain, KEY_FILES
    ring = settings.data_key
    yield (
        ProgramKey(DATA_KEY, "BILUM_DATA_KEY", ring.text().encode())
        if ring
        else _of_folder(settings, DATA_KEY)
    )
    if chain.url is None and chain.keystore is None:
        if chain.embedded.exists():
            yield from (_of_folder(settings, name) for name in KEY_FILES)
        return
    sealed = _read(chain.keystore) if chain.keystore else None
    opens = chain.keystore_password
    yield ProgramKey(keystore, "BILUM_SIGNER_KEYSTORE", sealed)
    yield ProgramKey(password, "BILUM_SIGNER_PASSWORD", opens.encode() if opens else None)


def copy_keys(settings: Settings, folder: Path) -> list[Path]:
    """Write the keys of an installation into a folder, under their names in a backup.

    Raises:
        NotInPlace: one that it needs cannot be read here.
    """
    keys = list(needed_keys(settings))
    missing = [key.where or key.name for key in keys if key.content is None]
    if missing:
        raise NotInPlace(
            f"Not every key can be put into the backup, for it is not here: {', '.join(missing)}. "
            "Run it where the worker's settings and the data folder are, or leave --with-keys out "
            "and keep copies of the keys apart"
        )
    for key in keys:
        (folder / key.name).touch(mode=0o600)
        (folder / key.name).write_bytes(key.content or b"")
    return [folder / key.name for key in keys]


def missing_keys(settings: Settings) -> list[str]:
    """Return the key files that `settings` need and the data folder lacks, as named in it."""
    missing = [key.name for key in needed_keys(settings) if not key.where and key.content is None]
    files = [key_file(settings.data_dir, name) for name in missing]
    return [str(file.relative_to(settings.data_dir)) for file in files]


def present_keys(settings: Settings) -> dict[str, ProgramKey]:
    """Return the keys that are here, by their names: those of settings before those of files."""
    files = {name: _of_folder(settings, name) for name in KEYS}
    found = files | {key.name: key for key in needed_keys(settings) if key.content is not None}
    return {name: key for name, key in found.items() if key.content is not None}


def _of_folder(settings: Settings, name: str) -> ProgramKey:
    return ProgramKey(name, None, _read(key_file(settings.data_dir, name)))


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
