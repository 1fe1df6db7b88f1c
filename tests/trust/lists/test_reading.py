from __future__ import annotations

from datetime import datetime

import pytest

from tests.pki.certificates import Identity
from tests.pki.world import AT, day
from tests.trust.lists.builder import (
    CA_QC,
    GRANTED,
    LIST_OF_LISTS,
    WITHDRAWN,
    Signing,
    a_list,
    b64,
    identity,
    operator,
    pointer,
    provider,
    service,
    service_ca,
    signed,
    state,
)
from verifier.trust.lists.inspection import Inspection, inspect
from verifier.trust.lists.model import Text, TrustedList

NATIONAL = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel"
EXTENSIONS = (
    '<Extension Critical="true"><q:Qualifications'
    ' xmlns:q="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"><q:QualificationElement>'
    '<q:Qualifiers><q:Qualifier uri="http://uri.etsi.org/QCForESig"/></q:Qualifiers></q:QualificationElement>'
    '</q:Qualifications></Extension><Extension Critical="false"><AdditionalServiceInformation>'
    '<URI xml:lang="en">http://uri.etsi.org/ForeSignatures</URI></AdditionalServiceInformation></Extension>'
)
POINTS = "<ServiceSupplyPoints><ServiceSupplyPoint{}>https://ocsp.example</ServiceSupplyPoint></ServiceSupplyPoints>"


def seen(xml: str, how: Signing | None = None) -> Inspection:
    return inspect(signed(xml, how), AT)


def content(xml: str) -> TrustedList:
    found = seen(xml)
    assert (found.signature.state, found.problems) == ("intact", ())
    assert found.content is not None
    return found.content


def codes(xml: str) -> list[str]:
    found = seen(xml)
    assert found.signature.state == "intact"
    return [problem.code for problem in found.problems]


# --- sound lists -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["5", "6"])
def test_a_sound_list(version: str) -> None:
    found = content(a_list(version=version))
    assert (found.kind, found.version, found.territory, found.sequence) == ("list", version, "VN", "7")
    assert (found.issued, found.next_update) == (day(2026, 10), day(2027, 3))
    assert found.locations == ("https://tsl.example/VN.xml",)
    (one,) = found.services
    assert one.states[0].identity.certificates == (service_ca().der,)
    assert (one.states[0].service_type, one.states[0].status) == (CA_QC, GRANTED)


def test_names_in_several_languages() -> None:
    found = content(a_list())
    assert found.operators == (Text("vi", "Cơ quan quản lý"), Text("en", "Authority"), Text("de", "Behörde"))
    (one,) = found.providers
    assert one.names == (Text("vi", "Nhà cung cấp"), Text("en", "Provider"))
    assert one.trade_names == (Text("en", "VATVN-0100109106"),)
    assert one.services[0].states[0].names[0] == Text("vi", "Dịch vụ")


def test_a_list_of_lists_with_pointers() -> None:
    other = operator(name="Operator of LA").der
    both = pointer("VN") + pointer("LA", [other, operator().der])
    found = content(a_list(kind=LIST_OF_LISTS, pointers=both, content=False))
    assert (found.kind, found.providers) == ("list_of_lists", ())
    vn, la = found.pointers
    assert (vn.territory, vn.mime_type) == ("VN", "application/vnd.etsi.tsl+xml")
    assert (la.location, la.certificates) == ("https://tsl.example/LA.xml", (other, operator().der))
    assert vn.operators == (Text("en", "Operator"),)


def test_history_says_what_held_when() -> None:
    past = [state(GRANTED, "2021-06-01T00:00:00Z"), state(NATIONAL, "2018-01-01T07:00:00+07:00")]
    (one,) = content(a_list(provider(service(state(WITHDRAWN, "2024-03-05T10:00:00Z"), past)))).services
    assert [found.status for found in one.states] == [WITHDRAWN, GRANTED, NATIONAL]

    def at(text: str) -> str:
        held = one.state_at(datetime.fromisoformat(text))
        return held.status if held else ""

    assert at("2017-12-31T23:59:59Z") == ""
    assert at("2018-01-01T00:00:00Z") == NATIONAL
    assert at("2021-05-31T23:59:59Z") == NATIONAL
    assert at("2024-03-05T09:59:59Z") == GRANTED
    assert at("2024-03-05T10:00:00Z") == WITHDRAWN


def test_history_out_of_order_is_told_and_put_in_order() -> None:
    past = [state(NATIONAL, "2018-01-01T00:00:00Z"), state(GRANTED, "2021-06-01T00:00:00Z")]
    xml = a_list(provider(service(state(WITHDRAWN, "2024-03-05T10:00:00Z"), past)))
    assert codes(xml) == ["history-out-of-order"]
    found = seen(xml).content
    assert found is not None
    assert [one.status for one in found.services[0].states] == [WITHDRAWN, GRANTED, NATIONAL]


def test_an_identity_by_certificate_key_and_name() -> None:
    ca: Identity = service_ca()
    inner = (
        f"<DigitalId><X509SKI>{b64(ca.key_id)}</X509SKI></DigitalId>"
        "<DigitalId><X509SubjectName>CN=Service CA,C=VN</X509SubjectName></DigitalId>"
        "<DigitalId><Other><extra:Mark>1</extra:Mark></Other></DigitalId>"
    )
    found = content(a_list(provider(service(state(who=identity(ca.der, ca.der, inner=inner)))))).services[0].states[0]
    assert found.identity.certificates == (ca.der,)
    assert found.identity.key_ids == (ca.key_id,)
    assert found.identity.subjects == ("CN=Service CA,C=VN",)
    assert found.identity.others == ("Mark",)


