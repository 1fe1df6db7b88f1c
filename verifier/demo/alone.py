"""The demonstration without its web site: database, PKI, signer process and officers, for a command that issues."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from verifier.accounts.second_factor import sealed
from verifier.demo.held import make_grants, make_key_file
from verifier.demo.people import DemoAccount, accounts, furnish
from verifier.demo.pki import DemoPki
from verifier.demo.processes import signer, socket_of
from verifier.demo.run import place_of, undisturbed
from verifier.demo.trust import LIST, foreign_list, make_trust
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.signing.records import Kind
from verifier.storage.database import Database
from verifier.storage.embedded import EmbeddedPostgres
from verifier.storage.keys import KeyRing, ring_made
from verifier.storage.people import SecondFactor
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM

NAME = "issue"
OFFICERS = {Kind.CERTIFIED_ECOPY: "phuong.chutich"}
OFFICER = "lanhdao"
"""Who issues all other kinds."""
PORTS = range(20_000, 30_000)
"""Of which the PKI has one: below those that systems give to whoever asks for any."""


@dataclass(frozen=True)
class Alone:
    """What was started."""

    environment: Mapping[str, str]
    """Settings by which the service finds it."""
    trust_store: Path
    accounts: tuple[DemoAccount, ...]
    pki: DemoPki

    def officer(self, kind: Kind) -> DemoAccount:
        """Return a leader of an authority that decides on acts of this kind."""
        return self.account(OFFICERS.get(kind, OFFICER))

    def account(self, login: str) -> DemoAccount:
        """Return an account by its name to sign in with; BadRequest `bad-option`."""
        known = {one.login: one for one in self.accounts}
        if login not in known:
            raise BadRequest("bad-option", f"the demonstration knows {', '.join(known)}", option="--officer")
        return known[login]


@contextlib.contextmanager
def demonstration(
    clock: Clock, waiting: Callable[[], None] = lambda: None, place: Path | None = None
) -> Iterator[Alone]:
    """Start it all, and end it all on leaving. Its keys and numbers stay in `place` for the next time.

    `waiting` is told where another one is at work there, for whose end we wait. BadRequest `bad-option`.
    """
    place = place or place_of(NAME)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone_in(place, waiting))
        port = _port(place)
        folder = place / str(port)
        folder.mkdir(exist_ok=True)
        with undisturbed():
            database = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
        pki, now = DemoPki(folder / "keys", port), clock.now()
        trust = make_trust(folder, pki, now)
        server = pki.serve({LIST: foreign_list(pki, now)})
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        environment = _environment(folder, trust, database.url, pki)
        _furnish(database.url, ring_made(folder / "data" / "keys.toml"), pki, folder, now)
        stack.enter_context(signer(make_key_file(folder, pki), {**os.environ, **environment}))
        yield Alone(environment, trust, accounts(folder), pki)


def _furnish(url: str, ring: KeyRing, pki: DemoPki, folder: Path, now: datetime) -> None:
    """Store authorities, people and grants; second factors as if never used, so that a code serves at each start."""
    Schema(url).upgrade()
    database = Database(url, ring)
    try:
        furnish(database, ring, folder, "", now)
        make_grants(database, pki, now)
        codes_anew(database, ring, folder, now)
    finally:
        database.close()


def codes_anew(database: Database, ring: KeyRing, folder: Path, now: datetime) -> None:
    """Have every one-time code of the sample accounts count as not used yet, that of this moment too."""
    with database.unit(SYSTEM) as unit:
        for one in accounts(folder):
            person = unit.people.by_login(one.login)
            if person is not None:
                secret = sealed(ring, person, one.secret)
                unit.people.set_second_factor(SecondFactor(person.id, person.authority_id, secret, 0, now))


def _environment(folder: Path, trust: Path, database: str, pki: DemoPki) -> Mapping[str, str]:
    return {
        "VERIFIER_ENV": "development",
        "VERIFIER_TRUST_STORE": str(trust),
        "VERIFIER_DATA": str(folder / "data"),
        "VERIFIER_FETCH_ALLOW_HOSTS": f"127.0.0.1:{pki.port}",
        "VERIFIER_PUBLIC_URL": pki.url,
        "VERIFIER_SIGNER_SOCKET": str(socket_of(folder)),
        "VERIFIER_TSA": ",".join(pki.stampers),
        "VERIFIER_LAW_SWITCHES": "e-apostille",
        "VERIFIER_LOG_LEVEL": "error",
        "VERIFIER_SECURITY_LOG": str(folder / "security.log"),
        "DATABASE_URL": database,
    }


@contextlib.contextmanager
def _alone_in(place: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the folder: two that start at once go one after the other."""
    place.mkdir(parents=True, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        raise BadRequest("bad-option", f"{place} belongs to somebody else")
    with (place / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _port(place: Path) -> int:
    """Return the port of last time, for certificates name it; the next one that is free where it is in use."""
    file = place / "port"
    known = file.read_text("ascii").strip() if file.exists() else ""
    mark = int(hashlib.sha256(os.fsencode(place)).hexdigest(), 16)
    start = int(known) if known.isdigit() and int(known) in PORTS else PORTS[mark % len(PORTS)]
    for number in range(len(PORTS)):
        port = PORTS[(start - PORTS.start + number) % len(PORTS)]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                file.write_text(str(port), "ascii")
                return port
    raise BadRequest("bad-option", "no port is free")
