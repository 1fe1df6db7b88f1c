"""Pools made to hide the right path, or to keep the search busy: it ends, and what is there is found."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.trust.builders import CA_USAGE, END, NOW, START, Party, Spec, authority, issue, key, leaf, name, root
from verifier.snapshot import Anchor
from verifier.trust.building import COSTLY, MAX_CHAINS, MAX_DEPTH, MAX_EFFORT, Search, search_chains
from verifier.trust.crypto import verification_cost
from verifier.x509 import Certificate

ROOT = root()
CA = authority(ROOT)
SIGNER = leaf(CA)
KEY_ID = b"k" * 20
BY_KEY_ID = ((x509.AuthorityKeyIdentifier(KEY_ID, None, None), False),)
WITH_KEY_ID = ((x509.SubjectKeyIdentifier(KEY_ID), False),)


def search(signer: Party, pool: list[Party], anchors: list[Anchor], effort: int = MAX_EFFORT) -> Search:
    return search_chains(signer.certificate, [party.certificate for party in pool], anchors, effort)


def names(found: Search) -> list[list[str]]:
    return [[certificate.common_name for certificate in chain.path] for chain in found.chains]


def decoys(count: int, extra: tuple[tuple[x509.ExtensionType, bool], ...] = ()) -> list[Party]:
    return [issue(Spec("CA", key_name=f"decoy {n}", ca=True, extra=extra), ROOT) for n in range(count)]


def test_a_thousand_namesakes_with_other_keys_hide_nothing() -> None:
    found = search(SIGNER, [*decoys(1000), CA], [ROOT.anchor])
    assert names(found) == [["Signer", "CA", "Root"]]
    assert found.complete


def test_a_thousand_namesakes_with_the_same_key_identifier_hide_nothing() -> None:
    ca = authority(ROOT, extra=WITH_KEY_ID)
    found = search(leaf(ca, extra=BY_KEY_ID), [*decoys(1000, WITH_KEY_ID), ca], [ROOT.anchor])
    assert names(found) == [["Signer", "CA", "Root"]]
    assert found.complete


def test_where_trying_takes_too_long_the_search_ends_and_says_so() -> None:
    found = search(SIGNER, [*decoys(20), CA], [ROOT.anchor], effort=10)
    assert found.chains == ()
    assert not found.complete


def test_costly_keys_are_tried_last() -> None:
    own = rsa.generate_private_key(65537, 2048)
    expensive = [_rsa_ca(_slow_key(n)) for n in range(5)]
    honest = _rsa_ca(own.public_key())
    assert verification_cost(honest.public_key) < COSTLY < verification_cost(expensive[0].public_key)
    signed = _signed_by(own)
    found = search_chains(signed, [*expensive, honest], [ROOT.anchor], effort=COSTLY)
    assert [chain.path[1] for chain in found.chains] == [honest]
    assert not found.complete


def test_a_bridge_between_many_authorities_is_crossed_by_the_shortest_way() -> None:
    members = [f"Member {n}" for n in range(16)]
    mesh = [_crossed(one, other) for one, other in permutations(members, 2)]
    door = issue(Spec(members[-1], ca=True, usages=CA_USAGE, serial=99), ROOT)
    signer = leaf(root(members[0]))
    found = search(signer, [*mesh, door], [ROOT.anchor])
    assert names(found)[0] == ["Signer", "Member 0", "Member 15", "Root"]
    assert len(found.chains) == MAX_CHAINS
    without = search(signer, mesh, [ROOT.anchor])
    assert (without.chains, without.complete) == ((), True)


def test_a_mesh_of_keys_under_one_name_ends() -> None:
    keys = [f"key {n}" for n in range(14)]
    mesh = [_rekeyed(one, other) for one, other in permutations(keys, 2)]
    signer = issue(Spec("Signer"), issue(Spec("Mesh", key_name=keys[0], ca=True)))
    found = search(signer, mesh, [ROOT.anchor])
    assert (found.chains, found.complete) == ((), True)
    anchored = issue(Spec("Mesh", key_name=keys[-1], ca=True))
    assert names(search(signer, mesh, [anchored.anchor]))[0] == ["Signer", "Mesh", "Mesh"]


def test_a_crowd_of_twins_below_an_anchor_does_not_keep_the_search_busy() -> None:
    upper, lower = authority(ROOT, "Upper"), authority(root("Upper"), "Lower")
    twins = [issue(Spec("Upper", ca=True, serial=n), ROOT) for n in range(1, 300)]
    twins += [issue(Spec("Lower", ca=True, serial=n), upper) for n in range(1, 300)]
    found = search(leaf(lower), twins, [ROOT.anchor])
    assert [len(chain.path) for chain in found.chains] == [4] * MAX_CHAINS


def test_a_loop_of_many_twins_ends() -> None:
    twins = [_crossed(*pair, serial=n) for n in range(1, 60) for pair in (("First", "Second"), ("Second", "First"))]
    found = search(leaf(root("First")), twins, [ROOT.anchor])
    assert (found.chains, found.complete) == ((), True)


def test_of_many_twins_another_is_tried_at_every_place() -> None:
    upper = [issue(Spec("Upper", ca=True, serial=n), ROOT) for n in range(1, 9)]
    middle = [issue(Spec("Middle", ca=True, serial=n), upper[0]) for n in range(1, 9)]
    lower = [issue(Spec("Lower", ca=True, serial=n), middle[0]) for n in range(1, 9)]
    found = search(leaf(lower[0]), [*upper, *middle, *lower], [ROOT.anchor])
    assert len(found.chains) == MAX_CHAINS
    assert all(len({chain.path[place] for chain in found.chains}) > 1 for place in (1, 2, 3))


def test_a_path_that_is_too_long_is_not_passed_over_in_silence() -> None:
    line = [ROOT]
    while len(line) < 3 * MAX_DEPTH:
        line.append(authority(line[-1], f"CA {len(line)}"))
    found = search(leaf(line[-1]), line, [ROOT.anchor])
    assert (found.chains, found.complete) == ((), False)
    assert search(leaf(line[3]), line, [ROOT.anchor]).complete


def test_a_self_issued_certificate_carries_over_to_the_next_key() -> None:
    rolled = issue(Spec("Root", key_name="next root", ca=True, usages=CA_USAGE, serial=2), ROOT)
    signer = leaf(authority(rolled, "CA 2"))
    found = search(signer, [rolled, authority(rolled, "CA 2")], [ROOT.anchor])
    assert names(found) == [["Signer", "CA 2", "Root", "Root"]]


def test_an_anchor_with_the_same_key_and_another_name_is_another() -> None:
    renamed = issue(Spec("Renamed", key_name="Root", ca=True, usages=CA_USAGE))
    assert search(SIGNER, [CA], [renamed.anchor]).chains == ()


def test_many_anchors_whose_trust_ended_do_not_crowd_out_the_last() -> None:
    old = [root(f"Old {n}") for n in range(MAX_CHAINS + 4)]
    crossed = [issue(Spec("CA", ca=True, usages=CA_USAGE, serial=n), one) for n, one in enumerate(old, start=1)]
    upper = authority(ROOT, "Upper")
    longer = issue(Spec("CA", ca=True, usages=CA_USAGE, serial=99), upper)
    ended = [replace(one.anchor, trusted_until=NOW) for one in old]
    found = search(SIGNER, [*crossed, upper, longer], [*ended, ROOT.anchor])
    assert names(found)[0] == ["Signer", "CA", "Upper", "Root"]
    assert len(found.chains) == 1 + MAX_CHAINS


def test_the_certificate_whose_issuer_is_wanted_is_no_decoy() -> None:
    found = search(leaf(CA), decoys(3), [])
    assert found.top.common_name == "Signer"
    assert search(leaf(CA), [*decoys(3), CA], []).top == CA.certificate
    assert search(leaf(CA), [CA, ROOT], []).top == ROOT.certificate


def _crossed(subject: str, issuer: str, serial: int = 0) -> Party:
    return issue(Spec(subject, ca=True, usages=CA_USAGE, serial=serial or hash_of(subject, issuer)), root(issuer))


def _rekeyed(own: str, signer: str) -> Party:
    above = issue(Spec("Mesh", key_name=signer, ca=True))
    return issue(Spec("Mesh", key_name=own, ca=True, serial=hash_of(own, signer)), above)


def hash_of(*texts: str) -> int:
    return int.from_bytes("/".join(texts).encode()[-16:], "big")


def _slow_key(number: int) -> rsa.RSAPublicKey:
    """RSA whose exponent is as long as its modulus; nobody knows the private key."""
    chance = random.Random(number)
    modulus = chance.getrandbits(2048) | 1 << 2047 | 1
    return rsa.RSAPublicNumbers((1 << 2047) | 1, modulus).public_key()


def _rsa_ca(public: rsa.RSAPublicKey) -> Certificate:
    builder = _draft("CA", "Root").public_key(public)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Certificate.parse(builder.sign(key("Root"), hashes.SHA256()).public_bytes(Encoding.DER))


def _signed_by(issuer: rsa.RSAPrivateKey) -> Certificate:
    builder = _draft("Signer", "CA").public_key(key("Signer").public_key())
    return Certificate.parse(builder.sign(issuer, hashes.SHA256()).public_bytes(Encoding.DER))


def _draft(subject: str, issuer: str) -> x509.CertificateBuilder:
    draft = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).serial_number(7)
    return draft.not_valid_before(START).not_valid_after(END)