def test_extensions_are_kept_whole() -> None:
    first, second = content(a_list(provider(service(state(extensions=EXTENSIONS))))).services[0].states[0].extensions
    assert (first.kind, first.critical, first.values) == ("Qualifications", True, ("http://uri.etsi.org/QCForESig",))
    assert (second.kind, second.critical) == ("AdditionalServiceInformation", False)
    assert second.values == ("http://uri.etsi.org/ForeSignatures",)
    assert first.xml.startswith(b"<Extension xmlns=")
    assert b"QualificationElement" in first.xml


def test_an_unknown_extension_is_kept_and_only_a_critical_one_is_a_problem() -> None:
    odd = '<Extension Critical="false"><Odd>1</Odd></Extension>'
    (found,) = content(a_list(provider(service(state(extensions=odd))))).services[0].states[0].extensions
    assert (found.kind, found.critical, found.values) == ("Odd", False, ())


def test_comments_in_a_list_that_is_not_signed_cut_no_value() -> None:
    cut = a_list().replace(GRANTED, f"{GRANTED[:9]}<!-- x --><?y?>{GRANTED[9:]}")
    der = b64(service_ca().der)
    found = inspect(cut.replace(der, f"{der[:8]}<!-- x -->{der[8:]}").encode(), AT).content
    assert found is not None
    assert found.services[0].states[0].status == GRANTED
    assert found.services[0].states[0].identity.certificates == (service_ca().der,)


# --- one thing spoilt ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<TSLVersionIdentifier>6</TSLVersionIdentifier>", "", "version-missing"),
        ("<TSLVersionIdentifier>6<", "<TSLVersionIdentifier>7<", "version-unknown"),
        ("<TSLSequenceNumber>7</TSLSequenceNumber>", "", "sequence-missing"),
        ("<TSLSequenceNumber>7<", "<TSLSequenceNumber>-7<", "sequence-unclear"),
        ("<TSLSequenceNumber>7<", "<TSLSequenceNumber>0<", "sequence-unclear"),
        ("<TSLSequenceNumber>7<", "<TSLSequenceNumber>\u0667<", "sequence-unclear"),
        ("<TSLSequenceNumber>7<", "<TSLSequenceNumber>7</TSLSequenceNumber><TSLSequenceNumber>8<", "element-repeated"),
        ("<SchemeTerritory>VN</SchemeTerritory>", "", "territory-missing"),
        ("<ListIssueDateTime>2026-10-01T00:00:00Z</ListIssueDateTime>", "", "issued-missing"),
        ("<ListIssueDateTime>2026-10-01T00:00:00Z", "<ListIssueDateTime>2026-10-01", "issued-unclear"),
        ("<ListIssueDateTime>2026-10-01T00:00:00Z", "<ListIssueDateTime>2026-10-01T00:00:00", "issued-unclear"),
        ("<ListIssueDateTime>2026-10", "<ListIssueDateTime>2026-12", "issued-in-future"),
        ("<NextUpdate><dateTime>2027-03-01T00:00:00Z</dateTime></NextUpdate>", "", "next-update-missing"),
        ("<dateTime>2027-03-01T00:00:00Z</dateTime>", "", "list-closed"),
        ("<dateTime>2027-03-01T00:00:00Z", "<dateTime>2026-11-22T11:59:59Z", "next-update-passed"),
        ("<dateTime>2027-03-01T00:00:00Z", "<dateTime>soon", "next-update-unclear"),
        ("<SchemeInformation>", "<SchemeInformation><Novelty/>", "element-not-understood"),
        ("<DistributionPoints>", "<extra:DistributionPoints/><DistributionPoints>", "element-not-understood"),
        (CA_QC, "", "service-type-missing"),
        (GRANTED, "", "service-status-missing"),
        ("2022-01-01T00:00:00Z", "2022", "status-time-unclear"),
        ("<X509Certificate>", "<X509Certificate>AAAA", "certificate-broken"),
    ],
)
def test_each_fault_has_its_code(old: str, new: str, code: str) -> None:
    assert old in a_list()
    assert code in codes(a_list().replace(old, new))


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (a_list(content=False), "list-empty"),
        (a_list(kind=LIST_OF_LISTS, content=False), "list-empty"),
        (a_list(pointers=pointer(certificates=())), "operator-certificate-missing"),
        (a_list(provider(service(""))), "service-identity-missing"),
        (a_list(provider("<TSPService></TSPService>")), "service-information-missing"),
        (a_list("<TrustServiceProvider></TrustServiceProvider>", provider()), "provider-information-missing"),
        (a_list(provider(service(points=POINTS.format("")))), "supply-point-without-type"),
        (a_list(provider(service(points=POINTS.format(' type="x"'))), version="5"), "attribute-not-understood"),
        (
            a_list(provider(service(state(extensions='<Extension Critical="true"><Odd/></Extension>')))),
            "critical-extension-not-understood",
        ),
    ],
)
def test_each_fault_of_a_part_has_its_code(xml: str, code: str) -> None:
    assert code in codes(xml)


def test_the_end_of_its_time_is_the_last_instant_of_a_list() -> None:
    xml = a_list().replace("2027-03-01T00:00:00Z", "2026-11-22T12:00:00Z")
    assert codes(xml) == []


def test_what_could_not_be_read_is_counted_all_the_same() -> None:
    found = seen(a_list(provider(service(), "<TSPService></TSPService>")))
    assert found.content is not None
    assert (found.services, len(found.content.services)) == (2, 1)


def test_many_faults_of_one_kind_are_counted() -> None:
    found = seen(a_list(provider(*[service(state(kind=""))] * 30)))
    assert [problem.code for problem in found.problems] == ["service-type-missing"] * 11
    assert found.problems[-1].detail == "and 20 more"
