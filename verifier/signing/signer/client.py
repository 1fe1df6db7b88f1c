"""Asks the signer process over its socket; implements `ports.Signs`."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from verifier.errors import CouldNotIssue
from verifier.signing.records import HeldKey, Role
from verifier.signing.signer.protocol import (
    LARGEST_ANSWER,
    BadFrame,
    Deadline,
    key_read,
    octets,
    receive,
    send,
    written,
)

DEADLINE = 30.0
"""Seconds for one question and its answer."""

T = TypeVar("T")


class SignerClient:
    """One connection a question; for many threads and processes.

    Every method refuses by CouldNotIssue: `signer-absent` where nobody answers, `signer-busy` where the answer takes
    too long or too much is asked, `signer-refused` where this process may not ask, or the code that was told.
    """

    def __init__(self, path: Path, *, deadline: float = DEADLINE) -> None:
        """`path` is the Unix socket; `deadline` in seconds."""
        self._path, self._deadline = path, deadline

    def keys(self) -> tuple[HeldKey, ...]:
        """Return the keys that it holds; a certificate is empty where a key has the problem that it cannot be read."""
        told = self._asked({"do": "keys"})
        return _or_absent(lambda: tuple(key_read(one) for one in told))

    def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
        """Prove by the officer's session token that these ordered acts are confirmed; return the mandate's id."""
        told = self._asked({"do": "confirm", "token": token, "issuances": [str(one) for one in issuances]})
        return _or_absent(lambda: UUID(str(told)))

    def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
        """Return the signature over DER of the signed attributes."""
        question = {"do": "sign", "issuance": str(issuance), "role": role.value, "attributes": written(attributes)}
        told = self._asked(question)
        return _or_absent(lambda: octets(told))

    def _asked(self, question: Mapping[str, Any]) -> Any:
        deadline = Deadline(self._deadline)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                deadline.set_on(connection)
                connection.connect(str(self._path))
                with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was asked: that is told
                    send(connection, question, deadline)
                answer = receive(connection, LARGEST_ANSWER, deadline)
        except (TimeoutError, BlockingIOError):
            raise CouldNotIssue("signer-busy", f"no answer within {self._deadline:g} s") from None
        except PermissionError:
            raise CouldNotIssue("signer-refused", "the socket is not open to this process") from None
        except (OSError, EOFError, BadFrame) as error:
            raise CouldNotIssue("signer-absent", f"the signer does not answer ({type(error).__name__})") from None
        problem = answer.get("problem")
        if isinstance(problem, Mapping):
            params = {str(name): str(value) for name, value in dict(problem.get("params", {})).items()}
            raise CouldNotIssue(str(problem.get("code")), str(problem.get("detail", "")), **params)
        return answer.get("ok")


def _or_absent(read: Callable[[], T]) -> T:
    """Read an answer; one that cannot be read is none."""
    try:
        return read()
    except (BadFrame, TypeError, ValueError) as error:
        raise CouldNotIssue("signer-absent", f"the signer's answer cannot be read ({type(error).__name__})") from None
