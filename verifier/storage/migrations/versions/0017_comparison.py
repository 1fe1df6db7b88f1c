"""What came on paper may rest on a comparison with the specimen (đối chiếu mẫu)."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE, NAME = "case_paper", "case_paper_basis"


def upgrade() -> None:
    op.drop_constraint(NAME, TABLE)
    op.create_check_constraint(NAME, TABLE, "basis in ('', 'a', 'b', 'c', 'specimen')")


def downgrade() -> None:
    op.execute("update case_paper set basis = '', basis_note = '' where basis = 'specimen'")
    op.drop_constraint(NAME, TABLE)
    op.create_check_constraint(NAME, TABLE, "basis in ('', 'a', 'b', 'c')")
