from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.pki.certificates import Spec, issue
from tests.pki.keys import ec_key
from tests.pki.world import AT, day
from tests.trust.lists.builder import (
    END,
    LIST_OF_LISTS,
    Signing,
    a_list,
    operator,
    pointer,
    provider,
    service,
    signature,
    signed,
)
from tests.trust.lists.schemes import ISSUED, LOTL, VN, numbered, of_lists
from verifier.errors import BadRequest
from verifier.snapshot import Scheme
from verifier.trust.lists.checking import checked, fingerprint
from verifier.trust.lists.xml import MAX_BYTES
from verifier.web.problem_statuses import STATUSES

UPDATE = "<NextUpdate><dateTime>2027-03-01T00:00:00Z</dateTime></NextUpdate>"
PROVIDER = provider()


def refused(data: bytes, scheme: Scheme = VN) -> str:
    with pytest.raises(BadRequest) as caught:
        checked(data, scheme, AT)
    problem = caught.value.problem
    assert problem.code in STATUSES
    assert problem.params == {"scheme": scheme.id}
    return problem.code


def spoilt(old: str, new: str = "") -> bytes:
    xml = a_list()
    assert old in xml
    return signed(xml.replace(old, new))


# --- what is taken over ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["5", "6"])
def test_a_sound_list(version: str) -> None:
    found = checked(signed(a_list(version=version)), VN, AT)
    assert (found.signature.pinned, found.problems, found.services) == (True, (), 1)


def test_a_sound_list_of_lists() -> None:
    assert checked(signed(of_lists(pointer("DE"))), LOTL, AT).pointers == 1


def test_what_does_not_refuse_stays_told() -> None:
    odd = signed(a_list().replace("<SchemeTerritory>", "<Strange>x</Strange><SchemeTerritory>"))
    assert [one.code for one in checked(odd, VN, AT).problems] == ["element-not-understood"]


def test_an_extension_of_the_whole_list_that_is_not_critical() -> None:
    extension = '<SchemeExtensions><Extension Critical="false"><x/></Extension></SchemeExtensions>'
    assert checked(spoilt("</DistributionPoints>", f"</DistributionPoints>{extension}"), VN, AT).problems == ()


def test_a_list_that_says_it_is_the_last_one_is_taken_over_and_told() -> None:
    closed = spoilt(UPDATE, "<NextUpdate></NextUpdate>")
    assert [one.code for one in checked(closed, VN, AT).problems] == ["list-closed"]


def test_the_same_list_again() -> None:
    data = signed(a_list())
    used = replace(VN, sequence=7, sha256=fingerprint(data), issued=ISSUED)
    assert checked(data, used, AT).services == 1


def test_a_newer_list() -> None:
    used = replace(VN, sequence=7, sha256="0" * 64, issued=ISSUED)
    assert checked(signed(numbered(a_list(), 8)), used, AT).services == 1


def test_pins_in_place_of_those_of_the_scheme() -> None:
    data = signed(a_list(), Signing(by=operator(name="Other")))
    assert refused(data) == "signer-not-pinned"
    assert checked(data, VN, AT, (operator(name="Other").der,)).signature.pinned
    assert refused(data, replace(VN, pins=())) == "operator-certificate-missing"


# --- what is refused -------------------------------------------------------------------------------------------------

FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty-file"),
    "web page": (lambda: b"<!DOCTYPE html><html><body>502</body></html>", "html-instead-of-list"),
    "web page without doctype": (lambda: b"\n<!-- proxy --><HTML lang='en'></HTML>", "html-instead-of-list"),
    "page in XHTML": (
        lambda: b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
        "html-instead-of-list",
    ),
    "plain words": (lambda: b"Service temporarily unavailable", "xml-broken"),
    "JSON": (lambda: b'{"error": "not found"}', "xml-broken"),
    "piece of a page": (lambda: b"<h1>Not found</h1>", "not-a-list"),
    "other XML": (lambda: b"<rss></rss>", "not-a-list"),
    "cut off": (lambda: signed(a_list())[:-400], "xml-truncated"),
    "cut off early": (lambda: signed(a_list())[:900], "xml-truncated"),
    "broken XML": (lambda: signed(a_list()).replace(b"</SchemeName>", b"</SchemeNome>"), "xml-broken"),
    "too large": (lambda: signed(a_list()) + b" " * MAX_BYTES, "list-too-large"),
    "document type": (lambda: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + signed(a_list()), "xml-doctype"),
    "other encoding": (lambda: a_list().encode("utf-16"), "encoding-not-utf8"),
    "crowd of elements": (
        lambda: signed(a_list()).replace(b"<SchemeT", b"<a/>" * 300_001 + b"<SchemeT"),
        "xml-too-complex",
    ),
    "nothing on itself": (
        lambda: signed(a_list().replace("SchemeInformation>", "SchemeInformatio>")),
        "scheme-information-missing",
    ),
    "list of lists": (lambda: signed(of_lists(pointer("DE"))), "list-expected"),
    "no type": (
        lambda: spoilt("<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/VNgeneric</TSLType>"),
        "type-missing",
    ),
    "no version": (lambda: spoilt("<TSLVersionIdentifier>6</TSLVersionIdentifier>"), "version-missing"),
    "version 4": (lambda: signed(a_list(version="4")), "version-unknown"),
    "version 7": (lambda: signed(a_list(version="7")), "version-unknown"),
    "two instants of issue": (
        lambda: spoilt(
            "<ListIssueDateTime>",
            "<ListIssueDateTime>2026-09-01T00:00:00Z</ListIssueDateTime><ListIssueDateTime>",
        ),
        "element-repeated",
    ),
    "critical extension of the whole list": (
        lambda: spoilt(
            "</DistributionPoints>",
            '</DistributionPoints><SchemeExtensions><Extension Critical="true"><x/></Extension></SchemeExtensions>',
        ),
        "critical-scheme-extension",
    ),
    "no signature": (lambda: a_list().encode(), "signature-missing"),
    "two signatures": (
        lambda: signed(a_list()).replace(END.encode(), (signature(a_list(), Signing()) + END).encode()),
        "several-signatures",
    ),
    "changed": (lambda: signed(a_list()).replace(b">7<", b">8<"), "list-signature-broken"),
    "signature without certificate": (lambda: signed(a_list(), Signing(certificates=())), "list-signature-broken"),
    "other signer": (lambda: signed(a_list(), Signing(by=operator(name="Other"))), "signer-not-pinned"),
    "SHA-1": (lambda: signed(a_list(), Signing(digest="sha1")), "signature-weak"),
    "SHA-1 signed": (lambda: signed(a_list(), Signing(value_digest="sha1")), "signature-weak"),
    "no territory": (lambda: spoilt("<SchemeTerritory>VN</SchemeTerritory>"), "territory-missing"),
    "other territory": (lambda: spoilt(">VN</SchemeTerritory>", ">LA</SchemeTerritory>"), "territory-other"),
    "no number": (lambda: spoilt("<TSLSequenceNumber>7</TSLSequenceNumber>"), "sequence-missing"),
    "number that is none": (lambda: spoilt(">7<", ">seven<"), "sequence-unclear"),
    "number 0": (lambda: spoilt(">7<", ">0<"), "sequence-unclear"),
    "endless number": (lambda: spoilt(">7<", f">{'7' * 5000}<"), "sequence-unclear"),
    "no instant of issue": (
        lambda: spoilt("<ListIssueDateTime>2026-10-01T00:00:00Z</ListIssueDateTime>"),
        "issued-missing",
    ),
    "instant of issue without zone": (
        lambda: spoilt("2026-10-01T00:00:00Z</ListIssue", "2026-10-01T00:00:00</ListIssue"),
        "issued-unclear",
    ),
    "issued tomorrow": (lambda: signed(numbered(a_list(), 7, AT + timedelta(seconds=1))), "issued-in-future"),
    "no next update": (lambda: spoilt(UPDATE), "next-update-missing"),
    "next update that is none": (lambda: spoilt("2027-03-01T00:00:00Z", "soon"), "next-update-unclear"),
    "next update before": (lambda: spoilt("2027-03-01", "2026-09-30"), "next-update-before-issue"),
    "overdue": (lambda: spoilt("2027-03-01", "2026-11-22"), "next-update-passed"),
    "no services": (lambda: spoilt(PROVIDER), "list-empty"),
}


@pytest.mark.parametrize("name", FILES)
def test_refused(name: str) -> None:
    make, code = FILES[name]
    assert refused(make()) == code


def test_an_rsa_key_that_is_too_small() -> None:
    small = operator("rsa", bits=1024)
    data = signed(a_list(), Signing(by=small, scheme="rsa"))
    assert refused(data, replace(VN, pins=(small.der,))) == "signature-weak"


def test_the_signer_was_not_valid_when_the_list_was_issued() -> None:
    late = operator(start=2026, name="Late")
    early = signed(
        numbered(a_list(), 7, day(2025)).replace("<StatusStartingTime>2022", "<StatusStartingTime>2021"),
        Signing(by=late),
    )
    assert refused(early, replace(VN, pins=(late.der,))) == "signer-not-valid-then"


def test_a_signer_that_has_ended_since_then_is_no_fault() -> None:
    ended = issue(Spec("Ended", ec_key("Ended"), day(2020), day(2026, 11, 1)))
    assert checked(signed(a_list(), Signing(by=ended)), replace(VN, pins=(ended.der,)), AT).signature.pinned


def test_a_list_where_a_list_of_lists_is_expected() -> None:
    assert refused(signed(a_list()), LOTL) == "list-of-lists-expected"


def test_an_empty_list_of_lists() -> None:
    assert refused(signed(a_list(kind=LIST_OF_LISTS, content=False)), LOTL) == "list-empty"


@pytest.mark.parametrize(
    ("number", "used", "code"),
    [
        (6, {"sequence": 7}, "list-older"),
        (7, {"sequence": 7, "sha256": "0" * 64}, "list-number-reused"),
        (8, {"sequence": 7, "issued": day(2026, 11, 1)}, "list-issued-earlier"),
    ],
)
def test_never_back(number: int, used: dict[str, object], code: str) -> None:
    scheme = replace(VN, **used)  # type: ignore[arg-type]
    assert refused(signed(numbered(a_list(), number)), scheme) == code


def test_of_several_faults_the_plainest_is_told() -> None:
    bad = signed(a_list(provider(service()), version="4").replace(">VN</SchemeT", ">LA</SchemeT"))
    assert refused(bad.replace(b">7<", b">6<"), replace(VN, sequence=9)) == "version-unknown"
