"""Alembic's entry: runs the migrations on the connection that `storage.schema` hands over."""

from typing import Any, cast

from alembic import context
from alembic.runtime.migration import MigrationInfo
from sqlalchemy import insert

from services.storage.migrations.adding import WAIT_SHORTLY
from services.storage.models import Base, SchemaFloor
from services.storage.schema import oldest_program

connection = context.config.attributes["connection"]
server = connection.dialect.name == "postgresql"
if server:
    connection.exec_driver_sql(WAIT_SHORTLY)
    connection.commit()


def keep_floor(step: MigrationInfo, **_more: object) -> None:
    """Keep what a step says of the programs that run after it, in its transaction."""
    oldest = oldest_program(context.script.get_revision(str(step.up_revision_id)))
    if oldest is not None:
        connection.execute(insert(SchemaFloor).values(revision=oldest))


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=not server,
    # Our engine begins SQLite's transactions itself: either all steps take effect, or none.
    transactional_ddl=True,
    transaction_per_migration=not context.config.attributes.get("together", True),
    on_version_apply=cast("Any", keep_floor),
)
with context.begin_transaction():
    before = context.get_context().get_current_revision()
    context.run_migrations()
    if not server and before is not None:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            message = f"the upgrade would break a reference of the table {broken[0]}"
            raise RuntimeError(message)
connection.commit()
