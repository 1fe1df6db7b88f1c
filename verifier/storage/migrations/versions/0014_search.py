"""What finds dossiers: words of names and numbers, and the orders of queue and deadline board."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = """
create table case_search (
    case_id uuid not null,
    authority_id uuid not null,
    filed_at timestamptz not null,
    words tsvector not null,
    primary key (case_id, authority_id),
    foreign key(case_id) references case_file (id),
    foreign key(authority_id) references authority (id)
);
create index case_search_words on case_search using gin (words) with (fastupdate = off);
create index case_search_newest on case_search (authority_id, filed_at, case_id);
"""
ORDERS = """
create index case_file_work on case_file (authority_id, (coalesce(due_at, step_due, filed_at)), id)
    where ended_at is null;
create index case_file_officer on case_file (officer_id, (coalesce(due_at, step_due, filed_at)), id)
    where ended_at is null and officer_id is not null;
create index case_file_due on case_file (authority_id, due_at, id) include (intake_id, status, officer_id)
    where ended_at is null;
create index case_file_step_due on case_file (authority_id, step_due, id) include (intake_id)
    where ended_at is null and step_due is not null;
create index case_file_supplement_due on case_file (authority_id, supplement_due, id) include (intake_id)
    where ended_at is null and supplement_due is not null;
create index case_confirmation_waiting on case_confirmation (authority_id, due_at) where state = 'sent';
"""

# Matching words is not leakproof, so row-level security would keep the index on them from being used. This function
# runs with the owner's rights and looks at the rows of the session's own authority only; it gives out ids, and whoever
# reads the dossiers behind them is held by row-level security again.
#
# Many dossiers have common names, few have a rare one. So the newest dossiers are looked through one by one first,
# which finds a page of common ones at once; what is not found there is rare enough to be had from the index and sorted.
# Of the last word, which may be but begun, the index has to gather every word that goes on so: where more dossiers have
# such a word than have the words before it, only the latter are asked of the index. The plans are made once a session:
# reckoning how common words are takes longer than asking.
FOUND = """
create function verifier_cases_found(
    whole tsquery, firm tsquery, begun tsquery, rare boolean, before timestamptz, before_id uuid, wanted integer
) returns table (id uuid)
language plpgsql stable security definer rows 50
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off
as $$
declare
    own constant uuid := nullif(current_setting('verifier.authority', true), '')::uuid;
    seen constant tsquery := cast('''@' || own || '''' as tsquery);
    asked tsquery := whole;
    found uuid[];
begin
    if own is null then
        return;
    end if;
    if not rare then
        found := array(
            select s.case_id from (
                select * from case_search n where n.authority_id = own and (n.filed_at, n.case_id) < (before, before_id)
                order by n.filed_at desc, n.case_id desc limit 20000
            ) s where s.words @@ whole limit wanted);
        if cardinality(found) >= wanted then
            return query select * from unnest(found);
            return;
        end if;
    end if;
    if firm is not null and (
        select count(*) filter (where s.words @@ firm) <= count(*) filter (where s.words @@ begun)
        from (
            select * from case_search n where n.authority_id = own and (n.filed_at, n.case_id) < (before, before_id)
            order by n.filed_at desc, n.case_id desc limit 2000
        ) s
    ) then
        asked := firm;
    end if;
    return query
        select s.case_id from (select * from case_search n where n.words @@ (asked && seen) offset 0) s
        where s.authority_id = own and (s.filed_at, s.case_id) < (before, before_id) and s.words @@ whole
        order by s.filed_at desc, s.case_id desc limit wanted;
end $$
"""
SIGNATURE = "verifier_cases_found(tsquery, tsquery, tsquery, boolean, timestamptz, uuid, integer)"
BOUND = f"""
do $$ begin
    execute format('alter function {SIGNATURE} set search_path = pg_catalog, %I, pg_temp', current_schema());
end $$;
revoke execute on function {SIGNATURE} from public;
grant execute on function {SIGNATURE} to verifier_service;
"""
SEES = "verifier_sees(authority_id) or verifier_sees_case(case_id)"
INDEXES = (
    "case_file_work", "case_file_officer", "case_file_due", "case_file_step_due", "case_file_supplement_due",
    "case_confirmation_waiting",
)  # fmt: skip


def upgrade() -> None:
    for part in (TABLE, ORDERS, FOUND, BOUND):
        op.execute(part)
    op.execute("grant select, insert, update, delete on case_search to verifier_service")
    op.execute("alter table case_search enable row level security")
    op.execute(f"create policy case_search_own on case_search using ({SEES}) with check ({SEES})")


def downgrade() -> None:
    op.execute(f"drop function {SIGNATURE}")
    op.execute("drop table case_search")
    op.execute(f"drop index {', '.join(INDEXES)}")
