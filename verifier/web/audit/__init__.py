"""Pages on the audit log, for auditors; they only read."""
