"""Attacks on the ledger's signing key by way of the web: its processes hold none to steal."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from chain.connection import connect, signer_address
from chain.errors import NoSigner
from services.core.errors import SettingsError
from services.core.settings import Settings
from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.servers import wait_until_ready

_SERVE = "import sys; sys.argv = ['bilum', 'serve']; from services.cli import main; main()"
_FORBIDDEN = (
    "BILUM_SIGNER_KEYSTORE",
    "BILUM_SIGNER_KEYSTORE_FILE",
    "BILUM_SIGNER_PASSWORD",
    "BILUM_SIGNER_PASSWORD_FILE",
)


def serve(folder, port, **environ):
    return subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),
            "BILUM_DATA_DIR": str(folder),
            "BILUM_PORT": str(port),
            **environ,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("name", _FORBIDDEN)
def test_web_settings__with_the_signers_key_in_the_environment__are_refused(name, tmp_path):
    key = tmp_path / "key"
    key.write_text("x")
    environ = {"BILUM_DATA_DIR": str(tmp_path), name: str(key)}
    with pytest.raises(SettingsError, match=f"{name} is for `bilum worker` alone"):
        Settings.from_env(environ, signs=False)
    assert Settings.from_env(environ).chain.signs


def test_web_settings__on_a_chain_that_has_its_own_key__open_it_never(tmp_path):
    worker = Settings.from_env({"BILUM_DATA_DIR": str(tmp_path)}).chain
    with connect(worker, write=True):
        assert signer_address(worker)
    web = Settings.from_env({"BILUM_DATA_DIR": str(tmp_path)}, signs=False).chain
    for name in ("signer.json", "signer.password"):
        (tmp_path / name).unlink()
    assert (web.keystore, web.keystore_password, signer_address(web)) == (None, None, None)
    with connect(web, write=False) as connection:
        assert connection.ledger.size() == 0
    with pytest.raises(NoSigner, match="holds no key"), connect(web, write=True):
        pass


@pytest.mark.slow
@pytest.mark.sockets
def test_serve__running__has_no_signing_key_in_its_environment_and_opens_no_file_of_it(
    migrated_folder, tmp_path
):
    import shutil  # noqa: PLC0415 — for this copy alone

    folder, port = shutil.copytree(migrated_folder, tmp_path / "data"), free_port()
    with connect(Settings.from_env({"BILUM_DATA_DIR": str(folder)}).chain, write=True):
        pass
    for name in ("signer.json", "signer.password"):
        # As InaccessiblePaths= of the unit does.
        (folder / name).unlink()
    with serve(folder, port) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process)
        environ = Path(f"/proc/{process.pid}/environ")
        if environ.exists():
            assert "SIGNER" not in environ.read_text()
        with urllib.request.urlopen(f"{url}/ready", timeout=5) as answer:  # noqa: S310 — our own
            assert answer.status == 200
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.slow
def test_serve__with_the_signers_key_in_its_environment__does_not_start(migrated_folder, tmp_path):
    with serve(migrated_folder, 1, BILUM_SIGNER_PASSWORD="x" * 20) as process:
        assert process.wait(30) != 0
        assert "BILUM_SIGNER_PASSWORD is for `bilum worker` alone" in process.stderr.read()


def test_doctor__of_an_environment_file_of_the_web_with_the_key__says_so(bilum, tmp_path):
    file = tmp_path / "bilum.env"
    file.write_text("BILUM_PORT=8080\n# BILUM_SIGNER_KEYSTORE=x\nBILUM_SIGNER_PASSWORD=secret\n")
    told = " ".join(bilum("doctor", "--web-environment", file).out.split())
    assert "which web processes read, has BILUM_SIGNER_PASSWORD: put it into" in told
    assert "secret" not in told
    file.write_text("BILUM_PORT=8080\nBILUM_SIGNER_PASSWORD=\n")
    assert "signer.env" not in bilum("doctor", "--web-environment", file).out


def test_doctor__of_secrets_in_addresses_and_of_no_proxy__says_what_to_do(bilum, monkeypatch):
    monkeypatch.setenv("BILUM_KANNEL_SECRET", "a secret of Kannel")
    monkeypatch.setenv("BILUM_PUBLIC_URL", "https://bilum.example")
    told = " ".join(bilum("doctor").out.split())
    assert "the secret of kannel may stand in the address" in told
    assert "BILUM_PROXY names no proxy" in told
    monkeypatch.setenv("BILUM_SECRET_IN_ADDRESS", "none")
    monkeypatch.setenv("BILUM_PROXY", "127.0.0.1")
    told = bilum("doctor").out
    assert "stand in the address" not in told
    assert "names no proxy" not in told


def test_doctor__of_tokens_that_end_soon_or_that_nobody_uses__names_them(bilum, monkeypatch):
    for days in (14, 15, 365):
        bilum("token", "create", "--role", "auditor", "--days", days)
    assert "tokens that end within 14 days: 1 (" in " ".join(bilum("doctor").out.split())
