"""Documents with a crowd of certificates around them: the verdict is that without the crowd."""

from __future__ import annotations

import pytest

from tests.pki import AT, Draft, Identity, day, fresh_evidence, issue, signed_pdf, world
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF, ROOT, SIGNED
from verifier.evidence import GapCode
from verifier.judge import Judgement, judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.verdict import Conclusion, SubIndication

HERE = world()
POLICY = make_policy(name="decoys")


def judged(data: bytes, *crowd: Identity) -> Judgement:
    evidence = fresh_evidence(HERE).plus(tuple(one.der for one in crowd))
    return judge(read_document(data), evidence, POLICY, AT)


def namesakes(count: int) -> list[Identity]:
    """Certificates with the name of the issuing CA, each with a key of its own."""
    false_root = issue(ROOT.but(key=ec_key("false root")))
    return [issue(CA.but(key=ec_key(f"decoy {n}"), serial=n), false_root) for n in range(1, count + 1)]


def loop() -> tuple[Identity, Identity]:
    first, second = (issue(ROOT.but(name=name, key=ec_key(name))) for name in ("First", "Second"))
    return (
        issue(CA.but(name="First", key=first.key, serial=2), second),
        issue(CA.but(name="Second", key=second.key, serial=3), first),
    )


@pytest.mark.parametrize("crowd", [namesakes(1), namesakes(1000), list(loop())], ids=["one", "thousand", "loop"])
def test_a_crowd_changes_nothing(crowd: list[Identity]) -> None:
    data = signed_pdf(HERE, "LT")
    assert judged(data).verdict.conclusion is Conclusion.TOTAL_PASSED
    assert judged(data, *crowd).verdict.signatures == judged(data).verdict.signatures


def test_an_issuer_of_the_same_name_with_another_key_vouches_for_nobody() -> None:
    (false_ca,) = namesakes(1)
    forged = issue(LEAF.but(key=ec_key("forger")), false_ca)
    data = Draft(HERE).sign(SIGNED, HERE.cms(signer=forged, certificates=(forged, false_ca))).data
    judgement = judged(data)
    assert judgement.verdict.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert GapCode.ISSUER_UNKNOWN in {gap.code for gap in judgement.gaps}


def test_a_signer_in_a_loop_has_no_path() -> None:
    turning = loop()
    signer = issue(LEAF.but(key=ec_key("turner")), turning[0])
    data = Draft(HERE).sign(SIGNED, HERE.cms(signer=signer, certificates=(signer, *turning))).data
    assert judged(data).verdict.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_the_missing_issuer_is_that_of_the_signer_not_of_a_decoy() -> None:
    data = Draft(HERE).sign(SIGNED, HERE.cms(certificates=(HERE.leaf,))).data
    gaps = [gap for gap in judged(data, *namesakes(3)).gaps if gap.code == GapCode.ISSUER_UNKNOWN]
    assert [gap.certificate for gap in gaps] == [HERE.leaf.der]


def test_a_search_that_met_its_bound_is_told() -> None:
    line = [issue(ROOT.but(name="Far root", key=ec_key("far root")))]
    for number in range(30):
        line.append(issue(CA.but(name=f"CA {number}", key=ec_key(f"ca {number}"), not_before=day(2007)), line[-1]))
    signer = issue(LEAF.but(key=ec_key("far signer")), line[-1])
    data = Draft(HERE).sign(SIGNED, HERE.cms(signer=signer, certificates=(signer,))).data
    assert GapCode.SEARCH_ENDED in {gap.code for gap in judged(data, *line).gaps}
    assert GapCode.SEARCH_ENDED not in {gap.code for gap in judged(data, *line[-3:]).gaps}
