"""Schema 0013, the oldest that is upgraded: every table, index and append-only trigger."""

import re
from pathlib import Path

from alembic import op

revision = "0013"
down_revision = None
branch_labels = None
depends_on = None

_FOLDER = Path(__file__).parent
_ON_SQLITE = {
    "BIGSERIAL": "INTEGER",
    "BIGINT": "INTEGER",
    "BYTEA": "BLOB",
    "DOUBLE PRECISION": "DOUBLE",
    "TIMESTAMP WITH TIME ZONE": "DATETIME",
    "UUID": "CHAR(32)",
    "DEFAULT false": "DEFAULT 0",
    # Two numbers are the key of each hash; a row number besides would be a second index.
    "PRIMARY KEY (level, node_index)\n)": "PRIMARY KEY (level, node_index)\n) WITHOUT ROWID",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    schema = (_FOLDER / "0013_baseline.sql").read_text(encoding="utf-8")
    if dialect == "sqlite":
        names = "|".join(map(re.escape, _ON_SQLITE))
        schema = re.sub(names, lambda found: _ON_SQLITE[found[0]], schema)
    triggers = (_FOLDER / f"0013_triggers.{dialect}.sql").read_text(encoding="utf-8")
    # The driver of SQLite takes one statement at a time.
    for statement in re.split(r";\n\s*(?=CREATE|INSERT|--)", f"{schema}\n{triggers}"):
        op.execute(statement)
