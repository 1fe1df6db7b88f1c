"""The fee of a dossier that was given back counts for the one that is filed again, once."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = """
create table payment_carried (
    id uuid not null,
    case_id uuid not null,
    earlier_id uuid not null,
    authority_id uuid not null,
    code text not null,
    earlier_code text not null,
    count integer not null,
    receipts text[] not null,
    made_at timestamptz not null,
    primary key (id),
    constraint payment_carried_once unique (earlier_id),
    constraint payment_carried_count check (count > 0),
    unique (case_id),
    foreign key(case_id) references case_file (id),
    foreign key(earlier_id) references case_file (id),
    foreign key(authority_id) references authority (id)
);
grant select, insert on payment_carried to verifier_service;
alter table payment_carried enable row level security;
create policy payment_carried_own on payment_carried
    using (verifier_sees(authority_id) or verifier_sees_case(case_id))
    with check (verifier_sees_case(case_id) and verifier_sees_case(earlier_id));
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("drop table payment_carried")
