"""What of a dossier those see who do not work on it: applicants, and clients that file for them. One rule for all.

How the office works is not theirs to see: what our judge found, letters to other authorities and their answers, slips
of delivery, forms of the office; nor a decision while it is not told yet.
"""

from __future__ import annotations

from verifier.cases.delivery import standing_results
from verifier.cases.desk import View
from verifier.cases.records import Case, CaseRecord
from verifier.cases.statuses import Status
from verifier.law.book import LawBook

BROUGHT = frozenset({"paper", "translation", "component"})
"""Kinds of records that came from the applicant."""
SENT = frozenset({"form", "letter", "receipt"})
"""Kinds of records that are sent to the applicant where the law says that the form is for applicants."""
UNDECIDED = frozenset({Status.APPROVAL.value, Status.SIGNING.value})
"""Where a decision may be written down already and is told to nobody outside."""


def open_records(view: View, book: LawBook) -> tuple[CaseRecord, ...]:
    """Return the stored records that the applicant may see and have, in their order.

    What was brought; forms that are addressed to applicants; results once they were given out, and of those nothing
    that was annulled.
    """
    given_out = standing_results(view.papers, view.records) if view.case.delivered_at else ()
    theirs = {one.id for one in given_out}
    addressed = book.forms.for_applicants
    return tuple(
        one
        for one in view.records
        if one.kind in BROUGHT or one.id in theirs or (one.kind in SENT and one.form in addressed)
    )


def decision_told(case: Case) -> bool:
    """Tell whether what was decided, and when, may be told to the applicant."""
    return case.status not in UNDECIDED
