"""The first tables: sessions and turns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STANDS = sa.text("withdrawn IS NULL")


def upgrade() -> None:
    """Make both tables and their indexes."""
    _make_sessions()
    _make_turns()


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("opening", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scenario_hash", sa.Text, nullable=False),
        sa.Column("reader_hash", sa.Text, nullable=False),
        sa.Column("notes", sa.JSON, nullable=False),
        sa.Column("self_rating", sa.JSON, nullable=False),
        sa.Column("reflection", sa.Text, nullable=False),
        sa.Column("ending", sa.Text),
        sa.Column("parent_id", sa.String(10), sa.ForeignKey("sessions.id", ondelete="SET NULL")),
        sa.Column("branched_after", sa.Integer),
    )
    op.create_index("ix_sessions_created", "sessions", ["created"])
    op.create_index("ix_sessions_parent_id", "sessions", ["parent_id"])


def _make_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("session_id", sa.String(10), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("acts", sa.JSON, nullable=False),
        sa.Column("turn_forms", sa.JSON, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("opened", sa.JSON, nullable=False),
        sa.Column("frozen", sa.Integer, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("situation", sa.Text, nullable=False),
        sa.Column("manner", sa.Text, nullable=False),
        sa.Column("topic", sa.Text),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("thought", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("voice", sa.Text, nullable=False),
        sa.Column("out_of_role", sa.Text, nullable=False),
        sa.Column("coach", sa.JSON, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.DateTime(timezone=True)),
    )
    columns = ["session_id", "number"]
    op.create_index("turns_of_session", "turns", columns)
    op.create_index("turns_that_stand", "turns", columns, unique=True, sqlite_where=STANDS, postgresql_where=STANDS)
