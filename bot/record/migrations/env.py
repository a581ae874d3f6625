"""Run by Alembic with the open connection that upgrade.py passes in."""

from alembic import context

from bot.record.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
