"""At which level a session is played."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; everything before was played as usual."""
    op.add_column("sessions", sa.Column("level", sa.Text, nullable=False, server_default="usual"))
