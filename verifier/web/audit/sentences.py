"""What checking the audit log found, as a sentence; the pages and the command say the same."""

from __future__ import annotations

from verifier.storage.audit_check import AuditFinding
from verifier.web import locale


def what_is_wrong(finding: AuditFinding, lang: str) -> str:
    """Return what is wrong with the first broken link, without saying where, in `vi` or `en`."""
    count = finding.until - finding.number + 1 if finding.until else 1
    return locale.text(
        finding.code, lang, count=count, number=finding.number, until=finding.until, column=finding.column
    )
