"""Keys on PKCS#11 tokens: each token is reached through child processes of its own, one session each.

PKCS#11 is neither safe to fork nor, as it is initialised here, to be called by several threads; a module of a maker may
crash or hang. So no module is ever loaded in this process: a child loads it, logs in and signs one digest at a time. A
child that loses its token ends, and the next signature begins with a new one, which initialises the module afresh.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from verifier.errors import CouldNotIssue
from verifier.signing.keys import token_child
from verifier.signing.keys.algorithms import der_of_raw, digest_info, is_pss
from verifier.signing.keys.keyfile import OnToken, TokenPlace, secret_in
from verifier.signing.records import Algorithm

PATIENCE = 10.0
"""Seconds that a token may take for one answer."""
WRONG = ("pin-wrong", "pin-locked")
OF_THE_CHILD = frozenset({"token-absent", "key-unavailable", "key-missing", *WRONG})


class Tokens:
    """The tokens in use, by module and label."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {name: value for name, value in env.items() if not _ours(name)}
        self._tokens: dict[TokenPlace, Token] = {}

    def token(self, place: TokenPlace) -> Token:
        """Return the token at a place."""
        return self._tokens.setdefault(place, Token(place, self._env))

    def close(self) -> None:
        """End all children."""
        for token in self._tokens.values():
            token.close()


class Token:
    """One token, used by as many threads as it has sessions; more wait."""

    def __init__(self, place: TokenPlace, env: Mapping[str, str]) -> None:
        self._place, self._env = place, env
        self._free: list[_Child] = []
        self._lock = threading.Lock()
        self._login = threading.Lock()
        self._room = threading.BoundedSemaphore(place.sessions)
        self._wrong = ("", "")
        """Digest of the PIN that was refused, and the code; it is not tried again, since that would lock the token."""

    def sign(self, where: OnToken, algorithm: Algorithm, digest: bytes) -> bytes:
        """Sign a digest. CouldNotIssue `token-absent`, `pin-wrong`, `pin-locked`, `key-missing`, `key-unavailable`."""
        made = bytes.fromhex(str(self._ask(where, {"do": "sign", **_mechanism(algorithm, digest)})))
        return made if algorithm.value.startswith("rsa-") else der_of_raw(made)

    def look(self, where: OnToken) -> None:
        """Refuse as `sign` where the key is not there now."""
        self._ask(where, {"do": "look"})

    def close(self) -> None:
        """End the children that are not at work."""
        with self._lock:
            children, self._free = self._free, []
        for child in children:
            child.end()

    def _ask(self, where: OnToken, what: Mapping[str, Any]) -> object:
        told = {**what, "label": where.key_label, "id": where.key_id.hex()}
        with self._child() as (child, used):
            try:
                return child.ask(told)
            except CouldNotIssue as refusal:
                failure = refusal
        if not used or failure.problem.code in WRONG:
            raise failure
        self.close()  # the token was gone meanwhile, and may be back
        with self._child() as (child, _):
            return child.ask(told)

    @contextmanager
    def _child(self) -> Iterator[tuple[_Child, bool]]:
        """Lend a child that is logged in; one that refuses is ended. Told beside it: whether it was used before."""
        with self._room:
            with self._lock:
                child = self._free.pop() if self._free else None
            used = child is not None
            child = child or self._logged_in()
            try:
                yield child, used
            except BaseException:  # whatever ended the loan, the child may hold half an answer; it goes on
                child.end()
                raise
            with self._lock:
                self._free.append(child)

    def _logged_in(self) -> _Child:
        """Begin a child; one at a time, so that a wrong PIN is tried once."""
        with self._login:
            try:
                pin = secret_in(self._place.pin_file)
            except PermissionError as error:
                raise CouldNotIssue("secret-open", str(error)) from None
            except (OSError, UnicodeDecodeError) as error:
                raise CouldNotIssue("key-unavailable", f"the PIN cannot be read ({type(error).__name__})") from None
            mark = hashlib.sha256(pin.encode()).hexdigest()
            if mark == self._wrong[0]:
                raise CouldNotIssue(self._wrong[1], "the PIN was refused and is not tried again until it is changed")
            child = _Child(self._place, self._env)
            try:
                child.ask({"do": "login", "pin": pin})
            except CouldNotIssue as refusal:
                child.end()
                if refusal.problem.code in WRONG:
                    self._wrong = (mark, refusal.problem.code)
                raise
            return child


class _Child:
    """A process with the module loaded."""

    def __init__(self, place: TokenPlace, env: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", token_child.__name__, str(place.module), place.label]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(env), close_fds=True,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise CouldNotIssue("key-unavailable", f"no process could be begun ({type(error).__name__})") from None

    def ask(self, told: Mapping[str, Any]) -> object:
        """Return the answer; CouldNotIssue with the child's code, `key-unavailable` where it crashes or hangs."""
        watch = threading.Timer(PATIENCE, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            token_child.write(self._process.stdin, told)
            answer = token_child.read(self._process.stdout)
        except (OSError, ValueError, EOFError):
            raise CouldNotIssue("key-unavailable", "the module of the token crashed or hung") from None
        finally:
            watch.cancel()
        if "code" in answer:
            code = answer["code"] if answer["code"] in OF_THE_CHILD else "key-unavailable"
            raise CouldNotIssue(code, str(answer.get("why", "")))
        return answer.get("made")

    def end(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process.wait()


def _mechanism(algorithm: Algorithm, digest: bytes) -> dict[str, str]:
    """Say what the token is asked for: hashing is done here, which every token allows."""
    if is_pss(algorithm):
        return {"mechanism": "pss", "hash": algorithm.digest, "data": digest.hex()}
    if algorithm.value.startswith("rsa-"):
        return {"mechanism": "pkcs1", "data": digest_info(algorithm, digest).hex()}
    return {"mechanism": "ecdsa", "data": digest.hex()}


def _ours(name: str) -> bool:
    return name.startswith("VERIFIER_") or name == "DATABASE_URL"
