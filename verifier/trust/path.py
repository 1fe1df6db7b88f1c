"""The seam to certvalidator: building paths, and validating one by RFC 5280 6.1 apart from clocks and revocation."""

from __future__ import annotations

import re
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from pyhanko_certvalidator.authority import CertTrustAnchor, TrustQualifiers, derive_quals_from_cert
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import PathValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    AcceptAllAlgorithms,
    CertRevTrustPolicy,
    PKIXValidationParams,
)
from pyhanko_certvalidator.validate import async_validate_path

from verifier.trust.building import MAX_CHAINS, MAX_DEPTH, Chain, Search, build_chains, search_chains
from verifier.trust.names import name_fault
from verifier.x509 import Certificate

__all__ = [
    "MAX_CHAINS",
    "MAX_DEPTH",
    "Chain",
    "PathInputs",
    "PathProblem",
    "Search",
    "build_chains",
    "check_path",
    "search_chains",
]


@dataclass(frozen=True)
class PathInputs:
    """What the user of a path may demand of its policies (RFC 5280 6.1.1 c, e, f, g); by default nothing."""

    policies: frozenset[str] = frozenset({"any_policy"})
    """Acceptable policy OIDs."""
    explicit_policy: bool = False
    inhibit_policy_mapping: bool = False
    inhibit_any_policy: bool = False


NO_DEMANDS = PathInputs()


@dataclass(frozen=True)
class PathProblem:
    """Why a path does not hold."""

    code: str
    """`VALIDITY_NO_INTERSECTION`, `NOT_A_CA`, `KEY_CERT_SIGN`, `PATH_LENGTH`, `NAME_CONSTRAINTS`, `POLICY`,
    `UNKNOWN_CRITICAL_EXTENSION`, `DUPLICATE_EXTENSION`, `KEY_PARAMETERS`, `SIGNATURE`, `NAME_CHAINING`,
    `PATH_UNREADABLE` or `PATH_INVALID`."""
    detail: str
    """One English sentence."""
    certificate: Certificate | None
    """The certificate at fault; None where it is the path as a whole."""


# what certvalidator says, by a part of its message; a test pins each, as its exceptions carry no code
_CODES = (
    ("is not a CA", "NOT_A_CA"),
    ("not allowed to sign certificates", "KEY_CERT_SIGN"),
    ("maximum path length", "PATH_LENGTH"),
    ("permitted namespace", "NAME_CONSTRAINTS"),
    ("excluded from the namespace", "NAME_CONSTRAINTS"),
    ("unsupported critical extension", "UNKNOWN_CRITICAL_EXTENSION"),
    ("valid set of policies", "POLICY"),
    ("size limit on the policy graph", "POLICY"),
    ("signature", "SIGNATURE"),
    ("issuer name", "NAME_CHAINING"),
)
MAX_POLICIES = 2000
"""Policies and policy mappings of one path; each takes up to forty microseconds."""
MAX_POLICY_BYTES = 1 << 17
"""What the extensions that hold them may take together, before they are read at all."""
_POLICY_EXTENSIONS = ("2.5.29.32", "2.5.29.33")
_INTERMEDIATE = re.compile(r"intermediate certificate (\d+)")
_ONE_AT_A_TIME = threading.Lock()
"""asn1crypto reads objects when they are asked for, and certificates are shared by caches: a second thread could see
half an extension list. Judging runs in processes with one thread each, where this never waits."""


def check_path(chain: Chain, inputs: PathInputs = NO_DEMANDS) -> PathProblem | None:
    """Validate a path by RFC 5280 6.1 without revocation, at an instant at which all its certificates are valid.

    The caller judges dates, revocation and algorithms by itself (EN 319 102-1 5.2.6 steps 3-7, 5.6.2.1 step 2).
    The anchor is taken as given: its dates, key usage and policies are not looked at. Where its certificate limits
    itself (name constraints, path length), it is held to that (RFC 5937); this can only narrow what is accepted.
    """
    return _check(chain.path, inputs)


@lru_cache(maxsize=4096)
def _check(path: tuple[Certificate, ...], inputs: PathInputs) -> PathProblem | None:
    if len(path) == 1:
        return None
    below_anchor = path[:-1]
    start = max(certificate.not_before for certificate in below_anchor)
    if start > min(certificate.not_after for certificate in below_anchor):
        return PathProblem("VALIDITY_NO_INTERSECTION", "at no instant were all certificates of the path valid", None)
    doubled = next((certificate for certificate in below_anchor if _has_doubled_extension(certificate)), None)
    if doubled is not None:
        return PathProblem("DUPLICATE_EXTENSION", "an extension stands in it twice (RFC 5280 4.2)", doubled)
    try:
        with _ONE_AT_A_TIME:
            refused = _refused(path)
            if refused is not None:
                return refused
            _run(_validation(path, start, inputs))
    except PathValidationError as error:
        return _problem(str(error), below_anchor)
    except Exception as error:  # noqa: BLE001  the library has no common error class; hostile extensions end here
        return PathProblem("PATH_UNREADABLE", f"the path could not be validated: {type(error).__name__}: {error}", None)
    return None


