"""The artifact that the client ships is what the pinned compiler makes of the sources."""

import json
import re
import subprocess

import pytest

from chain.contract import artifact
from tests.support.environment import program
from tests.support.paths import ROOT

CONTRACTS = ROOT / "contracts"


@pytest.mark.node
def test_artifact__compiled_again__is_byte_for_byte_the_same(tmp_path):
    made = tmp_path / "artifact.json"
    subprocess.run([program("node"), str(CONTRACTS / "compile.mjs"), str(made)], check=True)
    shipped = ROOT / "chain" / "artifacts" / "LivestockLedger.json"
    assert made.read_bytes() == shipped.read_bytes()


def test_artifact__compiler__is_the_pinned_one_with_the_agreed_settings():
    package = json.loads((CONTRACTS / "package.json").read_text(encoding="utf-8"))
    compiler = artifact()["compiler"]
    assert compiler["version"].startswith(f"{package['devDependencies']['solc']}+commit.")
    settings = compiler["settings"]
    assert settings["evmVersion"] == "cancun"
    assert settings["optimizer"]["enabled"]
    assert not settings["viaIR"]
    assert settings["metadata"] == {"bytecodeHash": "none"}


def test_packages__versions__are_exact():
    package = json.loads((CONTRACTS / "package.json").read_text(encoding="utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_lock__packages__have_checksums_and_no_address():
    lock = json.loads((CONTRACTS / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert {name for name, facts in packages.items() if "integrity" not in facts} == set()
    assert {name for name, facts in packages.items() if "resolved" in facts} == set()
