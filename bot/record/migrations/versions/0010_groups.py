"""Groups, who is in them, and which conversations are shown to them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. A group goes with its coach's account, a membership with its member's."""
    op.create_table(
        "groups",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("coach_id", sa.String(10), _of("accounts"), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("code", sa.String(64), unique=True),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("group_id", sa.String(10), _of("groups"), nullable=False),
        sa.Column("account_id", sa.String(10), _of("accounts"), nullable=False, index=True),
        sa.Column("joined", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.UniqueConstraint("group_id", "account_id", name="once_in_a_group"),
    )
    op.create_table(
        "group_shares",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("share_id", sa.String(10), _of("shares"), nullable=False, unique=True),
        sa.Column("group_id", sa.String(10), _of("groups"), nullable=False, index=True),
    )


def _of(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
