"""People, authorities, audit log, outbox: tables, the service's own database role, and row-level security."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
create table assertion (
    client_id uuid not null,
    jti_sha256 bytea not null,
    expires_at timestamptz not null,
    primary key (client_id, jti_sha256)
);
create index assertion_expires_at on assertion (expires_at);

create table audit_event (
    number bigint not null,
    subject_kind text not null,
    subject_id text not null,
    subject_number integer not null,
    authority_id uuid,
    at timestamptz not null,
    actor_kind text not null,
    actor_id text not null,
    actor_name text not null,
    action text not null,
    body text not null,
    previous bytea not null,
    subject_previous bytea not null,
    hash bytea not null,
    primary key (number),
    constraint audit_event_of_subject unique (subject_kind, subject_id, subject_number),
    constraint audit_event_actor check (actor_kind in ('person', 'client', 'system', 'visitor')),
    constraint audit_event_hash check (octet_length(hash) = 32),
    unique (hash)
);
create index audit_event_of_authority on audit_event (authority_id, number);

create table audit_head (
    id integer not null,
    number bigint not null,
    hash bytea not null,
    mac text not null,
    primary key (id),
    constraint audit_head_single check (id = 1)
);

create table authority (
    id uuid not null,
    code text not null,
    kind text not null,
    name_vi text not null,
    name_en text not null,
    address_vi text not null,
    address_en text not null,
    time_zone text not null,
    signature_name text not null,
    seal_name text not null,
    forwards_to uuid,
    valid_from date not null,
    valid_until date,
    version integer not null,
    created_at timestamptz not null,
    primary key (id),
    constraint authority_kind check (
        kind in ('ministry', 'local_office', 'mission', 'commune', 'district', 'notary_office', 'agency')),
    constraint authority_code check (code ~ '^[A-Z][A-Z0-9]*([.][A-Z0-9]+)*$' and length(code) <= 35),
    constraint authority_period check (valid_until is null or valid_until >= valid_from),
    constraint authority_forwards check (forwards_to <> id),
    unique (code),
    foreign key(forwards_to) references authority (id)
);

create table job_run (
    name text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    outcome text not null,
    count integer not null,
    primary key (name)
);

create table outbox (
    id uuid not null,
    key text not null,
    topic text not null,
    payload jsonb not null,
    authority_id uuid,
    state text not null,
    attempts integer not null,
    created_at timestamptz not null,
    due_at timestamptz not null,
    finished_at timestamptz,
    trouble text not null,
    primary key (id),
    constraint outbox_state check (state in ('waiting', 'sent', 'dead')),
    unique (key)
);
create index outbox_due on outbox (due_at) where state = 'waiting';

create table sign_in_attempt (
    login_mac bytea not null,
    failures integer not null,
    last_at timestamptz not null,
    locked_until timestamptz,
    primary key (login_mac)
);

create table client (
    id uuid not null,
    authority_id uuid not null,
    name text not null,
    role text not null,
    scopes text[] not null,
    created_at timestamptz not null,
    disabled_at timestamptz,
    version integer not null,
    primary key (id),
    constraint client_of_authority unique (authority_id, id),
    constraint client_role check (role in ('relying_agency', 'portal')),
    foreign key(authority_id) references authority (id)
);

create table competence (
    id uuid not null,
    authority_id uuid not null,
    procedure text not null,
    capacity text not null,
    valid_from date not null,
    valid_until date,
    citation text not null,
    primary key (id),
    constraint competence_capacity check (capacity in ('decide', 'receive')),
    constraint competence_period check (valid_until is null or valid_until >= valid_from),
    foreign key(authority_id) references authority (id)
);
create index competence_of on competence (authority_id, procedure);

create table person (
    id uuid not null,
    authority_id uuid not null,
    login text not null,
    name text not null,
    name_sort text not null,
    name_search text not null,
    title_vi text not null,
    title_en text not null,
    email text not null,
    created_at timestamptz not null,
    disabled_at timestamptz,
    version integer not null,
    changed_at timestamptz not null,
    changed_by uuid,
    primary key (id),
    constraint person_of_authority unique (authority_id, id),
    constraint person_login check (login ~ '^[a-z0-9][a-z0-9._-]{2,63}$'),
    foreign key(authority_id) references authority (id),
    unique (login)
);
create index person_by_name on person (authority_id, name_sort);

create table access_token (
    token_sha256 bytea not null,
    authority_id uuid not null,
    client_id uuid not null,
    scopes text[] not null,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (token_sha256),
    foreign key(authority_id, client_id) references client (authority_id, id)
);
create index access_token_expires_at on access_token (expires_at);

create table client_key (
    id uuid not null,
    authority_id uuid not null,
    client_id uuid not null,
    kid text not null,
    jwk jsonb not null,
    valid_from timestamptz not null,
    valid_until timestamptz,
    primary key (id),
    foreign key(authority_id, client_id) references client (authority_id, id),
    constraint client_key_kid unique (client_id, kid)
);

create table identity (
    issuer text not null,
    subject text not null,
    authority_id uuid not null,
    person_id uuid not null,
    linked_at timestamptz not null,
    primary key (issuer, subject),
    foreign key(authority_id, person_id) references person (authority_id, id)
);
create index identity_of on identity (person_id);

create table invitation (
    token_sha256 bytea not null,
    authority_id uuid not null,
    person_id uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (token_sha256),
    foreign key(authority_id, person_id) references person (authority_id, id)
);
create index invitation_of on invitation (person_id);

create table password (
    person_id uuid not null,
    authority_id uuid not null,
    hash text not null,
    changed_at timestamptz not null,
    primary key (person_id),
    foreign key(authority_id, person_id) references person (authority_id, id)
);

create table proposal (
    id uuid not null,
    authority_id uuid not null,
    kind text not null,
    subject_id text not null,
    payload jsonb not null,
    base_version integer not null,
    reason text not null,
    state text not null,
    proposed_by uuid not null,
    proposed_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    decision_reason text not null,
    primary key (id),
    constraint proposal_state check (state in ('open', 'approved', 'rejected', 'withdrawn')),
    constraint proposal_decided check ((state = 'open') = (decided_by is null)),
    constraint proposal_two_people check (state not in ('approved', 'rejected') or decided_by <> proposed_by),
    constraint proposal_withdrawn_by_proposer check (state <> 'withdrawn' or decided_by = proposed_by),
    foreign key(authority_id) references authority (id),
    foreign key(proposed_by) references person (id),
    foreign key(decided_by) references person (id)
);
create index proposal_open on proposal (authority_id, proposed_at) where state = 'open';

create table recovery_code (
    code_sha256 bytea not null,
    authority_id uuid not null,
    person_id uuid not null,
    used_at timestamptz,
    primary key (code_sha256),
    foreign key(authority_id, person_id) references person (authority_id, id)
);
create index recovery_code_of on recovery_code (person_id);

create table role_grant (
    id uuid not null,
    authority_id uuid not null,
    person_id uuid not null,
    role text not null,
    valid_from timestamptz not null,
    valid_until timestamptz,
    granted_by uuid,
    granted_at timestamptz not null,
    primary key (id),
    foreign key(authority_id, person_id) references person (authority_id, id),
    constraint role_grant_role check (
        role in ('reception', 'specialist', 'leader', 'clerk', 'administrator', 'auditor', 'relying_agency', 'portal')),
    constraint role_grant_period check (valid_until is null or valid_until >= valid_from),
    constraint role_grant_not_to_oneself check (granted_by is null or granted_by <> person_id)
);
create index role_grant_of on role_grant (person_id);

create table second_factor (
    person_id uuid not null,
    authority_id uuid not null,
    secret bytea not null,
    last_step bigint not null,
    confirmed_at timestamptz,
    primary key (person_id),
    foreign key(authority_id, person_id) references person (authority_id, id)
);

create table session (
    id uuid not null,
    token_sha256 bytea not null,
    authority_id uuid not null,
    person_id uuid not null,
    stage text not null,
    method text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    proved_at timestamptz,
    address text not null,
    device text not null,
    ended_at timestamptz,
    end_reason text not null,
    primary key (id),
    foreign key(authority_id, person_id) references person (authority_id, id),
    constraint session_stage check (stage in ('second_factor', 'enrol', 'open')),
    constraint session_method check (method in ('password', 'identity')),
    unique (token_sha256)
);
create index session_ended on session (expires_at);
create index session_of on session (person_id);
"""

