"""Validations: files handed in for judging, with their reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "validation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("problem", postgresql.JSONB()),
        sa.Column("report", sa.Text()),
        sa.Column("document_blob", sa.Text(), nullable=False),
        sa.Column("bundle_blob", sa.Text()),
        sa.CheckConstraint("state in ('received', 'judging', 'done', 'failed')", name="validation_state"),
        sa.CheckConstraint("octet_length(token_sha256) = 32", name="validation_token"),
        sa.CheckConstraint("state <> 'done' or report is not null", name="validation_done_has_report"),
        sa.CheckConstraint("state <> 'failed' or problem is not null", name="validation_failed_has_problem"),
    )
    op.create_index("validation_expires_at", "validation", ["expires_at"])
    op.create_index(
        "validation_unfinished",
        "validation",
        ["received_at"],
        postgresql_where=sa.text("state in ('received', 'judging')"),
    )


def downgrade() -> None:
    op.drop_table("validation")
