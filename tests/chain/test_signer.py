import json
import subprocess
import sys

import pytest
from eth_account import Account

from chain.errors import NoSigner
from chain.ledger import Ledger
from chain.signer import KeystoreSigner, LocalSigner
from tests.contracts.scene import Scene, batch_of
from tests.support.paths import ROOT

KEY = bytes(range(32))
PASSWORD = "a password with ünusual letters"


@pytest.fixture(scope="module")
def keystore():
    # Of the two ways the format knows, the one that can be made fast.
    return json.dumps(Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=2))


@pytest.fixture
def path(tmp_path, keystore):
    path = tmp_path / "keystore.json"
    path.write_text(keystore, encoding="utf-8")
    return path


def test_keystore_signer__right_password__has_the_files_key(path):
    assert KeystoreSigner.open(path, PASSWORD).address == LocalSigner(KEY).address


def test_keystore_signer__wrong_password__raises_no_signer(path):
    with pytest.raises(NoSigner, match="password"):
        KeystoreSigner.open(path, "another")


def test_keystore_signer__no_file__raises_no_signer(tmp_path):
    with pytest.raises(NoSigner, match="cannot be read"):
        KeystoreSigner.open(tmp_path / "none.json", PASSWORD)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "{}", '{"version": 9}', '{"version": 3}', '{"version": 3, "crypto": {}}'],
)
def test_keystore_signer__no_keystore__raises_no_signer(path, text):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NoSigner, match="not a keystore"):
        KeystoreSigner.open(path, PASSWORD)


def test_keystore_signer__file_is_not_text__raises_no_signer(path):
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(NoSigner, match="not a keystore"):
        KeystoreSigner.open(path, PASSWORD)


def test_signer__shown__gives_the_address_and_not_the_key(path):
    for signer in (LocalSigner(KEY), KeystoreSigner.open(path, PASSWORD)):
        shown = f"{signer!r} {signer}"
        assert signer.address in shown
        assert KEY.hex() not in shown.lower()


class SignerElsewhere:
    """A key in another process, as in a key service: it is asked to sign, and never read."""

    PROGRAM = """
import json, sys
from chain.signer import LocalSigner
signer = LocalSigner(bytes.fromhex(sys.argv[1]))
print(signer.address, flush=True)
for line in sys.stdin:
    print(signer.sign(json.loads(line)).hex(), flush=True)
"""

    def __init__(self, key):
        command = [sys.executable, "-c", self.PROGRAM, key.hex()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.address = self.process.stdout.readline().strip()

    def sign(self, transaction):
        asked = {**transaction, "data": "0x" + bytes(transaction["data"]).hex()}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return bytes.fromhex(self.process.stdout.readline())


@pytest.mark.slow
def test_signer__in_another_process__records_as_a_key_here_does():
    scene = Scene()
    signer = SignerElsewhere(scene.signers[1]._account.key)
    with signer.process:
        ledger = Ledger(scene.provider, scene.ledger.address, signer)
        assert ledger.recorder == scene.recorder
        signed = ledger.sign_record(batch_of(3), 0)
        assert signed.raw == scene.ledger.sign_record(batch_of(3), 0).raw
        ledger.broadcast(signed)
        assert ledger.inclusion(signed).succeeded
        signer.process.stdin.close()
    assert ledger.size() == 3
