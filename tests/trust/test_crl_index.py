from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pki import FRESH, world
from tests.pki.certificates import name_of
from tests.pki.long_crl import entry_der, long_crl, reason_der, with_entries
from tests.pki.status import make_crl
from tests.trust import builders
from verifier.evidence import StoredCrl
from verifier.trust.crl import Crl, Entry, parse_crl
from verifier.trust.crl_disk import FromDisk, OpenCrls, write_index
from verifier.trust.crl_entries import scan
from verifier.trust.crl_frame import frame_of, parts_of
from verifier.trust.crl_index import MAGIC, BrokenIndexError, Index, index_parts
from verifier.trust.der import SEQUENCE, element, encoded

CA = world().ca
LATER = FRESH + timedelta(days=7)
EMPTY = make_crl(CA, FRESH, LATER)
INDIRECT = builders.crl(builders.root("Issuing CA"), extra=[builders.scope(indirect=True)])
OTHER = "Other CA"
KEY = CA.certificate.public_key.dump()
STRANGE_KEY = world().root.certificate.public_key.dump()


def stored(data: bytes, folder: Path) -> StoredCrl:
    name = hashlib.sha256(data).hexdigest()
    path = folder / f"{name}.crl"
    path.write_bytes(data)
    return StoredCrl(name, str(path))


def indexed(data: bytes) -> Index:
    return Index(b"".join(index_parts(data, "name")), "name")


Lookup = Callable[[int, str], Entry | None]


def outcome(look_up: Lookup, serial: int, issuer: str) -> Entry | str | None:
    try:
        return look_up(serial, issuer)
    except ValueError:
        return "refused"


# --- the same answers as the list itself -------------------------------------------------------------------------


def issuer_name(text: str) -> bytes:
    """Extensions of an entry with a certificateIssuer, critical."""
    general = asn1.GeneralNames([asn1.GeneralName("directory_name", name_of(text))]).dump()
    inner = bytes.fromhex("0603551d1d0101ff") + encoded(0x04, general)
    return encoded(SEQUENCE, encoded(SEQUENCE, inner))


def invalid_since(when: str, reason: int | None = None, *, last: bool = True) -> bytes:
    one = encoded(SEQUENCE, bytes.fromhex("0603551d18") + encoded(0x04, encoded(0x18, when.encode())))
    other = reason_der(reason)[2:] if reason is not None else b""
    return encoded(SEQUENCE, other + one if last else one + other)


UNKNOWN = encoded(SEQUENCE, encoded(SEQUENCE, bytes.fromhex("06032a0304") + encoded(0x04, b"\x05\x00")))
UNKNOWN_CRITICAL = encoded(SEQUENCE, encoded(SEQUENCE, bytes.fromhex("06032a03040101ff") + encoded(0x04, b"\x05\x00")))
SERIALS = [0, 1, -1, 127, 128, -128, -129, 2**64, 2**159 - 1, 2**159, 2**160 - 1, -(2**159), 2**167 - 1]
LONG_SERIALS = [2**167, 2**200 + 1, -(2**199), int.from_bytes(hashlib.sha256(b"\x01").digest(), "big")]
EXTENSIONS = [
    b"",
    *(reason_der(code) for code in (0, 1, 2, 3, 4, 5, 6, 8, 8, 9, 10)),
    invalid_since("20250101000000Z"),
    invalid_since("20250101000000Z", 6),
    invalid_since("20250101000000Z", 8, last=False),
    invalid_since("20251301000000Z", 1),
    reason_der(7),
    reason_der(11),
    UNKNOWN,
]
CRITICAL = [*EXTENSIONS, issuer_name(OTHER), issuer_name("Issuing CA"), issuer_name("Third CA")]
TIMES = ["250601120000", "491231235959", "500101000000", "991231235959", "240229000000"]
SERIAL = st.sampled_from(SERIALS) | st.integers(-(2**40), 2**40)


def entries_of(extensions: list[bytes], serials: st.SearchStrategy[int]) -> st.SearchStrategy[list[bytes]]:
    return st.lists(st.builds(entry_der, serials, st.sampled_from(TIMES), st.sampled_from(extensions)), max_size=12)


def same_answers(data: bytes) -> None:
    crl, index = parse_crl(data), indexed(data)
    raw = scan(data, parts_of(data).revoked, strict=False)
    listed = [int.from_bytes(serial, "big", signed=True) for serial, *_ in raw]
    for serial in (*SERIALS, *LONG_SERIALS, *listed, *(one + 1 for one in listed)):
        for issuer in (crl.issuer_key, *(str(name_of(text).hashable) for text in (OTHER, "Third CA", "No CA"))):
            assert outcome(index.entry, serial, issuer) == outcome(crl.entry, serial, issuer)


