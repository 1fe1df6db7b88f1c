"""What all commands share: exit codes, streams, settings, reading and writing files; quick to load."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from verifier.errors import BadRequest, Problem
from verifier.outside.clock import Clock
from verifier.plain import visible
from verifier.settings import Settings

ALL_PASSED, NOT_PASSED, USAGE, NOT_JUDGED = 0, 1, 2, 3
INTERRUPTED = 130
YEARS = range(1971, 2200)
"""Years that `--at` can lie in: no certificate is dated beyond them."""

_OF_THE_SERVICE = ("VERIFIER_ENV", "DATABASE_URL", "VERIFIER_SECRET_KEY")


@dataclass(frozen=True)
class Surroundings:
    """What a command finds around it; tests bring their own."""

    env: Mapping[str, str]
    out: TextIO
    err: TextIO
    clock: Clock


def settings_of(around: Surroundings, trust_store: Path | None = None) -> Settings:
    """Return the settings, without those that only the service needs; BadRequest `bad-option`."""
    settings = Settings.from_environment({k: v for k, v in around.env.items() if k not in _OF_THE_SERVICE})
    return replace(settings, trust_store=trust_store) if trust_store else settings


def instant_of(text: str) -> datetime:
    """Return the instant that `--at` names, UTC where no offset stands; BadRequest `bad-instant`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(
            "bad-instant", f"--at wants an instant as 2026-11-22T12:00:00Z, not {text!r}", value=text
        ) from None
    if at.year not in YEARS:
        raise BadRequest("bad-instant", f"--at lies beyond {YEARS[0]} to {YEARS[-1]}: {text!r}", value=text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def content(file: Path) -> bytes:
    """Return what stands in a file that was named; BadRequest `bad-option` where it cannot be read."""
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise _bad_file(str(file), error) from None


def passwords_in(file: Path | None) -> tuple[str, ...]:
    """Return the passwords of a file, one a line; blanks belong to a password, the end of the line does not."""
    if file is None:
        return ()
    try:
        lines = content(file).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise BadRequest("bad-option", "--password-file is not UTF-8", option="--password-file") from None
    return tuple(dict.fromkeys(line for line in (one.removesuffix("\r") for one in lines) if line))


def folder(path: Path | None, option: str) -> Path | None:
    """Make a folder to write to; BadRequest `bad-option` names the option."""
    try:
        if path:
            path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _bad_file(option, error) from None
    return path


@contextlib.contextmanager
def output(path: Path | None, around: Surroundings) -> Iterator[TextIO]:
    """Open what the report is written to, before anything is judged."""
    if path is None:
        yield around.out
        return
    try:
        file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except (OSError, ValueError) as error:
        raise _bad_file("--output", error) from None
    with file:
        yield file


def complain(around: Surroundings, problem: Problem) -> None:
    """Say in one line why nothing was done."""
    text = f"verifier: {problem.code}: {problem.detail}" if problem.detail else f"verifier: {problem.code}"
    print(visible(text), file=around.err)


def where(error: BaseException) -> str:
    """Tell kind and place of a fault of ours; its own words may hold what nobody shall read."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"


def _bad_file(what: str, error: Exception) -> BadRequest:
    why = getattr(error, "strerror", None) or str(error)
    return BadRequest("bad-option", f"{what}: {why}", option=what)
