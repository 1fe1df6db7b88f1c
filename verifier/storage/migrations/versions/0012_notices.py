"""Notices and deliveries."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
create table delivery (
    id uuid not null,
    authority_id uuid not null,
    case_id uuid not null,
    way text not null,
    state text not null,
    made_at timestamptz not null,
    made_by text not null,
    records uuid[] not null,
    sha256 text[] not null,
    link_sha256 bytea,
    expires_at timestamptz,
    done_at timestamptz,
    proof jsonb not null,
    noted_at timestamptz,
    primary key (id),
    constraint delivery_state check (state in ('sending', 'offered', 'done', 'failed', 'replaced')),
    constraint delivery_way check (way in ('data-store', 'e-mail', 'device', 'paper')),
    constraint delivery_done check ((state = 'done') = (done_at is not null)),
    foreign key(authority_id) references authority (id),
    foreign key(case_id) references case_file (id),
    unique (link_sha256)
);
create index delivery_of_case on delivery (case_id);
create index delivery_to_note on delivery (done_at) where noted_at is null and state = 'done';
create table notice (
    id uuid not null,
    authority_id uuid not null,
    case_id uuid,
    template text not null,
    recipient text not null,
    lang text not null,
    values jsonb not null,
    records uuid[] not null,
    ways text[] not null,
    state text not null,
    made_at timestamptz not null,
    way text not null,
    address text not null,
    sent_at timestamptz,
    receipt text not null,
    trouble text not null,
    primary key (id),
    constraint notice_state check (state in ('waiting', 'sent', 'failed', 'no-way')),
    foreign key(authority_id) references authority (id),
    foreign key(case_id) references case_file (id)
);
create index notice_of_case on notice (case_id);
"""


def upgrade() -> None:
    op.execute(TABLES)
    for table in ("notice", "delivery"):
        sees = "verifier_sees(authority_id) or verifier_sees_case(case_id)"
        op.execute(f"grant select, insert, update on {table} to verifier_service")
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_own on {table} using ({sees}) with check ({sees})")


def downgrade() -> None:
    op.execute("drop table notice, delivery")
