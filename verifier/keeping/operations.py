"""Changes of trust as data: what a proposal asks for; carrying one out is pure, given the files that the archive keeps.

An operation is plain JSON with a `kind`. Whatever it names by SHA-256 stands in the archive, kept when it was proposed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from verifier.accounts.plain_text import clean_text
from verifier.errors import BadRequest
from verifier.keeping.folder import merged
from verifier.snapshot import Anchor, AnchorUse, Branch, NotifiedAuthority, Origin, Scheme, Span, TrustSnapshot
from verifier.trust.archive import Archive
from verifier.trust.certfiles import read_certificates
from verifier.trust.lists.taking import take
from verifier.trust.register import authority_from, check_register
from verifier.trust.store import snapshot_of

REFRESH = ("automatic", "by-hand")
LIST_KINDS = ("list", "list_of_lists")
MOST_FILES = 40
"""Files that one operation names: certificates that may sign a list, pivots that lead to them."""
LONGEST_AUTHORITY = 256 * 1024
"""Characters of an authority's entry, as JSON."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"(?=.{1,64}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_TERRITORY = re.compile(r"[A-Z]{2}")

Operation = Mapping[str, Any]


@dataclass(frozen=True)
class _Work:
    """What an operation is carried out on."""

    snapshot: TrustSnapshot
    told: Operation
    archive: Archive
    at: datetime
    by: str
    approved_by: str

    def origin(self, name: str, sha256: str = "") -> Origin:
        """Where something comes from that people brought in by a form."""
        return Origin(
            "form", name, sha256=sha256, came_at=self.at.astimezone(UTC), by=self.by, approved_by=self.approved_by
        )


def carried_out(
    snapshot: TrustSnapshot, operation: object, archive: Archive, at: datetime, by: str = "", approved_by: str = ""
) -> TrustSnapshot:
    """Return the snapshot that an operation makes of another at the instant `at`; nothing is stored.

    BadRequest: `operation-unclear` for what is no operation; `nothing-changed`; or what is wrong with what it asks
    for, as `scheme-unknown`, `anchor-known`, `bad-date`, and the codes of `lists.taking` for a list.
    """
    told = shaped(operation)
    change, _ = _KINDS[told["kind"]]
    return change(_Work(snapshot, told, archive, at, by, approved_by))


def shaped(operation: object) -> Operation:
    """Return an operation whose keys and types are right; BadRequest `operation-unclear`."""
    if not isinstance(operation, dict) or operation.get("kind") not in list(_KINDS):
        raise _unclear("its kind is not known")
    _, keys = _KINDS[operation["kind"]]
    if odd := operation.keys() - keys.keys() - {"kind"}:
        raise _unclear(f"{len(odd)} keys are not known")
    for name, kind in keys.items():
        value = operation.get(name)
        if type(value) is not kind or (isinstance(value, list) and not all(type(one) is str for one in value)):
            raise _unclear(f"{name} is missing or of another type")
    return operation


