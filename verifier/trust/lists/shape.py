"""Which elements stand where in a trusted list (ETSI TS 119 612 annex C); what else stands there is told."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from verifier.trust.lists.model import ListProblem

TSL = "{http://uri.etsi.org/02231/v2#}"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
MOST_TOLD = 50
"""Kinds of unknown elements that are told one by one."""

_CHILDREN: dict[str, str] = {
    "TrustServiceStatusList": "SchemeInformation TrustServiceProviderList",
    "SchemeInformation": "TSLVersionIdentifier TSLSequenceNumber TSLType SchemeOperatorName SchemeOperatorAddress"
    " SchemeName SchemeInformationURI StatusDeterminationApproach SchemeTypeCommunityRules SchemeTerritory"
    " PolicyOrLegalNotice HistoricalInformationPeriod PointersToOtherTSL ListIssueDateTime NextUpdate"
    " DistributionPoints SchemeExtensions",
    "PointersToOtherTSL": "OtherTSLPointer",
    "OtherTSLPointer": "ServiceDigitalIdentities TSLLocation AdditionalInformation",
    "ServiceDigitalIdentities": "ServiceDigitalIdentity",
    "ServiceDigitalIdentity": "DigitalId",
    "DigitalId": "X509Certificate X509SubjectName X509SKI KeyValue Other",
    "AdditionalInformation": "TextualInformation OtherInformation",
    "NextUpdate": "dateTime",
    "DistributionPoints": "URI",
    "TrustServiceProviderList": "TrustServiceProvider",
    "TrustServiceProvider": "TSPInformation TSPServices",
    "TSPInformation": "TSPName TSPTradeName TSPAddress TSPInformationURI TSPInformationExtensions",
    "TSPServices": "TSPService",
    "TSPService": "ServiceInformation ServiceHistory",
    "ServiceInformation": "ServiceTypeIdentifier ServiceName ServiceDigitalIdentity ServiceStatus StatusStartingTime"
    " SchemeServiceDefinitionURI ServiceSupplyPoints TSPServiceDefinitionURI ServiceInformationExtensions",
    "ServiceSupplyPoints": "ServiceSupplyPoint",
    "ServiceHistory": "ServiceHistoryInstance",
    "ServiceHistoryInstance": "ServiceTypeIdentifier ServiceName ServiceDigitalIdentity ServiceStatus"
    " StatusStartingTime ServiceInformationExtensions",
    "ServiceInformationExtensions": "Extension",
}
_KNOWN = {TSL + parent: frozenset(TSL + name for name in names.split()) for parent, names in _CHILDREN.items()}


def unknown_elements(root: etree._Element) -> tuple[ListProblem, ...]:
    """Return an `element-not-understood` for each kind of element that stands where the standard has none."""
    unknown: Counter[tuple[str, str]] = Counter()
    for parent in root.iter(*_KNOWN):
        known = _KNOWN[parent.tag]
        for child in parent.iterchildren("*"):
            if child.tag not in known and not (parent is root and child.tag == _SIGNATURE):
                unknown[parent.tag, child.tag] += 1
    found = [_told(parent, child, count) for (parent, child), count in unknown.most_common(MOST_TOLD)]
    if len(unknown) > MOST_TOLD:
        more = len(unknown) - MOST_TOLD
        found.append(ListProblem("element-not-understood", f"and {more} more kinds of elements"))
    return tuple(found)


def _told(parent: str, child: str, count: int) -> ListProblem:
    within = etree.QName(parent).localname
    return ListProblem("element-not-understood", f"{child} in {within}, {count} times")
