"""Which authority a certificate speaks for, and whether an act may rest on its signature: layer 3; pure.

The certificate is compared with the specimens of the register (Circular 01/2012/TT-BNG Art. 8), as of the time of
signing; then the authority's competence, and where the document is handed in (Decree 111/2011 Art. 15a(4)). Why each
choice is made stands in docs/decisions/0009-authorities.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from verifier.countries import VIET_NAM
from verifier.snapshot import Anchor, Filing, Notification, NotifiedAuthority, Power, Specimen
from verifier.trust.matching import Fit, Signatory, best_fits, nearest
from verifier.trust.register_rules import DIPLOMATIC, MISSIONS
from verifier.verdict import AuthorityVerdict
from verifier.x509 import Certificate


class Status(StrEnum):
    """The answers of layer 3."""

    RECOGNISED = "recognised"
    NOT_COMPETENT = "not_competent"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
    NOT_NOTIFIED = "not_notified"


class Reason(StrEnum):
    """Why; texts are found by it, filled with the verdict's params."""

    COMPETENT = "competent"
    """Recognised, for this kind of document or for any."""
    NO_CERTIFICATE = "no-certificate"
    """The signing certificate was not found."""
    NO_PATH = "no-path"
    """The certificate leads to no trust anchor: what it says of its subject is vouched for by nobody."""
    PATH_NOT_TRIED = "path-not-tried"
    """The signature failed before its certificate was looked into: nobody asked who vouches for its names."""
    NOT_IN_REGISTER = "not-in-register"
    """No specimen fits."""
    WRONG_BRANCH = "wrong-branch"
    """The names are those of `named`, the anchor is of another branch than its specimens name."""
    WRONG_ISSUER = "wrong-issuer"
    """The names are those of `named`, issued by another CA than its specimens name."""
    WRONG_COUNTRY = "wrong-country"
    """The names are those of `named`, the anchor is of another state, and no specimen names this issuer."""
    AMBIGUOUS = "ambiguous"
    """Specimens of several authorities fit equally: `named`."""
    NOT_YET = "not-yet"
    """Known only `from` after the time of signing."""
    AUTHORITY_ENDED = "authority-ended"
    """The authority ended, or its recognition, at `until`."""
    SPECIMEN_ENDED = "specimen-ended"
    """This signature or seal holds no more since `until`."""
    NO_POWER = "no-power"
    """No power in force covers the kind `document`."""
    KIND_NOT_STATED = "kind-not-stated"
    """It is competent for some kinds of document only, and nobody said of which kind this is."""
    NOT_DIPLOMATIC = "not-diplomatic"
    """Known, but not notified through diplomatic channels."""
    PLACE_NOT_STATED = "place-not-stated"
    """Foreign: whether it is for the receiving authority depends on where the document is handed in."""
    NOT_FOR_THIS_RECEIVER = "not-for-this-receiver"
    """Foreign and notified, but not for where the document is handed in."""


def authority_of(
    path: Sequence[Certificate],
    anchor: Anchor | None,
    signed_at: datetime,
    filing: Filing | None,
    authorities: Sequence[NotifiedAuthority],
    territory: str = "",
) -> AuthorityVerdict:
    """Say for which authority of the register a signature speaks, with a `Reason`.

    `path` holds certificates, the signer's first, up to that of `anchor`; without an anchor only the first counts, and
    only to tell whose certificate it says to be. `signed_at` is the best signature time. `territory` is that of the
    list that brought the anchor, empty for one kept by hand.
    """
    if not path:
        return _nobody(Status.UNKNOWN, Reason.NO_CERTIFICATE)
    if anchor is None:
        foreign = _issuing_country(path[0]) not in ("", VIET_NAM)
        return _nobody(Status.NOT_NOTIFIED if foreign else Status.UNKNOWN, Reason.NO_PATH)
    signatory = Signatory(tuple(path), anchor, territory)
    fits = best_fits(signatory, authorities)
    if not fits:
        return _stranger(signatory, authorities)
    chosen = _one_of(fits, signed_at)
    if chosen is None:
        return _ambiguous(fits)
    return _judged(chosen, signatory, signed_at, filing)


