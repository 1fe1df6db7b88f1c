"""Time that stands still while a supplement or a confirmation is awaited, and when to look at a confirmation again."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLUMNS = """
alter table case_file
    add column paused_at timestamptz,
    add column paused_due timestamptz,
    add constraint case_paused check ((paused_at is null) = (paused_due is null)),
    add constraint case_paused_due check (paused_at is null or due_at is null);
alter table case_confirmation add column warn_at timestamptz;
update case_confirmation set warn_at = due_at where state = 'sent';
drop index case_confirmation_due;
create index case_confirmation_warn on case_confirmation (warn_at) where state = 'sent';
"""
BACK = """
drop index case_confirmation_warn;
create index case_confirmation_due on case_confirmation (due_at) where state = 'sent';
alter table case_confirmation drop column warn_at;
update case_file set due_at = paused_due where paused_at is not null and ended_at is null;
alter table case_file
    drop constraint case_paused,
    drop constraint case_paused_due,
    drop column paused_at,
    drop column paused_due;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(BACK)
