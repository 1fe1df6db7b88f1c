"""Fees of dossiers: orders, payments, receipts, refunds, the platform's callbacks, reconciliation; no HTTP and no SQL."""
