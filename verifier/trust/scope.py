"""Which certificates and reasons a CRL speaks for: issuing against CRL distribution points (RFC 5280 6.3.3 b, d)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asn1crypto import core
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1

from verifier.trust.crl import Crl
from verifier.trust.findings import RejectedError, Rejection
from verifier.x509 import Certificate

ALL_REASONS = frozenset(
    {
        "key_compromise",
        "ca_compromise",
        "affiliation_changed",
        "superseded",
        "cessation_of_operation",
        "certificate_hold",
        "privilege_withdrawn",
        "aa_compromise",
    }
)
"""Bits of ReasonFlags (4.2.1.13); a revocation without a reason stands on every list."""


def names_crl(certificate: Certificate, crl: Crl) -> bool:
    """Return whether the CRL has the name of the certificate's issuer, or of the CRL issuer the certificate names."""
    return crl.issuer_key == certificate.issuer_key or crl.issuer_key in _crl_issuers(certificate)


def reasons_covered(certificate: Certificate, crl: Crl) -> frozenset[str]:
    """Return for which reasons a certificate that is not on this CRL is thereby not revoked.

    RejectedError `out-of-scope` where the CRL is not for this certificate.
    """
    foreign = crl.issuer_key != certificate.issuer_key
    scope = crl.scope
    if foreign and not crl.is_indirect:
        raise RejectedError(Rejection.SCOPE)
    if scope is not None and _excludes(certificate, scope):
        raise RejectedError(Rejection.SCOPE)
    reasons = ALL_REASONS if scope is None else _reasons(scope["only_some_reasons"])
    wanted = scope["distribution_point"] if scope is not None else None
    names = set() if wanted is None or wanted.native is None else set(_point_names(wanted, crl.issuer))
    if not foreign and (not names or ("directory_name", certificate.issuer_key) in names):
        # the distribution point that every certificate has unsaid (6.3.3, last paragraph)
        return reasons
    points = [point for point in _points(certificate) if _is_of(point, certificate, crl)]
    matching = [one for one in points if not names or names & set(_names_for(one, certificate))]
    if not matching:
        raise RejectedError(Rejection.SCOPE)
    return reasons & frozenset().union(*(_reasons(point["reasons"]) for point in matching))


def _excludes(certificate: Certificate, scope: asn1_crl.IssuingDistributionPoint) -> bool:
    return bool(
        (scope["only_contains_user_certs"].native and certificate.is_ca)
        or (scope["only_contains_ca_certs"].native and not certificate.is_ca)
        or scope["only_contains_attribute_certs"].native
    )


def _reasons(flags: core.BitString) -> frozenset[str]:
    """Return the reasons that are named; all where none are."""
    named = flags.native
    return ALL_REASONS if named is None else ALL_REASONS & frozenset(named)


def _is_of(point: asn1.DistributionPoint, certificate: Certificate, crl: Crl) -> bool:
    """Whether the distribution point means CRLs of this CRL's issuer."""
    if point["crl_issuer"].native is None:
        return crl.issuer_key == certificate.issuer_key
    return crl.issuer_key in _directory_names(point)


def _names_for(point: asn1.DistributionPoint, certificate: Certificate) -> Iterator[tuple[str, str]]:
    """Names under which the certificate's distribution point knows its CRL."""
    issuers = [name for name in point["crl_issuer"] or () if name.name == "directory_name"]
    if point["distribution_point"].native is None:
        yield from (_general_name(name) for name in issuers)
    else:
        yield from _point_names(point["distribution_point"], issuers[0].chosen if issuers else certificate.asn1.issuer)


def _point_names(point: asn1.DistributionPointName, issuer: asn1.Name) -> Iterable[tuple[str, str]]:
    if point.name == "full_name":
        return [_general_name(name) for name in point.chosen]
    parts = [part.copy() for part in issuer.chosen]
    return [("directory_name", str(asn1.Name(name="", value=asn1.RDNSequence([*parts, point.chosen])).hashable))]


def _general_name(name: asn1.GeneralName) -> tuple[str, str]:
    if name.name == "directory_name":
        return name.name, str(name.chosen.hashable)
    return name.name, str(name.native)


def _points(certificate: Certificate) -> list[asn1.DistributionPoint]:
    try:
        points = list(certificate.asn1.crl_distribution_points_value or ())
        _ = [point.native for point in points]  # parse it all now: what is broken shows here
    except (ValueError, TypeError, KeyError):
        return []
    return points


def _crl_issuers(certificate: Certificate) -> set[str]:
    return {key for point in _points(certificate) for key in _directory_names(point)}


def _directory_names(point: asn1.DistributionPoint) -> set[str]:
    return {str(name.chosen.hashable) for name in point["crl_issuer"] or () if name.name == "directory_name"}
