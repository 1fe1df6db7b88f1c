"""What payments need of the online payment platform (nền tảng thanh toán); `verifier/outside` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from verifier.payments.records import Bill, Notice, StatementLine

CALLBACK_PATH = "/api/v1/payments/callback"
"""Where the platform tells what happened, under the service's own address."""
WINDOW_MINUTES = 10
"""How far the time in a call may be from ours; what is older or newer is refused, so that no call is played again."""


class PlatformDown(Exception):
    """The platform gave no answer that can be used; the words are safe to show and hold no secret."""


class Platform(Protocol):
    """The payment platform of the National Public Service Portal, or one like it."""

    def create(self, bill: Bill, now: datetime) -> str:
        """Ask for a payment and return the address where it is paid; PlatformDown."""

    def query(self, reference: str, now: datetime) -> Sequence[Notice]:
        """Return what happened under a reference of ours, oldest first; PlatformDown."""

    def statement(self, payee: str, day: date, now: datetime) -> Sequence[StatementLine]:
        """Return all that was paid to an authority on a day; PlatformDown."""

    def read(self, body: bytes, now: datetime) -> Notice:
        """Return what a callback tells.

        BadRequest `callback-malformed`, `callback-signature`, `callback-stale`, `callback-not-ours`.
        """
