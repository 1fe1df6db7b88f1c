from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.pki import AT, FRESH, SIGNED, Draft, Revoked, day, fresh_evidence, signed_pdf, world
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF, ROOT
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.reports.headline import headline
from verifier.reports.json_report import dumps, from_json, to_json
from verifier.snapshot import Filing, NotifiedAuthority, Origin, Scheme, SubjectRule, TrustSnapshot
from verifier.trust.register import authority_from
from verifier.verdict import AuthorityVerdict, DocumentVerdict, SignatureKind

STAMPED = SIGNED + timedelta(seconds=5)
POLICY = make_policy(name="default")
AGENCY = authority_from(
    {
        "id": "vn-test",
        "country": "VN",
        "kind": "agency",
        "names": {"vi": "Cơ quan thử", "en": "Test authority"},
        "notification": {"channel": "law"},
        "specimen": [
            {"id": "seal", "kind": "seal", "rule": {"branch": ["vn-government"], "organization": ["Test authority"]}}
        ],
        "power": [{"documents": ["*"]}],
    }
)


def trusting(trust: TrustSnapshot, *authorities: NotifiedAuthority, branch: str = "vn-government") -> TrustSnapshot:
    anchors = tuple(replace(one, branch=branch) for one in trust.anchors)
    return replace(trust, anchors=anchors, authorities=authorities)


def known(*authorities: NotifiedAuthority, filing: Filing | None = None, branch: str = "vn-government") -> Evidence:
    evidence = fresh_evidence()
    return replace(evidence, trust=trusting(evidence.trust, *authorities, branch=branch), filing=filing)


def verdict(data: bytes, evidence: Evidence, at: datetime = AT) -> DocumentVerdict:
    return judge(read_document(data), evidence, POLICY, at).verdict


def layer_three(data: bytes, evidence: Evidence, at: datetime = AT) -> AuthorityVerdict:
    signed = (one for one in verdict(data, evidence, at).signatures if one.kind is SignatureKind.SIGNATURE)
    return next(signed).authority


def test_without_a_register_nothing_is_checked() -> None:
    assert layer_three(signed_pdf(), known()) == AuthorityVerdict()


def test_a_signature_is_its_agencys() -> None:
    judged = verdict(signed_pdf(), known(AGENCY))
    said = judged.signatures[0].authority
    assert (said.status, said.reason, said.id, said.basis) == ("recognised", "competent", "vn-test", "a")
    assert headline(judged, "vi").word == "Hợp lệ"
    assert "Cơ quan thử" in headline(judged, "vi").sentence
    assert "Test authority" in headline(judged, "en").sentence


def test_the_branch_is_that_of_the_anchor_of_the_accepted_path() -> None:
    judged = verdict(signed_pdf(), known(AGENCY, branch="vn-public"))
    assert (judged.signatures[0].authority.status, judged.signatures[0].authority.reason) == ("unknown", "wrong-branch")
    # the signature stays what it is, the document is held back
    assert judged.conclusion == "TOTAL_PASSED"
    assert headline(judged, "vi").word == "Chưa đủ căn cứ"
    assert headline(judged, "vi").bracket == ""


@pytest.mark.parametrize(
    ("territory", "reason"), [("VN", "competent"), ("LA", "wrong-country"), (None, "wrong-country")]
)
def test_an_anchor_of_a_list_speaks_for_the_state_of_its_list(territory: str | None, reason: str) -> None:
    """A list that nobody follows any more is of no state."""
    specimen = replace(AGENCY.specimens[0], rule=SubjectRule(branch=("foreign",), organization=("Test authority",)))
    evidence = known(replace(AGENCY, specimens=(specimen,)), branch="foreign")
    origin = Origin("list", scheme="some")
    anchors = tuple(replace(one, origin=origin, service="0" * 16) for one in evidence.trust.anchors)
    schemes = () if territory is None else (Scheme("some", "Some", "", territory, "foreign", ()),)
    trust = replace(evidence.trust, anchors=anchors, schemes=schemes)

    assert layer_three(signed_pdf(), replace(evidence, trust=trust)).reason == reason


def test_a_document_time_stamp_speaks_for_nobody() -> None:
    judged = verdict(signed_pdf(level="LTA"), known(AGENCY))
    stamps = [one for one in judged.signatures if one.kind is SignatureKind.DOCUMENT_TIMESTAMP]
    assert [one.authority for one in stamps] == [AuthorityVerdict()]
    assert headline(judged, "vi").word == "Hợp lệ"


