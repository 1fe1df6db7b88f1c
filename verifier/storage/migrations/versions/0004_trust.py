"""Which trust snapshot was in use when, how each followed list stands, and verdicts that are to be reached again."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
create table trust_change (
    number bigint not null,
    snapshot_id text not null,
    previous_id text not null,
    kind text not null,
    authority_id uuid references authority (id),
    proposal_id uuid references proposal (id),
    at timestamptz not null,
    made_by text not null,
    approved_by text not null,
    reason text not null,
    effect jsonb not null,
    primary key (number),
    constraint trust_change_kind check (kind in ('installed', 'approved', 'refreshed')),
    constraint trust_change_snapshot check (snapshot_id ~ '^[0-9a-f]{64}$'),
    constraint trust_change_two_people check (
        (kind = 'approved') = (proposal_id is not null) and (kind <> 'approved' or authority_id is not null))
);
create unique index trust_change_of_proposal on trust_change (proposal_id);

create table trust_source (
    scheme text not null,
    location text not null,
    tried_at timestamptz,
    good_at timestamptz,
    next_try_at timestamptz not null,
    failures integer not null,
    problem text not null,
    params jsonb not null,
    primary key (scheme)
);

alter table validation add column again_at timestamptz, add column again integer not null default 0,
    add column filing jsonb;
create index validation_again on validation (again_at) where again_at is not null;
alter table authority add column states text[] not null default '{}';
"""


def upgrade() -> None:
    op.execute(TABLES)
    # what was in use when is written once: nobody changes it, and everybody may know it
    op.execute("grant select, insert on trust_change to verifier_service")
    op.execute("grant select, insert, update, delete on trust_source to verifier_service")
    for table in ("trust_change", "trust_source"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy {table}_read on {table} for select using (true)")
    op.execute("create policy trust_change_add on trust_change for insert with check (verifier_sees(authority_id))")
    op.execute(
        "create policy trust_source_own on trust_source using (verifier_sees(null)) with check (verifier_sees(null))"
    )


def downgrade() -> None:
    op.execute("drop table trust_change, trust_source")
    op.execute(
        "alter table validation drop column again_at, drop column again, drop column filing;"
        " alter table authority drop column states"
    )
