"""The signer's Unix socket: who may ask, how much, how long; one thread a connection, one question each."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import structlog

from verifier.errors import BadRequest, CouldNotIssue, Problem, VerifierError, fault_of
from verifier.signing.records import HeldKey, Role
from verifier.signing.signer.protocol import (
    LARGEST_REQUEST,
    BadFrame,
    Deadline,
    key_written,
    octets,
    receive,
    send,
    written,
)

READ_SECONDS = 5.0
"""For a question to come in whole."""
ANSWER_SECONDS = 10.0
"""For an answer to be taken."""
THREADS = 64
"""Questions at a time; more are told `signer-busy`."""
BACKLOG = 128
LONGEST_PATH = 107
"""Octets of a Unix socket's address (unix(7))."""
PATIENCE = 15.0
"""Seconds that questions under way may take when the server ends."""

_PEER = struct.Struct("3i")
"""struct ucred: process, user and group (unix(7), SO_PEERCRED)."""

log = structlog.get_logger("verifier.signing.signer")


class Answers(Protocol):
    """What answers the questions; `checks.Checks`."""

    def keys(self) -> tuple[HeldKey, ...]:
        """As `ports.Signs`, and so are the others."""

    def confirm(self, token: str, issuances: list[UUID]) -> UUID:
        """Return a mandate."""

    def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
        """Return a signature."""


@dataclass(frozen=True)
class Doors:
    """Who may ask, and how long things may take."""

    users: frozenset[int] = frozenset()
    """Further user ids that may ask, beside the server's own."""
    read_seconds: float = READ_SECONDS
    threads: int = THREADS


class Server:
    """Serves on a socket that `listening` made, until `stop`."""

    def __init__(self, listener: socket.socket, answers: Answers, doors: Doors = Doors()) -> None:
        self._listener, self._answers, self._doors = listener, answers, doors
        self._room = threading.BoundedSemaphore(doors.threads)
        self._users = doors.users | {os.geteuid()}

    def serve(self) -> None:
        """Take questions until `stop` is called, by whatever thread, or the thread is interrupted."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._taken(connection)

    def stop(self) -> None:
        """Take no more questions, and wait for those under way."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for _ in range(self._doors.threads):
            if not self._room.acquire(timeout=PATIENCE):
                log.warning("a question is still under way")
                break

    def _taken(self, connection: socket.socket) -> None:
        if not self._room.acquire(blocking=False):
            self._refused(connection, Problem("signer-busy"))
            connection.close()
            return
        threading.Thread(target=self._attended, args=(connection,), name="signer-question", daemon=True).start()

    def _attended(self, connection: socket.socket) -> None:
        try:
            with connection:
                fault = fault_of(lambda: self._exchange(connection))
            if fault is not None:
                log.error("a question failed", fault=type(fault).__name__)
        finally:
            self._room.release()

    def _exchange(self, connection: socket.socket) -> None:
        user = _user(connection)
        if user not in self._users:
            self._refused(connection, Problem("signer-refused"), user=user)
            return
        try:
            question = receive(connection, LARGEST_REQUEST, Deadline(self._doors.read_seconds))
        except EOFError:
            return
        except (BadFrame, OSError) as error:
            self._refused(connection, Problem("signer-question", type(error).__name__), user=user)
            return
        try:
            answer = self._answer(question)
        except BadFrame:
            self._refused(connection, Problem("signer-question"), user=user)
        except CouldNotIssue as refusal:
            self._refused(connection, refusal.problem, what=question["do"], act=_short(question.get("issuance")))
        else:
            send(connection, {"ok": answer}, Deadline(ANSWER_SECONDS))

    def _answer(self, question: Mapping[str, Any]) -> Any:
        """Return the answer; what goes wrong inside, as with the database, is told by a code and nothing else."""
        act = _ACTS.get(str(question.get("do")))
        if act is None:
            raise BadFrame("no question")
        told: list[Any] = []
        fault = fault_of(lambda: told.append(act(self._answers, question)))
        if isinstance(fault, CouldNotIssue | BadFrame):
            raise fault
        if isinstance(fault, VerifierError):
            raise CouldNotIssue(fault.problem.code)
        if fault is not None:
            log.error("a question could not be answered", fault=type(fault).__name__)
            raise CouldNotIssue("signer-fault", type(fault).__name__)
        return told[0]

    def _refused(self, connection: socket.socket, problem: Problem, **about: object) -> None:
        log.warning("refused", code=problem.code, why=problem.detail, **about)
        told = {"code": problem.code, "detail": problem.detail, "params": dict(problem.params)}
        with contextlib.suppress(OSError):
            send(connection, {"problem": told}, Deadline(ANSWER_SECONDS))


