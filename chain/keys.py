"""Keys made here: the embedded chain's own, and keystores on request."""

import json
import secrets
from pathlib import Path
from typing import Final

from eth_account import Account

from chain.errors import NoSigner
from chain.files import write_private
from chain.signer import KeystoreSigner

KEY_FILES: Final = ("signer.json", "signer.password")
# The password is 256 random bits, so stretching it would add time and no strength.
_PBKDF2_ITERATIONS: Final = 1_000


def key_folder(folder: Path) -> Path:
    """Return the folder of the embedded chain's key: `signer` in the chain's, where that is.

    A unit of systemd hides a folder before anything is in it, and a file only if it is there
    already, until another one takes its name. An older installation's key stays beside the chain.
    """
    apart = folder / "signer"
    if not apart.is_dir():
        return folder
    keystore, _ = KEY_FILES
    beside = (folder / keystore).exists() and not (apart / keystore).exists()
    return folder if beside else apart


def own_signer(folder: Path, *, make: bool) -> KeystoreSigner:
    """Open `signer.json` with `signer.password`.

    Args:
        folder: of the chain.
        make: whether to make both where there is none. Only a chain that has no genesis yet may:
            the contract of another knows the key that deployed it alone.

    Raises:
        NoSigner: the two files do not belong together, or one is missing.
    """
    keystore, password = (key_folder(folder) / name for name in KEY_FILES)
    if not keystore.exists():
        if not make:
            raise NoSigner(
                f"The embedded chain's key {keystore} is missing: put signer.json and "
                "signer.password back from where you keep their copies."
            )
        _make(keystore, password)
    try:
        return KeystoreSigner.open(keystore, password.read_text(encoding="ascii").strip())
    except OSError as error:
        raise NoSigner(
            f"The embedded chain's key needs {password}, which cannot be read: put it back from "
            "where you keep its copy."
        ) from error


def create_keystore(path: Path, password: str) -> str:
    """Make a key and write it as a keystore (version 3, scrypt); return its address.

    Raises:
        NoSigner: there is a file already, which stays.
    """
    if path.exists():
        raise NoSigner(f"{path} is there already; a key is never overwritten.")
    account = Account.create()
    write_private(path, json.dumps(Account.encrypt(account.key, password)))
    return str(account.address)


def _make(keystore: Path, password: Path) -> None:
    """Write the password first: the keystore is there only when it can be opened."""
    secret = secrets.token_hex(32)
    key = Account.create().key
    sealed = Account.encrypt(key, secret, kdf="pbkdf2", iterations=_PBKDF2_ITERATIONS)
    write_private(password, secret)
    write_private(keystore, json.dumps(sealed))
