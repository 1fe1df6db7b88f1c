"""Parts of a dossier are written by whoever sees the dossier, of whatever table; references are one for each client."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OWN = "verifier_sees(authority_id)"
SEES = "verifier_sees_case(case_id)"
EITHER = f"{OWN} or {SEES}"
OF_A_CASE_OR_NONE = f"case when case_id is null then {OWN} else {SEES} end"
OWN_OF_SEEN = f"{OWN} and (case_id is null or {SEES})"
CHECKS = {
    **dict.fromkeys(("payment_order", "payment", "payment_receipt", "payment_refund"), (EITHER, SEES)),
    **dict.fromkeys(("delivery", "archive_package", "case_search"), (EITHER, SEES)),
    **dict.fromkeys(("appointment", "appointment_wait", "notice"), (EITHER, OF_A_CASE_OR_NONE)),
    **dict.fromkeys(("case_request", "payment_callback", "register_entry"), (OWN, OWN_OF_SEEN)),
}
"""By table: what a row that is written had to meet until now, and what it has to meet now.

Foreign keys are looked up with the owner's rights, so without this an authority could hang a row of its own on the
dossier of another. Where a table has no more than rows of one authority, that stays so.
"""
REFERENCES = """
drop index case_external;
create unique index case_external on case_file (intake_id, external)
    where external <> '' and filed_by not like 'client:%';
create unique index case_external_of_client on case_file (filed_by, external)
    where external <> '' and filed_by like 'client:%';
"""
"""Each client numbers what it files by itself; officers of an authority share one set of references."""
# Where two clients used one reference, all but the first get their client's id in front: an earlier release holds one.
BACK = """
update case_file later set external = later.filed_by || ' ' || later.external
    where later.external <> '' and exists (
        select from case_file first where first.intake_id = later.intake_id and first.external = later.external
            and (first.filed_at, first.id) < (later.filed_at, later.id));
drop index case_external, case_external_of_client;
create unique index case_external on case_file (intake_id, external) where external <> '';
"""


def upgrade() -> None:
    for table, (_, check) in CHECKS.items():
        op.execute(f"alter policy {table}_own on {table} with check ({check})")
    op.execute(REFERENCES)


def downgrade() -> None:
    op.execute(BACK)
    for table, (check, _) in CHECKS.items():
        op.execute(f"alter policy {table}_own on {table} with check ({check})")
