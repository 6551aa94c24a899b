"""Alembic's entry: runs the chain on the connection that ``storage.database`` hands it."""

from __future__ import annotations

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter tables in place; batch mode rebuilds them, and is plain on PostgreSQL.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
