"""Messages that must be told in order, as the statuses of one dossier, stand in a line."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = """
alter table outbox
    add column line text not null default '',
    add column place integer not null default 0;
alter table outbox alter column line drop default, alter column place drop default;
create index outbox_line on outbox (line, place) where line <> '';
"""
BACK = """
drop index outbox_line;
alter table outbox drop column place, drop column line;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(BACK)
