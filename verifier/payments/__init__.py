"""Fees of dossiers: orders, payments, receipts, refunds, callbacks, reconciliation; no HTTP and no SQL in here."""