def _refused(path: Sequence[Certificate]) -> PathProblem | None:
    """What certvalidator does not refuse, or only after long: several such paths may lead to one anchor."""
    fault = name_fault(path)
    if fault:
        return PathProblem("NAME_CONSTRAINTS", fault, None)
    if _policy_bytes(path) > MAX_POLICY_BYTES or _policies(path) > MAX_POLICIES:
        return PathProblem("POLICY", "too many policies and policy mappings", None)
    unnamed = next((certificate for certificate in path[:-1] if not _curve_named(certificate)), None)
    if unnamed is not None:
        return PathProblem(
            "KEY_PARAMETERS", "its key spells out a curve instead of naming it (RFC 5480 2.1.1)", unnamed
        )
    return None


def _curve_named(certificate: Certificate) -> bool:
    algorithm = certificate.asn1.public_key["algorithm"]
    return algorithm["algorithm"].native != "ec" or bool(algorithm["parameters"].name == "named")


def _validation(path: Sequence[Certificate], moment: datetime, inputs: PathInputs) -> Coroutine[Any, Any, object]:
    anchor = CertTrustAnchor(path[-1].asn1, quals=_limits(path[-1]))
    context = ValidationContext(
        trust_roots=[anchor],
        other_certs=[],
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
        crls=[],
        ocsps=[],
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
        time_tolerance=timedelta(0),
        algorithm_usage_policy=AcceptAllAlgorithms(),
    )
    below = [certificate.asn1 for certificate in reversed(path[:-1])]
    route = ValidationPath(anchor, interm=below[:-1], leaf=below[-1])
    parameters = PKIXValidationParams(
        user_initial_policy_set=inputs.policies,
        initial_policy_mapping_inhibit=inputs.inhibit_policy_mapping,
        initial_explicit_policy=inputs.explicit_policy,
        initial_any_policy_inhibit=inputs.inhibit_any_policy,
    )
    validation: Coroutine[Any, Any, object] = async_validate_path(context, route, parameters=parameters)
    return validation


def _limits(anchor: Certificate) -> TrustQualifiers:
    """What the anchor's certificate says about its own reach."""
    own = derive_quals_from_cert(anchor.asn1)
    subtrees = own.standard_parameters
    return TrustQualifiers(
        max_path_length=own.max_path_length,
        max_aa_path_length=own.max_path_length,
        standard_parameters=None
        if subtrees is None
        else PKIXValidationParams(
            initial_permitted_subtrees=subtrees.initial_permitted_subtrees,
            initial_excluded_subtrees=subtrees.initial_excluded_subtrees,
        ),
    )


def _policy_bytes(path: Sequence[Certificate]) -> int:
    extensions = [extension for one in path for extension in one.asn1["tbs_certificate"]["extensions"]]
    return sum(len(one["extn_value"].contents) for one in extensions if one["extn_id"].dotted in _POLICY_EXTENSIONS)


def _policies(path: Sequence[Certificate]) -> int:
    policies = [one.asn1.certificate_policies_value or () for one in path]
    mappings = [one.asn1.policy_mappings_value or () for one in path]
    return sum(map(len, policies)) + sum(map(len, mappings))


def _has_doubled_extension(certificate: Certificate) -> bool:
    extensions = certificate.asn1["tbs_certificate"]["extensions"]
    return len(extensions) != len(certificate.extension_oids)


def _run(validation: Coroutine[Any, Any, object]) -> None:
    """Drive the coroutine by hand: without fetching it never waits, so that no event loop is needed."""
    try:
        validation.send(None)
    except StopIteration:
        return
    validation.close()
    raise RuntimeError("path validation waited for something outside")


def _problem(message: str, below_anchor: Sequence[Certificate]) -> PathProblem:
    code = next((code for part, code in _CODES if part in message), "PATH_INVALID")
    place = _INTERMEDIATE.search(message)
    if place is not None:
        return PathProblem(code, message, below_anchor[-int(place.group(1))])
    return PathProblem(code, message, below_anchor[0] if "end-entity certificate" in message else None)
