"""Functions that run with the owner's rights look for tables where only the owner can put them."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DEFINERS = ("verifier_audit_last(text, text)", "verifier_login_taken(text)")
"""What the service may ask of tables that it does not see."""

# Temporary tables come before all others unless `pg_temp` is named last: with a temporary view of the same name the
# service would have had code of its own run by the owner (PostgreSQL, CREATE FUNCTION, "Writing SECURITY DEFINER
# Functions Safely").
BOUND = """
do $$ begin
    execute format('alter function {function} set search_path = pg_catalog, %I, pg_temp', current_schema());
end $$;
revoke execute on function {function} from public;
grant execute on function {function} to verifier_service;
"""


def upgrade() -> None:
    for function in DEFINERS:
        op.execute(BOUND.format(function=function))


def downgrade() -> None:
    """Leave them bound: 0002 works with them as they are."""
