"""NIST PKITS and x509-limbo through what judges: path building, RFC 5280 6.1 and revocation as `blocks.xcv` runs them.

Cases stand in the corpus (`pkits.json`, `limbo.json`), the certificates of PKITS in the package cryptography-vectors.
What we answer otherwise is listed, each with its reason, in tools/corpus_paths.toml; floors in corpus_floors.toml.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from asn1crypto import pem

from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.blocks.xcv import Times, validate_certificate
from verifier.evidence import Evidence
from verifier.pades.facts import DocumentFacts
from verifier.policy import make_policy
from verifier.snapshot import AlgorithmRule, AlgorithmSuite, Anchor, AnchorUse, TrustSnapshot
from verifier.trust.path import Chain, PathInputs, PathProblem, check_path
from verifier.verdict import Changes
from verifier.x509 import Certificate

REASONS = Path(__file__).with_name("corpus_paths.toml")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""For cases that name no time."""
NO_DOCUMENT = DocumentFacts("", 0, (), (), (), 0, Changes.NONE, 0)
POLICY = make_policy(name="paths", suite="any")
SCHEMES = ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa", "dsa", "ed25519", "sha1", "sha224", "sha256", "sha384", "sha512")
ANY_ALGORITHM = {"any": AlgorithmSuite("any", tuple(AlgorithmRule(name, 0, None) for name in SCHEMES))}
"""Strength by date is not what these cases are about."""


@dataclass(frozen=True)
class Case:
    """One certificate to validate."""

    id: str
    leaf: bytes
    anchors: tuple[bytes, ...]
    pool: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    at: datetime
    inputs: PathInputs
    revocation: bool
    """Whether the status of certificates is part of the case."""
    valid: bool


class CaseMaterial(Material):
    """What the judge works on, with the case's demands on policies."""

    def __init__(self, case: Case) -> None:
        anchors = tuple(Anchor(der, "anchor") for der in case.anchors)
        evidence = Evidence(TrustSnapshot("", anchors, suites=ANY_ALGORITHM), certificates=case.pool, crls=case.crls)
        super().__init__(NO_DOCUMENT, evidence, POLICY, case.at)
        self.inputs = case.inputs

    def path_problem(self, chain: Chain) -> PathProblem | None:
        return check_path(chain, self.inputs)


def answer(case: Case) -> tuple[bool, str]:
    """Validate as the judge does; return whether it passed, and why not."""
    try:
        leaf = Certificate.parse(case.leaf)
    except ValueError as error:
        return False, f"unreadable: {error}"
    material = CaseMaterial(case)
    if case.revocation:
        notes = Notes()
        result = validate_certificate(material, leaf, AnchorUse.SIGNATURE, Times(), notes).result
        failed = next((check for check in notes.checks if check.status == "failed"), None)
        detail = f" {failed.code} {failed.params.get('code', '')} {failed.params.get('detail', '')}" if failed else ""
        return result.sub_indication is None, f"{result.sub_indication}{detail}"
    problems = []
    for chain in material.chains(leaf, AnchorUse.SIGNATURE):
        outside = [one for one in chain.path[:-1] if not one.valid_at(case.at)]
        problem = material.path_problem(chain)
        if not outside and problem is None:
            return True, ""
        problems.append(problem.detail if problem else f"{outside[0].common_name} is not valid at this time")
    return False, problems[0] if problems else "no path"


# --- where cases come from ---------------------------------------------------------------------------------------


@cache
def pkits_file(kind: str, name: str) -> bytes:
    folder = resources.files("cryptography_vectors") / "x509" / "PKITS_data" / kind
    data = (folder / name).read_bytes()
    return pem.unarmor(data)[2] if pem.detect(data) else data


def pkits(corpus: Path) -> list[Case]:
    cases = []
    for one in json.loads((corpus / "pkits.json").read_text(encoding="utf-8"))["cases"]:
        params = one["params"] or {}
        policies = frozenset(params.get("user_initial_policy_set", ())) or frozenset({"any_policy"})
        inputs = PathInputs(
            policies,
            params.get("initial_explicit_policy", False),
            params.get("initial_policy_mapping_inhibit", False),
            params.get("initial_any_policy_inhibit", False),
        )
        cases.append(
            Case(
                id=f"{one['id']} {one['name']}",
                leaf=pkits_file("certs", one["cert"]),
                anchors=(pkits_file("certs", one["trust_anchor"]),),
                pool=tuple(pkits_file("certs", name) for name in one["other_certs"]),
                crls=tuple(pkits_file("crls", name) for name in one["crls"]),
                at=datetime.fromisoformat(one["validation_time"]).replace(tzinfo=UTC),
                inputs=inputs,
                revocation=True,
                valid=one["expected"] == "valid",
            )
        )
    return cases


def limbo(corpus: Path) -> list[Case]:
    cases = []
    for one in json.loads((corpus / "limbo.json").read_text(encoding="utf-8"))["testcases"]:
        crls = tuple(map(_der, one["crls"]))
        cases.append(
            Case(
                id=one["id"],
                leaf=_der(one["peer_certificate"]),
                anchors=tuple(map(_der, one["trusted_certs"])),
                pool=tuple(map(_der, one["untrusted_intermediates"])),
                crls=crls,
                at=datetime.fromisoformat(one["validation_time"]) if one["validation_time"] else NOW,
                inputs=PathInputs(),
                revocation=bool(crls),
                valid=one["expected_result"] == "SUCCESS",
            )
        )
    return cases


def _der(text: str) -> bytes:
    return bytes(pem.unarmor(text.encode())[2])


# --- holding them against what is expected -----------------------------------------------------------------------


def below_floor(corpus: Path, floors: dict[str, float]) -> bool:
    """Run both collections, print every deviation with its reason, and hold the counts against the floors."""
    start = time.perf_counter()
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    kept: dict[str, bool] = {}
    for name, read in (("pkits", pkits), ("limbo", limbo)):
        if (corpus / f"{name}.json").exists():
            agreeing, total, unexplained = compare(read(corpus), explained(reasons[name]))
            print(f"{name}: {agreeing} of {total} as expected, {unexplained} otherwise without a reason")
            kept[name] = agreeing >= floors[name] and not unexplained
    seconds = time.perf_counter() - start
    print(f"paths in {seconds:.1f} s")
    kept["time for paths"] = seconds < floors["seconds"]
    for name, good in kept.items():
        print(f"floor, {name}: {'kept' if good else 'MISSED'}")
    return not all(kept.values())


def explained(groups: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Reason of each case that is answered otherwise."""
    return {case: group["reason"] for group in groups for case in group["cases"]}


def compare(cases: list[Case], reasons: dict[str, str]) -> tuple[int, int, int]:
    """Count the cases that come out as expected, all, and those that do not and have no reason; print which deviate."""
    agreeing, unexplained = 0, 0
    deviating: dict[str, list[str]] = {}
    for case in cases:
        valid, why = answer(case)
        reason = reasons.get(case.id, "")
        if valid == case.valid:
            agreeing += 1
            if reason:
                print(f"PATH {case.id}: as expected, though a reason is given why not; take it out")
        else:
            unexplained += not reason
            said = case.id if valid or reason else f"{case.id} ({why})"
            deviating.setdefault(reason or "NO REASON GIVEN", []).append(f"{said}: {'passes' if valid else 'refused'}")
    for reason, found in deviating.items():
        print(f"PATH {reason}:", *found, sep="\n    ")
    return agreeing, len(cases), unexplained
