"""How long an appointment takes, and how slots are laid out, out of `lengths.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files

from verifier.appointments.records import REASONS
from verifier.errors import BadRequest


@dataclass(frozen=True)
class Length:
    """Minutes that one reason takes."""

    first: int
    more: int
    most: int

    def of(self, originals: int) -> timedelta:
        """Return how long it takes with so many originals."""
        return timedelta(minutes=min(self.first + self.more * (originals - 1), self.most))


@dataclass(frozen=True)
class Lengths:
    """How slots are laid out."""

    grid: timedelta
    """Slots begin at multiples of it after the office opens, and after lunch."""
    notice: timedelta
    """Applicants book, move and cancel at least so long before."""
    ahead: int
    """Days; nobody books further ahead."""
    most_days: int
    """Of one question for slots."""
    most_originals: int
    by_reason: Mapping[tuple[str, str], Length]
    """By reason and procedure; the procedure is empty for all others."""

    def of(self, reason: str, procedure: str, originals: int) -> timedelta:
        """Return how long an appointment takes; BadRequest `field-wrong` (`field`)."""
        if reason not in REASONS:
            raise BadRequest("field-wrong", field="reason", allowed=", ".join(REASONS))
        if not 1 <= originals <= self.most_originals:
            raise BadRequest("field-wrong", field="originals", allowed=f"1 – {self.most_originals}")
        found = self.by_reason.get((reason, procedure)) or self.by_reason[reason, ""]
        return found.of(originals)


@cache
def lengths() -> Lengths:
    """Return the data of this release. ValueError where a length does not lie on the grid or is missing."""
    told = tomllib.loads(files("verifier.appointments").joinpath("lengths.toml").read_text("utf-8"))
    by_reason = {
        (one["reason"], one.get("procedure", "")): Length(one["first"], one["more"], one["most"])
        for one in told["length"]
    }
    uneven = [one for one in by_reason.values() if any(part % told["grid"] for part in (one.first, one.more, one.most))]
    if uneven or not {(reason, "") for reason in REASONS} <= by_reason.keys():
        raise ValueError("lengths.toml: every reason has a length, and all lie on the grid")
    return Lengths(
        timedelta(minutes=told["grid"]),
        timedelta(minutes=told["notice"]),
        told["ahead"],
        told["most_days"],
        told["most_originals"],
        by_reason,
    )
