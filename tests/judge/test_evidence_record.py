"""Evidence records beside a document: a sound one proves the file to have existed, a spoiled one proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.judge.rows.parts import ARCHIVED, LEAF_2022, OLD, OLD_END, STAMPED, around, old_crl, stamped, unstamped
from tests.judge.rows.table import known
from tests.pki import AT, FRESH, Draft, Revoked, World, day, issue, make_crl, trust_snapshot, world
from tests.pki.evidence_record import ArchiveTimeStamp, EvidenceRecordBuilder
from tests.pki.keys import ec_key
from tests.pki.world import TSA, TSA_CA, TSA_ROOT
from verifier.evidence import Evidence
from verifier.judge import Judgement, judge
from verifier.pades.evidence_record import MAX_STAMPS, digest_algorithms
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.snapshot import Anchor
from verifier.verdict import CheckStatus, Conclusion, ProcessResult, SubIndication
from verifier.verdict import SignatureVerdict as Verdict

POLICY = make_policy(name="evidence records")
RENEWED = day(2022, 3)
HERE = world(leaf=LEAF_2022)
TSA_TO_2023 = world(leaf=LEAF_2022, tsa=TSA.but(not_after=day(2023)))
"""World whose first TSA has expired since; nothing tells of its status after that."""


@cache
def document(here: World = HERE) -> bytes:
    """Signed 2021-06 without a time stamp; the leaf has expired since."""
    return unstamped(here, OLD).dss((old_crl(here),)).data


def record(here: World = HERE) -> EvidenceRecordBuilder:
    return EvidenceRecordBuilder(here, document(here))


def beside(*records: bytes, here: World = HERE, **more: Any) -> Evidence:
    return known(here, *around(here), evidence_records=records, **more)


def judged(evidence: Evidence, data: bytes | None = None, here: World = HERE) -> Judgement:
    facts = read_document(data or document(here), (), digest_algorithms(evidence.evidence_records))
    return judge(facts, evidence, POLICY, AT)


def signature(judgement: Judgement) -> Verdict:
    return judgement.verdict.signatures[0]


def reasons(judgement: Judgement) -> list[tuple[str, str]]:
    return [(gap.kind.value, gap.reason) for gap in judgement.gaps if gap.subject == "evidence record"]


def assert_proved(judgement: Judgement, at: datetime = ARCHIVED) -> None:
    assert reasons(judgement) == []
    assert signature(judgement).indication is Conclusion.TOTAL_PASSED
    assert signature(judgement).best_signature_time == at


def assert_set_aside(judgement: Judgement, why: str, kind: str = "set_aside") -> None:
    found = reasons(judgement)
    assert [one for one, _ in found] == [kind], found
    assert why in found[0][1]
    assert signature(judgement).sub_indication is SubIndication.TRY_LATER
    assert signature(judgement).best_signature_time == AT


def test_without_a_record_the_signature_is_not_proved() -> None:
    assert signature(judged(beside())).sub_indication is SubIndication.TRY_LATER


def test_a_record_proves_the_signature_and_its_validation_data() -> None:
    judgement = judged(beside(record().start(ARCHIVED).data))
    assert_proved(judgement)
    proof = [check for check in signature(judgement).checks if check.code == "LTA_POE"]
    assert [(check.status, check.citation) for check in proof] == [(CheckStatus.OK, "EN 319 102-1 5.6.3.4 step 1")]
    assert proof[0].params["time"] == "2021-07-01T00:00:00Z"


def test_the_record_is_part_of_what_the_verdict_rests_on() -> None:
    one = record().start(ARCHIVED).data
    evidence = beside(one)
    assert len(evidence.objects) == len(beside().objects) + 1
    assert beside().plus(evidence_records=(one, one)) == evidence
    assert judged(evidence).verdict.evidence.objects == evidence.objects


SIBLINGS = (bytes([1]) * 32, bytes([255]) * 32)
TREES = {
    "alone": ((),),
    "two documents": (SIBLINGS[:1],),
    "a list of one, then two lists": ((), SIBLINGS[:1], SIBLINGS),
    "three lists": (SIBLINGS, SIBLINGS[1:], SIBLINGS[:1]),
}


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
@pytest.mark.parametrize("declared", ["", "sha256"])
def test_the_file_may_stand_in_a_hash_tree(tree: tuple[tuple[bytes, ...], ...], declared: str) -> None:
    assert_proved(judged(beside(record().start(ARCHIVED, tree=tree, declared=declared).data)))


@pytest.mark.parametrize("digest", ["sha384", "sha512", "sha3_256"])
def test_the_record_may_use_another_digest(digest: str) -> None:
    assert_proved(judged(beside(record().start(ARCHIVED, digest=digest).data)))


def test_a_digest_that_was_not_asked_for_is_not_known() -> None:
    evidence = beside(record().start(ARCHIVED, digest="sha512").data)
    judgement = judge(read_document(document()), evidence, POLICY, AT)
    assert_set_aside(judgement, "the sha512 digest of the file is not known")


def _other_file() -> bytes:
    return EvidenceRecordBuilder(HERE, document() + b"\n").start(ARCHIVED).data


def _other_file_in_tree() -> bytes:
    return EvidenceRecordBuilder(HERE, document() + b"\n").start(ARCHIVED, tree=(SIBLINGS,)).data


def _node_changed() -> bytes:
    made = record().start(ARCHIVED, tree=TREES["three lists"]).data
    return made.replace(SIBLINGS[0], bytes([2]) * 32)


def _foreign_tsa() -> bytes:
    ca = issue(TSA_CA.but(name="Foreign TSA CA", key=ec_key("foreign tsa ca")))
    tsa = issue(TSA.but(name="Foreign TSA", key=ec_key("foreign tsa")), ca)
    return record().start(ARCHIVED, tsa=tsa).data


def _renewal_of_another() -> bytes:
    return record().start(ARCHIVED).renew(RENEWED, imprint=bytes(32)).data


def _digests_mixed() -> bytes:
    # the second stamp is on the SHA-512 digest of the first, in a chain of SHA-256
    mixed = record().start(ARCHIVED)
    mixed.algorithms[-1] = "sha512"
    return mixed.renew(RENEWED).data


def _older_chain_changed() -> bytes:
    made = record().start(ARCHIVED).start(RENEWED)
    # an equally good proof in its place, which is not what was renewed
    made.chains[0] = record().start(ARCHIVED, serial=2).chains[0]
    return made.data


SPOILED: dict[str, tuple[Callable[[], bytes], str]] = {
    "another file": (_other_file, "does not stand on what it should"),
    "another file in a tree": (_other_file_in_tree, "does not hold the digest"),
    "a node of the tree changed": (_node_changed, "does not stand on what it should"),
    "other imprint": (lambda: record().start(ARCHIVED, imprint=bytes(32)).data, "does not stand on"),
    "tree of another digest": (lambda: record().start(ARCHIVED, declared="sha512").data, "its hash tree uses sha512"),
    "stamp by another key": (lambda: record().start(ARCHIVED, key=ec_key("other")).data, "SIG_CRYPTO_FAILURE"),
    "unknown TSA": (_foreign_tsa, "NO_CERTIFICATE_CHAIN_FOUND"),
    "stamp of the future": (lambda: record().start(AT + timedelta(days=1)).data, "NO_POE"),
    "weak digest": (lambda: record().start(ARCHIVED, digest="sha1").data, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
    "renewal of another stamp": (_renewal_of_another, "2 of 2: its time stamp does not stand on"),
    "renewal before what it renews": (lambda: record().start(RENEWED).renew(ARCHIVED).data, "later than the next"),
    "renewal of the future": (lambda: record().start(ARCHIVED).renew(AT + timedelta(days=1)).data, "2 of 2: NO_POE"),
    "older chain changed": (_older_chain_changed, "2 of 2: its time stamp does not stand on"),
}


@pytest.mark.parametrize(("make", "why"), SPOILED.values(), ids=SPOILED)
def test_a_record_that_fails_in_anything_proves_nothing(make: Callable[[], bytes], why: str) -> None:
    assert_set_aside(judged(beside(make())), why)


def _encrypted() -> bytes:
    return replace(record(), encrypted=True).start(ARCHIVED).data


def _too_many() -> bytes:
    made = record().start(ARCHIVED)
    made.chains[0] *= MAX_STAMPS + 1
    return made.data


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "not an evidence record"),
    "text": (lambda: b"no evidence record", "not an evidence record"),
    "no sequence": (lambda: b"\x04\x00", "not an ASN.1 SEQUENCE"),
    "a certificate": (lambda: HERE.leaf.der, "not an evidence record"),
    "version 2": (lambda: replace(record(), version=2).start(ARCHIVED).data, "version is not 1"),
    "over an encrypted form": (_encrypted, "encrypted"),
    "no chain": (lambda: record().data, "no archive time stamp"),
    "empty chain": (lambda: replace(record(), chains=[[]]).data, "empty chain"),
    "several digests in one chain": (_digests_mixed, "several hash algorithms"),
    "too many stamps": (_too_many, "more than 100"),
    "cut short": (lambda: record().start(ARCHIVED).data[:-1], "not an evidence record"),
    "nested without end": (lambda: b"\x30\x80" * 5000, "nested too deep"),
}


@pytest.mark.parametrize(("make", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_evidence_record_is_a_gap(make: Callable[[], bytes], why: str) -> None:
    assert_set_aside(judged(beside(make())), why, "not_readable")


def test_a_stamp_that_is_no_token_is_a_gap() -> None:
    made = record().start(ARCHIVED)
    data = cms.ContentInfo({"content_type": "data", "content": b"no token"})
    made.chains[0][0] = ArchiveTimeStamp({"time_stamp": data}).dump()
    assert_set_aside(judged(beside(made.data)), "FORMAT_FAILURE")


def test_a_revoked_tsa_proves_nothing() -> None:
    revoked = Revoked(HERE.tsa, day(2020), "key_compromise")
    lists = (around(HERE)[0], *HERE.tsa_crls(FRESH, None, revoked))
    evidence = known(HERE, *lists, evidence_records=(record().start(ARCHIVED).data,))
    assert_set_aside(judged(evidence), "REVOKED_NO_POE")


def test_a_time_stamping_root_that_is_not_trusted_proves_nothing() -> None:
    evidence = beside(record().start(ARCHIVED).data)
    trust = trust_snapshot(HERE)
    alone = replace(trust, anchors=tuple(one for one in trust.anchors if one.certificate == HERE.root.der))
    assert_set_aside(judged(replace(evidence, trust=alone)), "NO_CERTIFICATE_CHAIN_FOUND")


def expired_tsa(*steps: datetime, here: World = TSA_TO_2023) -> Judgement:
    """First stamp by the TSA that expired in 2023, renewed at `steps` by the other one."""
    made = record(here).start(ARCHIVED)
    for step in steps:
        made.renew(step, tsa=here.tsa2)
    # a list of its time speaks for the first TSA, and goes on doing so
    listed = make_crl(here.tsa_ca, RENEWED, day(2028))
    return judged(known(here, *around(here), listed, evidence_records=(made.data,)), here=here)


def test_a_tsa_that_expired_proves_nothing_by_itself() -> None:
    assert_set_aside(expired_tsa(), "1 of 1: OUT_OF_BOUNDS")


def test_a_time_stamp_renewal_keeps_the_proof_of_an_expired_tsa() -> None:
    assert_proved(expired_tsa(day(2022, 6)))


def test_the_proof_is_of_the_initial_stamp_after_several_renewals() -> None:
    assert_proved(expired_tsa(day(2022, 6), day(2024), day(2026)))


def test_a_renewal_after_the_tsa_expired_comes_too_late() -> None:
    assert_set_aside(expired_tsa(day(2024)), "1 of 2: OUT_OF_BOUNDS")


def test_a_renewal_may_cover_other_time_stamps_too() -> None:
    made = record().start(ARCHIVED).renew(RENEWED, tree=TREES["three lists"])
    assert_proved(judged(beside(made.data)))


def test_one_bad_renewal_costs_the_whole_record() -> None:
    made = record().start(ARCHIVED).renew(RENEWED).renew(day(2024), key=ec_key("other"))
    assert_set_aside(judged(beside(made.data)), "3 of 3: SIG_CRYPTO_FAILURE")


def test_a_hash_tree_renewal_goes_on_from_all_older_chains() -> None:
    made = record().start(ARCHIVED).renew(RENEWED).start(day(2023), digest="sha512", tree=((bytes(64),),))
    assert_proved(judged(beside(made.start(day(2025), digest="sha384").renew(day(2026)).data)))


LONG_AGO = day(2011)
OLD_WORLD = world(leaf=LEAF_2022.but(not_before=day(2010), not_after=day(2013)))


def weak_since(*chains: tuple[datetime, str]) -> Judgement:
    """Signed 2011, in a record of SHA-1, which was reliable until 2012-08."""
    crl = make_crl(OLD_WORLD.ca, LONG_AGO - timedelta(days=1), day(2012))
    data = unstamped(OLD_WORLD, LONG_AGO).dss((crl,)).data
    made = EvidenceRecordBuilder(OLD_WORLD, data)
    for at, digest in chains:
        made.start(at, digest=digest)
    return judged(beside(made.data, here=OLD_WORLD), data)


def test_a_hash_tree_renewal_in_time_keeps_the_proof_of_a_digest_now_weak() -> None:
    assert_proved(weak_since((day(2011, 2), "sha1"), (day(2012, 7), "sha256")), day(2011, 2))


def test_a_hash_tree_renewal_after_the_digest_grew_weak_comes_too_late() -> None:
    judgement = weak_since((day(2011, 2), "sha1"), (day(2012, 9), "sha256"))
    assert_set_aside(judgement, "1 of 2: CRYPTO_CONSTRAINTS_FAILURE_NO_POE")


def test_a_bad_record_does_not_harm_a_good_one() -> None:
    good, later = record().start(ARCHIVED).data, record().start(day(2021, 8)).data
    for records in ((good, later, _other_file()), (_other_file(), later, good)):
        judgement = judged(beside(*records))
        assert len(reasons(judgement)) == 1
        assert signature(judgement).best_signature_time == ARCHIVED
        assert signature(judgement).indication is Conclusion.TOTAL_PASSED


def test_a_record_proves_a_document_time_stamp_whose_tsa_expired() -> None:
    here = TSA_TO_2023
    listed = make_crl(here.tsa_ca, RENEWED, day(2028))
    draft = unstamped(here, OLD).dss((old_crl(here),)).document_stamp(ARCHIVED)
    evidence = known(here, *around(here), listed)
    assert signature(judged(evidence, draft.data)).indication is Conclusion.INDETERMINATE
    made = EvidenceRecordBuilder(here, draft.data).start(RENEWED, tsa=here.tsa2)
    assert_proved(judged(replace(evidence, evidence_records=(made.data,)), draft.data))


def test_a_record_proves_a_signature_time_stamp_whose_tsa_expired() -> None:
    here = TSA_TO_2023
    draft = stamped(here, STAMPED).dss((old_crl(here),))
    made = EvidenceRecordBuilder(here, draft.data).start(RENEWED, tsa=here.tsa2)
    listed = make_crl(here.tsa_ca, RENEWED, day(2028))
    evidence = known(here, *around(here), listed, evidence_records=(made.data,))
    assert_proved(judged(evidence, draft.data), STAMPED)


YEARS_LATER = day(2028)


def test_a_record_proves_the_validation_data_in_the_file() -> None:
    here = world(sunset=day(2025))
    # as row 66: what speaks for the chain must be proved from before the trust in its root ended
    draft = stamped(here, STAMPED).dss((old_crl(here), make_crl(here.root, OLD, YEARS_LATER)))
    made = EvidenceRecordBuilder(here, draft.data).start(ARCHIVED).data
    assert_proved(judged(beside(made, here=here), draft.data), STAMPED)
    result = signature(judged(beside(here=here), draft.data)).sub_indication
    assert result is SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE


def test_validation_data_in_the_file_speaks_for_the_first_stamp_at_the_time_of_the_second() -> None:
    root = issue(TSA_ROOT.but(name="Other TSA Root", key=ec_key("other tsa root")))
    ca = issue(TSA_CA.but(name="Other TSA CA", key=ec_key("other tsa ca")), root)
    there = replace(HERE, tsa=issue(TSA.but(name="Other TSA", key=ec_key("other tsa")), ca), tsa_ca=ca, tsa_root=root)
    own_data = (make_crl(HERE.tsa_ca, OLD, YEARS_LATER), make_crl(HERE.tsa_root, OLD, YEARS_LATER))
    data = unstamped(HERE, OLD).dss((old_crl(HERE), *own_data)).data
    made = EvidenceRecordBuilder(HERE, data).start(ARCHIVED)
    made.world = there
    trust = trust_snapshot(HERE)
    root_of_signers, root_of_tsa = trust.anchors
    ended = replace(root_of_tsa, trusted_until=day(2024))
    trust = replace(trust, anchors=(root_of_signers, ended, Anchor(root.der, "Other TSA Root")))
    evidence = replace(beside(made.renew(RENEWED).data), trust=trust).plus(crls=there.tsa_crls(FRESH))
    assert_proved(judged(evidence, data))


def test_a_record_made_after_revocation_does_not_help() -> None:
    revoked = Revoked(HERE.leaf, day(2021, 6, 15), "key_compromise")
    data = unstamped(HERE, OLD).dss((make_crl(HERE.ca, day(2021, 6, 16), OLD_END, revoked),)).data
    made = EvidenceRecordBuilder(HERE, data).start(ARCHIVED).data
    result = signature(judged(beside(made), data)).processes.archival
    assert result == ProcessResult(result.indication, SubIndication.REVOKED_NO_POE)


def test_a_record_does_not_mend_a_broken_signature() -> None:
    broken = Draft(HERE).sign(OLD, HERE.cms(signing_key=ec_key("other"))).data
    made = EvidenceRecordBuilder(HERE, broken).start(ARCHIVED).data
    assert signature(judged(beside(made), broken)).indication is Conclusion.TOTAL_FAILED


FACTS = read_document(document(), (), ("sha512",))
SOUND = record().start(ARCHIVED, tree=(SIBLINGS,)).renew(RENEWED).start(day(2023), digest="sha512").data


def survives(blob: bytes) -> None:
    """Judge with a hostile record: no exception, and no other time than the right one is ever proved."""
    verdict = signature(judge(FACTS, beside(blob), POLICY, AT))
    assert verdict.best_signature_time in (ARCHIVED, AT)
    assert (verdict.indication is Conclusion.TOTAL_PASSED) == (verdict.best_signature_time == ARCHIVED)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(place=st.integers(0, len(SOUND) - 1), put=st.integers(0, 255), cut=st.booleans())
def test_no_change_of_a_record_raises_or_proves_another_time(place: int, put: int, cut: bool) -> None:  # noqa: FBT001
    survives(SOUND[:place] + bytes([put]) + (b"" if cut else SOUND[place + 1 :]))


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(blob=st.binary(max_size=64))
def test_random_bytes_never_raise(blob: bytes) -> None:
    survives(blob)
    survives(b"\x30\x82\x01\x00\x02\x01\x01" + blob)


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x83]) + len(content).to_bytes(3, "big") + content


def _token_around(content: bytes) -> bytes:
    signed_data = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
    tst_info = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04"
    fields = b"\x02\x01\x03\x31\x00" + _der(0x30, tst_info + _der(0xA0, content)) + b"\x31\x00"
    return _der(0x30, signed_data + _der(0xA0, _der(0x30, fields)))


def _nested(tag: int, depth: int) -> bytes:
    made = b""
    for _ in range(depth):
        made = _der(tag, made)
    return made


@pytest.mark.parametrize("tag", [0x24, 0x30, 0x31, 0xA0, 0xA2])
def test_deep_nesting_never_raises(tag: int) -> None:
    deep = _nested(tag, 5000)
    survives(deep)
    survives(SOUND.replace(SIBLINGS[0], deep))
    survives(_der(0x30, b"\x02\x01\x01" + deep))
    survives(_der(0x30, b"\x02\x01\x01\x30\x00" + _der(0x30, deep)))
    sound = record().start(ARCHIVED)
    for member in (_der(0xA2, _der(0x30, deep)) + sound.token, _token_around(deep), deep):
        survives(replace(sound, chains=[[_der(0x30, member)]]).data)
