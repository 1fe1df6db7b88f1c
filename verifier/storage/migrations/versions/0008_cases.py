"""Dossiers: the case, its papers and stored records, confirmations, uploads, code counters, answered requests."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
create table case_file (
    id uuid not null,
    authority_id uuid not null,
    intake_id uuid not null,
    code text not null,
    token_sha256 bytea not null,
    procedure text not null,
    law_day date not null,
    law_sha256 text not null,
    channel text not null,
    filed_at timestamptz not null,
    status text not null,
    applicant jsonb not null,
    facts jsonb not null,
    version integer not null,
    delivery text not null,
    purpose text not null,
    note text not null,
    external text not null,
    filed_by text not null,
    identity bytea not null,
    complete_at timestamptz,
    resume text not null,
    supplements integer not null,
    supplement_due timestamptz,
    supplemented_at timestamptz,
    fee_vnd bigint,
    paid_at timestamptz,
    accepted_at timestamptz,
    clock_from timestamptz,
    first_due timestamptz,
    due_at timestamptz,
    apologies integer not null,
    apology jsonb not null,
    warned text not null,
    step text not null,
    step_due timestamptz,
    officer_id uuid,
    assigned_at timestamptz,
    proposal jsonb not null,
    proposed_by uuid,
    decided_by uuid,
    decided_at timestamptz,
    outcome text not null,
    signed_at timestamptz,
    delivered_at timestamptz,
    ended_at timestamptz,
    forwarded_at timestamptz,
    archived_at timestamptz,
    keep_until date,
    removed_at timestamptz,
    primary key (id),
    constraint case_two_people check (decided_by is null or proposed_by is null or decided_by <> proposed_by),
    constraint case_channel check (channel in ('portal', 'counter', 'post')),
    constraint case_token check (octet_length(token_sha256) = 32),
    constraint case_removed check (removed_at is null or archived_at is not null),
    foreign key(authority_id) references authority (id),
    foreign key(intake_id) references authority (id),
    unique (code),
    unique (token_sha256),
    foreign key(officer_id) references person (id),
    foreign key(proposed_by) references person (id),
    foreign key(decided_by) references person (id)
);
create unique index case_external on case_file (intake_id, external) where external <> '';
create index case_of_filer on case_file (filed_by, filed_at, id);
create index case_of_identity on case_file (identity) where identity <> ''::bytea;
create table case_paper (
    id uuid not null,
    case_id uuid not null,
    authority_id uuid not null,
    number integer not null,
    name text not null,
    work text not null,
    type text not null,
    holder text not null,
    copies integer not null,
    serial text not null,
    office text not null,
    signer text not null,
    title text not null,
    signed_on date,
    countries text[] not null,
    issuing_country text not null,
    document_kind text not null,
    language text not null,
    pages integer,
    checked boolean not null,
    record_id uuid,
    sha256 text not null,
    translation_id uuid,
    verdict jsonb not null,
    basis text not null,
    basis_note text not null,
    basis_record uuid,
    outcome text not null,
    grounds text[] not null,
    issuance_id uuid,
    symbol text not null,
    year integer,
    entry integer,
    issued_at timestamptz,
    annulled_at timestamptz,
    primary key (id),
    constraint case_paper_number unique (case_id, number),
    constraint case_paper_copies check (copies > 0),
    constraint case_paper_basis check (basis in ('', 'a', 'b', 'c')),
    foreign key(case_id) references case_file (id),
    foreign key(authority_id) references authority (id),
    foreign key(issuance_id) references issuance (id)
);
create index case_paper_issuance on case_paper (issuance_id) where issuance_id is not null;
create index case_paper_open_act on case_paper (issuance_id) where issuance_id is not null and issued_at is null;
create index case_paper_to_judge on case_paper (case_id)
    where record_id is not null and (verdict = '{}' or jsonb_exists(verdict, 'again_at'));
create index issuance_ordered on issuance (created_at) where state = 'ordered';
create index issuance_annulled on issuance (id) where annulled_at is not null;
create table case_record (
    id uuid not null,
    case_id uuid not null,
    authority_id uuid not null,
    kind text not null,
    name text not null,
    media_type text not null,
    size bigint not null,
    sha256 text not null,
    blob text not null,
    made_at timestamptz not null,
    made_by text not null,
    component text not null,
    form text not null,
    paper_id uuid,
    primary key (id),
    constraint case_record_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
    foreign key(case_id) references case_file (id),
    foreign key(authority_id) references authority (id)
);
create index case_record_blob on case_record (blob) where blob <> '';
create index case_record_of_case on case_record (case_id);
create table case_confirmation (
    id uuid not null,
    case_id uuid not null,
    authority_id uuid not null,
    papers uuid[] not null,
    asked text not null,
    name text not null,
    address text not null,
    question text not null,
    reference text not null,
    state text not null,
    letter_id uuid,
    drafted_by uuid not null,
    drafted_at timestamptz not null,
    sent_by uuid,
    sent_at timestamptz,
    due_at timestamptz,
    reminded_at timestamptz,
    answer text not null,
    answer_reference text not null,
    answer_id uuid,
    answered_at timestamptz,
    noted_by uuid,
    primary key (id),
    constraint case_confirmation_asked check (asked in ('vietnam', 'ministry', 'foreign')),
    constraint case_confirmation_state check (state in ('drafted', 'sent', 'answered', 'closed')),
    constraint case_confirmation_answer check (answer in ('', 'authentic', 'not-authentic', 'unclear')),
    foreign key(case_id) references case_file (id),
    foreign key(authority_id) references authority (id),
    foreign key(drafted_by) references person (id),
    foreign key(sent_by) references person (id),
    foreign key(noted_by) references person (id)
);
create index case_confirmation_due on case_confirmation (due_at) where state = 'sent';
create index case_confirmation_of_case on case_confirmation (case_id);
create table case_upload (
    id uuid not null,
    authority_id uuid not null,
    owner text not null,
    name text not null,
    media_type text not null,
    size bigint not null,
    sha256 text not null,
    blob text not null,
    made_at timestamptz not null,
    pages integer,
    primary key (id),
    foreign key(authority_id) references authority (id)
);
create index case_upload_age on case_upload (made_at);
create table case_counter (
    authority_id uuid not null,
    day date not null,
    last integer not null,
    primary key (authority_id, day),
    foreign key(authority_id) references authority (id)
);
create table case_request (
    asker text not null,
    key bytea not null,
    authority_id uuid not null,
    content bytea not null,
    case_id uuid not null,
    made_at timestamptz not null,
    primary key (asker, key),
    foreign key(authority_id) references authority (id)
);
create index case_request_age on case_request (made_at);
"""
SEES_CASE = """
create function verifier_sees_case(wanted uuid) returns boolean language sql stable as $$
    select exists (select from case_file where id = wanted)
$$
"""
"""A part of a dossier is seen by whoever sees the dossier: the policy of `case_file` holds within the function."""
RIGHTS = {
    "case_file": "select, insert, update",
    "case_paper": "select, insert, update",
    "case_record": "select, insert, update",
    "case_confirmation": "select, insert, update",
    "case_upload": "select, insert, delete",
    "case_counter": "select, insert, update",
    "case_request": "select, insert, delete",
}
"""Nothing of a dossier is ever deleted: what may no longer be kept is blanked, and its files go."""
OF_CASES = ("case_paper", "case_record", "case_confirmation")


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(SEES_CASE)
    for table, rights in RIGHTS.items():
        op.execute(f"grant {rights} on {table} to verifier_service")
        op.execute(f"alter table {table} enable row level security")
        writes = sees = "verifier_sees(authority_id)"
        if table == "case_file":
            writes = sees = "verifier_sees(authority_id) or verifier_sees(intake_id)"
        if table in OF_CASES:  # who does not see the dossier adds nothing to it
            sees, writes = f"{sees} or verifier_sees_case(case_id)", "verifier_sees_case(case_id)"
        op.execute(f"create policy {table}_own on {table} using ({sees}) with check ({writes})")


def downgrade() -> None:
    op.execute("drop table case_request, case_counter, case_upload, case_confirmation, case_record, case_paper cascade")
    op.execute("drop function verifier_sees_case(uuid)")
    op.execute("drop table case_file")
    op.execute("drop index issuance_annulled, issuance_ordered")
