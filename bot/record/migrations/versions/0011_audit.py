"""What administrators did to accounts, and the day on which each account was last used."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column. Of earlier days nothing is known."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("whom", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.add_column("accounts", sa.Column("seen", sa.String(10), nullable=False, server_default=""))
