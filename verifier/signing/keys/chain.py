"""All keys of the signer process: each proved when it is first used; a broken one does not stop the others."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from verifier.errors import CouldNotIssue
from verifier.signing.keys import pkcs12
from verifier.signing.keys.algorithms import digest_of, unfit, verifies
from verifier.signing.keys.keyfile import LARGEST, Entry, InFile, OnToken
from verifier.signing.keys.pkcs11 import Tokens
from verifier.signing.records import HeldKey

TRIAL = b"verifier: trial of a key, no document\0"
"""What a trial signature is over, with random bytes behind it; no DER of signed attributes begins like this."""
LASTING = ("certificate-unreadable", "algorithm-unfit", "key-weak", "pkcs12-refused")
"""Problems that nothing but another key file cures."""

log = structlog.get_logger("verifier.signing.keys")


@dataclass(frozen=True)
class _Signing:
    """How to sign with a key that was opened."""

    sign: Callable[[bytes], bytes]
    """Over a digest."""
    look: Callable[[], None]
    """CouldNotIssue where it is gone."""


class KeyChain:
    """The keys of a key file; for many threads. `close` it when done."""

    def __init__(self, entries: Sequence[Entry], *, development: bool, env: Mapping[str, str]) -> None:
        """`env` is what modules of tokens find around them."""
        self._tokens = Tokens(env)
        self._keys = {one.name: _Key(one, self._tokens, development=development) for one in entries}
        self._look()

    def held(self) -> tuple[HeldKey, ...]:
        """Return all keys as they stand now: one that can be had again has no problem any more."""
        self._look()
        return tuple(key.held for key in self._keys.values())

    def named(self, name: str) -> HeldKey | None:
        """Return a key as it was last seen."""
        key = self._keys.get(name)
        return None if key is None else key.held

    def sign(self, name: str, data: bytes) -> bytes:
        """Sign the digest of `data`. CouldNotIssue with the key's problem; `key-unavailable` where there is none."""
        key = self._keys.get(name)
        if key is None:
            raise CouldNotIssue("key-unavailable", f"no key {name} is held", key=name)
        return key.signature(data)

    def close(self) -> None:
        """Let go of all tokens."""
        self._tokens.close()

    def _look(self) -> None:
        """Look at all keys at once: a token that hangs holds up no other."""
        with ThreadPoolExecutor(max(len(self._keys), 1), "key") as pool:
            list(pool.map(_Key.look, self._keys.values()))


class _Key:
    """One key with its certificate."""

    def __init__(self, entry: Entry, tokens: Tokens, *, development: bool) -> None:
        self._entry, self._tokens, self._development = entry, tokens, development
        self._lock = threading.Lock()
        self._signing: _Signing | None = None
        place = (entry.name, entry.authority, entry.role, entry.algorithm)
        self.held = HeldKey(*place, b"", (), entry.backend)
        try:
            own, *issuers = _certificates(entry)
        except (OSError, ValueError) as error:
            self._note(CouldNotIssue("certificate-unreadable", type(error).__name__))
            return
        self._public = own.public_key()
        chain = tuple(one.public_bytes(Encoding.DER) for one in issuers)
        self.held = replace(self.held, certificate=own.public_bytes(Encoding.DER), chain=chain)
        if code := unfit(entry.algorithm, self._public):
            self._note(CouldNotIssue(code))
        elif entry.backend == "pkcs12" and not development:
            self._note(CouldNotIssue("pkcs12-refused", "keys in files are for development only"))

    def look(self) -> None:
        """See whether the key can sign; what can be cured is tried again."""
        if self.held.problem in LASTING:
            return
        with self._lock:
            try:
                if self._signing is None:
                    self._signing = self._proved()
                else:
                    self._signing.look()
            except CouldNotIssue as refusal:
                self._note(refusal)
            else:
                self._clear()

    def signature(self, data: bytes) -> bytes:
        """Sign, and check what came out."""
        if self.held.problem in LASTING or self._signing is None:
            self.look()
        signing = self._signing
        if signing is None or self.held.problem in LASTING:
            raise CouldNotIssue(self.held.problem or "key-unavailable", f"key {self.held.name}", key=self.held.name)
        try:
            made = self._checked(signing, data)
        except CouldNotIssue as refusal:
            self._note(refusal)
            raise
        self._clear()
        return made

    def _proved(self) -> _Signing:
        """Open the key, and see by a trial signature that it is the certificate's."""
        where = self._entry.where
        if isinstance(where, InFile):
            made = _Signing(pkcs12.signing_key(where, self._entry.algorithm), lambda: None)
        else:
            made = self._on_token(where)
        self._checked(made, TRIAL + secrets.token_bytes(16))
        return made

    def _on_token(self, where: OnToken) -> _Signing:
        token, algorithm = self._tokens.token(where.place), self._entry.algorithm
        return _Signing(lambda digest: token.sign(where, algorithm, digest), lambda: token.look(where))

    def _checked(self, signing: _Signing, data: bytes) -> bytes:
        digest = digest_of(self._entry.algorithm, data)
        made = signing.sign(digest)
        if not verifies(self._entry.algorithm, self._public, made, digest):
            raise CouldNotIssue("key-mismatch", f"key {self._entry.name} is not that of its certificate")
        return made

    def _note(self, refusal: CouldNotIssue) -> None:
        code = refusal.problem.code
        if code != self.held.problem:
            log.warning("key cannot sign", key=self._entry.name, code=code, why=refusal.problem.detail)
        self.held = replace(self.held, problem=code)

    def _clear(self) -> None:
        if self.held.problem:
            log.info("key can sign again", key=self._entry.name)
            self.held = replace(self.held, problem="")


def _certificates(entry: Entry) -> list[x509.Certificate]:
    """Read the PEM file; ValueError where there is none in it."""
    with entry.certificate.open("rb") as file:
        return x509.load_pem_x509_certificates(file.read(LARGEST))
