from __future__ import annotations

import hashlib
from typing import Any

import pytest
from asn1crypto import core, ocsp

from tests.outside.net import CRL_URL, OCSP, OCSP_URL, WORLD
from tests.pki import FRESH, issue, make_ocsp
from tests.pki.keys import ec_key
from tests.pki.world import LEAF
from verifier.evidence import Gap, GapKind
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request
from verifier.outside.gather import Gatherer, Gathering, GatherLimits
from verifier.outside.ocsp_client import NONCE_BYTES, OcspQuestion, nonce_for, ocsp_request
from verifier.trust.der import encoded, only
from verifier.x509 import Certificate

LEAF_CERTIFICATE, CA_CERTIFICATE = Certificate.parse(WORLD.leaf.der), Certificate.parse(WORLD.ca.der)
GAP = Gap(GapKind.REVOCATION, "Signer", "no status", WORLD.leaf.der, WORLD.ca.der, (OCSP_URL,))
UNKNOWN = make_ocsp(WORLD.leaf, WORLD.ca, FRESH, unknown=True)
ELSE = make_ocsp(issue(LEAF.but(name="Else", key=ec_key("else")), WORLD.ca), WORLD.ca, FRESH)
UNAUTHORIZED = bytes(ocsp.OCSPResponse({"response_status": "unauthorized"}).dump())
LATER = bytes(ocsp.OCSPResponse({"response_status": "try_later"}).dump())


class Responder:
    """Answers by the hash that names the certificate; repeats the nonce that it is told to."""

    def __init__(self, sha1: bytes, sha256: bytes = b"", *, nonce: bytes | None = None) -> None:
        self.answers, self.nonce = {"sha1": sha1, "sha256": sha256}, nonce
        self.asked: list[Any] = []

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        assert limits is not None
        asked = ocsp.OCSPRequest.load(request.body)["tbs_request"]
        self.asked.append(asked)
        answer = self.answers[asked["request_list"][0]["req_cert"]["hash_algorithm"]["algorithm"].native]
        if not answer:
            raise FetchFailed(Failure.TOO_SLOW)
        return answer if self.nonce is None else with_nonce(answer, self.nonce or nonces(asked)[0])

    def hashes(self) -> list[str]:
        ids = [asked["request_list"][0]["req_cert"] for asked in self.asked]
        return [str(one["hash_algorithm"]["algorithm"].native) for one in ids]


def nonces(asked: Any) -> list[bytes]:
    extensions = asked["request_extensions"] or ()
    return [bytes(one["extn_value"].parsed.native) for one in extensions if one["extn_id"].native == "nonce"]


def with_nonce(answer: bytes, nonce: bytes, *, bare: bool = False) -> bytes:
    """The answer, unsigned, repeating this nonce; `bare` leaves the inner string out."""
    whole = ocsp.OCSPResponse.load(answer)
    basic = whole["response_bytes"]["response"].parsed
    value = core.OctetString(nonce if bare else core.OctetString(nonce).dump()).dump()
    extension = encoded(0x30, core.ObjectIdentifier("1.3.6.1.5.5.7.48.1.2").dump() + value)
    parts = [element.whole for element in only(basic["tbs_response_data"].dump()).children()]
    content = encoded(0x30, b"".join(parts) + encoded(0xA1, encoded(0x30, extension)))
    rest = [element.whole for element in list(only(basic.dump()).children())[1:]]
    inner = core.OctetString(encoded(0x30, content + b"".join(rest))).dump()
    kind = core.ObjectIdentifier("1.3.6.1.5.5.7.48.1.1").dump()
    wrapped = encoded(0xA0, encoded(0x30, kind + inner))
    return encoded(0x30, core.Enumerated.dump(whole["response_status"]) + wrapped)


def begin(responder: Responder, **options: Any) -> Gathering:
    return Gatherer(responder, **options).begin()


def failure(responder: Responder, **options: Any) -> str:
    filled = begin(responder, **options).fill([GAP])
    assert filled.ocsps == ()
    ((_, note),) = filled.failures
    return note.params["failure"]


# --- named by SHA-1, then by SHA-256 -------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [UNAUTHORIZED, UNKNOWN, ELSE], ids=["unauthorized", "unknown", "another"])
def test_a_responder_that_does_not_know_the_certificate_is_asked_by_sha256(first: bytes) -> None:
    responder = Responder(first, OCSP)
    filled = begin(responder).fill([GAP])
    assert (filled.ocsps, filled.failures) == ((OCSP,), ())
    assert responder.hashes() == ["sha1", "sha256"]
    identity = responder.asked[1]["request_list"][0]["req_cert"]
    assert identity["issuer_name_hash"].native == hashlib.sha256(WORLD.ca.name.dump()).digest()


