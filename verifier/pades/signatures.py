"""One filled signature field into `SignatureFacts`: its dictionary, ByteRange, CMS and time stamps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    EncryptedObjAccess,
    IndirectObject,
    NumberObject,
    TextStringObject,
)

from verifier.pades import attributes as attrs
from verifier.pades.byterange import SignedBytes, check_byte_range
from verifier.pades.cms import CmsReading, DigestOf, read_cms
from verifier.pades.coverage import Covered, coverage_of, dictionary_unchanged, last_change
from verifier.pades.dss import related_stamps
from verifier.pades.engine import Opened
from verifier.pades.facts import CmsFacts, FormatProblem, TokenFacts
from verifier.pades.fields import FilledField, clean_text, entry
from verifier.pades.revisions import RevisionMap
from verifier.pades.tokens import digest_of_bytes, read_token, token_of, tokens_in
from verifier.verdict import SignatureKind, TimestampKind

DETACHED = ("adbe.pkcs7.detached", "ETSI.CAdES.detached")
ENCAPSULATED_SHA1 = "adbe.pkcs7.sha1"
DOCUMENT_TIMESTAMP = "ETSI.RFC3161"
UNSUPPORTED = ("adbe.x509.rsa_sha1",)
"""Known formats without CMS, withdrawn by ISO 32000-2: named, not verified."""

_MAX_NUMBERS = 16
"""Entries of a /ByteRange that are kept for the report."""


@dataclass(frozen=True)
class Draft:
    """What one field gave so far; nothing that needs the other fields."""

    field: FilledField
    kind: SignatureKind
    sub_filter: str
    section: int
    """Newest signed cross-reference section; the last one that defines the dictionary where it cannot be told."""
    byte_range: tuple[int, ...] = ()
    contents: bytes = b""
    signed: SignedBytes | None = None
    problem: FormatProblem | None = None
    warnings: tuple[FormatProblem, ...] = ()
    reading: CmsReading | None = None
    token: TokenFacts | None = None
    covered: Covered | None = None
    content_timestamps: tuple[TokenFacts, ...] = ()
    signature_timestamps: tuple[TokenFacts, ...] = ()

    @property
    def cms(self) -> CmsFacts | None:
        """The CMS facts, None where unreadable."""
        return self.reading.facts if self.reading else None

    @property
    def measurable(self) -> bool:
        """Whether integrity can be told: of a CMS with several SignerInfos too, though it is not acceptable."""
        return self.reading is not None and (self.problem is None or self.problem.code == "SIGNER_COUNT")

    def failed(self, problem: FormatProblem) -> Draft:
        """Return this draft with a reason why it cannot be processed; the first reason stands."""
        return self if self.problem else replace(self, problem=problem)


def draft_signature(opened: Opened, revisions: RevisionMap, one: FilledField) -> Draft:
    """Read one field as far as it goes; every stop is a problem in the draft."""
    draft = _read_dictionary(opened, revisions, one)
    if draft.problem is None:
        draft = _read_range(opened, draft)
    if draft.problem is None:
        draft = _read_cms(draft)
    if not draft.measurable:
        return draft
    return _place(revisions, _read_stamps(opened, draft))


def _read_dictionary(opened: Opened, revisions: RevisionMap, one: FilledField) -> Draft:
    changed = last_change(revisions, one.home)
    section = revisions.last_section if changed is None else changed
    if one.value is None:
        unusable = FormatProblem("CONTENTS_MISSING", "the value of the field is not a dictionary")
        return Draft(one, SignatureKind.SIGNATURE, "", section, problem=unusable)
    value = one.value
    sub_filter = _name(opened, value, "/SubFilter")
    declared = _name(opened, value, "/Type")
    is_stamp = sub_filter == DOCUMENT_TIMESTAMP or (declared == "DocTimeStamp" and sub_filter not in DETACHED)
    draft = Draft(
        field=one,
        kind=SignatureKind.DOCUMENT_TIMESTAMP if is_stamp else SignatureKind.SIGNATURE,
        sub_filter=sub_filter,
        section=section,
        byte_range=_numbers(opened, value),
        warnings=tuple(_first_warnings(one, sub_filter, declared)),
        problem=_sub_filter_problem(sub_filter),
    )
    contents = _contents(opened, value)
    return draft.failed(contents) if isinstance(contents, FormatProblem) else replace(draft, contents=contents)


def _first_warnings(one: FilledField, sub_filter: str, declared: str) -> list[FormatProblem]:
    found = []
    if one.shared:
        found.append(FormatProblem("FIELD_SHARED", one.name))
    if sub_filter == ENCAPSULATED_SHA1:
        found.append(FormatProblem("WEAK_SUBFILTER", sub_filter))
    if declared and (declared == "DocTimeStamp") != (sub_filter == DOCUMENT_TIMESTAMP):
        found.append(FormatProblem("TYPE_MISMATCH", f"{declared} with {sub_filter}"))
    return found


def _sub_filter_problem(sub_filter: str) -> FormatProblem | None:
    if not sub_filter:
        return FormatProblem("SUBFILTER_MISSING")
    if sub_filter in UNSUPPORTED:
        return FormatProblem("SUBFILTER_UNSUPPORTED", sub_filter)
    known = (*DETACHED, ENCAPSULATED_SHA1, DOCUMENT_TIMESTAMP)
    return None if sub_filter in known else FormatProblem("SUBFILTER_UNKNOWN", sub_filter)


def _name(opened: Opened, value: DictionaryObject, key: str) -> str:
    return opened.guarded(lambda: clean_text(entry(value, key, "")).removeprefix("/"), "")


def _numbers(opened: Opened, value: DictionaryObject) -> tuple[int, ...]:
    return tuple(int(one) for one in _entries(opened, value) or () if isinstance(one, NumberObject))


def _entries(opened: Opened, value: DictionaryObject) -> list[object] | None:
    """Return what /ByteRange lists, None where it is not an array."""
    listed = opened.guarded(entry, None, value, "/ByteRange")
    if not isinstance(listed, ArrayObject):
        return None
    return [opened.guarded(listed.__getitem__, None, n) for n in range(min(len(listed), _MAX_NUMBERS))]


def _contents(opened: Opened, value: DictionaryObject) -> bytes | FormatProblem:
    """Return /Contents as it stands in the file, padding and all; never decrypted (ISO 32000-2 7.6.2)."""

    def raw() -> Any:
        found = value.raw_get("/Contents", decrypt=EncryptedObjAccess.RAW)
        return found.get_object() if isinstance(found, IndirectObject) else found

    contents = opened.guarded(raw, None)
    if isinstance(contents, TextStringObject | ByteStringObject):
        return bytes(contents.original_bytes)
    if "/Contents" in value:
        return FormatProblem("CONTENTS_MALFORMED", "not a string")
    return FormatProblem("CONTENTS_MISSING")


def _read_range(opened: Opened, draft: Draft) -> Draft:
    value = draft.field.value
    if value is None or opened.guarded(entry, "", value, "/ByteRange") is None:
        return draft.failed(FormatProblem("BYTERANGE_MISSING"))
    numbers = _entries(opened, value)
    if numbers is None:
        return draft.failed(FormatProblem("BYTERANGE_MALFORMED", "not an array"))
    found = check_byte_range(numbers, draft.contents, opened.data, opened.digests)
    return draft.failed(found) if isinstance(found, FormatProblem) else replace(draft, signed=found)


def _read_cms(draft: Draft) -> Draft:
    signed = draft.signed
    assert signed is not None
    detached = signed.digest if draft.sub_filter in DETACHED else None
    reading = read_cms(draft.contents, detached)
    if draft.sub_filter == DOCUMENT_TIMESTAMP:
        token = token_of(reading, TimestampKind.DOCUMENT, signed.digest)
        found = None if isinstance(reading, FormatProblem) else reading
        draft = replace(draft, reading=found, token=token)
        return draft.failed(token.problem) if token.problem else draft
    if isinstance(reading, FormatProblem):
        return draft.failed(reading)
    if draft.sub_filter == ENCAPSULATED_SHA1:
        reading = _with_encapsulated_hash(reading, signed)
    draft = replace(draft, reading=reading, warnings=(*draft.warnings, *reading.warnings))
    if reading.content_type == "tst_info":
        return draft.failed(FormatProblem("CONTENT_TYPE", reading.content_type))
    return draft.failed(reading.problem) if reading.problem else draft


def _with_encapsulated_hash(reading: CmsReading, signed: SignedBytes) -> CmsReading:
    """Return the reading with the comparison that adbe.pkcs7.sha1 asks for: the content is the SHA-1 of the range."""
    same = reading.content is not None and reading.content == signed.digest("sha1")
    return replace(reading, facts=replace(reading.facts, digest_matches=reading.facts.digest_matches and same))


def _read_stamps(opened: Opened, draft: Draft) -> Draft:
    assert draft.reading is not None
    assert draft.signed is not None
    if draft.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return draft
    reading = draft.reading
    content = draft.signed.digest if draft.sub_filter in DETACHED else digest_of_bytes(reading.content or b"")
    value: DigestOf = digest_of_bytes(reading.facts.signature_value)
    stamps = tokens_in(reading.unsigned.all(attrs.SIGNATURE_TIME_STAMP), TimestampKind.SIGNATURE, value)
    related = related_stamps(opened, draft.contents)
    return replace(
        draft,
        content_timestamps=tokens_in(reading.signed.all(attrs.CONTENT_TIME_STAMP), TimestampKind.CONTENT, content),
        signature_timestamps=(*stamps, *(read_token(one, TimestampKind.SIGNATURE, value) for one in related)),
    )


def _place(revisions: RevisionMap, draft: Draft) -> Draft:
    """Find the signed revision, and whether the dictionary is still the one that stands in it."""
    assert draft.signed is not None
    covered = coverage_of(draft.signed, revisions)
    placed = replace(draft, covered=covered, section=covered.section)
    if dictionary_unchanged(draft.field, draft.signed, covered.section, revisions):
        return placed
    return placed.failed(FormatProblem("SIGNATURE_DICTIONARY_CHANGED", draft.field.name))
