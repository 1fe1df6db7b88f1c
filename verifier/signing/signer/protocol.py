"""What goes over the signer's socket: one request and one answer a connection, JSON behind its length (4 octets)."""

from __future__ import annotations

import base64
import binascii
import json
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

from verifier.signing.records import Algorithm, HeldKey, Role

LARGEST_REQUEST = 64 * 1024
"""Octets; a batch of 1,500 acts fits."""
LARGEST_ANSWER = 1024 * 1024
HEAD = struct.Struct(">I")
CHUNK = 64 * 1024


class BadFrame(Exception):
    """The other side sent no message, too long a one, or half of one."""


class Deadline:
    """How long a whole exchange may take, whatever its parts do."""

    def __init__(self, seconds: float, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._end = timer() + seconds

    def set_on(self, connection: socket.socket) -> None:
        """Let the next call wait no longer than is left; TimeoutError where nothing is."""
        left = self._end - self._timer()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)


def send(connection: socket.socket, told: Mapping[str, Any], deadline: Deadline) -> None:
    """Send a message; OSError, TimeoutError."""
    content = json.dumps(told, separators=(",", ":")).encode()
    deadline.set_on(connection)
    connection.sendall(HEAD.pack(len(content)) + content)


def receive(connection: socket.socket, largest: int, deadline: Deadline) -> dict[str, Any]:
    """Receive a message; BadFrame, EOFError where there is none at all, OSError, TimeoutError."""
    (size,) = HEAD.unpack(_exactly(connection, HEAD.size, deadline))
    if size > largest:
        raise BadFrame("too long")
    try:
        told = json.loads(_exactly(connection, size, deadline))
    except EOFError:
        raise BadFrame("cut off") from None
    except (ValueError, RecursionError):
        raise BadFrame("no JSON") from None
    if not isinstance(told, dict):
        raise BadFrame("no object")
    return told


def _exactly(connection: socket.socket, size: int, deadline: Deadline) -> bytes:
    got = bytearray()
    while len(got) < size:
        deadline.set_on(connection)
        some = connection.recv(min(CHUNK, size - len(got)))
        if not some:
            raise EOFError if not got else BadFrame("cut off")
        got += some
    return bytes(got)


def written(content: bytes) -> str:
    """Return octets as text."""
    return base64.b64encode(content).decode()


def octets(told: object) -> bytes:
    """Return the octets that `written` wrote; BadFrame."""
    try:
        return base64.b64decode(str(told), validate=True)
    except (binascii.Error, ValueError):
        raise BadFrame("no base64") from None


def key_written(key: HeldKey) -> dict[str, Any]:
    """Return a key as JSON."""
    return {
        "name": key.name,
        "authority": key.authority,
        "role": key.role.value,
        "algorithm": key.algorithm.value,
        "certificate": written(key.certificate),
        "chain": [written(one) for one in key.chain],
        "backend": key.backend,
        "problem": key.problem,
    }


def key_read(told: Mapping[str, Any]) -> HeldKey:
    """Return the key that `key_written` wrote; BadFrame."""
    try:
        chain = tuple(octets(one) for one in told["chain"])
        place = (str(told["name"]), str(told["authority"]), Role(told["role"]), Algorithm(told["algorithm"]))
        return HeldKey(*place, octets(told["certificate"]), chain, str(told["backend"]), str(told["problem"]))
    except (KeyError, TypeError, ValueError):
        raise BadFrame("no key") from None
