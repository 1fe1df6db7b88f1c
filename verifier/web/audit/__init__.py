"""Pages on the audit log, for auditors."""
