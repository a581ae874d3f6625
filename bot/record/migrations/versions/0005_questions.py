"""The questions that the library answered, with the passages it answered them with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nothing was kept of questions before."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("words", sa.Text, nullable=False, unique=True),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passages", sa.JSON, nullable=False),
    )
    op.create_index("ix_questions_asked", "questions", ["asked"])
