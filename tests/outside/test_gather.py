from __future__ import annotations

import hashlib
import threading

import pytest
from asn1crypto import cms, ocsp, pem

from tests.outside.net import CRL, CRL_URL, ISSUER_URL, OCSP, OCSP_URL, WORLD, Answers, Net
from verifier.check import Filled
from verifier.evidence import Gap, GapCode, GapKind
from verifier.outside.fetch import Failure, FetchFailed, FetchLimits, Request, origin_of
from verifier.outside.gather import MOST_CERTIFICATES, Gatherer, GatherLimits
from verifier.outside.ocsp_client import ocsp_request
from verifier.x509 import Certificate

LEAF, CA = WORLD.leaf.der, WORLD.ca.der
ISSUER_GAP = Gap(GapKind.ISSUER, "Signer", "the issuer is not known", LEAF, urls=(ISSUER_URL,))
STATUS_GAP = Gap(GapKind.REVOCATION, "Signer", "no status", LEAF, CA, (OCSP_URL, CRL_URL))


def fill(gap: Gap, answers: Answers) -> Filled:
    return Gatherer(Net(answers)).begin().fill([gap])


def bundle(*certificates: bytes) -> bytes:
    chosen = [cms.CertificateChoices.load(der) for der in certificates]
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {"content_type": "data"},
            "certificates": chosen,
            "signer_infos": [],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


@pytest.mark.parametrize("answer", [CA, pem.armor("CERTIFICATE", CA), bundle(CA), pem.armor("PKCS7", bundle(CA))])
def test_an_issuer_comes_in_any_form(answer: bytes) -> None:
    assert fill(ISSUER_GAP, {ISSUER_URL: answer}) == Filled(certificates=(CA,), asked=1)


def test_a_bundle_brings_all_its_certificates() -> None:
    assert set(fill(ISSUER_GAP, {ISSUER_URL: bundle(CA, WORLD.root.der)}).certificates) == {CA, WORLD.root.der}


@pytest.mark.parametrize("answer", [CRL, pem.armor("X509 CRL", CRL)])
def test_a_crl_comes_as_it_was_signed(answer: bytes) -> None:
    gap = Gap(GapKind.REVOCATION, "Signer", "no status", LEAF, CA, (CRL_URL,))
    assert fill(gap, {CRL_URL: answer}) == Filled(crls=(CRL,), asked=1)


def test_ocsp_is_asked_first_and_the_crl_only_if_the_gap_stays() -> None:
    net = Net({OCSP_URL: OCSP, CRL_URL: CRL})
    gathering = Gatherer(net).begin()
    assert gathering.fill([STATUS_GAP]) == Filled(ocsps=(OCSP,), asked=1)
    assert gathering.fill([STATUS_GAP]) == Filled(crls=(CRL,), asked=1)
    assert gathering.fill([STATUS_GAP]) == Filled()
    assert net.urls == [OCSP_URL, CRL_URL]


def test_the_question_names_the_certificate() -> None:
    net = Net({OCSP_URL: OCSP})
    Gatherer(net).begin().fill([STATUS_GAP])
    request = net.asked[0]
    assert (request.method, request.headers) == ("POST", (("Content-Type", "application/ocsp-request"),))
    identity = ocsp.OCSPRequest.load(request.body)["tbs_request"]["request_list"][0]["req_cert"]
    assert identity["hash_algorithm"]["algorithm"].native == "sha1"
    assert identity["serial_number"].native == WORLD.leaf.serial
    assert identity["issuer_name_hash"].native == hashlib.sha1(WORLD.ca.name.dump()).digest()
    assert identity["issuer_key_hash"].native == WORLD.ca.key_id
    assert request.body == ocsp_request(Certificate.parse(LEAF), Certificate.parse(CA))


@pytest.mark.parametrize(
    ("url", "answer", "reason"),
    [
        (OCSP_URL, Failure.TOO_SLOW, "too slow"),
        (OCSP_URL, b"<html>sorry</html>", "no OCSP response"),
        (OCSP_URL, ocsp.OCSPResponse({"response_status": "unauthorized"}).dump(), "not authorised"),
        (OCSP_URL, ocsp.OCSPResponse({"response_status": "try_later"}).dump(), "try later"),
        (CRL_URL, b"", "no CRL"),
        (CRL_URL, b"-----BEGIN X509 CRL-----\n?", "no CRL"),
        (CRL_URL, CRL + b"junk", "no CRL"),
        (ISSUER_URL, b"<html>sorry</html>", "certificate"),
        (ISSUER_URL, CA[:-1], "certificate"),
    ],
)
def test_what_cannot_be_had_is_noted_with_its_reason(url: str, answer: bytes | Failure, reason: str) -> None:
    gap = Gap(ISSUER_GAP.kind if url == ISSUER_URL else STATUS_GAP.kind, "Signer", "…", LEAF, CA, (url,))
    filled = fill(gap, {url: answer})
    assert (filled.certificates, filled.crls, filled.ocsps, filled.asked) == ((), (), (), 1)
    ((noted, note),) = filled.failures
    assert noted is gap
    assert (note.kind, note.subject) == ("fetch_failed", "Signer")
    assert note.reason.startswith(f"{url}: ")
    assert reason in note.reason
    assert (note.code, note.params["url"]) == (GapCode.FETCH_FAILED, url)
    assert note.params["failure"] in set(Failure)