def test_one_that_knows_it_is_asked_once() -> None:
    responder = Responder(OCSP, OCSP)
    assert begin(responder).fill([GAP]).ocsps == (OCSP,)
    assert responder.hashes() == ["sha1"]


@pytest.mark.parametrize(("first", "told"), [(LATER, Failure.RESPONDER_LATER), (b"<html>", Failure.NOT_OCSP)])
def test_other_failures_are_final(first: bytes, told: Failure) -> None:
    responder = Responder(first, OCSP)
    assert failure(responder) == told
    assert responder.hashes() == ["sha1"]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (UNAUTHORIZED, UNAUTHORIZED, Failure.RESPONDER_UNAUTHORIZED),
        (UNAUTHORIZED, b"", Failure.RESPONDER_UNAUTHORIZED),
        (ELSE, ELSE, Failure.OTHER_CERTIFICATE),
    ],
)
def test_where_neither_helps_the_first_reason_is_told(first: bytes, second: bytes, told: Failure) -> None:
    assert failure(Responder(first, second)) == told


def test_that_the_responder_knows_nothing_is_left_to_the_judge() -> None:
    assert begin(Responder(UNKNOWN, UNAUTHORIZED)).fill([GAP]).ocsps == (UNKNOWN,)


def test_the_second_question_counts() -> None:
    gaps = [GAP, Gap(GapKind.REVOCATION, "Signer", "…", WORLD.leaf.der, WORLD.ca.der, (OCSP_URL, CRL_URL))]
    responder = Responder(UNAUTHORIZED, UNAUTHORIZED)
    gathering = begin(responder, limits=GatherLimits(requests=2))
    assert gathering.fill(gaps[:1]).asked == 1
    assert gathering.fill(gaps[1:]).asked == 0


# --- nonce ---------------------------------------------------------------------------------------------------------


def test_without_the_switch_there_is_no_nonce() -> None:
    responder = Responder(OCSP)
    begin(responder).fill([GAP])
    assert nonces(responder.asked[0]) == []


def test_every_document_asks_with_a_nonce_of_its_own() -> None:
    responder = Responder(OCSP)
    gatherer = Gatherer(responder, nonce=True)
    for _ in range(2):
        gathering = gatherer.begin()
        assert gathering.fill([GAP]).ocsps == (OCSP,)
        assert gathering.fill([GAP]).asked == 0
    sent = [nonces(asked) for asked in responder.asked]
    assert [[len(one) for one in found] for found in sent] == [[NONCE_BYTES], [NONCE_BYTES]]
    assert sent[0] != sent[1]


@pytest.mark.parametrize("repeated", [None, b""], ids=["none", "ours"])
def test_an_answer_without_a_nonce_or_with_ours_is_taken(repeated: bytes | None) -> None:
    assert len(begin(Responder(OCSP, nonce=repeated), nonce=True).fill([GAP]).ocsps) == 1


def test_an_answer_with_the_nonce_of_another_question_is_refused() -> None:
    assert failure(Responder(OCSP, nonce=b"of another question"), nonce=True) == Failure.NONCE
    assert len(begin(Responder(OCSP, nonce=b"not asked for")).fill([GAP]).ocsps) == 1


@pytest.mark.parametrize("bare", [True, False])
def test_the_nonce_is_read_in_both_forms(bare: bool) -> None:  # noqa: FBT001
    question = OcspQuestion(OCSP_URL, LEAF_CERTIFICATE, CA_CERTIFICATE, b"\x81 our nonce")
    answer = with_nonce(OCSP, b"\x81 our nonce", bare=bare)
    assert question.read(answer) == answer
    with pytest.raises(FetchFailed):
        question.read(with_nonce(OCSP, b"\x81 their nonce", bare=bare))


def test_a_nonce_depends_on_secret_address_and_certificate() -> None:
    made = {
        nonce_for(b"1", "u", b"c"),
        nonce_for(b"2", "u", b"c"),
        nonce_for(b"1", "v", b"c"),
        nonce_for(b"1", "u", b"d"),
    }
    assert len(made) == 4
    assert nonce_for(b"1", "u", b"c") in made
    assert b"\x2b\x06\x01\x05\x05\x07\x30\x01\x02" in ocsp_request(LEAF_CERTIFICATE, CA_CERTIFICATE, nonce=b"n")
