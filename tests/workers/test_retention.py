from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from verifier.workers.retention import AUDIT_EVENTS, NAMES, SESSIONS, load_retention, parse_retention

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SHIPPED = (files("verifier.workers") / "retention.toml").read_text("utf-8")


def test_every_span_has_its_reasons() -> None:
    kept = load_retention()

    assert set(kept) == NAMES
    assert kept[SESSIONS].over(NOW) == NOW - timedelta(days=30)
    assert all(one.reason_vi != one.reason_en for one in kept.values())


def test_the_audit_log_has_no_end() -> None:
    with pytest.raises(ValueError, match="never deleted"):
        load_retention()[AUDIT_EVENTS].over(NOW)


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        ("[sessions]", "[session]", "sessions is missing|session is not known"),
        ("[audit-events]\ndays = 0", "[audit-events]\ndays = 400", "audit-events: is never deleted"),
        ("[sessions]\ndays = 30", "[sessions]\ndays = 0", "sessions: must end"),
        ("[sessions]\ndays = 30", "[sessions]\ndays = -1", "whole number"),
        ("[sessions]\ndays = 30", "[sessions]\ndays = true", "whole number"),
        ("[sessions]\ndays = 30", "[sessions]\ndays = 99999", "whole number"),
        ("[sessions]\ndays = 30", "[sessions]", "sessions must have exactly"),
        ("[sessions]\ndays = 30", "[sessions]\ndays = 30\nnote = 'x'", "sessions must have exactly"),
        ('citation = "RFC 7523 section 3 item 7"', 'citation = " "', "must be told"),
        ("[sessions]", "[more]\n[sessions]", "more is not known"),
    ],
)
def test_a_file_that_is_not_as_it_must_be_is_refused(good: str, bad: str, why: str) -> None:
    assert good in SHIPPED

    with pytest.raises(ValueError, match=why):
        parse_retention(SHIPPED.replace(good, bad))
