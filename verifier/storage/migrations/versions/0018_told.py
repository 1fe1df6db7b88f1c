"""What the applicant was told is data too: what is to be supplemented and why, and why a result was annulled."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = """
alter table case_file add column supplement jsonb not null default '{}';
alter table case_file alter column supplement drop default;
alter table case_paper
    add column annul_ground text not null default '',
    add column annul_decision text not null default '';
alter table case_paper alter column annul_ground drop default, alter column annul_decision drop default;
update case_paper set annul_ground = issuance.annul_ground, annul_decision = issuance.annul_decision
    from issuance where issuance.id = case_paper.issuance_id and case_paper.annulled_at is not null;
"""
BACK = """
alter table case_paper drop column annul_ground, drop column annul_decision;
alter table case_file drop column supplement;
"""


def upgrade() -> None:
    op.execute(COLUMNS)


def downgrade() -> None:
    op.execute(BACK)
