"""Alembic migrations, applied by `bilum db upgrade`."""
