"""Whether a mark may be added to a file itself, and what hinders it: then the file goes on a cover, or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject

from verifier.errors import CouldNotIssue
from verifier.pades.fields import doc_mdp
from verifier.signing.pdf.form import FormField, fields, widget_of
from verifier.signing.pdf.opening import DAMAGED, ENCRYPTED, LOCKED_AWAY, NOT_PDF, attempted
from verifier.signing.pdf.pages import pages
from verifier.signing.pdf.update import Update, raw

MAX_PAGES = 5_000
"""Pages that are laid out; more is no document that a person certifies."""

NO_CHANGES, NO_NEW_FIELD, FIELD_LOCK, XFA, TOO_MANY_PAGES = (
    "docmdp-1", "docmdp-2-no-field", "field-lock", "xfa", "too-many-pages",
)  # fmt: skip

COVER = frozenset({NOT_PDF, ENCRYPTED, NO_CHANGES, NO_NEW_FIELD, FIELD_LOCK, DAMAGED, XFA})
"""With these the document goes on a cover."""

REFUSED = frozenset({LOCKED_AWAY, TOO_MANY_PAGES})
"""With these nothing is issued: nobody could read, or look through, what is certified."""


@dataclass(frozen=True)
class Extension:
    """What a file allows."""

    pages: int
    """0 where it could not be read."""
    hindrances: tuple[str, ...]
    """Codes of `COVER` and `REFUSED`; none where the mark may be added."""
    field_names: frozenset[str]
    """Full names of all form fields."""
    tagged: bool
    """Whether it has a structure tree (ISO 32000-2 14.8)."""
    signatures: int
    """Signatures and document time stamps there."""
    sizes: tuple[tuple[float, float], ...]
    """Width and height of each page as seen, millimetres."""
    empty_fields: tuple[str, ...] = ()
    """Signature fields that wait for a signature and restrict nothing."""
    certified: bool = False
    """Whether a certification lets only `empty_fields` be signed: `prepared` must then be given one of their names."""

    @property
    def refused(self) -> str:
        """Code of why nothing is issued for it; empty where it may be."""
        return next((code for code in self.hindrances if code in REFUSED), "")


def extension(path: Path) -> Extension:
    """Say what a file allows; whatever it is, this does not raise."""
    try:
        return attempted(path.read_bytes(), _extension)
    except CouldNotIssue as refusal:
        return Extension(0, (refusal.problem.params["hindrance"],), frozenset(), False, 0, ())


def _extension(update: Update) -> Extension:
    sizes: list[tuple[float, float]] = []
    whole = True
    for one in pages(update):
        sizes.append(one.size_mm)
        whole = whole and one.where is not None
        if len(sizes) > MAX_PAGES:
            return Extension(len(sizes), (TOO_MANY_PAGES,), frozenset(), False, 0, ())
    found = list(fields(update))
    signed = [one for one in found if one.kind == "/Sig" and one.filled and one.terminal]
    waiting = tuple(one.name for one in found if one.is_empty_signature and _unrestricted(update, one))
    permission = _permission(update, signed)
    hindrances = [
        (DAMAGED, not whole or not sizes),
        (XFA, _has_xfa(update)),
        (NO_CHANGES, permission == 1),
        (NO_NEW_FIELD, permission in (2, 3) and not waiting),
        (FIELD_LOCK, any(_locks_new_fields(update, one) for one in signed)),
    ]
    return Extension(
        pages=len(sizes),
        hindrances=tuple(code for code, there in hindrances if there),
        field_names=frozenset(one.name for one in found if one.name),
        tagged=isinstance(update.entry(update.root, "/StructTreeRoot"), DictionaryObject),
        signatures=len(signed),
        sizes=tuple(sizes),
        empty_fields=waiting,
        certified=permission is not None,
    )


def _has_xfa(update: Update) -> bool:
    form = update.entry(update.root, "/AcroForm")
    return isinstance(form, DictionaryObject) and update.entry(form, "/XFA") is not None


def _unrestricted(update: Update, field: FormField) -> bool:
    """Whether signing a field locks nothing and is bound to no seed values (ISO 32000-2 12.7.5.5)."""
    bound = any(update.entry(field.dictionary, key) is not None for key in ("/Lock", "/SV"))
    return not bound and widget_of(update, field) is not None


def _permission(update: Update, signed: list[FormField]) -> int | None:
    """Return the strictest permission that any signature gives (12.8.2.2; /P of a lock: table 236)."""
    found: list[int] = []
    for one in signed:
        value = update.entry(one.dictionary, "/V")
        if isinstance(value, DictionaryObject):
            permission = doc_mdp(update.opened, value)
            found += [permission] if permission is not None else []
        found += [lock for each in _locks(update, one) if isinstance(lock := update.entry(each, "/P"), int)]
    return min(found, default=None)


def _locks_new_fields(update: Update, field: FormField) -> bool:
    """Whether a signature locks fields that it does not name (12.8.2.4): all, or all but some."""
    return any(update.entry(lock, "/Action") != "/Include" for lock in _locks(update, field))


def _locks(update: Update, field: FormField) -> Iterator[DictionaryObject]:
    """Yield the locks of a signed field: its own, and those that its signature says."""
    own = update.entry(field.dictionary, "/Lock")
    if isinstance(own, DictionaryObject):
        yield own
    value = update.entry(field.dictionary, "/V")
    references = update.entry(value, "/Reference") if isinstance(value, DictionaryObject) else None
    for each in map(update.read, list.__iter__(references) if isinstance(references, ArrayObject) else ()):
        if isinstance(each, DictionaryObject) and update.entry(each, "/TransformMethod") == "/FieldMDP":
            parameters: Any = update.read(raw(each, "/TransformParams"))
            yield parameters if isinstance(parameters, DictionaryObject) else DictionaryObject()
