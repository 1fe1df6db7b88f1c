"""What must hold of every judgement, whatever the situation."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.judge.rows import Case, Row, read_table
from tests.judge.rows.parts import ARCHIVED, FRESH_END, around, leaf_crl, stamped, telling_crl
from tests.judge.rows.table import known
from tests.pki import (
    AT,
    FRESH,
    Draft,
    Identity,
    Revoked,
    World,
    day,
    fresh_evidence,
    issue,
    make_crl,
    make_ocsp,
    plain_pdf,
    signed_pdf,
    spoil,
    world,
)
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF, ROOT, SIGNED
from verifier.errors import CouldNotJudge
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import Policy, make_policy
from verifier.verdict import Conclusion, DocumentVerdict, SignatureKind, SubIndication

POLICY = make_policy(name="invariants")
ROWS = read_table()
WORST_FIRST = (Conclusion.TOTAL_FAILED, Conclusion.INDETERMINATE, Conclusion.TOTAL_PASSED)
bounded = settings(max_examples=40, deadline=None, derandomize=True, database=None)

instants = st.datetimes(datetime(2019, 2, 1), datetime(2026, 11, 20)).map(  # noqa: DTZ001, the zone comes next
    lambda naive: day(naive.year, naive.month, naive.day)
)


def judged(case: Case, policy: Policy = POLICY) -> DocumentVerdict:
    return judge(read_document(case.document), case.evidence, policy, AT).verdict


def as_json(verdict: DocumentVerdict) -> str:
    return json.dumps(dataclasses.asdict(verdict), default=str)


policies = st.builds(
    make_policy,
    name=st.just("any"),
    freshness=st.sampled_from(["next_update", "off"]),
    after_expiry=st.sampled_from(["assured", "after_bst", "any"]),
    strict_ca_revocation=st.booleans(),
    use_received_at=st.booleans(),
)


@dataclass(frozen=True)
class Life:
    """What happened to one signature and its certificates."""

    signed: datetime
    revoked: datetime
    expires: datetime
    archived: bool
    telling: bool
    reason: str


lives = st.builds(
    Life,
    signed=instants,
    revoked=instants,
    expires=st.sampled_from([day(2022, 6), day(2030)]),
    archived=st.booleans(),
    telling=st.booleans(),
    reason=st.sampled_from(["unspecified", "key_compromise", "superseded", "cessation_of_operation"]),
)


def lived(life: Life, *, ca: bool) -> Case:
    """Document of that life; CRLs of a week after the revocation in the DSS, fresh ones beside."""
    here = world(leaf=LEAF.but(not_after=life.expires))
    revoked = Revoked(here.ca if ca else here.leaf, life.revoked, life.reason)
    issued = max(life.revoked, life.signed) + timedelta(days=1)
    draft = stamped(here, life.signed).dss(here.signer_crls(issued, issued + timedelta(days=90), revoked))
    if life.archived and issued < AT - timedelta(days=2):
        draft.document_stamp(issued + timedelta(days=1))
    fresh = telling_crl(here.ca, *([] if ca else [revoked]))
    if not life.telling:
        fresh = leaf_crl(here, *([] if ca else [revoked]))
    return Case(draft.data, known(here, fresh, *around(here, *([revoked] if ca else []))))


@bounded
@given(life=lives, policy=policies)
def test_never_passed_when_revoked_at_or_before_the_best_signature_time(life: Life, policy: Policy) -> None:
    signature = judged(lived(life, ca=False), policy).signatures[0]
    best = signature.best_signature_time
    if life.revoked <= life.signed or (best and life.revoked <= best):
        assert signature.indication is not Conclusion.TOTAL_PASSED
    if signature.indication is Conclusion.TOTAL_PASSED:
        assert best is not None
        assert best < life.revoked
        assert LEAF.not_before <= best <= life.expires


@bounded
@given(life=lives, policy=policies)
def test_never_passed_when_the_ca_was_revoked_at_or_before_the_best_signature_time(life: Life, policy: Policy) -> None:
    signature = judged(lived(life, ca=True), policy).signatures[0]
    best = signature.best_signature_time
    if life.revoked <= life.signed or (best and life.revoked <= best):
        assert signature.indication is not Conclusion.TOTAL_PASSED


@bounded
@given(signed=instants, later=st.integers(1, 2000))
def test_passed_when_revoked_after_the_stamp(signed: datetime, later: int) -> None:
    revoked = min(signed + timedelta(days=later), FRESH)
    life = Life(signed, revoked, day(2030), archived=False, telling=False, reason="key_compromise")
    signature = judged(lived(life, ca=False)).signatures[0]
    assert signature.processes.basic.sub_indication is SubIndication.REVOKED_NO_POE
    assert signature.indication is Conclusion.TOTAL_PASSED
    assert signature.best_signature_time == signed


@bounded
@given(row=st.sampled_from([row for row in ROWS if row.case.document.count(b"(Hello)") == 1]))
def test_a_changed_text_fails_in_every_situation(row: Row) -> None:
    case = replace(row.case, document=spoil.flip_signed_byte(row.case.document))
    signature = judged(case, row.make_policy()).signatures[0]
    assert signature.indication is Conclusion.TOTAL_FAILED
    expected = {SubIndication.HASH_FAILURE, SubIndication.FORMAT_FAILURE}
    assert signature.sub_indication in expected
    assert not signature.integrity.intact


ARCHIVE = signed_pdf(level="LTA")


def _covered(data: bytes) -> list[int]:
    first, second, length = spoil.ranges(data)[0]
    return [*range(first), *range(second, second + length)]


@settings(bounded, max_examples=120)
@given(place=st.sampled_from(_covered(ARCHIVE)), bit=st.integers(0, 7))
def test_no_covered_byte_can_change_and_pass(place: int, bit: int) -> None:
    spoiled = ARCHIVE[:place] + bytes([ARCHIVE[place] ^ 1 << bit]) + ARCHIVE[place + 1 :]
    try:
        verdict = judged(Case(spoiled, fresh_evidence()))
    except CouldNotJudge:
        return
    assert verdict.conclusion is not Conclusion.TOTAL_PASSED
    for signature in verdict.signatures:
        assert signature.indication is not Conclusion.TOTAL_PASSED


def hostile(here: World) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]:
    """Certificates, CRLs and OCSP responses that speak of the same names, none by the right key."""
    false_root = issue(ROOT.but(key=ec_key("false root")))
    false_ca = issue(CA.but(key=ec_key("false ca")), false_root)
    since = day(2019, 6)
    crls = (
        make_crl(here.ca, FRESH, FRESH_END, Revoked(here.leaf, since), key=ec_key("false ca")),
        make_crl(false_ca, FRESH, FRESH_END, Revoked(here.leaf, since)),
        make_crl(here.root, FRESH, FRESH_END, Revoked(here.ca, since), key=ec_key("false root")),
        make_crl(here.tsa_ca, FRESH, FRESH_END, Revoked(here.tsa, since), key=ec_key("false ca")),
        b"no CRL",
    )
    revoked = Revoked(here.leaf, since)
    ocsps = (
        make_ocsp(here.leaf, here.ca, FRESH, FRESH_END, revoked=revoked, key=ec_key("false ca")),
        make_ocsp(here.leaf, here.ca, FRESH, FRESH_END, revoked=revoked, responder=here.tsa),
        b"no OCSP response",
    )
    return (false_root.der, false_ca.der, b"no certificate"), crls, ocsps


DECIDED = [row for row in ROWS if row.expected[2].conclusion is not Conclusion.INDETERMINATE]


@bounded
@given(row=st.sampled_from(DECIDED), data=st.data())
def test_unrelated_evidence_never_changes_a_final_answer(row: Row, data: st.DataObject) -> None:
    certificates, crls, ocsps = hostile(world())
    some: Any = st.sets
    chosen = (data.draw(some(st.sampled_from(pool))) for pool in (certificates, crls, ocsps))
    more = row.case.evidence.plus(*(tuple(sorted(one)) for one in chosen))
    signature = judged(replace(row.case, evidence=more), row.make_policy()).signatures[0]
    assert signature.indication is row.expected[2].conclusion
    assert signature.sub_indication == row.expected[2].sub_indication


@bounded
@given(row=st.sampled_from(ROWS), data=st.data())
def test_the_order_of_evidence_does_not_matter(row: Row, data: st.DataObject) -> None:
    evidence = row.case.evidence
    shuffled = replace(
        evidence,
        crls=tuple(data.draw(st.permutations(evidence.crls))),
        trust=replace(evidence.trust, anchors=tuple(data.draw(st.permutations(evidence.trust.anchors)))),
    )
    first = judged(row.case, row.make_policy())
    assert as_json(judged(replace(row.case, evidence=shuffled), row.make_policy())) == as_json(first)


SECOND = issue(LEAF.but(name="Second signer", key=ec_key("second")), world().ca)


def _sign(draft: Draft, outcome: Conclusion) -> None:
    signer: Identity = draft.world.leaf if outcome is not Conclusion.INDETERMINATE else SECOND
    false_key = ec_key("someone else") if outcome is Conclusion.TOTAL_FAILED else None
    draft.sign(cms=draft.world.cms(signer=signer, certificates=(signer, draft.world.ca), signing_key=false_key))


@settings(bounded, max_examples=25)
@given(outcomes=st.lists(st.sampled_from(WORST_FIRST), min_size=1, max_size=3))
def test_the_conclusion_is_the_worst_over_all_signatures(outcomes: list[Conclusion]) -> None:
    here = world()
    draft = Draft(here)
    for outcome in outcomes:
        _sign(draft, outcome)
    revoked = leaf_crl(here, Revoked(SECOND, day(2020)))
    verdict = judged(Case(draft.data, known(here, revoked, *around(here))))
    assert [signature.indication for signature in verdict.signatures] == outcomes
    assert verdict.conclusion is min(outcomes, key=WORST_FIRST.index)


def test_no_signature_is_no_verdict_on_signatures() -> None:
    verdict = judged(Case(plain_pdf(), fresh_evidence()))
    assert verdict.conclusion is Conclusion.NO_SIGNATURE
    assert verdict.signatures == ()


def _with_document_stamp(draft: Draft, **options: Any) -> DocumentVerdict:
    draft.document_stamp(FRESH + timedelta(hours=1), **options)
    return judged(Case(draft.data, fresh_evidence()))


def test_document_time_stamps_alone_are_no_signature() -> None:
    verdict = _with_document_stamp(Draft(world()))
    assert verdict.conclusion is Conclusion.NO_SIGNATURE
    assert [signature.kind for signature in verdict.signatures] == [SignatureKind.DOCUMENT_TIMESTAMP]


def test_a_broken_document_time_stamp_holds_the_document_back_but_not_the_signature() -> None:
    verdict = _with_document_stamp(Draft(world()).sign(), key=ec_key("someone else"))
    assert verdict.signatures[0].indication is Conclusion.TOTAL_PASSED
    assert verdict.signatures[1].indication is Conclusion.TOTAL_FAILED
    assert verdict.conclusion is Conclusion.INDETERMINATE


def test_a_signature_over_less_than_its_revision_holds_the_document_back() -> None:
    verdict = judged(Case(Draft(world()).sign(cut=6).data, fresh_evidence()))
    assert verdict.conclusion is not Conclusion.TOTAL_PASSED


def test_an_earlier_key_of_the_same_ca_does_not_lower_the_level() -> None:
    used = world()
    earlier = issue(CA.but(key=ec_key("ca-earlier")), used.root)
    draft = Draft(used).sign(cms=used.cms(certificates=(earlier, *used.signer_chain), stamps=(used.stamp(SIGNED),)))
    draft.dss((*used.signer_crls(FRESH), *used.tsa_crls(FRESH)), certificates=(earlier.der, used.ca.der, used.root.der))

    level = judged(Case(draft.data, fresh_evidence(used))).signatures[0].level

    assert level == "PAdES-BASELINE-LT"


def test_sound_documents_of_every_level_pass() -> None:
    for level in ("B", "T", "LT", "LTA"):
        verdict = judged(Case(signed_pdf(level=level), fresh_evidence()))
        assert verdict.conclusion is Conclusion.TOTAL_PASSED, level
        assert verdict.signatures[0].level == f"PAdES-BASELINE-{level}"


def test_evidence_of_the_future_is_set_aside() -> None:
    here = world()
    later = leaf_crl(here, Revoked(here.leaf, day(2020)), at=AT + timedelta(days=1), until=AT + timedelta(days=9))
    case = Case(stamped(here, ARCHIVED).data, known(here, later, leaf_crl(here), *around(here)))
    judgement = judge(read_document(case.document), case.evidence, POLICY, AT)
    assert judgement.verdict.conclusion is Conclusion.TOTAL_PASSED
    assert "set_aside" in {gap.kind for gap in judgement.gaps}
