"""Sound documents give right facts."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from tests.pades.build import only, the_signature, two_signatures, verifies
from tests.pki import SIGNED, Draft, plain_pdf, signed_pdf, world
from tests.pki.keys import ed448_key, ed25519_key, rsa_key
from tests.pki.messages import stamp
from tests.pki.world import LEAF
from verifier.pades.reader import read_document
from verifier.verdict import Changes, Coverage, SignatureKind, TimestampKind


def test_unsigned_document() -> None:
    data = plain_pdf(pages=3)
    facts = read_document(data)
    assert (facts.sha256, facts.size, facts.pages) == (hashlib.sha256(data).hexdigest(), len(data), 3)
    assert (facts.signatures, facts.remnants, facts.validation_data, facts.tolerated) == ((), 0, (), ())
    assert facts.changes_after_last_signature is Changes.NONE
    assert [(note.number, note.end, note.kinds) for note in facts.revisions] == [(1, len(data), ("document",))]


def test_basic_signature() -> None:
    data = signed_pdf()
    facts = the_signature(data)
    assert (facts.id, facts.kind, facts.field_name) == ("sig-1", SignatureKind.SIGNATURE, "Signature1")
    assert (facts.sub_filter, facts.revision, facts.problem) == ("ETSI.CAdES.detached", 2, None)
    assert (facts.coverage, facts.changes, facts.changes_level) == (Coverage.ENTIRE_FILE, (), Changes.NONE)
    assert facts.claimed_time == SIGNED
    assert facts.warnings == ()
    assert facts.cms is not None
    assert facts.cms.digest_matches
    assert verifies(facts.cms)
    assert (facts.cms.digest_algorithm, facts.cms.content_type) == ("sha256", "data")
    assert [one.der for one in facts.cms.certificates] == [one.der for one in world().signer_chain]
    assert facts.cms.signer_serial == world().leaf.serial
    (reference,) = facts.cms.ess_references
    assert reference.digest == hashlib.sha256(world().leaf.der).digest()
    assert reference.serial == world().leaf.serial
    assert reference.issuer_key == facts.cms.certificates[0].issuer_key
    assert facts.dictionary["Filter"] == "Adobe.PPKLite"


def test_long_term_document() -> None:
    facts = read_document(signed_pdf(level="LTA"))
    signature, stamped = facts.signatures
    assert [note.kinds for note in facts.revisions] == [
        ("document",),
        ("signature",),
        ("validation_data",),
        ("document_timestamp",),
    ]
    (token,) = signature.signature_timestamps
    assert (token.kind, token.imprint_matches, token.problem) == (TimestampKind.SIGNATURE, True, None)
    assert token.gen_time == SIGNED + timedelta(seconds=5)
    assert (stamped.kind, stamped.coverage) == (SignatureKind.DOCUMENT_TIMESTAMP, Coverage.ENTIRE_FILE)
    assert stamped.token is not None
    assert stamped.token.imprint_matches
    assert stamped.token.cms is stamped.cms
    assert signature.coverage is Coverage.ENTIRE_REVISION
    assert signature.changes_level is Changes.LTA_UPDATES
    assert facts.changes_after_last_signature is Changes.NONE
    (stored,) = facts.validation_data
    assert stored.revision == 3
    assert (len(stored.certificates), len(stored.crls), len(stored.ocsps)) == (6, 4, 0)


def test_two_signatures_in_order() -> None:
    facts = read_document(two_signatures().data)
    assert [(one.id, one.field_name, one.revision) for one in facts.signatures] == [
        ("sig-1", "Signature1", 2),
        ("sig-2", "Signature2", 3),
    ]
    assert only(facts, 0).changes_level is Changes.PERMITTED
    assert only(facts, 1).changes_level is Changes.NONE


@pytest.mark.parametrize("pss", [False, True])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
def test_rsa(digest: str, *, pss: bool) -> None:
    used = world(leaf=LEAF.but(key=rsa_key()))
    facts = the_signature(signed_pdf(used, cms=used.cms(digest=digest, pss=pss)))
    assert facts.cms is not None
    assert facts.cms.digest_algorithm == digest
    assert facts.cms.signature_use.scheme == ("rsassa_pss" if pss else "rsassa_pkcs1v15")
    assert facts.cms.signature_use.digest == digest
    assert verifies(facts.cms, used)


@pytest.mark.parametrize("key", [ed25519_key("leaf"), ed448_key("leaf")], ids=["ed25519", "ed448"])
def test_eddsa(key: object) -> None:
    used = world(leaf=LEAF.but(key=key))
    facts = the_signature(signed_pdf(used, cms=used.cms(digest="sha512")))
    assert facts.cms is not None
    assert facts.cms.signature_use.digest == ""
    assert verifies(facts.cms, used)


def test_without_signed_attributes_the_value_is_over_the_content() -> None:
    facts = the_signature(signed_pdf(cms=world().cms(signed_attributes=False)))
    assert facts.cms is not None
    assert (facts.cms.signed_attributes, facts.cms.message_digest, facts.cms.digest_matches) == (None, None, True)
    assert verifies(facts.cms)


def test_content_time_stamp() -> None:
    early = stamp(world().tsa, SIGNED)
    facts = the_signature(signed_pdf(cms=world().cms(content_stamps=(early,))))
    (token,) = facts.content_timestamps
    assert (token.kind, token.imprint_matches, token.gen_time) == (TimestampKind.CONTENT, True, SIGNED)


def test_stamp_over_something_else_does_not_match() -> None:
    wrong = stamp(world().tsa, SIGNED, imprint=bytes(32))
    facts = the_signature(signed_pdf(cms=world().cms(stamps=(wrong,))))
    (token,) = facts.signature_timestamps
    assert not token.imprint_matches
    assert token.cms is not None
    assert token.cms.digest_matches


def test_document_time_stamp_over_something_else_does_not_match() -> None:
    facts = the_signature(Draft(world()).document_stamp(SIGNED, imprint=bytes(32)).data)
    assert facts.token is not None
    assert not facts.token.imprint_matches


def test_signing_time_stands_in_for_a_missing_m() -> None:
    data = Draft(world()).sign(None, world().cms(signing_time=SIGNED)).data
    assert the_signature(data).claimed_time == SIGNED


def test_widget_of_a_visible_signature() -> None:
    widget = the_signature(signed_pdf(rect="50 700 250 760")).widget
    assert widget is not None
    assert (widget.page, widget.rect) == (1, (50.0, 700.0, 250.0, 760.0))
    assert the_signature(signed_pdf()).widget is None


def test_certification_permission() -> None:
    extra = " /Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P 2 /V /1.2 >> >>]"
    assert the_signature(signed_pdf(extra=extra)).doc_mdp == 2
    assert the_signature(signed_pdf()).doc_mdp is None


def test_the_same_bytes_give_the_same_facts() -> None:
    data = signed_pdf(level="LTA")
    assert repr(read_document(data)) == repr(read_document(data))
