"""Layer 3 in words: by the reason of the answer, else by the answer alone; and the facts of the register."""

from __future__ import annotations

from verifier.reports.catalogue import has
from verifier.reports.findings import authority_status
from verifier.reports.formats import Words
from verifier.reports.particulars import localised
from verifier.verdict import AuthorityVerdict, SignatureVerdict

DECEPTIVE = frozenset({"wrong-branch", "wrong-issuer", "wrong-country", "ambiguous"})
"""Reasons under which a name is borne that may be somebody else's: nothing is said of forgery then."""


def authority_word(authority: AuthorityVerdict, words: Words) -> str:
    """Return the word of the row."""
    code = f"authorities.{authority.reason}.word"
    return words.text(code) if has(code) else words.word("authority", authority_status(authority))


def authority_reason(signature: SignatureVerdict, words: Words) -> str:
    """Return why, as a clause without a full stop."""
    return _said(signature, "reason", words)


def authority_because(signature: SignatureVerdict, words: Words) -> str:
    """Return why the document is held back, as a clause of the headline."""
    return _said(signature, "because", words)


def authority_next(signature: SignatureVerdict, words: Words) -> str:
    """Return what to do next."""
    return _said(signature, "do", words)


def registered_name(authority: AuthorityVerdict, words: Words) -> str:
    """Return the authority's registered name in the language; empty where none was identified."""
    return words.plain(authority.params.get(f"name_{words.lang}") or authority.name)


def authority_pairs(authority: AuthorityVerdict, words: Words) -> tuple[tuple[str, str], ...]:
    """Return label and text of what the register says of the authority, and of the ground for the act."""
    params = localised(dict(authority.params), words)
    kind = words.word("specimen", params.get("specimen_kind", ""))
    values = (
        ("authority", registered_name(authority, words)),
        ("authority_place", _place(authority, params, words)),
        ("notification", _notified(params, words)),
        ("specimen", _specimen(kind, params, words)),
        ("holder", words.plain(params.get("holder", ""))),
        ("title", words.plain(params.get("title", ""))),
        ("capacity", _joined(words, params, "capacity", "territory", "citation")),
        ("unit", _joined(words, params, "unit", "common_name") if authority.id else ""),
        ("basis", _basis(authority, words)),
    )
    return tuple((words.word("label", name), text) for name, text in values if text)


_FALLBACKS = {"reason": "authority_reason", "because": "authority_because", "do": "authority_next"}


def _said(signature: SignatureVerdict, part: str, words: Words) -> str:
    authority = signature.authority
    params = _params(signature, words)
    code = f"authorities.{authority.reason}.{part}"
    if has(code):
        return words.text(code, params)
    return words.word(_FALLBACKS[part], authority_status(authority), **params)


def _params(signature: SignatureVerdict, words: Words) -> dict[str, str]:
    told = dict(signature.authority.params)
    signer = signature.signer.common_name or words.word("not_known", "signer")
    named = told.get("named_en" if words.lang == "en" else "named") or told.get("named", "")
    branch = words.word("branch", told["branch"]) if told.get("branch") else words.word("not_known", "signer")
    return localised(told, words) | {
        "name": registered_name(signature.authority, words) or signer,
        "signer": signer,
        "named": named,
        "branch": branch,
        "ground": words.word("ground", "consular"),
    }


def _place(authority: AuthorityVerdict, params: dict[str, str], words: Words) -> str:
    if not authority.id:
        return ""
    kind, seat = words.word("authority_kind", authority.kind), params.get("seat", "")
    form = "seat" if seat and seat != authority.country else "own"
    return words.word("authority_place", form, kind=kind, country=authority.country, seat=seat)


def _notified(params: dict[str, str], words: Words) -> str:
    channel = params.get("channel", "")
    if not channel:
        return ""
    number = params.get("number", "")
    told = words.word("notified", channel, number=number, dated=params.get("dated", ""))
    more = ("note",) if channel == "note_verbale" else ("number", "note")
    return "; ".join([told, *(words.plain(params[name]) for name in more if params.get(name))])


def _specimen(kind: str, params: dict[str, str], words: Words) -> str:
    start, end = params.get("specimen_from", ""), params.get("specimen_until", "")
    if not params.get("specimen_kind"):
        return ""
    form = "both" if start and end else "from" if start else "until" if end else "always"
    return words.word("specimen", form, kind=kind, **{"from": start, "until": end})


def _joined(words: Words, params: dict[str, str], *names: str) -> str:
    return words.listing(words.plain(params[name]) for name in names if params.get(name))


def _basis(authority: AuthorityVerdict, words: Words) -> str:
    if authority.basis not in ("a", "b", "c"):
        return ""
    article = words.word("authority_article", authority.basis)
    return words.word("authority_basis", authority.basis, article=article)
