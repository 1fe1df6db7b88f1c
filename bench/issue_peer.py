"""Plain pyHanko as the peer of issuing: the person's signature at B-LT, then the agency's at B-LTA, same keys."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.pkcs11 import PKCS11Signer, TokenCriteria, open_pkcs11_session
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from verifier.demo.pki import PUBLIC_SERVICE, DemoPki

PERSON_BOX, AGENCY_BOX = (60, 60, 260, 130), (380, 760, 560, 810)
Signers = tuple[Any, Any]


@dataclass(frozen=True)
class Peer:
    """Signs as a program would that is written with pyHanko alone."""

    pki: DemoPki
    signers: Signers
    """The person's and the agency's."""
    kept: ValidationContext | None = None
    """Where what was fetched is kept for the next document; None: every document asks anew."""

    def __call__(self, data: bytes) -> bytes:
        """Return the document with both signatures and an archive time stamp."""
        stamper = HTTPTimeStamper(self.pki.stampers[0])
        person, agency = self.signers
        first = self._signed(data, person, "Person", PERSON_BOX, stamper, last=False)
        return self._signed(first, agency, "Agency", AGENCY_BOX, stamper, last=True)

    def _signed(
        self, data: bytes, signer: Any, name: str, box: tuple[int, ...], stamper: HTTPTimeStamper, *, last: bool
    ) -> bytes:
        meta = PdfSignatureMetadata(
            field_name=name,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=last,
            validation_context=self.kept or context(self.pki),
        )
        field = SigFieldSpec(name, on_page=0, box=box)
        signing = PdfSigner(meta, signer, timestamper=stamper, new_field_spec=field)
        return bytes(signing.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data))).getvalue())


def context(pki: DemoPki) -> ValidationContext:
    """Return a context that fetches status by OCSP where there is a responder, else by CRL."""
    roots = [pki.certificate("root", PUBLIC_SERVICE), pki.certificate("root")]
    others = [pki.certificate("ca", PUBLIC_SERVICE)]
    return ValidationContext(trust_roots=roots, other_certs=others, allow_fetching=True, revocation_mode="require")


def software(pki: DemoPki, names: tuple[str, str]) -> Signers:
    """Return signers with the keys in memory."""
    person, agency = (
        SimpleSigner(
            pki.certificate(name, PUBLIC_SERVICE), pki.key(name, PUBLIC_SERVICE), _issuers(pki), prefer_pss=True
        )
        for name in names
    )
    return person, agency


@contextmanager
def on_token(pki: DemoPki, names: tuple[str, str], module: Path, label: str, pin: str) -> Iterator[Signers]:
    """Give signers with the keys of a token, in one session."""
    session = open_pkcs11_session(str(module), token_criteria=TokenCriteria(label=label), user_pin=pin)
    try:
        make: Callable[[str], PKCS11Signer] = lambda name: PKCS11Signer(  # noqa: E731 - of two
            session,
            signing_cert=pki.certificate(name, PUBLIC_SERVICE),
            ca_chain=_chain(pki),
            key_label=name,
            prefer_pss=True,
            use_raw_mechanism=pki.certificate(name, PUBLIC_SERVICE).public_key.algorithm
            == "ec",  # SoftHSM has no other
        )
        yield make(names[0]), make(names[1])
    finally:
        session.close()


def _chain(pki: DemoPki) -> list[Any]:
    return [pki.certificate(label, PUBLIC_SERVICE) for label in ("ca", "root")]


def _issuers(pki: DemoPki) -> SimpleCertificateStore:
    return SimpleCertificateStore.from_certs(_chain(pki))
