"""Until when something may come, or is to be done, as the lists and the page of a dossier say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from verifier.web.casework.clock import owed_by

DAY = datetime(2026, 10, 14, 10, tzinfo=UTC)


def test_a_supplement_may_come_until_its_day_and_after_it_the_refusal_has_one() -> None:
    later = DAY + timedelta(days=1)

    assert (owed_by(DAY, DAY), owed_by(DAY, None), owed_by(None, later)) == (DAY, DAY, None)
    assert owed_by(DAY, later) == later
