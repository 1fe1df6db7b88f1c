"""Fees: orders of payment, payments, receipts with their counters, refunds, callbacks, reconciliations."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
create table payment_order (
    id uuid not null,
    case_id uuid not null,
    authority_id uuid not null,
    reference text not null,
    state text not null,
    lines jsonb not null,
    total bigint not null,
    credit bigint not null,
    amount bigint not null,
    currency text not null,
    when_paid text not null,
    law_sha256 text not null,
    made_at timestamptz not null,
    made_by uuid,
    due_at timestamptz,
    link text not null,
    link_at timestamptz,
    asked_at timestamptz,
    closed_at timestamptz,
    exemption text not null,
    ground text not null,
    decided_by uuid,
    notice_id uuid,
    primary key (id),
    constraint payment_order_state check (state in ('open', 'paid', 'exempt', 'cancelled')),
    constraint payment_order_amount check (amount = total - credit and amount >= 0 and credit >= 0),
    foreign key(case_id) references case_file (id),
    foreign key(authority_id) references authority (id),
    unique (reference),
    foreign key(made_by) references person (id),
    foreign key(decided_by) references person (id)
);
create index payment_order_asked on payment_order (link_at) where state = 'open' and link <> '';
create index payment_order_made on payment_order (authority_id, made_at);
create index payment_order_of_case on payment_order (case_id);
create unique index payment_order_open on payment_order (case_id) where state = 'open';
create table payment (
    id uuid not null,
    case_id uuid not null,
    order_id uuid not null,
    authority_id uuid not null,
    channel text not null,
    state text not null,
    amount bigint not null,
    currency text not null,
    transaction text not null,
    paid_at timestamptz not null,
    recorded_at timestamptz not null,
    recorded_by uuid,
    note text not null,
    primary key (id),
    constraint payment_channel check (channel in ('counter', 'platform', 'transfer')),
    constraint payment_state check (state in ('matched', 'mismatch', 'surplus', 'returned')),
    constraint payment_amount check (amount > 0),
    constraint payment_transaction check (channel = 'counter' or transaction <> ''),
    foreign key(case_id) references case_file (id),
    foreign key(order_id) references payment_order (id),
    foreign key(authority_id) references authority (id),
    foreign key(recorded_by) references person (id)
);
create index payment_apart on payment (authority_id) where state in ('mismatch', 'surplus');
create unique index payment_by_platform on payment (transaction) where channel = 'platform';
create unique index payment_by_transfer on payment (authority_id, transaction) where channel = 'transfer';
create index payment_day on payment (authority_id, paid_at);
create index payment_of_case on payment (case_id);
create unique index payment_of_order on payment (order_id) where state = 'matched';
create table payment_receipt (
    id uuid not null,
    authority_id uuid not null,
    symbol text not null,
    year integer not null,
    number integer not null,
    case_id uuid not null,
    order_id uuid not null,
    payment_id uuid not null,
    amount bigint not null,
    currency text not null,
    issued_at timestamptz not null,
    issued_by uuid,
    record_id uuid,
    primary key (id),
    constraint payment_receipt_number unique (authority_id, symbol, year, number),
    constraint payment_receipt_counted check (number > 0),
    foreign key(authority_id) references authority (id),
    foreign key(case_id) references case_file (id),
    foreign key(order_id) references payment_order (id),
    unique (payment_id),
    foreign key(payment_id) references payment (id),
    foreign key(issued_by) references person (id)
);
create index payment_receipt_day on payment_receipt (authority_id, issued_at);
create index payment_receipt_of_case on payment_receipt (case_id);
create table payment_counter (
    authority_id uuid not null,
    symbol text not null,
    year integer not null,
    last integer not null,
    primary key (authority_id, symbol, year),
    foreign key(authority_id) references authority (id)
);
create table payment_refund (
    id uuid not null,
    payment_id uuid not null,
    case_id uuid not null,
    authority_id uuid not null,
    amount bigint not null,
    currency text not null,
    state text not null,
    reason text not null,
    basis text not null,
    asked_by uuid not null,
    asked_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    note text not null,
    transaction text not null,
    done_at timestamptz,
    done_by uuid,
    primary key (id),
    constraint payment_refund_state check (state in ('asked', 'approved', 'rejected', 'done')),
    constraint payment_refund_amount check (amount > 0),
    constraint payment_refund_two_people check (decided_by is null or decided_by <> asked_by),
    constraint payment_refund_decided check ((state = 'asked') = (decided_by is null)),
    foreign key(payment_id) references payment (id),
    foreign key(case_id) references case_file (id),
    foreign key(authority_id) references authority (id),
    foreign key(asked_by) references person (id),
    foreign key(decided_by) references person (id),
    foreign key(done_by) references person (id)
);
create index payment_refund_day on payment_refund (authority_id, done_at);
create index payment_refund_of_case on payment_refund (case_id);
create index payment_refund_of_payment on payment_refund (payment_id);
create table payment_callback (
    id uuid not null,
    authority_id uuid,
    sha256 text not null,
    came_at timestamptz not null,
    outcome text not null,
    last_at timestamptz not null,
    times integer not null,
    case_id uuid,
    payment_id uuid,
    reference text not null,
    transaction text not null,
    amount bigint,
    primary key (id),
    constraint payment_callback_body unique (sha256, outcome),
    constraint payment_callback_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
    foreign key(authority_id) references authority (id),
    foreign key(case_id) references case_file (id),
    foreign key(payment_id) references payment (id)
);
create index payment_callback_day on payment_callback (came_at);
create table payment_reconciliation (
    id uuid not null,
    authority_id uuid not null,
    day date not null,
    source text not null,
    statement_sha256 text not null,
    agrees boolean not null,
    counts jsonb not null,
    made_at timestamptz not null,
    made_by uuid,
    primary key (id),
    constraint payment_reconciliation_source check (source in ('platform', 'upload')),
    constraint payment_reconciliation_sha256 check (statement_sha256 ~ '^[0-9a-f]{64}$'),
    foreign key(authority_id) references authority (id),
    foreign key(made_by) references person (id)
);
create index payment_reconciliation_day on payment_reconciliation (authority_id, day);
"""
RIGHTS = {
    "payment_order": "select, insert, update",
    "payment": "select, insert, update (state)",
    "payment_receipt": "select, insert",
    "payment_counter": "select, insert, update",
    "payment_refund": "select, insert, update",
    "payment_callback": "select, insert, update",
    "payment_reconciliation": "select, insert",
}
"""Nothing of money is ever deleted; of a payment no more than its state changes."""
OF_CASES = ("payment_order", "payment", "payment_receipt", "payment_refund")
"""What follows a dossier: whoever sees the dossier sees it."""


def upgrade() -> None:
    op.execute(TABLES)
    for table, rights in RIGHTS.items():
        op.execute(f"grant {rights} on {table} to verifier_service")
        op.execute(f"alter table {table} enable row level security")
        sees = "verifier_sees(authority_id)" + (" or verifier_sees_case(case_id)" if table in OF_CASES else "")
        op.execute(f"create policy {table}_own on {table} using ({sees}) with check ({sees})")


def downgrade() -> None:
    op.execute(f"drop table {', '.join(reversed(RIGHTS))}")
