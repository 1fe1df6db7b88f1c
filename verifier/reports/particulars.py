"""Turns the machine values of checks, changes and problems into words of a language, to fill texts with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from verifier.errors import Problem
from verifier.reports.catalogue import has
from verifier.reports.formats import Words
from verifier.verdict import Change, Check, CheckStatus, SignatureVerdict, SubIndication

TIMES = frozenset({"this_update", "next_update", "produced_at", "revoked_at", "from", "until", "time", "issued_at"})
"""Params that hold an instant or a date in ISO 8601."""
RETRY_SECONDS = "60"
"""Said where nobody knows how long to wait."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GROUPS = {"coverage": "coverage", "object": "object", "limit": "limit"}
_CHECKS_OF: Mapping[SubIndication, tuple[str, ...]] = {
    SubIndication.REVOKED: ("INV_REVOCATION", "XCV_REVOCATION"),
    SubIndication.REVOKED_NO_POE: ("INV_REVOCATION", "XCV_REVOCATION"),
    SubIndication.REVOKED_CA_NO_POE: ("INV_CA_REVOCATION", "XCV_REVOCATION"),
    SubIndication.EXPIRED: ("INV_VALIDITY", "XCV_VALIDITY"),
    SubIndication.NOT_YET_VALID: ("INV_VALIDITY", "XCV_VALIDITY"),
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: ("INV_VALIDITY", "XCV_VALIDITY"),
    SubIndication.OUT_OF_BOUNDS_NO_POE: ("INV_VALIDITY", "XCV_VALIDITY", "INV_CA_VALIDITY", "XCV_CA_VALIDITY"),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: ("INV_ALGORITHMS", "SAV_ALGORITHMS", "XCV_ALGORITHMS"),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: ("INV_ALGORITHMS", "SAV_ALGORITHMS", "XCV_ALGORITHMS"),
    SubIndication.TRY_LATER: ("XCV_FRESHNESS", "XCV_REVOCATION"),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: ("XCV_CHAIN",),
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE: ("XCV_ANCHOR_SUNSET",),
    SubIndication.FORMAT_FAILURE: ("FC_PROCESSABLE",),
}
"""Where the particulars of a sub-indication are looked for first, whatever the status of the check."""


def localised(params: Mapping[str, str], words: Words) -> dict[str, str]:
    """Return the params as words of a language, and what follows from them: `problem`, `issued_at`, `algorithm`."""
    found = dict(params)
    if issued := found.get("produced_at") or found.get("this_update"):
        found["issued_at"] = issued
    if found.get("code") or found.get("detail"):
        found["problem"] = _format_problem(found, words)
    for name, value in found.items():
        found[name] = _value(name, value, words)
    for name, known_by in (("expected", "next_update"), ("since", "until")):
        found[name] = words.word(name, "known" if found.get(known_by) else "unknown", **found)
    if found.get("algorithm") and found.get("key_bits"):
        found["algorithm"] = words.word("algorithm", "with_bits", algorithm=found["algorithm"], bits=found["key_bits"])
    return found


def signature_params(signature: SignatureVerdict, words: Words) -> dict[str, str]:
    """Return what the texts of a signature's sub-indication are filled with."""
    merged: dict[str, str] = {}
    for check in _explaining(signature):
        for name, value in check.params.items():
            merged.setdefault(name, value)
    filled = localised(merged, words)
    filled.setdefault("certificate", signature.signer.common_name or words.word("not_known", "signer"))
    filled.setdefault("object", words.word("object", "signature"))
    filled.setdefault("problem", words.text("format_problems.other"))
    failed = next((c for c in _explaining(signature) if c.status is CheckStatus.FAILED), None)
    filled.setdefault("reason", words.word("revocation_reason", "unspecified"))
    filled["condition"] = _lower(check_title(failed, words)) if failed else words.word("signature_reason", "other")
    filled["ground"] = words.text("words.ground.consular")
    return filled


def check_title(check: Check, words: Words) -> str:
    """Return what was checked."""
    return words.text(f"checks.{check.code if has(f'checks.{check.code}.title') else 'other'}.title")


def change_key(change_class: str) -> str:
    """Return the class under which a change's texts stand."""
    return change_class if has(f"changes.{change_class}.title") else "other"


def change_title(change: Change, words: Words) -> str:
    """Return a change's short name, with its page where it has one."""
    title = words.text(f"changes.{change_key(change.change_class)}.title")
    page = change.params.get("page", "")
    return words.word("joining", "on_page", title=title, page=page) if page else title


def problem_key(problem: Problem) -> str:
    """Return the entry under which a problem's texts stand."""
    special = f"{problem.code}-{problem.params.get('kind', '')}"
    return next((key for key in (special, problem.code) if has(f"problems.{key}.title")), "other")


def problem_params(problem: Problem, words: Words) -> dict[str, str]:
    """Return what a problem's texts are filled with."""
    return localised({"seconds": RETRY_SECONDS, **problem.params}, words) | {"code": problem.code}


def _explaining(signature: SignatureVerdict) -> list[Check]:
    """Return the checks that may explain the sub-indication, the best first."""
    sub = signature.sub_indication
    preferred = _CHECKS_OF.get(sub, ()) if sub else ()

    def rank(check: Check) -> tuple[bool, bool, int]:
        said = check.params.get("sub_indication") == (sub.value if sub else "")
        place = preferred.index(check.code) if check.code in preferred else len(preferred)
        return (not said, check.status is not CheckStatus.FAILED, place)

    wanted = [
        c for c in signature.checks if c.status in (CheckStatus.FAILED, CheckStatus.WARNING) or c.code in preferred
    ]
    return sorted(wanted, key=rank)


def _lower(title: str) -> str:
    """Return a title as it stands inside a sentence; an abbreviation keeps its capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _format_problem(params: Mapping[str, str], words: Words) -> str:
    code = f"format_problems.{params.get('code', '')}"
    return words.text(code) if has(code) else params.get("detail") or params["code"]


def _value(name: str, value: str, words: Words) -> str:
    if name in TIMES:
        return _time(value, words)
    if name in _GROUPS:
        return words.word(_GROUPS[name], value)
    if name == "algorithm":
        return words.word("algorithm", value)
    if name == "reason":
        return words.word("revocation_reason", _CAMEL.sub("_", value).lower().replace(" ", "_"))
    if name == "changes":
        return words.listing(_change_name(one, words) for one in re.split(r"[,;\s]+", value) if one)
    if name == "kind":
        return _change_name(value, words) if has(f"changes.{value}.title") else words.word("active", value)
    return value


def _change_name(change_class: str, words: Words) -> str:
    code = f"changes.{change_class}.title"
    return words.text(code) if has(code) else words.word("changes_level", change_class)


def _time(value: str, words: Words) -> str:
    """Write an ISO 8601 instant or date; anything else stays as it is."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return words.when(at) if at.tzinfo else words.date(at)