@pytest.mark.parametrize(
    ("level", "until", "status"),
    [
        ("T", STAMPED + timedelta(seconds=1), "recognised"),
        ("T", STAMPED, "withdrawn"),
        ("T", AT, "recognised"),
        ("B", AT, "withdrawn"),
        ("B", AT + timedelta(seconds=1), "recognised"),
    ],
    ids=["stamped-before", "stamped-after", "stamped-long-before", "not-stamped", "not-stamped-and-in-force"],
)
def test_the_best_signature_time_counts(level: str, until: datetime, status: str) -> None:
    assert layer_three(signed_pdf(level=level), known(replace(AGENCY, valid_until=until))).status == status


def test_a_claimed_time_proves_nothing() -> None:
    register = known(replace(AGENCY, valid_until=SIGNED + timedelta(hours=1)))
    assert layer_three(signed_pdf(claimed=SIGNED), register).status == "withdrawn"


def test_the_receipt_counts_where_the_policy_says_so() -> None:
    register = replace(known(replace(AGENCY, valid_until=FRESH)), received_at=SIGNED)
    policy = replace(POLICY, use_received_at=True)
    judged = judge(read_document(signed_pdf()), register, policy, AT).verdict
    assert judged.signatures[0].authority.status == "recognised"
    policy = replace(POLICY, use_received_at=False)
    judged = judge(read_document(signed_pdf()), register, policy, AT).verdict
    assert judged.signatures[0].authority.status == "withdrawn"


def test_for_what_it_was_handed_in() -> None:
    limited = replace(AGENCY, powers=(replace(AGENCY.powers[0], documents=("diploma",)),))
    assert layer_three(signed_pdf(), known(limited)).reason == "kind-not-stated"
    assert layer_three(signed_pdf(), known(limited, filing=Filing("diploma"))).reason == "competent"
    assert layer_three(signed_pdf(), known(limited, filing=Filing("birth-certificate"))).reason == "no-power"


def test_a_revoked_signature_is_told_in_layer_two_and_layer_three_says_whose_it_is() -> None:
    here = world()
    evidence = known(AGENCY)
    revoked = Revoked(here.leaf, day(2026, 11, 1), "key_compromise")
    evidence = replace(evidence, crls=here.signer_crls(FRESH, None, revoked))
    judged = verdict(signed_pdf(), evidence)
    assert judged.signatures[0].indication != "TOTAL_PASSED"
    assert judged.signatures[0].authority.status == "recognised"
    assert headline(judged, "vi").word != "Hợp lệ"


def test_without_a_path_nobody_vouches_for_the_name() -> None:
    stranger = world(root=ROOT.but(name="Elsewhere", key=ec_key("elsewhere")))
    said = layer_three(signed_pdf(stranger), known(AGENCY))
    assert (said.status, said.reason, said.id) == ("unknown", "no-path", "")


def test_a_path_against_the_rules_vouches_for_no_name() -> None:
    usurper = world(ca=CA.but(ca=False))
    said = layer_three(signed_pdf(usurper), known(AGENCY))
    assert (said.status, said.reason, said.id) == ("unknown", "no-path", "")


def test_a_broken_document_names_no_agency() -> None:
    data = signed_pdf()
    broken = data.replace(b"/MediaBox", b"/MediaBux", 1)
    assert broken != data
    said = layer_three(broken, known(AGENCY))
    assert (said.status, said.reason, said.id) == ("unknown", "path-not-tried", "")


def test_each_signer_by_itself() -> None:
    other = world(leaf=LEAF.but(name="Somebody", key=ec_key("somebody")))
    draft = Draft(world()).sign()
    draft.world = other
    draft.sign()
    person = {"branch": ("vn-government",), "common_name": ("Somebody",)}
    rule = replace(AGENCY.specimens[0].rule, organization=(), **person)
    one = replace(AGENCY, specimens=(replace(AGENCY.specimens[0], rule=rule),))
    judged = verdict(draft.data, known(one))
    assert [signature.authority.status for signature in judged.signatures] == ["unknown", "recognised"]
    said = headline(judged, "vi")
    assert (said.word, "Chữ ký 1" in said.sentence) == ("Chưa đủ căn cứ", True)


def test_layer_three_goes_through_json_and_is_the_same_again() -> None:
    evidence = known(AGENCY, filing=Filing("diploma", "mission", ("SG",)))
    first, again = (verdict(signed_pdf(), evidence) for _ in range(2))
    assert first == again
    assert from_json(json.loads(dumps(to_json(first, "a.pdf")))) == first
    # what was written before there were more than three words can still be read
    old = to_json(first, "a.pdf")
    old["signatures"][0]["authority"] = {"status": "not_checked", "name": "", "reason": ""}
    read = from_json(old)
    assert isinstance(read, DocumentVerdict)
    assert read.signatures[0].authority == AuthorityVerdict()
