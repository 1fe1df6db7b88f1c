"""Reading a trusted list or a list of lists (ETSI TS 119 612 versions 5 and 6); whatever is odd is noted."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from verifier.trust.lists.model import ENTRY, ListKind, Pointer, TrustedList
from verifier.trust.lists.services import read_certificates, read_providers
from verifier.trust.lists.shape import TSL, unknown_elements
from verifier.trust.lists.values import Notebook, child, instant, place, text_of, texts
from verifier.trust.lists.xml import NotReadable, local

VERSIONS = frozenset({"5", "6"})
ROOT = f"{TSL}TrustServiceStatusList"
_LIST_OF_LISTS = "listofthelists"


def read_list(root: etree._Element, at: datetime) -> TrustedList:
    """Return what the list says, judged at the instant `at`; comments are taken out of the tree.

    NotReadable: `not-a-list` (another root element), `scheme-information-missing`. Everything else that is wrong stands
    in `problems`; a list with problems was read as far as it goes and is not fit to be trusted without a look at them.
    """
    if root.tag != ROOT:
        raise NotReadable("not-a-list", f"the file is no trusted list: its root element is {local(root)}")
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)  # none shall split a value in two
    notes = Notebook()
    scheme = child(root, "SchemeInformation", notes)
    if scheme is None:
        raise NotReadable("scheme-information-missing", "the list does not say who keeps it")
    issued, next_update, written = _dates(scheme, at, notes)
    list_type = text_of(child(scheme, "TSLType", notes, wanted="type-missing"))
    kind = ListKind.LIST_OF_LISTS if list_type.lower().endswith(_LIST_OF_LISTS) else ListKind.LIST
    providers = read_providers(root, notes)
    pointers = tuple(_pointer(one, notes) for one in scheme.findall(f"{TSL}PointersToOtherTSL/{TSL}OtherTSLPointer"))
    version = _version(scheme, notes)
    _check_supply_points(root, version, notes)
    _check_content(root, kind, pointers, notes)
    _check_extensions(scheme, notes)
    operators = texts(child(scheme, "SchemeOperatorName", notes))
    if not any(one.value for one in operators):
        notes.note("operator-name-missing", "the list does not name its scheme operator")
    return TrustedList(
        kind=kind,
        version=version,
        list_type=list_type,
        territory=text_of(child(scheme, "SchemeTerritory", notes, wanted="territory-missing")),
        sequence=_sequence(scheme, notes),
        issued=issued,
        next_update=next_update,
        operators=operators,
        scheme_names=texts(child(scheme, "SchemeName", notes)),
        providers=providers,
        pointers=pointers,
        locations=tuple(text_of(one) for one in scheme.iterfind(f"{TSL}DistributionPoints/{TSL}URI")),
        scheme_pages=texts(child(scheme, "SchemeInformationURI", notes)),
        problems=(*notes.problems(), *unknown_elements(root)),
        written=written,
        entries=tuple(text_of(one) for one in root.iter(ENTRY)),
    )


def count(root: etree._Element, name: str) -> int:
    """Return how many elements of this name of the standard stand in the list, read or not."""
    return sum(1 for _ in root.iter(TSL + name))


def _version(scheme: etree._Element, notes: Notebook) -> str:
    version = text_of(child(scheme, "TSLVersionIdentifier", notes, wanted="version-missing"))
    if version and version not in VERSIONS:
        notes.note("version-unknown", f"the format has version {version!r}; known are 5 and 6")
    return version


def _sequence(scheme: etree._Element, notes: Notebook) -> str:
    sequence = text_of(child(scheme, "TSLSequenceNumber", notes, wanted="sequence-missing"))
    if sequence and not (sequence.isascii() and sequence.isdigit() and int(sequence[:18]) > 0):
        notes.note("sequence-unclear", f"the sequence number is no number above 0: {sequence[:40]!r}")
    return sequence


def _dates(
    scheme: etree._Element, at: datetime, notes: Notebook
) -> tuple[datetime | None, datetime | None, dict[str, str]]:
    """Return the instants of issue and of the next update, and both as written."""
    issued_text = text_of(child(scheme, "ListIssueDateTime", notes, wanted="issued-missing"))
    issued = instant(issued_text)
    if issued_text and issued is None:
        notes.note("issued-unclear", f"the instant of issue is not clear: {issued_text[:40]!r}")
    if issued and issued > at:
        notes.note("issued-in-future", f"the list is of {issued_text}, which is yet to come")
    element = child(scheme, "NextUpdate", notes, wanted="next-update-missing")
    next_text = text_of(child(element, "dateTime", notes))
    next_update = instant(next_text)
    if element is not None and not next_text:
        notes.note("list-closed", "the list says that no other will follow it")
    if next_text and next_update is None:
        notes.note("next-update-unclear", f"the instant of the next update is not clear: {next_text[:40]!r}")
    if next_update and next_update < at:
        notes.note("next-update-passed", f"a newer list was due on {next_text}")
    if next_update and issued and next_update < issued:
        notes.note("next-update-before-issue", f"{next_text} lies before {issued_text}")
    return issued, next_update, {"issued": issued_text, "next_update": next_text}


def _pointer(element: etree._Element, notes: Notebook) -> Pointer:
    identities = element.find(f"{TSL}ServiceDigitalIdentities")
    parts = [] if identities is None else list(identities.iterfind(f"{TSL}ServiceDigitalIdentity/{TSL}DigitalId/*"))
    certificates = read_certificates(parts, notes)
    location = text_of(child(element, "TSLLocation", notes, wanted="pointer-without-location"))
    if not certificates:
        notes.note("operator-certificate-missing", f"no certificate for the list at {location}{place(element)}")
    about: dict[str, etree._Element] = {}
    for one in element.iterfind(f"{TSL}AdditionalInformation/{TSL}OtherInformation/*"):
        about.setdefault(local(one), one)
    known = ("TSLType", "SchemeTerritory", "MimeType", "SchemeOperatorName", "SchemeTypeCommunityRules")
    return Pointer(
        location=location,
        certificates=certificates,
        territory=text_of(about.get("SchemeTerritory")),
        list_type=text_of(about.get("TSLType")),
        mime_type=text_of(about.get("MimeType")),
        operators=texts(about.get("SchemeOperatorName")),
        others=tuple(name for name in about if name not in known),
    )


def _check_supply_points(root: etree._Element, version: str, notes: Notebook) -> None:
    """Version 6 gives each supply point a type, version 5 none (clause 5.5.7)."""
    for point in root.iter(f"{TSL}ServiceSupplyPoint"):
        if version == "6" and point.get("type") is None:
            notes.note("supply-point-without-type", f"{text_of(point)}{place(point)}")
        if version == "5" and point.get("type") is not None:
            notes.note("attribute-not-understood", f"type of ServiceSupplyPoint in version 5{place(point)}")


def _check_extensions(scheme: etree._Element, notes: Notebook) -> None:
    """Tell critical extensions of the whole list, of which none is known (clause 5.3.17)."""
    for one in scheme.iterfind(f"{TSL}SchemeExtensions/{TSL}Extension"):
        if (one.get("Critical") or "").strip().lower() in ("true", "1"):
            notes.note("critical-scheme-extension", f"a critical extension that is not understood{place(one)}")


def _check_content(root: etree._Element, kind: ListKind, pointers: tuple[Pointer, ...], notes: Notebook) -> None:
    if kind is ListKind.LIST and not count(root, "TSPService"):
        notes.note("list-empty", "the list names no service")
    if kind is ListKind.LIST_OF_LISTS and not pointers:
        notes.note("list-empty", "the list of lists points to no list")
