"""Versions of released documents: archive time stamps are renewed, and older hashes stay findable."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
create table issuance_version (
    issuance_id uuid not null,
    number integer not null,
    authority_id uuid not null,
    sha256 text not null,
    size bigint not null,
    blob text,
    made_at timestamptz not null,
    renew_before timestamptz not null,
    newest boolean not null,
    attempts smallint not null,
    next_try_at timestamptz,
    problem jsonb,
    primary key (issuance_id, number),
    constraint issuance_version_number check (number > 0),
    constraint issuance_version_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
    foreign key(issuance_id) references issuance (id),
    foreign key(authority_id) references authority (id)
);
create index issuance_version_sha256_key on issuance_version (sha256);
create unique index issuance_version_newest on issuance_version (issuance_id) where newest;
create index issuance_version_due on issuance_version (renew_before) where newest;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("grant select, insert, update on issuance_version to verifier_service")
    op.execute("alter table issuance_version enable row level security")
    sees = "verifier_sees(authority_id)"
    op.execute(f"create policy issuance_version_own on issuance_version using ({sees}) with check ({sees})")


def downgrade() -> None:
    op.execute("drop table issuance_version")
