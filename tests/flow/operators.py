"""An operator of a ledger on a node: his settings, his keys, and the commands that he types."""

from __future__ import annotations

import io
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eth_account import Account
from web3 import Web3
from web3.types import RPCEndpoint

from chain.signer import LocalSigner
from services.cli import main
from services.cli.demo_stage import Stage
from tests.flow.deployments import PASSWORD, make_keystore, on_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

# The second of the accounts that anvil funds; its key is printed at each of its starts.
ADMIN = LocalSigner(
    bytes.fromhex("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
)


class Operator:
    """Commands run in this process, as typed, with the settings in `environ`.

    Attributes:
        folder: of his keys; the deployment's data folder lies in it.
        environ: his settings.
        admin: options that sign with the admin's key.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        typed: tuple[pytest.MonkeyPatch, pytest.CaptureFixture[str]],
        **environ: str,
    ) -> None:
        self.folder = folder
        self.url = url
        self._patch, self._capture = typed
        self.environ = {
            "BILUM_DATA_DIR": str(folder / "data"),
            "COLUMNS": "200",
            **on_node(url, "", make_keystore(folder)),
            **environ,
        }
        sealed = Account.encrypt(ADMIN._account.key, PASSWORD, kdf="pbkdf2", iterations=1_000)
        (folder / "admin.json").write_text(json.dumps(sealed), encoding="ascii")
        (folder / "admin.password").write_text(PASSWORD, encoding="ascii")
        self.admin = self.key("admin")

    def key(self, name: str) -> tuple[str, ...]:
        """Return the options that sign with a key of the folder."""
        keystore, password = self.folder / f"{name}.json", self.folder / f"{name}.password"
        return ("--keystore", str(keystore), "--password-file", str(password))

    def deploy(self, *roles: str) -> None:
        """Put the contract on the node."""
        file = self.folder / "address"
        # Where an address is given, nothing is deployed.
        self.environ["BILUM_LEDGER_ADDRESS"] = ""
        self.run("ledger", "deploy", *roles, "--address-file", file)
        self.environ["BILUM_LEDGER_ADDRESS"] = file.read_text(encoding="ascii").strip()

    def run(self, *arguments: object, status: int = 0) -> str:
        """Run `bilum`, which must end with `status`; return what it said, both streams."""
        for name, value in self.environ.items():
            self._patch.setenv(name, value)
        self._patch.setattr(sys, "argv", ["bilum", *map(str, arguments)])
        ended = 0
        try:
            main()
        except SystemExit as end:
            ended = int(end.code or 0)
        said = "".join(self._capture.readouterr())
        assert ended == status, said
        return said

    def status(self) -> dict[str, Any]:
        """Return what `bilum ledger status` tells."""
        found: dict[str, Any] = json.loads(self.run("ledger", "status", "--json"))
        return found

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """Open phones, recorder and auditor on the present settings."""
        opened = Stage(self.folder / "data", io.StringIO(), self.environ)
        try:
            yield opened
        finally:
            opened.runtime.close()

    def ask(self, method: str, *parameters: object) -> Any:
        """Ask the node itself, which is anvil."""
        provider = Web3(Web3.HTTPProvider(self.url)).provider
        answer = provider.make_request(RPCEndpoint(method), list(parameters))
        assert "error" not in answer, answer
        return answer["result"]

    def mine(self, *, at_once: bool) -> None:
        """Have the node make a block now and for each transaction, or none."""
        self.ask("evm_setAutomine", at_once)
        if at_once:
            self.ask("evm_mine")

    def take_key(self, name: str) -> None:
        """Record with another key of the folder from now on."""
        self.environ["BILUM_SIGNER_KEYSTORE"] = str(self.folder / f"{name}.json")
        password = (self.folder / f"{name}.password").read_text(encoding="utf-8").strip()
        self.environ["BILUM_SIGNER_PASSWORD"] = password