def test_a_hostile_address_is_shown_harmlessly() -> None:
    gap = Gap(GapKind.ISSUER, "Signer", "…", LEAF, urls=("http://x/\x1b[2J\u202e" + "a" * 999,))
    ((_, note),) = fill(gap, {}).failures
    assert note.reason.startswith("http://x/?[2J?aaa")
    assert len(note.reason) < 250


@pytest.mark.parametrize("kind", [GapKind.SET_ASIDE, GapKind.NOT_READABLE])
def test_what_nobody_can_fill_is_not_asked(kind: GapKind) -> None:
    assert fill(Gap(kind, "Signer", "…", LEAF, CA, (CRL_URL,)), {CRL_URL: CRL}) == Filled()


def test_the_same_address_is_asked_once_for_many_gaps() -> None:
    net = Net({ISSUER_URL: CA})
    assert Gatherer(net).begin().fill([ISSUER_GAP, ISSUER_GAP]).asked == 1
    assert len(net.asked) == 1


def test_the_budget_of_requests_ends() -> None:
    net = Net({})
    gathering = Gatherer(net, GatherLimits(requests=3)).begin()
    gaps = [Gap(GapKind.ISSUER, "Signer", "…", LEAF, urls=(f"http://x/{n}",)) for n in range(5)]
    assert gathering.fill(gaps).asked == 3
    assert gathering.fill(gaps).asked == 0


def test_one_gap_has_few_addresses() -> None:
    net = Net({})
    gathering = Gatherer(net).begin()
    gap = Gap(GapKind.ISSUER, "Signer", "…", LEAF, urls=tuple(f"http://x/{n}" for n in range(50)))
    while gathering.fill([gap]).asked:
        pass
    assert len(net.asked) == 4


def test_the_budget_of_time_ends() -> None:
    net = Net({ISSUER_URL: CA})
    assert Gatherer(net, GatherLimits(seconds=0)).begin().fill([ISSUER_GAP]) == Filled()
    Gatherer(net, GatherLimits(seconds=7, per_fetch=FetchLimits(seconds=60))).begin().fill([ISSUER_GAP])
    assert net.limits[0] is not None
    assert net.limits[0].seconds <= 7


OTHER_URL = "http://other.example/ca.cer"


@pytest.mark.parametrize("answer", [LEAF, WORLD.root.der, bundle(LEAF, WORLD.root.der)])
def test_a_certificate_of_somebody_else_is_not_taken(answer: bytes) -> None:
    filled = fill(ISSUER_GAP, {ISSUER_URL: answer})
    assert filled.certificates == ()
    ((_, note),) = filled.failures
    assert note.params["failure"] == Failure.NOT_ISSUER


def test_of_a_bundle_only_what_leads_on_is_taken() -> None:
    assert fill(ISSUER_GAP, {ISSUER_URL: bundle(LEAF, CA)}).certificates == (CA,)


def test_a_bundle_of_thousands_is_refused() -> None:
    ((_, note),) = fill(ISSUER_GAP, {ISSUER_URL: bundle(*[CA] * (MOST_CERTIFICATES + 1))}).failures
    assert note.params["failure"] == Failure.TOO_MANY


def test_answers_have_a_size_that_fits_what_was_asked() -> None:
    net = Net({ISSUER_URL: CA, OCSP_URL: OCSP, CRL_URL: CRL})
    gathering = Gatherer(net).begin()
    for _ in range(2):
        gathering.fill([ISSUER_GAP, STATUS_GAP])
    most = {asked.url: limits.bytes for asked, limits in zip(net.asked, net.limits, strict=True) if limits}
    assert most[OCSP_URL] < most[ISSUER_URL] < most[CRL_URL] == FetchLimits().bytes


def test_a_slow_host_holds_up_its_own_questions_only() -> None:
    answered = threading.Event()

    class Slow(Net):
        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            if request.url == OTHER_URL:
                answered.set()
                return CA
            assert answered.wait(20)
            raise FetchFailed(Failure.TOO_SLOW)

    slow = [Gap(GapKind.ISSUER, "Signer", "…", LEAF, urls=(f"http://slow.example/{n}",)) for n in range(30)]
    live = Gap(GapKind.ISSUER, "Signer", "…", LEAF, urls=(OTHER_URL,))
    filled = Gatherer(Slow({})).begin().fill([*slow, live])
    assert filled.certificates == (CA,)
    assert [gap for gap, _ in filled.failures] == slow


def test_a_dead_host_is_asked_twice_whatever_the_document_names() -> None:
    class Dead(Net):
        def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
            self.asked.append(request)
            failed = FetchFailed(Failure.SILENT)
            failed.dead = origin_of(request.url)
            raise failed

    net = Dead({})
    gaps = [Gap(GapKind.ISSUER, "Signer", "…", LEAF, urls=(f"http://dead.example/{n}",)) for n in range(20)]
    failures = [note.params["failure"] for _, note in Gatherer(net).begin().fill(gaps).failures]
    assert len(failures) == 20
    assert len(net.asked) <= 3  # two lanes: one may be on its way while the other finds the host dead
    assert set(failures) == {Failure.SILENT, Failure.RESTING}