def fingerprint(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def single_certificate(file: bytes, field: str) -> bytes:
    """Return the one certificate in a file, in DER; BadRequest `certificate-unreadable`, with its field."""
    found = certificates(file, field)
    if len(found) != 1:
        raise BadRequest("certificate-unreadable", "the file holds more than one certificate", field=field)
    return found[0]


def certificates(file: bytes, field: str) -> tuple[bytes, ...]:
    """Return the certificates in a file, in DER; BadRequest `certificate-unreadable`, with its field."""
    try:
        return read_certificates(file)
    except ValueError as error:
        raise BadRequest("certificate-unreadable", str(error), field=field) from None


def anchor_key(anchor: Anchor) -> str:
    """Return the SHA-256 by which an anchor is named."""
    return fingerprint(anchor.certificate)


# --- the folder --------------------------------------------------------------------------------------------------


def _take_folder(work: _Work) -> TrustSnapshot:
    base, wanted = (work.archive.get(_sha256(work.told, name)) for name in ("base", "snapshot"))
    return merged(work.snapshot, base, wanted)


# --- lists -------------------------------------------------------------------------------------------------------


def _take_list(work: _Work) -> TrustSnapshot:
    scheme = _scheme(work)
    pivots = [work.archive.kept(one) for one in _fingerprints(work.told, "pivots")]
    data = _kept(work, "file")
    return take(work.snapshot, scheme.id, data, work.at, by=work.by, approved_by=work.approved_by, pivots=pivots)


def _set_scheme(work: _Work) -> TrustSnapshot:
    told = work.told
    id_ = _id(told, "scheme")
    before = next((one for one in work.snapshot.schemes if one.id == id_), None)
    wanted = Scheme(
        id=id_,
        name=_words(told, "name"),
        location=_address(told["location"]),
        territory=_territory(told["territory"]),
        branch=_one_of(told, "branch", tuple(Branch)),
        pins=_pins(work),
        kind=_one_of(told, "list_kind", LIST_KINDS),
        refresh=_one_of(told, "refresh", REFRESH),
        brings_authorities=told["brings_authorities"],
        origin=work.origin(clean_text(told["source"])),
    )
    if before is not None:
        if before.parent:
            raise BadRequest("scheme-of-list", "its list of lists tells all of it", name=before.parent)
        if before.branch != wanted.branch and before.sequence is not None:
            raise BadRequest("scheme-branch-fixed", "its list was taken over for another branch", field="branch")
        kept = {name: getattr(before, name) for name in ("sequence", "sha256", "issued", "next_update")}
        wanted = replace(wanted, **kept)
        if replace(wanted, origin=before.origin) == before:
            raise BadRequest("nothing-changed")
    others = [one for one in work.snapshot.schemes if one.id != id_]
    return _with(work.snapshot, schemes=[*others, wanted])


def _end_scheme(work: _Work) -> TrustSnapshot:
    """Follow a list no more: its services go; its anchors and authorities end, and stay for what was signed before."""
    until = _instant(work.told, "trusted_until")
    gone = _below(_scheme(work).id, work.snapshot.schemes)
    others = [one for one in work.snapshot.anchors if one.origin.scheme not in gone]
    listed = [ended(one, until) for one in work.snapshot.anchors if one.origin.scheme in gone]
    anchors = [*others, *(replace(one, service="") for one in listed if one is not None)]
    return _with(
        work.snapshot,
        anchors=anchors,
        schemes=[one for one in work.snapshot.schemes if one.id not in gone],
        services=[one for one in work.snapshot.services if one.scheme not in gone],
        authorities=[
            found
            for one in work.snapshot.authorities
            if (found := _ended_with(one, until) if one.origin.scheme in gone else one)
        ],
    )


def _ended_with(authority: NotifiedAuthority, until: datetime) -> NotifiedAuthority | None:
    """Return an authority as known until an instant at the latest; None where it was not known before."""
    if authority.valid_from is not None and authority.valid_from >= until:
        return None
    end = until if authority.valid_until is None else min(authority.valid_until, until)
    return replace(authority, valid_until=end)


def _below(id_: str, schemes: Sequence[Scheme]) -> set[str]:
    """Return a scheme with all that its list of lists points to."""
    found = {id_}
    while more := {one.id for one in schemes if one.parent in found} - found:
        found |= more
    return found


# --- anchors -----------------------------------------------------------------------------------------------------


def _add_anchor(work: _Work) -> TrustSnapshot:
    der = single_certificate(_kept(work, "certificate"), "certificate")
    if fingerprint(der) != work.told["certificate"]:
        raise _unclear("an anchor is named by the fingerprint of its certificate, not of a file that holds it")
    branch = _one_of(work.told, "branch", tuple(Branch))
    known = [one for one in work.snapshot.anchors if one.certificate == der]
    # a list of another branch that names it, as a foreign one might a root of ours, does not stand in the way
    known = [one for one in known if not one.service or one.branch == branch]
    if any(one.service or one.trusted_until is None for one in known):
        raise BadRequest("anchor-known", "it is an anchor already", field="certificate", name=known[0].name)
    uses = frozenset(work.told["uses"])
    if not uses or not uses <= set(AnchorUse):
        raise BadRequest("text-missing", "uses", field="uses")
    source = _words(work.told, "source")
    _words(work.told, "compared")
    wanted = Anchor(
        certificate=der,
        name=_words(work.told, "name"),
        uses=frozenset(map(AnchorUse, uses)),
        branch=branch,
        source=source,
        origin=work.origin(source, fingerprint(der)),
    )
    others = [one for one in work.snapshot.anchors if one not in known]
    return _with(work.snapshot, anchors=[*others, wanted])


def _end_anchor(work: _Work) -> TrustSnapshot:
    """Set the day on which trust ends: the anchor stays for what was signed before."""
    wanted, until = _sha256(work.told, "sha256"), _instant(work.told, "trusted_until")
    found = [one for one in work.snapshot.anchors if anchor_key(one) == wanted]
    if not found:
        raise BadRequest("anchor-unknown", "no anchor has this fingerprint", field="sha256")
    by_hand = [one for one in found if not one.service]
    if not by_hand:
        raise BadRequest("anchor-of-list", "its list says how long it is trusted", name=found[0].origin.scheme)
    found = by_hand
    others = [one for one in work.snapshot.anchors if one not in found]
    return _with(work.snapshot, anchors=[*others, *(_ended_by_hand(one, until) for one in found)])


def _ended_by_hand(anchor: Anchor, until: datetime) -> Anchor:
    """Set the end, be it later than one that was set before."""
    found = ended(replace(anchor, trusted_until=None), until)
    if found is None:
        raise BadRequest("bad-date", "it would end before it begins", field="trusted_until")
    return found


def ended(anchor: Anchor, until: datetime) -> Anchor | None:
    """Return the anchor as trusted until an instant at the latest; None where nothing of its trust is left."""
    end = until if anchor.trusted_until is None else min(anchor.trusted_until, until)
    spans = tuple(
        Span(one.start, end if one.end is None else min(one.end, end))
        for one in anchor.spans
        if one.start is None or one.start < end
    )
    if anchor.spans and not spans:  # no stretch of time would stand for always
        return None
    return replace(anchor, trusted_until=end, spans=spans)


# --- authorities -------------------------------------------------------------------------------------------------


def _set_authority(work: _Work) -> TrustSnapshot:
    wanted = read_authority(work.told["authority"])
    before = next((one for one in work.snapshot.authorities if one.id == wanted.id), None)
    if before is not None:
        _refuse_listed(work.snapshot, before)
    if before is not None and replace(wanted, origin=before.origin) == before:
        raise BadRequest("nothing-changed")
    return _with_authority(work.snapshot, replace(wanted, origin=work.origin(clean_text(work.told["source"]))))


def read_authority(table: Mapping[str, Any]) -> NotifiedAuthority:
    """Return the authority that a table tells, as in the register's files; BadRequest as `register.authority_from`."""
    try:
        too_long = len(json.dumps(table)) > LONGEST_AUTHORITY
    except (ValueError, TypeError, RecursionError):
        raise BadRequest("table-malformed", "it is no JSON that anybody would write") from None
    if too_long:
        raise BadRequest("table-malformed", "it is too long")
    try:
        return authority_from({name: value for name, value in table.items() if name != "origin"})
    except (OverflowError, RecursionError):
        raise BadRequest("table-malformed", "a date beyond the calendar") from None


def _end_authority(work: _Work) -> TrustSnapshot:
    """Set the day from which it is not notified any more: the entry stays for what was signed before."""
    wanted, until = _id(work.told, "id"), _instant(work.told, "valid_until")
    found = next((one for one in work.snapshot.authorities if one.id == wanted), None)
    if found is None:
        raise BadRequest("authority-unknown", wanted)
    _refuse_listed(work.snapshot, found)
    if found.valid_from is not None and until < found.valid_from:
        raise BadRequest("bad-date", "it would end before it begins", field="valid_until")
    return _with_authority(work.snapshot, replace(found, valid_until=until))


def _refuse_listed(snapshot: TrustSnapshot, authority: NotifiedAuthority) -> None:
    """Refuse what a list that is followed tells, as long as it may tell of authorities; BadRequest."""
    name = authority.origin.scheme
    if name and any(one.id == name and one.brings_authorities for one in snapshot.schemes):
        raise BadRequest("authority-of-list", "its list tells all of it", name=name)


def _with_authority(snapshot: TrustSnapshot, wanted: NotifiedAuthority) -> TrustSnapshot:
    register = [*(one for one in snapshot.authorities if one.id != wanted.id), wanted]
    check_register(register)
    return _with(snapshot, authorities=register)


# --- reading what an operation says ------------------------------------------------------------------------------


def _scheme(work: _Work) -> Scheme:
    wanted = _id(work.told, "scheme")
    found = next((one for one in work.snapshot.schemes if one.id == wanted), None)
    if found is None:
        raise BadRequest("scheme-unknown", wanted, field="scheme")
    return found


def _kept(work: _Work, name: str) -> bytes:
    return work.archive.kept(_sha256(work.told, name))


def _pins(work: _Work) -> tuple[bytes, ...]:
    names = _fingerprints(work.told, "pins")
    if not names:
        raise BadRequest("text-missing", "pins", field="pins")
    return tuple(single_certificate(work.archive.kept(one), "pins") for one in sorted(set(names)))


def _sha256(told: Operation, name: str) -> str:
    value: str = told[name]
    if not _SHA256.fullmatch(value):
        raise _unclear(f"{name} is no fingerprint")
    return value


def _fingerprints(told: Operation, name: str) -> list[str]:
    found: list[str] = told[name]
    if len(found) > MOST_FILES or not all(_SHA256.fullmatch(one) for one in found):
        raise _unclear(f"{name} are not fingerprints, or too many")
    return found


def _id(told: Operation, name: str) -> str:
    value: str = told[name]
    if not _ID.fullmatch(value):
        raise BadRequest("id-unclear", "small letters, digits and single hyphens", field=name)
    return value


def _words(told: Operation, name: str) -> str:
    words = clean_text(told[name])
    if not words:
        raise BadRequest("text-missing", name, field=name)
    return words


def _one_of(told: Operation, name: str, allowed: Iterable[str]) -> str:
    value: str = told[name]
    if value not in [str(one) for one in allowed]:
        raise BadRequest("text-missing", name, field=name)
    return value


def _territory(value: str) -> str:
    if not _TERRITORY.fullmatch(value):
        raise BadRequest("territory-unclear", "two capital letters", field="territory")
    return value


def _address(value: str) -> str:
    """Return the address of a list, possibly empty; BadRequest `address-unclear`."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        good = False
    if not good or len(value) > 2048 or not value.isascii() or any(one <= " " for one in value):
        raise BadRequest("address-unclear", "an http or https address", field="location")
    return value


def _instant(told: Operation, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(told[name])
    except ValueError:
        raise BadRequest("bad-date", told[name][:40], field=name) from None
    if found.utcoffset() is None:
        raise BadRequest("bad-date", "without its offset from UTC", field=name)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise BadRequest("bad-date", told[name][:40], field=name) from None


def _unclear(why: str) -> BadRequest:
    return BadRequest("operation-unclear", why)


def _with(snapshot: TrustSnapshot, **changes: Any) -> TrustSnapshot:
    parts = ("anchors", "intermediates", "suites", "schemes", "services", "authorities")
    return snapshot_of(**{name: changes.get(name, getattr(snapshot, name)) for name in parts})


_Change = Callable[[_Work], TrustSnapshot]
_SCHEME = dict.fromkeys(("scheme", "name", "location", "territory", "branch", "list_kind", "refresh", "source"), str)
_ANCHOR = ("certificate", "name", "branch", "source", "compared")
"""`compared` says by which second channel the fingerprint was compared."""
_KINDS: Mapping[str, tuple[_Change, Mapping[str, type]]] = {
    "take-folder": (_take_folder, {"base": str, "snapshot": str}),
    "take-list": (_take_list, {"scheme": str, "file": str, "name": str, "pivots": list}),
    "set-scheme": (_set_scheme, {**_SCHEME, "pins": list, "brings_authorities": bool}),
    "end-scheme": (_end_scheme, {"scheme": str, "trusted_until": str}),
    "add-anchor": (_add_anchor, {**dict.fromkeys(_ANCHOR, str), "uses": list}),
    "end-anchor": (_end_anchor, {"sha256": str, "trusted_until": str}),
    "set-authority": (_set_authority, {"authority": dict, "source": str}),
    "end-authority": (_end_authority, {"id": str, "valid_until": str}),
}
"""What carries an operation out, and the type of each of its keys."""
KINDS = tuple(_KINDS)
