"""Of notices and deliveries it is kept how often they were tried, and of deliveries why that failed."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = """
alter table notice add column tries integer not null default 0;
alter table notice alter column tries drop default;
alter table delivery
    add column tries integer not null default 0,
    add column trouble text not null default '';
alter table delivery alter column tries drop default, alter column trouble drop default;
"""
BACK = """
alter table delivery drop column trouble, drop column tries;
alter table notice drop column tries;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(BACK)
