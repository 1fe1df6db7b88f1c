"""A test PKI and signed PDFs, made by hand so that one thing at a time can be spoiled; no clock anywhere.

`signed_pdf(level="LT")` and `plain_pdf()` are what most tests need; judge at `AT` with `fresh_evidence()`.
"""

from tests.pki.certificates import Identity, Spec, issue
from tests.pki.messages import Cms, Ess, PolicyId, make_cms, make_token
from tests.pki.pdf import PdfBuilder, plain_pdf
from tests.pki.status import Revoked, make_crl, make_ocsp
from tests.pki.world import (
    AT,
    FRESH,
    SIGNED,
    Draft,
    World,
    day,
    fresh_evidence,
    signed_pdf,
    trust_folder,
    trust_snapshot,
    world,
)

__all__ = [
    "AT",
    "FRESH",
    "SIGNED",
    "Cms",
    "Draft",
    "Ess",
    "Identity",
    "PdfBuilder",
    "PolicyId",
    "Revoked",
    "Spec",
    "World",
    "day",
    "fresh_evidence",
    "issue",
    "make_cms",
    "make_crl",
    "make_ocsp",
    "make_token",
    "plain_pdf",
    "signed_pdf",
    "trust_folder",
    "trust_snapshot",
    "world",
]
