"""The /ByteRange of a signature dictionary: is it sound, and what do its bytes hash to (ISO 32000-2 12.8.1)."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field

from verifier.pades.digests import FileDigests
from verifier.pades.facts import FormatProblem

_SPACE = b" \t\r\n\f\x00"
_HEX_OR_SPACE = b"0123456789abcdefABCDEF" + _SPACE


@dataclass(frozen=True)
class SignedBytes:
    """A sound ByteRange over a file: everything up to `end` but one gap, which holds exactly /Contents."""

    digests: FileDigests = field(repr=False, compare=False)
    gap_start: int
    gap_end: int
    end: int
    """Offset of the first byte after the signed bytes."""

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest over the signed bytes; None where the algorithm is unknown."""
        return self.digests.without(self.gap_start, self.gap_end, self.end, algorithm)


def check_byte_range(
    values: Sequence[object], contents: bytes, data: bytes, digests: FileDigests
) -> SignedBytes | FormatProblem:
    """Return the signed bytes that four numbers name, or what is wrong with them.

    Asked for: four integers, none negative, the first 0, in order, inside the file, and a gap that holds the
    hexadecimal string of `contents` with its angle brackets and nothing else.
    """
    numbers = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
    if len(values) != 4 or len(numbers) != 4:
        return FormatProblem("BYTERANGE_MALFORMED", "not an array of four integers")
    first, before, start, after = numbers
    if min(numbers) < 0:
        return FormatProblem("BYTERANGE_NEGATIVE", f"{numbers}")
    if first != 0:
        return FormatProblem("BYTERANGE_MALFORMED", f"starts at {first}, not at 0")
    if start < before:
        return FormatProblem("BYTERANGE_OVERLAPS", f"second part starts at {start}, before the first ends at {before}")
    if start + after > len(data):
        return FormatProblem("BYTERANGE_BEYOND_FILE", f"ends at {start + after} in a file of {len(data)} bytes")
    if not _gap_holds(data, before, start, contents):
        return FormatProblem("BYTERANGE_GAP", f"bytes {before} to {start} are not the /Contents of this dictionary")
    return SignedBytes(digests, before, start, start + after)


def _gap_holds(data: bytes, start: int, end: int, contents: bytes) -> bool:
    gap = data[start:end]
    if len(gap) < 2 or gap[:1] != b"<" or gap[-1:] != b">":
        return False
    if not data[max(0, start - 64) : start].rstrip(_SPACE).endswith(b"/Contents"):
        return False
    digits = gap[1:-1]
    if digits.translate(None, _HEX_OR_SPACE):
        return False
    digits = digits.translate(None, _SPACE)
    return binascii.unhexlify(digits + b"0" * (len(digits) % 2)) == contents


def collisions(ranges: Sequence[SignedBytes | None]) -> list[FormatProblem | None]:
    """Return for each range what is wrong with it beside the others; None where nothing is.

    Two signatures may not share a gap, and the gap of one may not lie across an end of another's signed bytes.
    """
    seen: dict[tuple[int, int], int] = {}
    findings: list[FormatProblem | None] = []
    for one in ranges:
        if one is None:
            findings.append(None)
            continue
        gap = (one.gap_start, one.gap_end)
        if gap in seen:
            findings.append(FormatProblem("BYTERANGE_DUPLICATED", f"gap at {one.gap_start} belongs to another one"))
            continue
        crossing = any(other is not None and other is not one and _crosses(one, other) for other in ranges)
        findings.append(FormatProblem("BYTERANGE_OVERLAPS", f"gap at {one.gap_start}") if crossing else None)
        seen[gap] = one.end
    return findings


def _crosses(one: SignedBytes, other: SignedBytes) -> bool:
    if (one.gap_start, one.gap_end) == (other.gap_start, other.gap_end):
        return False
    overlaps_gap = one.gap_start < other.gap_end and other.gap_start < one.gap_end
    return overlaps_gap or one.gap_start < other.end < one.gap_end
