"""What a language model was asked for a turn."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing was noted before."""
    op.add_column("turns", sa.Column("model", sa.JSON, nullable=True))
