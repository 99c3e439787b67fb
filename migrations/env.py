"""Alembic's entry: runs the versions on the connection it is given (see loyalty/installation/schema.py)."""

from alembic import context

from migrations import models

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=models.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
