"""Encryption of backups to the public keys of those who may restore them.

The format is age (https://age-encryption.org/v1), so a backup opens without this program too:
`age --decrypt --identity KEYFILE FILE`. The machine that makes backups cannot read them.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pyrage

from services.core.errors import BackupSealed, NoRecipient

_HEADER = b"age-encryption.org/v1\n"
_BY_SYSTEM = re.compile(r"\(os error (\d+)\)")


def make_identity(target: Path) -> str:
    """Write a new private key to a file that its owner alone reads; return the public key.

    Raises:
        FileExistsError: there is such a file already.
    """
    identity = pyrage.x25519.Identity.generate()
    target.touch(mode=0o600, exist_ok=False)
    target.write_text(f"{identity}\n", encoding="ascii")
    return str(identity.to_public())


def seal(source: Path, target: Path, recipients: Sequence[str]) -> None:
    """Encrypt a file to public keys (age1…).

    Raises:
        NoRecipient: there is none, or one is no such key.
        OSError: a file cannot be read or written.
    """
    if not recipients:
        raise NoRecipient(
            "A backup is encrypted: name a public key by --to or BILUM_BACKUP_RECIPIENTS; "
            "`bilum db backup-key FILE` makes a pair. --plain writes it for everybody to read"
        )
    try:
        keys = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    except pyrage.RecipientError as error:
        raise NoRecipient("A recipient is no public key of age: it begins with age1") from error
    try:
        pyrage.encrypt_file(str(source), str(target), keys)
    except pyrage.EncryptError as error:
        raise (_by_system(error) or OSError(None, str(error))) from error


def is_sealed(source: Path) -> bool:
    """Tell whether a file is encrypted."""
    with source.open("rb") as stream:
        return stream.read(len(_HEADER)) == _HEADER


def unseal(source: Path, target: Path, identity: Path | None) -> None:
    """Decrypt a file by the private key in another.

    Raises:
        BackupSealed: no key is given, it is none, or the file is not for it or was changed.
        OSError: a file cannot be read or written.
    """
    if identity is None:
        raise BackupSealed(f"{source.name} is encrypted: give the key file by --identity")
    lines = identity.read_text(encoding="utf-8", errors="replace").split()
    try:
        key = pyrage.x25519.Identity.from_str(next(x for x in lines if x.startswith("AGE-")))
        pyrage.decrypt_file(str(source), str(target), [key])
    except (StopIteration, pyrage.IdentityError) as error:
        raise BackupSealed(f"{identity.name} holds no private key of age") from error
    except (pyrage.DecryptError, OSError) as error:
        # A changed block is told as an OSError, too, but without a number of the system.
        if fault := _by_system(error):
            raise fault from error
        raise BackupSealed(
            f"{source.name} does not open by {identity.name}: it is for another key, or changed"
        ) from error


def _by_system(error: Exception) -> OSError | None:
    """Return what the system said, which pyrage tells in the text alone; None: it said nothing."""
    found = _BY_SYSTEM.search(str(error))
    return OSError(int(found[1]), os.strerror(int(found[1]))) if found else None
