"""the ten most used pages, by Lighthouse at its settings of a phone.

Five are for everybody: the first page, signing in, a passport, the stick reader, the API. The
others are what the two largest groups of users open all day: an inspector the roadblock, an officer
their tasks, permits and search; and everybody who signs in their account.

Needs Node.js, Chromium, and `npm ci` in bench/lighthouse. Each page is loaded once, on a server in
this process with the people and pigs of the tests; what is signed in goes by its cookie.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from services.console.sessions import COOKIE, begin_session
from services.storage.models import Party
from tests.services.console.test_tasks import opened
from tests.services.scene import PIG, Scene, set_scene
from tests.services.world import open_folder
from tests.support.environment import program
from tests.support.web import on_socket

HERE = Path(__file__).parent / "lighthouse"
AIM = 0.95
CATEGORIES = ("performance", "accessibility", "best-practices")
_FLAGS = "--headless=new --no-sandbox --disable-gpu"


class Visit(NamedTuple):
    """A page, and who opens it; None: anybody."""

    path: str
    person: str | None = None


def main() -> None:
    """Print the scores of docs/benchmarks.md; end with 1 where one is below the aim."""
    if not (HERE / "node_modules").is_dir():
        sys.exit("not measured: npm ci in bench/lighthouse")
    with tempfile.TemporaryDirectory() as folder:
        world = open_folder(Path(folder))
        world.runtime.database.upgrade()
        scene = set_scene(world)
        opened(world)
        with on_socket(world.app) as base:
            scores = {visit: _scores(scene, base, visit) for visit in _visits(scene)}
        world.runtime.close()
    for visit, found in scores.items():
        told = ", ".join(f"{name} {score:.2f}" for name, score in found.items())
        page = visit.path.partition("?")[0]
        print(f"{page:40} {visit.person or 'anybody':14} {told}")
    if min(score for found in scores.values() for score in found.values()) < AIM:
        sys.exit(f"a score is below {AIM}")


def _visits(scene: Scene) -> list[Visit]:
    code = scene.officer.post(f"/api/v1/passports/{PIG}", {}).json["code"]  # type: ignore[index]
    return [
        Visit("/"),
        Visit("/console/sign-in"),
        Visit(f"/passports/{PIG}?code={code}"),
        Visit("/scan"),
        Visit("/api"),
        Visit("/console/roadblock", "inspector"),
        Visit("/console/tasks", "officer"),
        Visit("/console/permits", "officer"),
        Visit(f"/console/search?q={PIG}", "officer"),
        Visit("/console/account", "officer"),
    ]


def _scores(scene: Scene, base: str, visit: Visit) -> dict[str, float]:
    command = [
        program("node"),
        str(HERE / "node_modules" / ".bin" / "lighthouse"),
        base + visit.path,
        f"--only-categories={','.join(CATEGORIES)}",
        "--output=json",
        "--quiet",
        "--no-enable-error-reporting",
        f"--chrome-flags={_FLAGS}",
    ]
    if visit.person:
        headers = json.dumps({"Cookie": f"{COOKIE}={_session_of(scene, visit.person)}"})
        command.append(f"--extra-headers={headers}")
    environ = {
        "CHROME_PATH": program("chromium"),
        "PATH": "/usr/bin:/bin",
        "HOME": tempfile.gettempdir(),
    }
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)  # noqa: S603 — programs of ours
    found = json.loads(done.stdout)["categories"]
    return {name: found[name]["score"] for name in CATEGORIES}


def _session_of(scene: Scene, name: str) -> str:
    runtime = scene.world.runtime
    with runtime.database.write() as session:
        party = session.scalars(select(Party)).all()
        [mine] = [one for one in party if one.name == name]
        return begin_session(session, mine, runtime.clock())


if __name__ == "__main__":
    main()
