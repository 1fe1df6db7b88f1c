"""Who asks: nobody, a person with a session, or a machine client with a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from verifier.accounts.roles import Role
from verifier.audit import Actor
from verifier.storage.authorities import Authority
from verifier.storage.clients import Client
from verifier.storage.people import Person
from verifier.storage.scope import VISITOR, Scope
from verifier.storage.sessions import SignedIn

PROOF_LASTS = timedelta(minutes=5)
"""How long a step-up (a second proof within the session) counts as fresh."""


@dataclass(frozen=True)
class Claim:
    """What somebody brings to be let see one dossier; nobody has looked at it yet."""

    code: str
    """Code of the dossier, which can be guessed."""
    token: str = field(repr=False)
    """Its secret access token."""


@dataclass(frozen=True)
class Caller:
    """Who asks, for which authority, and what they may do."""

    address: str = ""
    """Network address."""
    authority: Authority | None = None
    person: Person | None = None
    client: Client | None = None
    session: SignedIn | None = None
    """The person's session, in stage `open`."""
    roles: frozenset[Role] = frozenset()
    """Roles held at this moment."""
    scopes: frozenset[str] = field(default=frozenset())
    """OAuth scopes of a client's token."""
    claim: Claim | None = None
    """Code and secret token of a dossier, of somebody who is not known otherwise."""
    identities: tuple[bytes, ...] = field(default=(), repr=False)
    """Keyed hashes of the electronic identity by which an applicant signed in; none where nobody did."""

    @property
    def known(self) -> bool:
        """Tell whether somebody is signed in."""
        return self.person is not None or self.client is not None

    @property
    def id(self) -> UUID | None:
        """Id of the person or client."""
        someone = self.person or self.client
        return someone.id if someone else None

    @property
    def scope(self) -> Scope:
        """How far this caller reaches."""
        return Scope(self.authority.id) if self.authority else VISITOR

    @property
    def actor(self) -> Actor:
        """Who stands in the audit log."""
        place = self.authority.id if self.authority else None
        if self.person is not None:
            return Actor("person", str(self.person.id), self.person.name, place, self.address)
        if self.client is not None:
            return Actor("client", str(self.client.id), self.client.name, place, self.address)
        return Actor("visitor", address=self.address)

    def proved_within(self, now: datetime, span: timedelta = PROOF_LASTS) -> bool:
        """Tell whether the person proved to be there within `span` before `now`."""
        at = self.session.proved_at if self.session else None
        return at is not None and timedelta() <= now - at <= span