def _keys(answers: Answers, _question: Mapping[str, Any]) -> Any:
    return [key_written(one) for one in answers.keys()]  # noqa: SIM118 - no mapping


def _confirm(answers: Answers, question: Mapping[str, Any]) -> Any:
    token, acts = question.get("token"), question.get("issuances")
    if not isinstance(token, str) or not isinstance(acts, list):
        raise BadFrame("no question")
    return str(answers.confirm(token, [_id(one) for one in acts]))


def _sign(answers: Answers, question: Mapping[str, Any]) -> Any:
    try:
        role = Role(str(question.get("role")))
    except ValueError:
        raise BadFrame("no role") from None
    return written(answers.sign(_id(question.get("issuance")), role, octets(question.get("attributes"))))


_ACTS: Mapping[str, Callable[[Answers, Mapping[str, Any]], Any]] = {"keys": _keys, "confirm": _confirm, "sign": _sign}


def _id(told: object) -> UUID:
    try:
        return UUID(str(told))
    except ValueError:
        raise BadFrame("no id") from None


def _short(told: object) -> str:
    return str(told)[:36] if isinstance(told, str) else ""


def _user(connection: socket.socket) -> int:
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _process, user, _group = _PEER.unpack(told)
    return int(user)


@contextmanager
def listening(path: Path, *, shared: bool = False) -> Iterator[socket.socket]:
    """Give a listening socket at `path`, and remove it in the end; a dead server's is replaced.

    Its folder is for its owner alone, and so is the socket; `shared`: also for the folder's group. BadRequest
    `socket-in-use` where another server is alive, `bad-option` where it cannot be made there.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise _wrong(path, f"is longer than {LONGEST_PATH} octets")
    try:
        _folder(path.parent, shared=shared)
        with _locked(path), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            _clear(path)
            before = os.umask(0o177 if not shared else 0o117)
            try:
                listener.bind(str(path))
            finally:
                os.umask(before)
            listener.listen(BACKLOG)
            try:
                yield listener
            finally:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise _wrong(path, f"cannot be made ({error.strerror or type(error).__name__})") from None


def _folder(folder: Path, *, shared: bool) -> None:
    folder.mkdir(mode=0o750 if shared else 0o700, parents=True, exist_ok=True)
    found = folder.stat()
    closed = stat.S_IRWXO | stat.S_IWGRP if shared else stat.S_IRWXO | stat.S_IRWXG
    if found.st_mode & closed or found.st_uid != os.geteuid():
        raise _wrong(folder, f"must be of this user, mode {'750' if shared else '700'} or less")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the place against a second server, which would take the socket away."""
    number = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(number)
        raise BadRequest("socket-in-use", f"another signer is at {path}", option="--socket") from None
    try:
        yield
    finally:
        os.close(number)


def _clear(path: Path) -> None:
    """Remove what a dead server left."""
    if not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise _wrong(path, "is there already and is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise BadRequest("socket-in-use", f"somebody serves at {path}", option="--socket")


def _wrong(path: Path, why: str) -> BadRequest:
    return BadRequest("bad-option", f"--socket: {path} {why}", option="--socket")
