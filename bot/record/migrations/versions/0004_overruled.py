"""The levels that a coach gave in place of the program's."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing was overruled before."""
    op.add_column("sessions", sa.Column("overruled", sa.JSON, nullable=False, server_default="{}"))
