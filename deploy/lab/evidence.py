"""Evidence of a drill in which something went wrong: what is left to look at."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.lab.database import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.lab.country import Country
    from deploy.lab.phones import Crowd

_DUMP = "/usr/lib/postgresql/17/bin/pg_dump"
_DUMP_SECONDS = 300


def keep_evidence(country: Country, crowd: Crowd, reports: Path | None) -> Path:
    """Keep what programs printed, the database, and what phones and carrier know.

    Args:
        country: still runs.
        crowd: has stopped.
        reports: folder that gets a folder of its own for it; None: that of temporary files.
    """
    if reports:
        reports.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bilum-evidence-", dir=reports))
    with _trying("logs"):
        shutil.copytree(country.logs, folder / "logs")
    with _trying("database"):
        _dump(country, folder / "database.dump")
    texts = [[message.to, message.body] for message in [*country.carrier.messages]]
    known = {
        "asked": crowd.asked,
        "acknowledged": sorted(crowd.acknowledged),
        "refusals": crowd.refusals,
        "texts": texts,
    }
    (folder / "phones.json").write_text(json.dumps(known, indent=1), encoding="utf-8")
    return folder


def _dump(country: Country, file: Path) -> None:
    first = country.cluster.primary() or country.hosts[0]
    made = first.disk.path / "state" / file.name
    dump = (_DUMP, "-h", "/run/postgresql", "-Fc", "-f", str(made), NAME)
    first.ask(*dump, user="postgres", seconds=_DUMP_SECONDS)
    shutil.move(made, file)


@contextmanager
def _trying(what: str) -> Iterator[None]:
    """Go on without a part of the evidence that cannot be had."""
    try:
        yield
    except (RuntimeError, OSError) as error:
        print(f"no evidence of {what}: {error}", file=sys.stderr)
