"""A site that keeps trust: the house of the tests of keeping, behind its pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.keeping.house import TrustHouse
from tests.web.accounts_support import accounts_of, app_of, caller_of
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.keeping.desk import TrustDesk
from verifier.keeping.keeper import TrustChange


class TrustSite(TrustHouse):
    """The house with its site; `caller` is who asks next."""

    def __post_init__(self) -> None:
        super().__post_init__()
        accounts = accounts_of(self.database, self.clock, kinds={"trust": TrustChange(self.keeper)})
        self.people = accounts.proposals
        self.desk = TrustDesk(self.keeper, self.people, self.clock, self.hosts)
        self.caller = Caller()
        self.app: Flask = app_of(accounts, self.place / "spool", lambda: self.caller, trust=self.desk)

    def signed_in(self, who: Caller, *, proved: bool = False) -> Caller:
        """The same person with a session, as pages need one."""
        assert who.person
        assert who.authority
        found = caller_of(who.person, who.authority, *who.roles, database=self.database)
        assert found.session
        return replace(found, session=replace(found.session, proved_at=self.clock.now() if proved else None))

    def client(self, who: Caller | None = None, *, proved: bool = False) -> FlaskClient:
        """A browser of this person; of the specialist where none is given."""
        self.caller = self.signed_in(who or self.specialist, proved=proved)
        return self.app.test_client()

    def of(self, role: Role) -> Caller:
        """The one who proposes, who decides, or another person of the role."""
        known = {Role.SPECIALIST: self.specialist, Role.LEADER: self.leader}
        return known.get(role) or self.person(role, f"{role.value}.1")


def site_at(database: Any, place: Path) -> TrustSite:
    """Make the site with its data below a folder."""
    return TrustSite(database, place)
