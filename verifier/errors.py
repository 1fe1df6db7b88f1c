"""The one error tree: "could not judge", "could not issue", "bad request"; a negative verdict is never an exception."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """Why something could not be done, as data; texts in Vietnamese and English are looked up by `code`."""

    code: str
    """Stable identifier in kebab-case, e.g. `empty-file`; the last part of the RFC 9457 `type`."""
    detail: str = ""
    """One English sentence with the particulars of this case; never a traceback, never a secret."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Values for the placeholders of the text found by `code`."""


class VerifierError(Exception):
    """Base of all errors that this project raises on purpose."""

    def __init__(self, code: str, detail: str = "", **params: str) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.problem = Problem(code, detail, params)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process."""
        return (_rebuild, (type(self), self.problem))


class CouldNotJudge(VerifierError):
    """No verdict could be reached: unreadable document, no trust anchors, no policy, exhausted budget."""


class CouldNotIssue(VerifierError):
    """A document could not be marked, signed or completed: no time stamp, no key, an unfit certificate, no room."""


class BadRequest(VerifierError):
    """The caller asked for something malformed: an unknown instant, a missing folder, an unknown option."""


def fault_of(task: Callable[[], object]) -> Exception | None:
    """Run what nobody waits for, and return the fault that ended it; None where there was none."""
    try:
        task()
    except Exception as fault:  # noqa: BLE001 - the edge of work done beside requests
        return fault
    return None


def _rebuild(kind: type[VerifierError], problem: Problem) -> VerifierError:
    return kind(problem.code, problem.detail, **problem.params)
