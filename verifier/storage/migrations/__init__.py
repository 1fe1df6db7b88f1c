"""Alembic migrations, from zero; `verifier.storage.database.Database.upgrade` runs them."""
