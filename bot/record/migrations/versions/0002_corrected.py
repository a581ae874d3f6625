"""How the leader put a reading right, beside the reading itself."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing has been put right yet."""
    op.add_column("turns", sa.Column("corrected", sa.JSON))
