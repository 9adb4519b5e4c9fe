"""Makes the keys and passwords that docker-compose.yml reads: `make secrets`.

What is already there stays, so a second run changes nothing. Keep a copy of `data-key`,
`signer-keystore` and `signer-password` elsewhere: without the first the numbers cannot be read,
without the others the ledger takes no further record.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

from eth_account import Account

_GIVEN = (
    *("twilio-auth-token", "kannel-password", "africastalking-api-key", "dhis2-token"),
    *("oidc-client-secret", "ussd-operators"),
)


def main(folder: Path) -> None:
    """Write each missing file of `folder`.

    The folder is closed to others; the files are readable, since a container reads them as
    another user.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    database = _keep(folder / "database-password", secrets.token_urlsafe(24))
    _keep(folder / "database-url", f"postgresql+psycopg://bilum:{database}@database/bilum")
    _keep(folder / "data-key", secrets.token_hex(32))
    login = f"default_user = bilum\ndefault_pass = {secrets.token_urlsafe(24)}\n"
    broker = _keep(folder / "broker-config", login).split()[-1]
    _keep(folder / "broker-url", f"amqp://bilum:{broker}@broker/")
    password = _keep(folder / "signer-password", secrets.token_urlsafe(24))
    if not (folder / "signer-keystore").exists():
        account = Account.create()
        _keep(folder / "signer-keystore", json.dumps(Account.encrypt(account.key, password)))
    # These are ours to choose. Write a carrier's secrets in by hand.
    _keep(folder / "kannel-secret", secrets.token_urlsafe(24))
    for ours in ("africastalking-secret", "ussd-secret", "metrics-token"):
        _keep(folder / ours, secrets.token_urlsafe(24))
    for given in _GIVEN:
        _keep(folder / given, "")


def _keep(path: Path, text: str) -> str:
    if not path.exists():
        path.write_text(text, encoding="ascii")
        path.chmod(0o644)
    return path.read_text(encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
