"""Writing a trusted list (ETSI TS 119 612 version 6): anchors, services and notified authorities of a snapshot."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from lxml import etree

from verifier.snapshot import Anchor, AnchorUse, NotifiedAuthority, ServiceStatus, Span, TrustSnapshot
from verifier.trust.lists.making import Maker
from verifier.trust.lists.model import BRANCH, REGISTER
from verifier.trust.lists.shape import TSL
from verifier.trust.register import table_of
from verifier.x509 import Certificate

_SERVICES = "http://uri.etsi.org/TrstSvc/Svctype/"
_STATUSES = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
TYPES = {AnchorUse.SIGNATURE: f"{_SERVICES}CA/PKC", AnchorUse.TIMESTAMP: f"{_SERVICES}TSA"}
"""Types of services that are recognised nationally (TS 119 612 5.5.1.2)."""
UNSPECIFIED = f"{_SERVICES}unspecified"
TRUSTED, ENDED = f"{_STATUSES}recognisedatnationallevel", f"{_STATUSES}deprecatedatnationallevel"
_SPACE = TSL.strip("{}")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_E = Maker(_SPACE, {None: _SPACE})
_R = Maker(REGISTER, {None: REGISTER})


@dataclass(frozen=True)
class About:
    """What a list says of itself and of who keeps it (TS 119 612 5.3)."""

    operator: tuple[tuple[str, str], ...]
    """Language and name of the scheme operator; English must be among them."""
    scheme: tuple[tuple[str, str], ...]
    """Language and name of the scheme."""
    territory: str
    """ISO 3166-1 alpha-2."""
    street: str
    locality: str
    postal_code: str
    email: str
    website: str
    """Address of a page on the scheme, http or https."""
    location: str
    """Address under which the list itself is published."""
    sequence: int
    issued: datetime
    next_update: datetime


def list_of(snapshot: TrustSnapshot, about: About) -> bytes:
    """Return the list of a snapshot, not signed yet, as UTF-8 XML."""
    providers = [*_anchors(snapshot.anchors, about), *_services(snapshot, about)]
    providers += [_authority(one, snapshot, about) for one in snapshot.authorities]
    root = _E.TrustServiceStatusList(_scheme(about), Id="trusted-list", TSLTag="http://uri.etsi.org/19612/TSLTag")
    if providers:
        root.append(_E.TrustServiceProviderList(*providers))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


# --- the scheme ---------------------------------------------------------------------------------------------------


def _scheme(about: About) -> etree._Element:
    territory = about.territory.upper()
    return _E.SchemeInformation(
        _E.TSLVersionIdentifier("6"),
        _E.TSLSequenceNumber(str(about.sequence)),
        _E.TSLType(f"http://uri.etsi.org/TrstSvc/TrustedList/TSLType/{territory}list"),
        _names("SchemeOperatorName", about.operator),
        _E.SchemeOperatorAddress(*_address(about)),
        _names("SchemeName", [(lang, f"{territory}:{name}") for lang, name in about.scheme]),
        _E.SchemeInformationURI(_uri(about.website)),
        _E.StatusDeterminationApproach(
            f"http://uri.etsi.org/TrstSvc/TrustedList/TSLType/StatusDetn/{territory}determination"
        ),
        _E.SchemeTerritory(territory),
        _E.HistoricalInformationPeriod("65535"),
        _E.ListIssueDateTime(_written(about.issued)),
        _E.NextUpdate(_E.dateTime(_written(about.next_update))),
        _E.DistributionPoints(_E.URI(about.location)),
    )


def _address(about: About) -> Iterator[etree._Element]:
    postal = _E.PostalAddress(
        _E.StreetAddress(about.street),
        _E.Locality(about.locality),
        *([_E.PostalCode(about.postal_code)] if about.postal_code else []),
        _E.CountryName(about.territory.upper()),
        **{_LANGUAGE: "en"},
    )
    yield _E.PostalAddresses(postal)
    yield _E.ElectronicAddress(_uri(f"mailto:{about.email}"), _uri(about.website))


# --- providers -----------------------------------------------------------------------------------------------------


def _anchors(anchors: Iterable[Anchor], about: About) -> Iterator[etree._Element]:
    """One provider for each branch, with the anchors that are kept by hand."""
    own = sorted((one for one in anchors if not one.service), key=lambda one: (one.branch, one.name, one.certificate))
    for branch, group in groupby(own, key=lambda one: one.branch):
        services = [
            _service([("en", one.name)], _identity([one.certificate]), _history(one, TYPES[use]))
            for one in group
            for use in sorted(one.uses)
        ]
        yield _provider([("en", f"Trust anchors {branch}".strip())], services, about)


def _services(snapshot: TrustSnapshot, about: About) -> Iterator[etree._Element]:
    """One provider for each that the followed lists name."""
    branches = {one.id: one.branch for one in snapshot.schemes}
    told = sorted(snapshot.services, key=lambda one: (one.territory, one.provider, one.name, one.id))
    for (_, provider), group in groupby(told, key=lambda one: (one.territory, one.provider)):
        inner = [
            _service(
                [("en", one.name)],
                _identity(one.certificates, one.key_ids, one.subjects),
                [_of_branch(state, branches.get(one.scheme, "")) for state in one.history],
            )
            for one in group
        ]
        yield _provider([("en", provider)], inner, about)


def _authority(authority: NotifiedAuthority, snapshot: TrustSnapshot, about: About) -> etree._Element:
    """A notified authority: its register entry as an extension, and one service for each specimen."""
    known = {Certificate.parse(one.certificate).sha256: one.certificate for one in snapshot.anchors}
    entry = _R.Entry(json.dumps(table_of(authority), ensure_ascii=True, sort_keys=True))
    services = []
    for one in authority.specimens:
        certificates = [known[sha256] for sha256 in one.rule.certificate_sha256 if sha256 in known]
        name = " ".join(part for part in (authority.name("en"), one.title, one.holder) if part)
        state = ServiceStatus(TRUSTED, one.valid_from or authority.valid_from or about.issued, UNSPECIFIED)
        end = one.valid_until or authority.valid_until
        past = [ServiceStatus(ENDED, end, UNSPECIFIED)] if end and end <= about.issued else []
        services.append(_service([("en", name)], _identity(certificates, mark=one.id), [*past, state]))
    return _provider(authority.names, services, about, extension=_extension(entry, "TSPInformationExtensions"))


def _provider(
    names: Iterable[tuple[str, str]],
    services: Iterable[etree._Element],
    about: About,
    extension: etree._Element | None = None,
) -> etree._Element:
    told = list(names)
    if "en" not in dict(told):  # every list speaks English too (5.1.4)
        told.insert(0, ("en", told[0][1]))
    information = _E.TSPInformation(
        _names("TSPName", told),
        _names("TSPTradeName", told),
        _E.TSPAddress(*_address(about)),
        _E.TSPInformationURI(_uri(about.website)),
    )
    if extension is not None:
        information.append(extension)
    return _E.TrustServiceProvider(information, _E.TSPServices(*services))


# --- services ------------------------------------------------------------------------------------------------------


def _history(anchor: Anchor, service_type: str) -> list[ServiceStatus]:
    """The stretches in which an anchor is trusted, as statuses, the latest first."""
    spans = anchor.spans or (Span(Certificate.parse(anchor.certificate).not_before, anchor.trusted_until),)
    states: list[ServiceStatus] = []
    for span in spans:
        start = span.start or Certificate.parse(anchor.certificate).not_before
        states.append(ServiceStatus(TRUSTED, start, service_type))
        if span.end is not None:
            states.append(ServiceStatus(ENDED, span.end, service_type))
    return [_of_branch(state, anchor.branch) for state in states[::-1]]


def _of_branch(state: ServiceStatus, branch: str) -> ServiceStatus:
    """Say which rules a service falls under, for those who take the list over as one of our own."""
    mark = f"{BRANCH}{branch}"
    if not branch or mark in state.qualifiers:
        return state
    return replace(state, qualifiers=(*(one for one in state.qualifiers if not one.startswith(BRANCH)), mark))


def _service(
    names: list[tuple[str, str]], identity: etree._Element, history: Iterable[ServiceStatus]
) -> etree._Element:
    present, *past = history
    element = _E.TSPService(_E.ServiceInformation(*_state(present, names, identity)))
    if past:
        instances = [_E.ServiceHistoryInstance(*_state(one, names, identity)) for one in past]
        element.append(_E.ServiceHistory(*instances))
    return element


def _state(state: ServiceStatus, names: list[tuple[str, str]], identity: etree._Element) -> Iterator[etree._Element]:
    yield _E.ServiceTypeIdentifier(state.service_type)
    yield _names("ServiceName", names)
    yield etree.fromstring(etree.tostring(identity))
    yield _E.ServiceStatus(state.status)
    yield _E.StatusStartingTime("" if state.since is None else _written(state.since))
    if state.qualifiers:
        told = [_E.AdditionalServiceInformation(_uri(one)) for one in state.qualifiers]
        yield _E.ServiceInformationExtensions(*(_E.Extension(one, Critical="false") for one in told))


def _identity(
    certificates: Iterable[bytes], key_ids: Iterable[bytes] = (), subjects: Iterable[str] = (), mark: str = ""
) -> etree._Element:
    parts = [_E.X509Certificate(base64.b64encode(der).decode()) for der in certificates]
    parts += [_E.X509SubjectName(one) for one in subjects]
    parts += [_E.X509SKI(base64.b64encode(one).decode()) for one in key_ids]
    if not parts:
        parts = [_E.Other(_R.Specimen(mark))]
    return _E.ServiceDigitalIdentity(*(_E.DigitalId(one) for one in parts))


def _extension(inner: etree._Element, within: str) -> etree._Element:
    return _E(within, _E.Extension(inner, Critical="false"))


def _names(tag: str, names: Iterable[tuple[str, str]]) -> etree._Element:
    return _E(tag, *(_E.Name(text, **{_LANGUAGE: lang}) for lang, text in names))


def _uri(address: str) -> etree._Element:
    return _E.URI(address, **{_LANGUAGE: "en"})


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
