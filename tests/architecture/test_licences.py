"""Packages of a deployment: under which licences they are, and that the list of them is whole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

from tests.support.paths import ROOT

LOCK = ROOT / "requirements" / "run.lock"
PINS = dict(re.findall(r"^([\w.-]+)==([^ ;\\]+)", LOCK.read_text("utf-8"), re.MULTILINE))

# The project is under Apache-2.0. These ask no more than that their text is kept.
FREE = re.compile(
    r"Apache|MIT|BSD|Zlib|CC0|Public Domain|PSF-2.0|Python Software Foundation|CNRI-Python|Zope"
)
# Libraries that are used as they come, from packages of their own, so their licence ends with them.
WEAK_COPYLEFT = {
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "python-stdnum": "GNU Lesser General Public License v2 or later (LGPLv2+)",
}
# The package says nothing in its data; its repository has the texts of both.
UNSAID = {"pyrage": "MIT OR Apache-2.0"}
WINDOWS_ALONE = {"pywin32"}


def licence_of(name: str) -> str:
    told = metadata(name)
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [one for one in told.get_all("Classifier") or () if one.startswith("License")]
    named = "; ".join(one.rpartition(" :: ")[2] for one in classifiers)
    return named or str(told.get("License") or UNSAID.get(name, ""))


def test_each_package__of_a_deployment__goes_with_the_licence_of_the_project():
    unknown, absent = {}, set()
    for name in PINS:
        try:
            licence = licence_of(name)
        except PackageNotFoundError:
            absent.add(name)
            continue
        parts = re.split(r"; | AND ", WEAK_COPYLEFT.get(name, licence))
        if licence != WEAK_COPYLEFT.get(name) and not all(map(FREE.search, parts)):
            unknown[name] = licence
    assert unknown == {}, "read the licence, and name it here if it goes with Apache-2.0"
    assert absent <= WINDOWS_ALONE
    assert WEAK_COPYLEFT.keys() <= PINS.keys()


@pytest.mark.slow
def test_list_of_packages__made__has_each_pinned_one_with_its_hashes(tmp_path):
    target, program = tmp_path / "python.cdx.json", Path(sys.executable).with_name("cyclonedx-py")
    told = ["requirements", LOCK, "--pyproject", ROOT / "pyproject.toml", "--of", "JSON"]
    subprocess.run([program, *told, "-o", target], check=True, capture_output=True)
    found = json.loads(target.read_text("utf-8"))["components"]
    assert {one["name"]: one["version"] for one in found} == PINS
    assert all(one["externalReferences"][0]["hashes"] for one in found)
