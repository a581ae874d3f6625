"""Links to a conversation, what became of them, and what was said of its turns there."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. All of it goes with the conversation."""
    session = sa.ForeignKey("sessions.id", ondelete="CASCADE")
    op.create_table(
        "shares",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("session_id", sa.String(10), session, nullable=False, index=True),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("shows", sa.JSON, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "share_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _of_share(),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "share_remarks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _of_share(),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer),
        sa.Column("move", sa.Text),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _of_share() -> sa.Column[str]:
    share = sa.ForeignKey("shares.id", ondelete="CASCADE")
    return sa.Column("share_id", sa.String(10), share, nullable=False, index=True)
