"""The archive: packages of dossiers, and dossiers by when they are due."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = """
create table archive_package (
    id uuid not null,
    case_id uuid not null,
    authority_id uuid not null,
    made_at timestamptz not null,
    made_by uuid not null,
    case_version integer not null,
    events integer not null,
    files integer not null,
    size bigint not null,
    sha256 text not null,
    manifest_sha256 text not null,
    blob text not null,
    sealed_at timestamptz,
    tsa text not null,
    unsealed text not null,
    handed_at timestamptz,
    handed_by uuid,
    receiver text not null,
    proposed_at timestamptz,
    proposed_by uuid,
    removed_at timestamptz,
    primary key (id),
    constraint archive_package_sealed check (handed_at is null or sealed_at is not null),
    constraint archive_package_removed check (
        removed_at is null or (handed_at is not null and proposed_by is not null)
    ),
    constraint archive_package_said check ((sealed_at is null) = (unsealed <> '')),
    foreign key(case_id) references case_file (id),
    foreign key(authority_id) references authority (id),
    foreign key(made_by) references person (id),
    foreign key(handed_by) references person (id),
    foreign key(proposed_by) references person (id)
);
create index archive_package_of_case on archive_package (case_id);
create index case_file_ended on case_file (authority_id, ended_at, id)
    where ended_at is not null and archived_at is null and removed_at is null;
create index case_file_keep on case_file (authority_id, keep_until, id)
    where archived_at is not null and removed_at is null;
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("grant select, insert, update on archive_package to verifier_service")
    op.execute("alter table archive_package enable row level security")
    sees = "verifier_sees(authority_id) or verifier_sees_case(case_id)"
    op.execute(f"create policy archive_package_own on archive_package using ({sees}) with check ({sees})")


def downgrade() -> None:
    op.execute("drop index case_file_keep, case_file_ended")
    op.execute("drop table archive_package")
