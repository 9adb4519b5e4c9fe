"""Clients that are generated from the API's description: made, checked, and used on a server."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest
from openapi_spec_validator import validate

from tests.services.scene import NEW_PIG
from tests.support.environment import program
from tests.support.paths import ROOT
from tests.support.web import on_socket

PACKAGES = ROOT / "console" / "node_modules"
STRICT = ("--strict", "--noEmit", "--allowJs", "--checkJs", "--skipLibCheck", "--target", "es2022")
NODE = ("--module", "nodenext", "--moduleResolution", "nodenext")
# What has a default may be left out of a body.
OPTIONAL = ("--default-non-nullable", "false")
USE = (
    "import {useApi} from './client.mjs';"
    "console.log(JSON.stringify(await useApi(...process.argv.slice(1))))"
)


@pytest.fixture
def described(scene, tmp_path):
    """The description as a file, as whoever makes a client saves it."""
    path = tmp_path / "openapi.json"
    path.write_bytes(scene.world.get("/api/openapi.json").data)
    return path


@pytest.mark.slow
def test_openapi__whole__is_valid_by_its_own_specification(described):
    validate(json.loads(described.read_text("utf-8")))


@pytest.mark.slow
@pytest.mark.sockets
def test_python_client__made_from_the_description__reads_types_and_problems(
    scene, described, monkeypatch
):
    made = described.parent / "bilum_client"
    told = ["generate", "--path", str(described), "--meta", "none", "--output-path", str(made)]
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *told], check=True, capture_output=True
    )
    monkeypatch.syspath_prepend(described.parent)
    client = import_module("bilum_client").AuthenticatedClient
    animal = import_module("bilum_client.api.animals.get_animal")
    with on_socket(scene.world.app) as base:
        token = scene.officer.headers["Authorization"].removeprefix("Bearer ")
        with client(base, token=token) as known:
            found = animal.sync_detailed("598000000000017", client=known)
        with client(base, token="nobody's") as stranger:
            refused = animal.sync_detailed("598000000000017", client=stranger)
    assert found.parsed.numbers[-1] == "598000000000017"
    assert found.parsed.at[0].province == "Jiwaka"
    assert (refused.status_code, refused.parsed.code) == (401, "unauthorized")


@pytest.mark.console
@pytest.mark.sockets
def test_typescript_client__made_from_the_description__compiles_and_reports(scene, described):
    folder = described.parent
    (folder / "node_modules").symlink_to(PACKAGES)
    source = (ROOT / "tests/services/api/clients/client.mjs").read_text("utf-8")
    (folder / "client.mjs").write_text(source, "utf-8")
    (folder / "wrong.mjs").write_text(source.replace("occurred:", "when:"), "utf-8")
    run_node(folder, "openapi-typescript", str(described), "-o", "schema.d.ts", *OPTIONAL)
    assert run_node(folder, "tsc", *STRICT, *NODE, "client.mjs") == ""
    # The types of the description are what is checked.
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run_node(folder, "tsc", *STRICT, *NODE, "wrong.mjs")
    assert "'when' does not exist" in refused.value.stdout
    token = scene.keeper.headers["Authorization"].removeprefix("Bearer ")
    with on_socket(scene.world.app) as base:
        told = [base, token, scene.places["keeper"], NEW_PIG]
        answer = subprocess.run(
            [program("node"), "--input-type=module", "-e", USE, *told],
            cwd=folder, check=True, capture_output=True, text=True,
        )  # fmt: skip
    assert json.loads(answer.stdout) == [201, NEW_PIG, "unauthorized"]


def run_node(folder, tool, *told):
    """Run a tool of the packages; return what it prints."""
    command = [program("node"), f"node_modules/.bin/{tool}", *told]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout
