"""Register books: volumes, columns as they stood, entries of papers done on paper, corrections, closing."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CHANGES = """
alter table issuance add column volume integer not null default 1;
alter table issuance alter column volume drop default;
alter table register_book
    add column volumes jsonb not null default '{}',
    add column closed_by uuid,
    add column close_decision text not null default '',
    add column totals jsonb not null default '{}',
    add column chain text not null default '',
    add column closing_id uuid,
    add constraint register_book_closed
        check (closed_at is null or (closed_by is not null and chain ~ '^[0-9a-f]{64}$')),
    add foreign key(closed_by) references person (id),
    add foreign key(closing_id) references issuance (id);
alter table register_book
    alter column volumes drop default,
    alter column close_decision drop default,
    alter column totals drop default,
    alter column chain drop default;
alter table register_entry
    alter column issuance_id drop not null,
    add column case_id uuid,
    add column paper_id uuid,
    add column columns jsonb not null default '{}',
    add constraint register_entry_of_one check ((issuance_id is null) <> (paper_id is null)),
    add constraint register_entry_paper check ((case_id is null) = (paper_id is null)),
    add foreign key(case_id) references case_file (id),
    add foreign key(paper_id) references case_paper (id);
alter table register_entry alter column columns drop default;
create index case_file_filed on case_file (intake_id, filed_at, id);
create index register_entry_changed on register_entry (authority_id, symbol, changed_at);
create unique index register_entry_of_paper on register_entry (paper_id) where state in ('reserved', 'issued');
create index register_entry_time on register_entry (authority_id, symbol, reserved_at);
create table register_correction (
    id uuid not null,
    authority_id uuid not null,
    symbol text not null,
    year integer not null,
    number integer not null,
    "column" text not null,
    before text not null,
    after text not null,
    reason text not null,
    basis text not null,
    book_year integer not null,
    ordinal integer not null,
    officer_id uuid not null,
    officer_name text not null,
    made_at timestamptz not null,
    primary key (id),
    constraint register_correction_place check (book_year >= year and ordinal > 0),
    constraint register_correction_cited check (reason <> '' and basis <> ''),
    foreign key(authority_id, symbol, year, number)
        references register_entry (authority_id, symbol, year, number),
    foreign key(authority_id) references authority (id),
    foreign key(officer_id) references person (id)
);
create index register_correction_of_entry on register_correction (authority_id, symbol, year, number);
create unique index register_correction_ordinal on register_correction (authority_id, symbol, book_year, ordinal);
"""
BACK = """
drop table register_correction;
drop index case_file_filed, register_entry_changed, register_entry_of_paper, register_entry_time;
delete from register_entry where issuance_id is null;
alter table register_entry
    drop constraint register_entry_of_one,
    drop column columns,
    drop column paper_id,
    drop column case_id,
    alter column issuance_id set not null;
alter table register_book
    drop constraint register_book_closed,
    drop column closing_id,
    drop column chain,
    drop column totals,
    drop column close_decision,
    drop column closed_by,
    drop column volumes;
alter table issuance drop column volume;
"""
"""Going back loses what was entered on paper: the tables of before cannot hold it."""


def upgrade() -> None:
    op.execute(CHANGES)
    op.execute("grant select, insert on register_correction to verifier_service")
    op.execute("alter table register_correction enable row level security")
    sees = "verifier_sees(authority_id)"
    op.execute(f"create policy register_correction_own on register_correction using ({sees}) with check ({sees})")


def downgrade() -> None:
    op.execute(BACK)
