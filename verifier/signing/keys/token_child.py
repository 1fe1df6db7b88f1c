"""The child process that loads the PKCS#11 module of a token, logs in, and signs what it is told; one session.

Messages are JSON behind their length (4 octets, big-endian). The PIN comes in the first; nothing of it is kept.
"""

from __future__ import annotations

import json
import signal
import struct
import sys
from collections.abc import Mapping
from typing import IO, Any

LARGEST = 1 << 16
HEAD = struct.Struct(">I")


def write(stream: IO[bytes], told: Mapping[str, Any]) -> None:
    """Write a message; OSError where nobody reads."""
    content = json.dumps(told).encode()
    stream.write(HEAD.pack(len(content)) + content)
    stream.flush()


def read(stream: IO[bytes]) -> dict[str, Any]:
    """Read a message; EOFError at the end, ValueError where it is none."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        raise EOFError
    (size,) = HEAD.unpack(head)
    content = stream.read(size) if size <= LARGEST else b""
    told = json.loads(content)
    if not isinstance(told, dict):
        raise ValueError("a message is an object")  # noqa: TRY004 - of the message, not of our call
    return told


def main(module: str, label: str) -> None:
    """Serve until the other side goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work = _Work(module, label)
    while True:
        try:
            told = read(sys.stdin.buffer)
        except EOFError:
            return
        write(sys.stdout.buffer, work.done(told))


class _Work:
    """The session with its keys."""

    def __init__(self, module: str, label: str) -> None:
        self._module, self._label = module, label
        self._session: Any = None

    def done(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Do what is asked for; what goes wrong is told by a code and the name of the error."""
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - never loaded but in a child

        try:
            if told["do"] == "login":
                return self._login(str(told["pin"]))
            key = self._key(told)
            return {"made": True} if told["do"] == "look" else {"made": _signed(key, told)}
        except (PKCS11Error, _Refused) as error:
            return {"code": _code(error), "why": type(error).__name__}

    def _login(self, pin: str) -> dict[str, Any]:
        import pkcs11  # noqa: PLC0415 - as above

        token = pkcs11.lib(self._module).get_token(token_label=self._label)
        self._session = token.open(user_pin=pin)
        return {"made": True}

    def _key(self, told: Mapping[str, Any]) -> Any:
        """Find the key anew: a handle tells nothing of a token that is gone."""
        from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - as above

        wanted: dict[Any, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        if told["label"]:
            wanted[Attribute.LABEL] = told["label"]
        if told["id"]:
            wanted[Attribute.ID] = bytes.fromhex(told["id"])
        found = list(self._session.get_objects(wanted))
        if not found:
            raise _Refused("token-absent" if self._gone() else "key-missing")
        if len(found) > 1:
            raise _Refused("key-missing")
        return found[0]

    def _gone(self) -> bool:
        """Tell whether the token is there no more."""
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - as above

        try:
            return bool(self._session.token.slot.get_token().label != self._label)
        except PKCS11Error:
            return True


class _Refused(Exception):
    """No key, or more than one."""


def _signed(key: Any, told: Mapping[str, Any]) -> str:
    from pkcs11 import MGF, Mechanism  # noqa: PLC0415 - as above

    data, hashed = bytes.fromhex(told["data"]), str(told.get("hash", "")).upper()
    if told["mechanism"] == "pss":
        parameters = (Mechanism[hashed], MGF[hashed], len(data))
        return bytes(key.sign(data, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=parameters)).hex()
    mechanism = Mechanism.RSA_PKCS if told["mechanism"] == "pkcs1" else Mechanism.ECDSA
    return bytes(key.sign(data, mechanism=mechanism)).hex()


def _code(error: Exception) -> str:
    """Return our code for what a module says (PKCS#11 v3.1, 5.1)."""
    name = type(error).__name__
    if isinstance(error, _Refused):
        return str(error)
    if name in ("PinIncorrect", "PinInvalid", "PinLenRange", "PinExpired"):
        return "pin-wrong"
    if name == "PinLocked":
        return "pin-locked"
    if name in ("NoSuchToken", "TokenNotPresent", "TokenNotRecognised", "DeviceRemoved", "SlotIDInvalid"):
        return "token-absent"
    return "key-unavailable"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
