"""Sealing everything anew with the current key of the ring, and telling which keys are still needed.

What is sealed: the data key of every stored file, every TOTP secret, the words of notices that wait, and (marked, not
sealed) the head of the audit log. Each file is exchanged by itself, and all that stands in the database at once; so it
can be interrupted at any time and repeated: what is done already is passed by.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from verifier.audit import Actor, Event
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import CannotOpen, KeyRing, key_of
from verifier.storage.outbox import Message
from verifier.storage.people import SecondFactor
from verifier.storage.scope import SYSTEM

SECOND_FACTOR = "second factor"
"""What TOTP secrets are sealed for; they are bound to the bytes of their person's id."""
NOTICE = "notice"
"""What the words of notices are sealed for, in messages of the outbox; bound to the bytes of the notice's id."""
HEAD = "audit log"
ACTOR = Actor("system", "keys rotate")

Progress = Callable[[str], None]
"""Told the name of each file that is done."""


@dataclass(frozen=True)
class Failure:
    """Something that does not open and stays as it is."""

    what: str
    """Name of the file, `second factor of` a person's id, or `audit log`."""
    why: str


@dataclass(frozen=True)
class Rotated:
    """What was sealed anew, and what could not be."""

    files: int
    second_factors: int
    head: bool
    """Whether the head of the audit log was marked anew."""
    failures: tuple[Failure, ...]
    messages: int = 0


@dataclass(frozen=True)
class Uses:
    """What stands under which key, by the key's name; also under keys that are not on the ring."""

    files: Mapping[str, int]
    second_factors: Mapping[str, int]
    head: str
    """Key that marks the head of the audit log; empty where nothing is logged yet."""
    failures: tuple[Failure, ...] = ()
    messages: Mapping[str, int] = field(default_factory=dict)

    def of(self, key: str) -> tuple[int, int, bool, int]:
        """How many files and second factors a key seals, whether it marks the head, and how many messages it seals."""
        return self.files.get(key, 0), self.second_factors.get(key, 0), self.head == key, self.messages.get(key, 0)

    @property
    def keys(self) -> frozenset[str]:
        """All keys that are in use."""
        return frozenset({*self.files, *self.second_factors, *self.messages, *filter(None, (self.head,))})


@dataclass(frozen=True)
class Rotation:
    """Files and database of the service, with the ring to seal with."""

    database: Database
    blobs: Blobs
    ring: KeyRing = field(repr=False)

    def names(self) -> tuple[str, ...]:
        """Return the names of all files."""
        return tuple(name for names in self.blobs.names() for name in names)

    def rotate(self, names: tuple[str, ...], at: datetime, progress: Progress = lambda _: None) -> Rotated:
        """Seal these files, all second factors and the audit log's head anew, and log that it was done.

        A head whose mark does not fit is left as it is, and nothing is logged, since both would hide what happened.
        SQLAlchemyError where the database fails, OSError where the disk does.
        """
        failures: list[Failure] = []
        files = sum(self._file(name, failures, progress) for name in names)
        with self.database.unit(SYSTEM) as unit:
            factors = sum(self._second_factor(unit, one, failures) for one in unit.people.second_factors())
            messages = sum(self._message(unit, one, failures) for one in unit.outbox.sealed())
            try:
                head = unit.audit.mark_anew()
            except CannotOpen as error:
                failures.append(Failure(HEAD, error.problem.detail))
                return Rotated(files, factors, head=False, failures=tuple(failures), messages=messages)
            if files or factors or head or messages:
                unit.audit.append(_event(self.ring.current, files, factors, at))
        return Rotated(files, factors, head, tuple(failures), messages)

    def uses(self) -> Uses:
        """Look at everything that is sealed."""
        failures: list[Failure] = []
        files = Counter(self._keys_of_files(failures))
        with self.database.unit(SYSTEM) as unit:
            factors = Counter(_keys_of(unit.people.second_factors(), failures))
            messages = Counter(_keys_of_messages(unit.outbox.sealed(), failures))
            head = unit.audit.head_key()
        return Uses(files, factors, head, tuple(failures), messages)

    def _file(self, name: str, failures: list[Failure], progress: Progress) -> bool:
        try:
            return self.blobs.reseal(name)
        except FileNotFoundError:  # deleted meanwhile
            return False
        except CannotOpen as error:
            failures.append(Failure(name, error.problem.detail))
            return False
        finally:
            progress(name)

    def _second_factor(self, unit: UnitOfWork, factor: SecondFactor, failures: list[Failure]) -> bool:
        owner = factor.person_id.bytes
        try:
            if key_of(factor.secret) == self.ring.current:
                return False
            secret = self.ring.open(SECOND_FACTOR, factor.secret, owner)
        except CannotOpen as error:
            failures.append(_failure_of(factor, error))
            return False
        unit.people.set_second_factor(replace(factor, secret=self.ring.seal(SECOND_FACTOR, secret, owner)))
        return True

    def _message(self, unit: UnitOfWork, message: Message, failures: list[Failure]) -> bool:
        try:
            sealed = _sealed_in(message)
            if key_of(sealed) == self.ring.current:
                return False
            owner = UUID(message.payload["notice"]).bytes
            words = self.ring.open(NOTICE, sealed, owner)
        except CannotOpen as error:
            failures.append(Failure(f"message {message.id}", error.problem.detail))
            return False
        unit.outbox.amend(message.id, sealed=base64.b64encode(self.ring.seal(NOTICE, words, owner)).decode())
        return True

    def _keys_of_files(self, failures: list[Failure]) -> Iterator[str]:
        for name in self.names():
            try:
                yield self.blobs.ring_key(name)
            except FileNotFoundError:
                continue
            except CannotOpen as error:
                failures.append(Failure(name, error.problem.detail))


def _keys_of(factors: tuple[SecondFactor, ...], failures: list[Failure]) -> Iterator[str]:
    for factor in factors:
        try:
            yield key_of(factor.secret)
        except CannotOpen as error:
            failures.append(_failure_of(factor, error))


def _keys_of_messages(messages: tuple[Message, ...], failures: list[Failure]) -> Iterator[str]:
    for message in messages:
        try:
            yield key_of(_sealed_in(message))
        except CannotOpen as error:
            failures.append(Failure(f"message {message.id}", error.problem.detail))


def _sealed_in(message: Message) -> bytes:
    return base64.b64decode(str(message.payload["sealed"]))


def _failure_of(factor: SecondFactor, error: CannotOpen) -> Failure:
    return Failure(f"second factor of {factor.person_id}", error.problem.detail)


def _event(key: str, files: int, factors: int, at: datetime) -> Event:
    details = {"files": files, "second_factors": factors}
    return Event("keys", key, "keys-rotated", ACTOR, at, details=details)
