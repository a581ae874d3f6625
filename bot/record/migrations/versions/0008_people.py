"""Accounts, who is signed in, sign-ins that failed; and to whom each session and question belongs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. What was kept before belongs to whoever uses this computer: nobody by name."""
    _make_accounts()
    owner = sa.Column("owner", sa.String(10), nullable=False, server_default="")
    op.add_column("sessions", owner)
    op.create_index("sessions_of_owner", "sessions", ["owner", "created"])
    _give_questions_an_owner()


def _make_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("to_change", sa.Boolean, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    account = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    op.create_table(
        "sign_ins",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(10), account, nullable=False, index=True),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(64), nullable=False, index=True),
        sa.Column("address", sa.String(64), nullable=False, index=True),
        sa.Column("tried", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def _give_questions_an_owner() -> None:
    """Make the table anew: SQLite cannot take back that words are there once only."""
    op.drop_index("ix_questions_asked", "questions")
    op.rename_table("questions", "questions_before")
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("owner", sa.String(10), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passages", sa.JSON, nullable=False),
        sa.UniqueConstraint("owner", "words", name="question_of_owner"),
    )
    op.execute(
        "INSERT INTO questions (owner, words, asked, passages) "
        "SELECT '', words, asked, passages FROM questions_before ORDER BY id"
    )
    op.drop_table("questions_before")
    op.create_index("ix_questions_asked", "questions", ["asked"])
