"""The carriers of this release: the security log, and the deletion of files whose row is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from verifier.storage.outbox import Message
from verifier.workers.always import tell
from verifier.workers.relay import CannotDeliver, Carrier

SECURITY_LOG = "security-log"
"""Topic of `verifier.accounts.security_log`."""
BLOB_DELETE = "blob-delete"
"""Topic of files to be deleted; the payload names one: `{"blob": name}`."""

Write = Callable[..., Any]
"""Writes one line of a log: an event, and what is told of it by name."""


class Files(Protocol):
    """Where files are deleted: `verifier.storage.blobs.Blobs`."""

    def delete(self, name: str) -> None:
        """Delete for good; nothing happens where it is gone already."""


def carriers(blobs: Files) -> Mapping[str, Carrier]:
    """Return all carriers by topic."""
    return {SECURITY_LOG: SecurityLog(_security), BLOB_DELETE: BlobDelete(blobs)}


@dataclass(frozen=True)
class SecurityLog:
    """Writes a security event as one line of the log `verifier.security`; who reads it tells repeats by the key."""

    write: Write

    def __call__(self, message: Message) -> None:
        """Write the line. CannotDeliver, for good, where the payload is none of ours."""
        told = dict(message.payload)
        what = told.pop("what", None)
        if not isinstance(what, str):
            raise CannotDeliver("the payload names no event", retry=False)
        self.write(what, **told, key=message.key)


@dataclass(frozen=True)
class BlobDelete:
    """Deletes a file; the row that named it went in the transaction that put the message."""

    blobs: Files

    def __call__(self, message: Message) -> None:
        """Delete the file. CannotDeliver where the store does not answer."""
        name = message.payload.get("blob")
        if not isinstance(name, str) or not name:
            raise CannotDeliver("the payload names no file", retry=False)
        try:
            self.blobs.delete(name)
        except OSError as error:
            raise CannotDeliver(f"the file cannot be deleted: {type(error).__name__}", retry=True) from error


def _security(event: str, **told: Any) -> None:
    tell("verifier.security", event, **told)
