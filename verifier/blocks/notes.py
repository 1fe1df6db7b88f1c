"""Collects the checks of one signature, in the order in which they were made."""

from __future__ import annotations

from datetime import datetime

from verifier.verdict import Check, CheckStatus

STANDARD = "EN 319 102-1"


class Notes:
    """A growing list of checks; the judge writes, reports read."""

    def __init__(self) -> None:
        self._checks: list[Check] = []

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was checked so far, each finding once."""
        return _distinct(self._checks)

    def extend(self, other: Notes) -> None:
        """Take over what another has noted."""
        self._checks += other.checks

    def ok(self, code: str, clause: str, /, **params: object) -> None:
        """Note a check that succeeded."""
        self._add(code, CheckStatus.OK, clause, params)

    def warn(self, code: str, clause: str, /, **params: object) -> None:
        """Note a finding that does not change the indication."""
        self._add(code, CheckStatus.WARNING, clause, params)

    def fail(self, code: str, clause: str, /, **params: object) -> None:
        """Note a check that did not succeed."""
        self._add(code, CheckStatus.FAILED, clause, params)

    def judge(self, good: bool, code: str, clause: str, /, **params: object) -> bool:  # noqa: FBT001
        """Note `code` as ok or failed and return `good`."""
        (self.ok if good else self.fail)(code, clause, **params)
        return good

    def _add(self, code: str, status: CheckStatus, clause: str, params: dict[str, object]) -> None:
        citation = clause if not clause[:1].isdigit() else f"{STANDARD} {clause}"
        self._checks.append(Check(code, status, citation, {k: _text(v) for k, v in params.items() if v is not None}))


def _distinct(checks: list[Check]) -> tuple[Check, ...]:
    seen: dict[tuple[object, ...], Check] = {}
    for check in checks:
        seen.setdefault((check.code, check.status, check.citation, *sorted(check.params.items())), check)
    return tuple(seen.values())


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