few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(entries_of(EXTENSIONS, SERIAL))
def test_a_plain_list_answers_the_same(entries: list[bytes]) -> None:
    same_answers(with_entries(EMPTY, entries, CA))


@few
@given(entries_of(EXTENSIONS, SERIAL | st.sampled_from(LONG_SERIALS)))
def test_a_list_with_serial_numbers_of_any_length_answers_the_same(entries: list[bytes]) -> None:
    same_answers(with_entries(EMPTY, entries, CA))


@few
@given(entries_of(CRITICAL, SERIAL))
def test_an_indirect_list_answers_the_same(entries: list[bytes]) -> None:
    same_answers(with_entries(INDIRECT, entries, CA))


@few
@given(entries_of([*CRITICAL, UNKNOWN_CRITICAL], st.integers(1, 3)))
def test_a_list_with_critical_entries_answers_the_same(entries: list[bytes]) -> None:
    same_answers(with_entries(EMPTY, entries, CA))


def test_an_entry_of_another_form_is_read_as_well() -> None:
    odd = encoded(SEQUENCE, b"\x02\x02\x00\x05" + encoded(0x18, b"20550601120000Z"))
    long_form = b"\x30\x81\x12" + entry_der(9, "250601120000")[2:]
    data = with_entries(EMPTY, [odd, entry_der(7, "250601120000"), long_form], CA)
    same_answers(data)
    index, issuer = indexed(data), parse_crl(data).issuer_key
    assert index.entry(5, issuer) == Entry(datetime(2055, 6, 1, 12, tzinfo=UTC), None)
    assert index.entry(9, issuer) is not None


@pytest.mark.parametrize(
    "entry",
    [
        entry_der(5, "251301120000"),
        entry_der(5, "250601240000"),
        entry_der(5, "250601126000"),
        entry_der(5, "2506011200-1"),
        entry_der(b"", "250601120000"),
        entry_der(5, "250601120000", UNKNOWN_CRITICAL),
        entry_der(5, "250601120000")[:-1],
        b"\x31" + entry_der(5, "250601120000")[1:],
        encoded(SEQUENCE, b"\x02\x01\x05"),
        encoded(SEQUENCE, b"\x04\x01\x05" + encoded(0x17, b"250601120000Z")),
    ],
)
def test_what_cannot_be_read_refuses_the_whole_list(entry: bytes) -> None:
    data = with_entries(EMPTY, [entry_der(7, "250601120000"), entry], CA)
    with pytest.raises(ValueError):
        indexed(data).entry(7, parse_crl(data).issuer_key)


@pytest.mark.parametrize("cut", range(1, 14))
def test_no_entry_reaches_beyond_its_list(cut: int) -> None:
    whole = encoded(SEQUENCE, entry_der(7, "250601120000", reason_der(1)))
    listed = element(whole)
    with pytest.raises(ValueError):
        list(scan(whole, replace(listed, end=listed.end - cut), strict=False))


def test_an_empty_list_has_no_entry() -> None:
    assert indexed(EMPTY).entry(5, parse_crl(EMPTY).issuer_key) is None


def test_a_long_list_answers_for_each_of_its_entries() -> None:
    data = long_crl(CA, FRESH, LATER, 3000, listed=[5, 7])
    index, issuer = indexed(data), parse_crl(data).issuer_key
    raw = list(scan(data, parts_of(data).revoked, strict=False))
    assert len(raw) == 3002
    for serial, *_ in raw:
        assert index.entry(int.from_bytes(serial, "big"), issuer) is not None
    assert index.entry(6, issuer) is None


def test_the_frame_is_that_of_the_list(tmp_path: Path) -> None:
    data = with_entries(INDIRECT, [entry_der(7, "250601120000")], CA)
    on_disk, in_memory = parse_crl(stored(data, tmp_path)), parse_crl(data)
    for part in ("sha256", "issuer", "issuer_key", "this_update", "next_update", "signature_use", "extensions"):
        assert getattr(on_disk, part) == getattr(in_memory, part)
    assert on_disk.unknown_critical == in_memory.unknown_critical
    assert on_disk.is_indirect
    assert not on_disk.is_unsigned
    assert frame_of(parts_of(indexed(data).frame)) is not None


# --- on disk -----------------------------------------------------------------------------------------------------

LISTED = with_entries(EMPTY, [entry_der(number, "250601120000") for number in range(1, 50)], CA)


def look(one: StoredCrl) -> Entry | None:
    """Look an entry up as a new process would."""
    return OpenCrls().index(one).entry(7, parse_crl(LISTED).issuer_key)


def index_file(one: StoredCrl) -> Path:
    return Path(one.path).with_suffix(".index")


