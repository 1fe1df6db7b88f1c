"""Who may sign with which key, what officers confirmed, acts of issuing step by step, and register books."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
create table signing_grant (
    id uuid not null,
    authority_id uuid not null,
    person_id uuid not null,
    key_name text not null,
    certificate_sha256 text not null,
    role text not null,
    kinds text[] not null,
    valid_from timestamptz not null,
    valid_until timestamptz,
    picture bytea,
    picture_mm double precision,
    created_at timestamptz not null,
    ended_at timestamptz,
    proposal_id uuid,
    primary key (id),
    constraint signing_grant_role check (role in ('person', 'agency')),
    constraint signing_grant_certificate check (certificate_sha256 ~ '^[0-9a-f]{64}$'),
    constraint signing_grant_period check (valid_until is null or valid_until > valid_from),
    constraint signing_grant_picture check ((picture is null) = (picture_mm is null)),
    foreign key(authority_id) references authority (id),
    foreign key(person_id) references person (id),
    foreign key(proposal_id) references proposal (id)
);
create index signing_grant_of_person on signing_grant (person_id);
create table signing_mandate (
    id uuid not null,
    authority_id uuid not null,
    person_id uuid not null,
    session_id uuid not null,
    confirmed_at timestamptz not null,
    expires_at timestamptz not null,
    acts jsonb not null,
    mac bytea not null,
    primary key (id),
    foreign key(authority_id) references authority (id),
    foreign key(person_id) references person (id)
);
create table issuance_batch (
    id uuid not null,
    authority_id uuid not null,
    officer_id uuid not null,
    kind text not null,
    dossier text not null,
    state text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (id),
    constraint issuance_batch_state check (state in ('open', 'running', 'stopped', 'finished')),
    foreign key(authority_id) references authority (id),
    foreign key(officer_id) references person (id)
);
create table issuance (
    id uuid not null,
    authority_id uuid not null,
    officer_id uuid not null,
    batch_id uuid,
    mandate_id uuid,
    kind text not null,
    dossier text not null,
    level text not null,
    wanted jsonb not null,
    state text not null,
    version integer not null,
    created_at timestamptz not null,
    file_name text not null,
    size bigint not null,
    input_sha256 text not null,
    input_blob text not null,
    input_report text not null,
    placement text not null,
    layout jsonb not null,
    book text not null,
    year integer,
    number integer,
    number_text text not null,
    issued_at timestamptz,
    check_sha256 bytea not null,
    working_blob text,
    prepared jsonb,
    person_digest text not null,
    agency_digest text not null,
    output_blob text,
    output_sha256 text not null,
    output_report text not null,
    conclusion text not null,
    released_at timestamptz,
    problem jsonb,
    attempts smallint not null,
    next_try_at timestamptz,
    leased_until timestamptz,
    stop_asked boolean not null,
    annulled_at timestamptz,
    annulled_by uuid,
    annul_ground text not null,
    annul_decision text not null,
    replaces_id uuid,
    replaced_by_id uuid,
    primary key (id),
    constraint issuance_state check (state in ('ordered', 'confirmed', 'numbered', 'prepared', 'person-signed',
        'agency-signed', 'completed', 'judged', 'released', 'cancelled')),
    constraint issuance_level check (level in ('B-LT', 'B-LTA')),
    constraint issuance_check check (octet_length(check_sha256) = 32),
    constraint issuance_released check (
        state <> 'released' or (output_blob is not null and released_at is not null and number is not null)),
    constraint issuance_number check ((number is null) = (year is null)),
    constraint issuance_annulled check (annulled_at is null or state = 'released'),
    foreign key(authority_id) references authority (id),
    foreign key(officer_id) references person (id),
    foreign key(batch_id) references issuance_batch (id),
    foreign key(mandate_id) references signing_mandate (id),
    unique (check_sha256),
    foreign key(annulled_by) references person (id),
    foreign key(replaces_id) references issuance (id),
    foreign key(replaced_by_id) references issuance (id)
);
create index issuance_of_authority on issuance (authority_id, created_at);
create index issuance_of_batch on issuance (batch_id) where batch_id is not null;
create index issuance_open on issuance (next_try_at) where state not in ('ordered', 'released', 'cancelled');
create index issuance_output on issuance (output_sha256) where output_sha256 <> '';
create table register_book (
    authority_id uuid not null,
    symbol text not null,
    year integer not null,
    last_number integer not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    primary key (authority_id, symbol, year),
    foreign key(authority_id) references authority (id)
);
create table register_entry (
    authority_id uuid not null,
    symbol text not null,
    year integer not null,
    number integer not null,
    state text not null,
    issuance_id uuid not null,
    officer_id uuid not null,
    reserved_at timestamptz not null,
    changed_at timestamptz not null,
    reason text not null,
    document text not null,
    document_sha256 text not null,
    primary key (authority_id, symbol, year, number),
    constraint register_entry_state check (state in ('reserved', 'issued', 'cancelled', 'annulled', 'replaced')),
    constraint register_entry_number check (number > 0),
    foreign key(authority_id) references authority (id),
    unique (issuance_id),
    foreign key(officer_id) references person (id)
);
"""
RIGHTS = {
    "signing_grant": "select, insert, update",
    "signing_mandate": "select, insert",
    "issuance_batch": "select, insert, update",
    "issuance": "select, insert, update",
    "register_book": "select, insert, update",
    "register_entry": "select, insert, update",
}
"""Nothing of an act is ever deleted; what an officer confirmed is not changed either."""


def upgrade() -> None:
    op.execute(TABLES)
    for table, rights in RIGHTS.items():
        op.execute(f"grant {rights} on {table} to verifier_service")
        op.execute(f"alter table {table} enable row level security")
        sees = "verifier_sees(authority_id)"
        op.execute(f"create policy {table}_own on {table} using ({sees}) with check ({sees})")


def downgrade() -> None:
    op.execute("drop table register_entry, register_book, issuance, issuance_batch, signing_mandate, signing_grant")
