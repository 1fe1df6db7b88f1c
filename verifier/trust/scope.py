"""Which certificates a CRL speaks for: issuing against CRL distribution points (RFC 5280 6.3.3 b)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asn1crypto import x509 as asn1

from verifier.trust.crl import DELTA_CRL_INDICATOR, Crl
from verifier.trust.findings import RejectedError, Rejection
from verifier.x509 import Certificate


def names_crl(certificate: Certificate, crl: Crl) -> bool:
    """Return whether the CRL has the name of the certificate's issuer, or of the CRL issuer the certificate names."""
    return crl.issuer_key == certificate.issuer_key or crl.issuer_key in _crl_issuers(certificate)


def require_whole_scope(certificate: Certificate, crl: Crl) -> None:
    """Raise RejectedError unless a certificate that is not on this CRL is thereby not revoked, for any reason."""
    if DELTA_CRL_INDICATOR in crl.extensions:
        raise RejectedError(Rejection.DELTA)
    if crl.issuer_key != certificate.issuer_key and not crl.is_indirect:
        raise RejectedError(Rejection.SCOPE)
    scope = crl.scope
    if scope is None:
        return
    excluded = (
        (scope["only_contains_user_certs"].native and certificate.is_ca)
        or (scope["only_contains_ca_certs"].native and not certificate.is_ca)
        or scope["only_contains_attribute_certs"].native
    )
    if excluded:
        raise RejectedError(Rejection.SCOPE)
    partial = bool(scope["only_some_reasons"].native)
    if scope["distribution_point"].native is not None:
        partial = _matching_point_is_partial(certificate, crl, scope["distribution_point"]) or partial
    if partial:
        raise RejectedError(Rejection.REASONS)


def _matching_point_is_partial(certificate: Certificate, crl: Crl, wanted: asn1.DistributionPointName) -> bool:
    """Whether all distribution points that name this CRL are for some reasons only; RejectedError if none names it."""
    names = set(_point_names(wanted, crl.issuer))
    matching = [point for point in _points(certificate) if names & set(_names_for(point, certificate, crl))]
    own_name = ("directory_name", certificate.issuer_key)
    if own_name in names and crl.issuer_key == certificate.issuer_key:
        # the distribution point that every certificate has unsaid (6.3.3, last paragraph)
        return False
    if not matching:
        raise RejectedError(Rejection.SCOPE)
    return all(point["reasons"].native for point in matching)


def _names_for(point: asn1.DistributionPoint, certificate: Certificate, crl: Crl) -> Iterator[tuple[str, str]]:
    """Names under which the certificate's distribution point knows this CRL; none where it means another issuer."""
    issuers = [name for name in point["crl_issuer"] or () if name.name == "directory_name"]
    wanted_issuers = [str(name.chosen.hashable) for name in issuers] or [certificate.issuer_key]
    if crl.issuer_key not in wanted_issuers:
        return
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
    return {
        str(name.chosen.hashable)
        for point in _points(certificate)
        for name in point["crl_issuer"] or ()
        if name.name == "directory_name"
    }
