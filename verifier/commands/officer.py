"""An officer at the command line: a real session with a fresh step-up, ended when the command is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from verifier.accounts.caller import Caller
from verifier.accounts.services import Accounts
from verifier.accounts.sign_in import Origin
from verifier.errors import BadRequest

ORIGIN = Origin("127.0.0.1", "verifier issue")


@dataclass(frozen=True)
class Officer:
    """Who issues, and how to sign in as that person; secrets are asked for when they are needed."""

    login: str
    password: Callable[[], str] = field(repr=False)
    code: Callable[[], str] = field(repr=False)


@contextlib.contextmanager
def signed_in(accounts: Accounts, officer: Officer) -> Iterator[tuple[Caller, str]]:
    """Give a session with a fresh step-up, ended on leaving; BadRequest as `accounts.sign_in`, `no-second-factor`."""
    door, password = accounts.sign_in, officer.password()
    opened = door.with_password(officer.login, password, ORIGIN)
    try:
        if opened.session.stage != "second_factor":
            raise BadRequest("no-second-factor", "sign in on the site once, to set up one-time codes")
        opened = door.second_factor(opened.token, officer.code(), ORIGIN)
        door.step_up(door.caller(opened.token, ORIGIN.address), opened.token, password)
        yield door.caller(opened.token, ORIGIN.address), opened.token
    finally:
        door.sign_out(opened.token, ORIGIN.address)
