"""What Alembic runs around the steps: they go over the connection, and in the transaction, of who asked for them."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
