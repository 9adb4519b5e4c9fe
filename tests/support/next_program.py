"""Migrations of a program that comes after this one: ours, and steps that a test makes up."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from services.storage.schema import head_revision
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_STEP = '''"""Schema {revision}: a trial."""

import sqlalchemy as sa
from alembic import op

from services.storage.migrations.adding import create_index

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None
{oldest}

def upgrade() -> None:
    """Change the schema."""
{body}
'''


# Read once: a test may let the program see the steps that come after it.
_HEAD = int(head_revision())


def revision_after(number: int) -> str:
    """Return the revision so many steps after our newest."""
    return f"{_HEAD + number:04}"


def write_next_migrations(folder: Path, bodies: list[str], taking: list[bool]) -> Path:
    """Copy our migrations into a folder, and add steps; return the folder.

    Args:
        folder: there is none yet.
        bodies: of each step's function, without indent.
        taking: whether a step takes away what we need: no older program than its own runs then.
    """
    shutil.copytree(ROOT / "services" / "storage" / "migrations", folder)
    for number, (body, takes) in enumerate(zip(bodies, taking, strict=True), 1):
        revision = revision_after(number)
        told = {
            "revision": revision,
            "before": revision_after(number - 1),
            "oldest": f'oldest_program = "{revision}"\n' if takes else "",
            "body": "\n".join(f"    {line}" for line in body.splitlines()),
        }
        step = folder / "versions" / f"{revision}_trial.py"
        step.write_text(_STEP.format(**told), encoding="ascii")
    return folder