VALIDATION = """
alter table validation add column authority_id uuid references authority (id), add column handed_in_by uuid;
create index validation_of_authority on validation (authority_id, received_at);
insert into audit_head (id, number, hash, mac) values (1, 0, decode(repeat('00', 32), 'hex'), '');
"""

# The service acts as this role, whoever it logs in as; it owns nothing, so row-level security holds for it.
ROLE = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'verifier_service') then
        create role verifier_service nologin;
    end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
    execute format('grant usage on schema %I to verifier_service', current_schema());
end $$;
grant select on alembic_version to verifier_service;
grant select, insert on audit_event to verifier_service;
grant select, update on audit_head to verifier_service;
grant select, insert, update on authority, person, client to verifier_service;
"""

SEES = """
create function verifier_sees(owner uuid) returns boolean language sql stable as $$
    select current_setting('verifier.reach', true) = 'all'
        or owner = nullif(current_setting('verifier.authority', true), '')::uuid
$$;
"""

# A chain goes on from its last event, whoever may read that one.
LAST = """
create function verifier_audit_last(kind text, subject text, out subject_number integer, out hash bytea)
language sql stable security definer set search_path from current as $$
    select e.subject_number, e.hash from audit_event e
    where e.subject_kind = kind and e.subject_id = subject order by e.subject_number desc limit 1
