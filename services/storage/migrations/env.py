"""Alembic's entry: runs the migrations on the connection that `Database.upgrade` hands over."""

from alembic import context

from services.storage.models import Base

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.exec_driver_sql("SET lock_timeout TO '5s'")
    connection.commit()
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    # Our engine begins SQLite's transactions itself: either all steps take effect, or none.
    transactional_ddl=True,
)
with context.begin_transaction():
    before = context.get_context().get_current_revision()
    context.run_migrations()
    if connection.dialect.name == "sqlite" and before is not None:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            message = f"the upgrade would break a reference of the table {broken[0]}"
            raise RuntimeError(message)
connection.commit()
