"""The judges to compare: ours in process, plain pyHanko, pdfsig as a process, and SHA-256 as the floor."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from tests.pki import AT, World, fresh_evidence
from verifier.evidence import crl_bytes
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy

logging.disable(logging.WARNING)
Judge = Callable[[bytes], object]


def ours(here: World) -> Judge:
    evidence, policy = fresh_evidence(here), make_policy(name="bench")
    return lambda data: judge(read_document(data), evidence, policy, AT).verdict


def plain_pyhanko(here: World, given: Sequence[bytes] = ()) -> Judge:
    """`given` are other CRLs than those of the world."""
    roots = [_certificate(here.root.der), _certificate(here.tsa_root.der)]
    crls = [crl.CertificateList.load(one) for one in given or fresh_crls(here)]

    def run(data: bytes) -> object:
        context = ValidationContext(roots, crls=crls, allow_fetching=False, moment=AT, revocation_mode="require")
        reader = PdfFileReader(io.BytesIO(data))
        found: list[Any] = [
            validate_pdf_signature(one, context, ts_validation_context=context)
            for one in reader.embedded_regular_signatures
        ]
        return found + [validate_pdf_timestamp(one, context) for one in reader.embedded_timestamp_signatures]

    return run


def pyhanko_lta(here: World) -> Judge:
    spec = _lta_spec(here)
    timing = ValidationTimingInfo(validation_time=AT, best_signature_time=AT, point_in_time_validation=True)

    async def run(data: bytes) -> object:
        reader = PdfFileReader(io.BytesIO(data))
        return [await ades_lta_validation(one, spec, timing_info=timing) for one in reader.embedded_regular_signatures]

    return lambda data: asyncio.run(run(data))


def pdfsig() -> Judge | None:
    command = shutil.which("pdfsig")
    if command is None:
        return None

    def run(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "document.pdf"
            path.write_bytes(data)
            return subprocess.run([command, "-nocert", str(path)], check=False, capture_output=True)

    return run


def floor(data: bytes) -> object:
    return hashlib.sha256(data).digest()


def _lta_spec(here: World) -> PdfSignatureValidationSpec:
    anchors = [CertTrustAnchor(_certificate(one.der)) for one in (here.root, here.tsa_root)]
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=anchors),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    known = [CRLContainer(crl.CertificateList.load(one)) for one in fresh_crls(here)]
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
            ts_cert_validation_policy=policy,
            local_knowledge=LocalKnowledge(known_crls=known),
        )
    )


def fresh_crls(here: World) -> list[bytes]:
    """The short CRLs of the world."""
    return list(map(crl_bytes, fresh_evidence(here).crls))


def _certificate(der: bytes) -> x509.Certificate:
    return x509.Certificate.load(der)
