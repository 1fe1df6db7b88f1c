"""Names and name constraints of a path (RFC 5280 4.2.1.10) where certvalidator would take long or decide too kindly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from asn1crypto import x509 as asn1

from verifier.x509 import Certificate

NAME_CONSTRAINTS = "2.5.29.30"
MAX_COMPARISONS = 12_000
"""Names times name constraints of their kind in one path; a comparison takes up to seven microseconds."""
_HOST = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.?", re.IGNORECASE)


def name_fault(path: Sequence[Certificate]) -> str:
    """Say why names cannot be held against the constraints above them; empty where they can. `path` is leaf first.

    RFC 5280 leaves open what constraints mean for names that are malformed or stand for many (`*.example.vn`), and
    says nothing of host name constraints with a leading period: such names are refused, not passed over.
    """
    if NAME_CONSTRAINTS in path[0].extension_oids and not path[0].is_ca:
        return "name constraints stand in a certificate that is not a CA's"
    compared: Counter[str] = Counter()
    comparisons = 0
    forbidden: list[str] = []
    dotted = False
    for certificate in reversed(path):
        if compared:
            comparisons += sum(compared[kind] for kind in _kinds(certificate.asn1))
            if comparisons > MAX_COMPARISONS:
                return "too many names and name constraints to compare"
            fault = _names_fault(certificate.asn1, compared, forbidden, dotted=dotted)
            if fault:
                return fault
        if NAME_CONSTRAINTS in certificate.extension_oids:
            permitted, excluded = _subtrees(certificate.asn1)
            if not permitted and not excluded:
                return "the name constraints are empty"
            compared.update(base.name for base in (*permitted, *excluded))
            hosts = [str(base.native).lower() for base in (*permitted, *excluded) if base.name == "dns_name"]
            dotted = dotted or any(host.startswith(".") for host in hosts)
            forbidden += [str(base.native).lower().rstrip(".") for base in excluded if base.name == "dns_name"]
    return ""


def _subtrees(certificate: asn1.Certificate) -> tuple[list[asn1.GeneralName], list[asn1.GeneralName]]:
    """What the constraints permit and exclude."""
    limits = certificate.name_constraints_value
    # absent subtrees are Void, which is false
    permitted, excluded = (limits[key] or () for key in ("permitted_subtrees", "excluded_subtrees"))
    return [subtree["base"] for subtree in permitted], [subtree["base"] for subtree in excluded]


def _kinds(certificate: asn1.Certificate) -> Iterator[str]:
    yield "directory_name"
    yield from (name.name for name in certificate.subject_alt_name_value or ())
    # without alternative names, e-mail addresses in the subject count
    yield from ("rfc822_name" for rdn in certificate.subject.chosen for _ in rdn)


def _names_fault(
    certificate: asn1.Certificate, compared: Counter[str], forbidden: Sequence[str], *, dotted: bool
) -> str:
    for name in certificate.subject_alt_name_value or ():
        if not compared[name.name]:
            continue
        text = str(name.native)
        if name.name == "dns_name":
            if dotted:
                return "a host name stands under a constraint with a leading period, which has no meaning"
            if not _HOST.fullmatch(text) or _may_mean(text, forbidden):
                return f"the host name {text} cannot be held against name constraints"
        if name.name == "rfc822_name" and (text.count("@") != 1 or text.startswith("@") or text.endswith("@")):
            return f"the e-mail address {text} cannot be held against name constraints"
    return ""


def _may_mean(host: str, forbidden: Sequence[str]) -> bool:
    """Whether a name with an asterisk could stand for one that is excluded."""
    if not host.startswith("*"):
        return False
    base = host[1:].lower().rstrip(".")
    return any(one.endswith(base) for one in forbidden)
