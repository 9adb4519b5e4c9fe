"""The lock files pin what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.support.paths import ROOT

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9.-]+")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = {
    "run": PROJECT["dependencies"],
    "dev": PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"],
}


def pins(name):
    return set(PIN.findall((ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", WANTED)
def test_lock__every_dependency__is_pinned(name):
    pinned = {project for project, _ in pins(name)}
    assert {
        NAME.match(wanted)[0].lower().replace(".", "-") for wanted in WANTED[name]
    } - pinned == set()


def test_locks__run_and_dev__agree():
    assert pins("run") - pins("dev") == set()


@pytest.mark.parametrize("name", WANTED)
def test_lock__every_pin__has_a_hash(name):
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
