"""Styles and scripts: what is served is what was recorded, and what the locked packages hold."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess

import pytest

from services.console.assets import address_of_assets, assets, recorded
from services.core.look import tokens
from tests.support.environment import program
from tests.support.paths import ROOT

FOLDER = ROOT / "services" / "console" / "files"
SOURCE = ROOT / "console"
FIRST_PAGE, NEXT_PAGE = 60_000, 15_000


def test_files__each__have_the_recorded_hash_and_a_compressed_copy():
    lock = json.loads((SOURCE / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in recorded()["versions"].items():
        assert lock[f"node_modules/{name}"]["version"] == version
    for name, digest in recorded()["hashes"].items():
        content = (FOLDER / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, f"{name}: make console"
        assert gzip.decompress((FOLDER / f"{name}.gz").read_bytes()) == content, name
    served = {*recorded()["hashes"], *(f"{name}.gz" for name in recorded()["hashes"])}
    assert {one.name for one in FOLDER.iterdir()} == served | {"hashes.json", "LICENSES.txt"}
    # One look for every page: what is served here is a copy.
    assert (FOLDER / "tokens.css").read_text("utf-8") == tokens()
    for style in FOLDER.glob("*.css"):
        told = style.read_text("utf-8")
        assert "url(" not in told, style.name
        assert "@import" not in told, style.name


def test_asset__asked_for__is_compressed_and_kept_for_good(world):
    at = f"{address_of_assets()}/console.css"
    client = world.app.test_client()
    packed = client.get(at, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers.getlist("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert gzip.decompress(packed.data) == client.get(at).data
    # Of before an update: today's file, and not for good.
    old = client.get("/console/assets/000000000000/console.js")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-store")
    assert client.get("/console/assets/x/hashes.json").status_code == 404


def test_first_page__with_its_files__is_less_than_60_kilobytes(world):
    page = world.app.test_client().get("/console/sign-in")
    linked = set(re.findall(r"/console/assets/\w+/([\w.-]+)", page.text))
    # The script of every page loads this one; a page that is changed in its place has the last.
    linked |= {"govuk-frontend.min.js", "htmx.min.js"}
    first = len(gzip.compress(page.data)) + sum(len(assets()[one].packed) for one in linked)
    assert first < FIRST_PAGE
    assert len(page.data) < NEXT_PAGE


@pytest.mark.console
def test_files__made_from_the_locked_packages__are_those_that_are_served(tmp_path):
    build = [program("node"), "build.mjs", str(tmp_path)]
    subprocess.run(build, cwd=SOURCE, check=True, capture_output=True)
    made = json.loads((tmp_path / "hashes.json").read_text("utf-8"))
    assert made == recorded()
