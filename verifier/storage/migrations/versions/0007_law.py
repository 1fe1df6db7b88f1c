"""By which edition of the law an officer decided: the hash of the law book, with every confirmed act."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table issuance add column law_sha256 text not null default ''")
    op.execute("alter table issuance alter column law_sha256 drop default")


def downgrade() -> None:
    op.execute("alter table issuance drop column law_sha256")