def test_the_index_is_made_once(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    assert look(one) is not None
    made = index_file(one).stat().st_ino
    assert look(one) is not None
    assert index_file(one).stat().st_ino == made


def test_an_index_is_enough_to_look_an_entry_up(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    write_index(LISTED, one)
    Path(one.path).unlink()
    assert look(one) is not None


def spoilt_head(sound: bytes) -> bytes:
    return sound.replace(b'"hashed": false', b'"hashed": true ')


def spoilt_record(sound: bytes) -> bytes:
    return sound[:-20] + bytes((sound[-20] ^ 1,)) + sound[-19:]


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda sound: b"",
    "a few bytes": lambda sound: sound[:20],
    "head only": lambda sound: sound[:200],
    "a record less": lambda sound: sound[:-34],
    "a byte less": lambda sound: sound[:-1],
    "a byte more": lambda sound: sound + b"\0",
    "zeros": lambda sound: bytes(len(sound)),
    "zeros at the end": lambda sound: sound[:-100] + bytes(100),
    "head altered": spoilt_head,
    "record altered": spoilt_record,
    "another format": lambda sound: b"crl-index-0\n" + sound[len(MAGIC) :],
    "of another list": lambda sound: b"".join(index_parts(EMPTY, hashlib.sha256(EMPTY).hexdigest())),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_an_index_that_is_not_sound_is_noticed_and_made_anew(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    write_index(LISTED, one)
    sound = index_file(one).read_bytes()
    index_file(one).write_bytes(spoil(sound))
    assert index_file(one).read_bytes() != sound
    assert look(one) is not None
    assert index_file(one).read_bytes() == sound


def test_every_cut_is_noticed() -> None:
    sound = b"".join(index_parts(LISTED, "name"))
    for end in range(0, len(sound), 7):
        with pytest.raises(BrokenIndexError):
            Index(sound[:end], "name")


@pytest.mark.parametrize("more", [-1, -34, 1])
def test_another_size_is_noticed_without_reading_all(more: int) -> None:
    sound = b"".join(index_parts(LISTED, "name"))
    with pytest.raises(BrokenIndexError, match="bytes after"):
        Index(sound[:more] if more < 0 else sound + b"\0", "name", checked=True)


def test_a_list_that_was_altered_on_disk_is_not_indexed(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    Path(one.path).write_bytes(EMPTY)
    with pytest.raises(ValueError, match="altered"):
        look(one)
    Path(one.path).unlink()
    with pytest.raises(ValueError, match="gone"):
        look(one)


def test_where_the_index_cannot_be_written_it_is_made_in_memory(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    index_file(one).mkdir()
    assert look(one) is not None


def test_few_bytes_are_kept_open(tmp_path: Path) -> None:
    lists = [stored(with_entries(EMPTY, [entry_der(n, "250601120000")], CA), tmp_path) for n in range(70)]
    here = OpenCrls()
    for one in lists:
        here.index(one)
    assert len(here._open) == 64


# --- keys --------------------------------------------------------------------------------------------------------


def test_a_key_that_verified_is_remembered_beside_the_list(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    assert OpenCrls().verifies(one, KEY)
    assert not OpenCrls().verifies(one, STRANGE_KEY)
    Path(one.path).unlink()  # nobody asks the list again
    assert OpenCrls().verifies(one, KEY)
    with pytest.raises(ValueError, match="gone"):
        OpenCrls().verifies(one, STRANGE_KEY)


def test_what_was_noted_on_another_list_does_not_count(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    other = stored(with_entries(EMPTY, [entry_der(1, "250601120000")], world().root), tmp_path)
    assert OpenCrls().verifies(one, KEY)
    Path(other.path).with_suffix(".keys").write_bytes(Path(one.path).with_suffix(".keys").read_bytes())
    assert not OpenCrls().verifies(other, KEY)


def test_a_torn_note_is_none(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    here = OpenCrls()
    assert here.verifies(one, KEY)
    notes = Path(one.path).with_suffix(".keys")
    notes.write_bytes(notes.read_bytes()[:-1])
    Path(one.path).write_bytes(LISTED[:-1])
    with pytest.raises(ValueError, match="altered"):
        OpenCrls().verifies(one, KEY)
    assert here.verifies(one, KEY)


def test_an_altered_list_verifies_with_nobody(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    Path(one.path).write_bytes(LISTED.replace(b"250601120000Z", b"260601120000Z", 1))
    with pytest.raises(ValueError, match="altered"):
        OpenCrls().verifies(one, KEY)


def test_a_stored_list_moves_as_a_name(tmp_path: Path) -> None:
    one = stored(LISTED, tmp_path)
    crl = parse_crl(one)
    assert isinstance(crl, Crl)
    assert isinstance(crl.entries, FromDisk)
    assert parse_crl(replace(one, path="/elsewhere")) is crl