def not_tried() -> AuthorityVerdict:
    """Say that nobody is known, as the signature failed before any path was tried."""
    return _nobody(Status.UNKNOWN, Reason.PATH_NOT_TRIED)


# --- who it is ---------------------------------------------------------------------------------------------------


def _one_of(fits: Sequence[Fit], at: datetime) -> Fit | None:
    """Return the fit that is meant; None where several authorities could be.

    Equal rules are those of an agency and its successor, or of one specimen and the next: their dates tell them apart.
    """
    owners = {fit.authority.id for fit in fits}
    if len(owners) > 1 and len({fit.parts for fit in fits}) > 1:
        return None
    in_force = [fit for fit in fits if fit.holds(at)]
    ended = [fit for fit in fits if fit.end is not None and fit.end <= at]
    chosen = in_force or ended or list(fits)
    if ended and not in_force:  # of those that are over the last one
        last = max(fit.end for fit in ended if fit.end is not None)
        chosen = [fit for fit in ended if fit.end == last]
    if not in_force and not ended:  # of those still to come the first one
        first = min(fit.start for fit in fits if fit.start is not None)
        chosen = [fit for fit in fits if fit.start == first]
    if len({fit.authority.id for fit in chosen}) > 1:
        return None
    return min(chosen, key=lambda fit: fit.specimen.id)


def _stranger(signatory: Signatory, authorities: Sequence[NotifiedAuthority]) -> AuthorityVerdict:
    """Nobody of the register; told apart where the names are somebody's."""
    status = Status.NOT_NOTIFIED if signatory.foreign else Status.UNKNOWN
    near = nearest(signatory, authorities)
    if near is None:
        return _nobody(status, Reason.NOT_IN_REGISTER)
    params = {"named": near.authority.name("vi"), "named_en": near.authority.name("en")}
    if near.missing == "branch":
        params |= {"branch": signatory.anchor.branch}
    return _nobody(status, Reason(f"wrong-{near.missing}"), params)


def _ambiguous(fits: Sequence[Fit]) -> AuthorityVerdict:
    known = {fit.authority.id: fit.authority for fit in fits}
    params = {
        name: "; ".join(known[id_].name(lang) for id_ in sorted(known))
        for name, lang in (("named", "vi"), ("named_en", "en"))
    }
    return _nobody(Status.UNKNOWN, Reason.AMBIGUOUS, params)


def _nobody(status: Status, reason: Reason, params: Mapping[str, str] | None = None) -> AuthorityVerdict:
    return AuthorityVerdict(status, "", reason, basis="c", params=dict(params or {}))


def _issuing_country(certificate: Certificate) -> str:
    return Signatory.country_of(certificate.asn1.issuer) or Signatory.country_of(certificate.asn1.subject)


# --- what it may do ----------------------------------------------------------------------------------------------


def _judged(fit: Fit, signatory: Signatory, at: datetime, filing: Filing | None) -> AuthorityVerdict:
    """The authority is known: dates, then notification, competence and receiver, in this order."""
    authority, specimen = fit.authority, fit.specimen
    kind = filing.document_kind if filing else ""
    status, reason, more = (
        _dated(authority, specimen, at)
        or _notified(authority, specimen)
        or _competent(authority.powers, kind, at)
        or _received(authority, filing)
        or (Status.RECOGNISED, Reason.COMPETENT, {})
    )
    power = next(iter(_covering(authority.powers, kind, at)), None)
    return AuthorityVerdict(
        status=status,
        name=authority.name("vi"),
        reason=reason,
        id=authority.id,
        country=authority.country,
        kind=authority.kind,
        basis=_basis(authority, status, reason),
        specimen=specimen.id,
        params=_particulars(authority, specimen, power) | signatory.units | _asked(filing) | more,
    )


