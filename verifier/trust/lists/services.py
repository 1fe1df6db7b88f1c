"""Reading providers and services of a trusted list, with the history of each service (ETSI TS 119 612 5.4 to 5.6)."""

from __future__ import annotations

from itertools import pairwise

from lxml import etree

from verifier.trust.lists.model import Extension, Identity, Provider, Service, ServiceState
from verifier.trust.lists.shape import TSL
from verifier.trust.lists.values import Notebook, child, decoded, instant, is_certificate, place, text_of, texts
from verifier.trust.lists.xml import canonical, copy_of, elements, local

_QUALIFIER = "{http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#}Qualifier"
UNDERSTOOD = frozenset({"Qualifications", "AdditionalServiceInformation", "ExpiredCertsRevocationInfo", "TakenOverBy"})
"""Extensions of the standard (clause 5.5.9); a critical one that is not among them is told."""


def read_providers(root: etree._Element, notes: Notebook) -> tuple[Provider, ...]:
    """Return the providers; what cannot be read is noted and left out."""
    found = root.findall(f"{TSL}TrustServiceProviderList/{TSL}TrustServiceProvider")
    return tuple(_provider(one, notes) for one in found)


def read_identity(parent: etree._Element | None, notes: Notebook) -> Identity:
    """Return who is named by the `DigitalId` elements within; a broken one is noted (`certificate-broken`)."""
    parts = [] if parent is None else list(parent.iterfind(f"{TSL}DigitalId/*"))
    return Identity(
        certificates=read_certificates(parts, notes),
        key_ids=tuple(key for one in parts if one.tag == f"{TSL}X509SKI" and (key := decoded(one))),
        subjects=tuple(text_of(one) for one in parts if one.tag == f"{TSL}X509SubjectName"),
        others=tuple(dict.fromkeys(_inner(one) for one in parts if one.tag in (f"{TSL}Other", f"{TSL}KeyValue"))),
    )


def read_certificates(parts: list[etree._Element], notes: Notebook) -> tuple[bytes, ...]:
    """Return the certificates among these elements, each once."""
    found: dict[bytes, None] = {}
    for one in parts:
        if one.tag == f"{TSL}X509Certificate":
            der = decoded(one)
            if der is None or not is_certificate(der):
                notes.note("certificate-broken", f"a certificate cannot be read{place(one)}")
            else:
                found[der] = None
    return tuple(found)


def _provider(element: etree._Element, notes: Notebook) -> Provider:
    about = child(element, "TSPInformation", notes, wanted="provider-information-missing")
    within = child(element, "TSPServices", notes, wanted="provider-without-services")
    services = [] if within is None else within.findall(f"{TSL}TSPService")
    if within is not None and not services:
        notes.note("provider-without-services", f"a provider has no services{place(element)}")
    names = texts(child(about, "TSPName", notes))
    if about is not None and not names:
        notes.note("provider-name-missing", f"a provider has no name{place(element)}")
    return Provider(
        names=names,
        trade_names=texts(child(about, "TSPTradeName", notes)),
        information=texts(child(about, "TSPInformationURI", notes)),
        services=tuple(read for one in services if (read := _service(one, notes))),
    )


def _service(element: etree._Element, notes: Notebook) -> Service | None:
    present = child(element, "ServiceInformation", notes, wanted="service-information-missing")
    if present is None:
        return None
    history = child(element, "ServiceHistory", notes)
    past = [] if history is None else history.findall(f"{TSL}ServiceHistoryInstance")
    states = [_state(one, notes) for one in (present, *past)]
    points = present.findall(f"{TSL}ServiceSupplyPoints/{TSL}ServiceSupplyPoint")
    return Service(_in_order(states, element, notes), tuple(text_of(point) for point in points))


def _in_order(states: list[ServiceState], element: etree._Element, notes: Notebook) -> tuple[ServiceState, ...]:
    """Put earlier states in order, latest first; noted where the list does otherwise or the present is not last."""
    dated = [state for state in states if state.since is not None]
    if any(later.since < earlier.since for later, earlier in pairwise(dated) if later.since and earlier.since):
        notes.note("history-out-of-order", f"the states of a service are not in the order of time{place(element)}")
    first, *rest = states
    rest.sort(key=lambda state: state.since.timestamp() if state.since else 0.0, reverse=True)
    return (first, *rest)


def _state(element: etree._Element, notes: Notebook) -> ServiceState:
    identity = read_identity(child(element, "ServiceDigitalIdentity", notes), notes)
    if not (identity.certificates or identity.key_ids or identity.subjects or identity.others):
        notes.note("service-identity-missing", f"a service has no digital identity{place(element)}")
    since_text = text_of(child(element, "StatusStartingTime", notes))
    since = instant(since_text)
    if since is None:
        notes.note("status-time-unclear", f"a status begins at no clear instant: {since_text!r}{place(element)}")
    status = text_of(child(element, "ServiceStatus", notes))
    if not status:
        notes.note("service-status-missing", f"a service has no status{place(element)}")
    kind = text_of(child(element, "ServiceTypeIdentifier", notes))
    if not kind:
        notes.note("service-type-missing", f"a service has no type{place(element)}")
    extensions = element.findall(f"{TSL}ServiceInformationExtensions/{TSL}Extension")
    return ServiceState(
        service_type=kind,
        names=texts(child(element, "ServiceName", notes)),
        identity=identity,
        status=status,
        since=since,
        extensions=tuple(_extension(one, notes) for one in extensions),
    )


def _extension(element: etree._Element, notes: Notebook) -> Extension:
    critical = (element.get("Critical") or "").strip().lower() in ("true", "1")
    kind = _inner(element)
    if critical and kind not in UNDERSTOOD:
        notes.note("critical-extension-not-understood", f"{kind or 'an empty extension'}{place(element)}")
    values = [one for one in element.iter(f"{TSL}URI") if kind == "AdditionalServiceInformation"]
    found = [one.get("uri") or "" for one in element.iter(_QUALIFIER)] or [text_of(one) for one in values]
    plain = text_of(next(elements(element), None)) if kind == "ExpiredCertsRevocationInfo" else ""
    return Extension(kind, critical, tuple(found) or ((plain,) if plain else ()), canonical(copy_of(element)))


def _inner(element: etree._Element) -> str:
    """Name of the first element within, else the element's own name where it holds text."""
    first = next(elements(element), None)
    if first is not None:
        return local(first)
    return local(element) if (element.text or "").strip() else ""