$$;
"""

# Sign-in names are one for the whole service; nobody learns more than that one is taken.
TAKEN = """
create function verifier_login_taken(wanted text) returns boolean
language sql stable security definer set search_path from current as $$
    select exists (select from person where login = wanted)
$$;
"""

OWNED = (
    "person", "role_grant", "password", "second_factor", "recovery_code", "identity", "invitation", "session",
    "client", "client_key", "access_token", "proposal", "outbox",
)  # fmt: skip
"""Rows of these tables are seen and written by their own authority, and by work that reaches all of them."""
OF_THE_SYSTEM = ("sign_in_attempt", "assertion", "job_run")
"""Only work that reaches all authorities touches these."""
PUBLIC = ("authority", "competence")
"""Everybody may read who the authorities are and what they may do."""
CHANGEABLE = (*(name for name in OWNED if name not in {"person", "client"}), *OF_THE_SYSTEM, "competence", "validation")


def upgrade() -> None:
    for part in (TABLES, VALIDATION, ROLE, SEES, LAST, TAKEN):
        op.execute(part)
    op.execute(f"grant select, insert, update, delete on {', '.join(CHANGEABLE)} to verifier_service")
    for table in OWNED:
        _guard(table, "verifier_sees(authority_id)")
    for table in OF_THE_SYSTEM:
        _guard(table, "verifier_sees(null)")
    _guard("validation", "authority_id is null or verifier_sees(authority_id)")
    for table, owner in zip(PUBLIC, ("id", "authority_id"), strict=True):
        _guard(table, f"verifier_sees({owner})")
        op.execute(f"create policy {table}_read on {table} for select using (true)")
    op.execute("alter table audit_event enable row level security")
    op.execute("create policy audit_event_read on audit_event for select using (verifier_sees(authority_id))")
    op.execute("create policy audit_event_add on audit_event for insert with check (true)")


def downgrade() -> None:
    op.execute("drop policy validation_own on validation; alter table validation disable row level security")
    op.execute("drop index validation_of_authority")
    op.execute("alter table validation drop column authority_id, drop column handed_in_by")
    dropped = (*OWNED, *OF_THE_SYSTEM, "competence", "audit_event", "audit_head", "authority")
    op.execute(f"drop table {', '.join(dropped)} cascade")
    op.execute(
        "drop function verifier_sees(uuid); drop function verifier_audit_last(text, text)"
        "; drop function verifier_login_taken(text)"
    )


def _guard(table: str, rule: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"create policy {table}_own on {table} using ({rule}) with check ({rule})")