_Answer = tuple[Status, Reason, dict[str, str]] | None


def _dated(authority: NotifiedAuthority, specimen: Specimen, at: datetime) -> _Answer:
    for one, ended in ((authority, Reason.AUTHORITY_ENDED), (specimen, Reason.SPECIMEN_ENDED)):
        if one.valid_until is not None and one.valid_until <= at:
            return Status.WITHDRAWN, ended, {"until": one.valid_until.isoformat(), "time": at.isoformat()}
    starts = [one.valid_from for one in (authority, specimen) if one.valid_from is not None]
    if starts and at < max(starts):
        return Status.NOT_NOTIFIED, Reason.NOT_YET, {"from": max(starts).isoformat(), "time": at.isoformat()}
    return None


def _notified(authority: NotifiedAuthority, specimen: Specimen) -> _Answer:
    channels = {authority.notification.channel, specimen.notification.channel}
    if authority.country == VIET_NAM or channels & DIPLOMATIC:
        return None
    return Status.NOT_NOTIFIED, Reason.NOT_DIPLOMATIC, {}


def _competent(powers: Sequence[Power], kind: str, at: datetime) -> _Answer:
    if _covering(powers, kind, at):
        return None
    if not kind and any(_holds(power, at) for power in powers):
        return Status.UNKNOWN, Reason.KIND_NOT_STATED, {}
    return Status.NOT_COMPETENT, Reason.NO_POWER, {}


def _received(authority: NotifiedAuthority, filing: Filing | None) -> _Answer:
    """Seed rule 4b: at home a foreign mission in Viet Nam, at a mission an authority of the states it is sent to."""
    if authority.country == VIET_NAM:
        return None
    if filing is None or not filing.at:
        return Status.UNKNOWN, Reason.PLACE_NOT_STATED, {}
    abroad = authority.kind in MISSIONS
    if filing.at == "home":
        good = abroad and authority.seat == VIET_NAM
    else:
        own_ground = not abroad or authority.seat == authority.country
        good = filing.at == "mission" and own_ground and authority.country in filing.states
    return None if good else (Status.NOT_COMPETENT, Reason.NOT_FOR_THIS_RECEIVER, {})


def _basis(authority: NotifiedAuthority, status: Status, reason: Reason) -> str:
    if status is Status.RECOGNISED:
        return "a" if authority.country == VIET_NAM else "b"
    return "" if reason is Reason.NO_POWER else "c"


def _covering(powers: Sequence[Power], kind: str, at: datetime) -> list[Power]:
    wanted = {"*", kind} if kind else {"*"}
    return [power for power in powers if _holds(power, at) and wanted & set(power.documents)]


def _holds(power: Power, at: datetime) -> bool:
    begun = power.valid_from is None or power.valid_from <= at
    return begun and (power.valid_until is None or at < power.valid_until)


def _asked(filing: Filing | None) -> dict[str, str]:
    if filing is None:
        return {}
    return _given(document=filing.document_kind, filed_at=filing.at, states=", ".join(filing.states))


def _particulars(authority: NotifiedAuthority, specimen: Specimen, power: Power | None) -> dict[str, str]:
    told = specimen.notification if specimen.notification != Notification() else authority.notification
    return _given(
        name_vi=authority.name("vi"),
        name_en=authority.name("en"),
        seat=authority.seat,
        channel=told.channel,
        number=told.number,
        dated="" if told.dated is None else told.dated.isoformat(),
        note=told.note,
        specimen_kind=specimen.kind,
        specimen_from=_iso(specimen.valid_from),
        specimen_until=_iso(specimen.valid_until),
        holder=specimen.holder,
        title=specimen.title,
        capacity=power.capacity if power else "",
        territory=", ".join(power.territory) if power else "",
        citation=power.citation if power else "",
    )


def _given(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _iso(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()
