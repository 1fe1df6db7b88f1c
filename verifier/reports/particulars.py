"""Turns the machine values of checks, changes and problems into words of a language, to fill texts with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from verifier.errors import Problem
from verifier.reports.catalogue import has
from verifier.reports.formats import Words
from verifier.verdict import Change, Check, CheckStatus, SignatureVerdict, SubIndication

TIMES = frozenset({"this_update", "next_update", "produced_at", "revoked_at", "from", "until", "time", "issued_at"}) | {
    "dated",
    "specimen_from",
    "specimen_until",
}
"""Params that hold an instant or a date in ISO 8601."""
RETRY_SECONDS = "60"
"""Said where nobody knows how long to wait."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GROUPS = {"coverage": "coverage", "limit": "limit"}
_OF = re.compile(r"(certificate of|CRL by|OCSP by) (.+)", re.DOTALL)
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
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE: ("XCV_ANCHOR_SUNSET", "XCV_ANCHOR_THEN"),
    SubIndication.FORMAT_FAILURE: ("FC_PROCESSABLE",),
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: ("XCV_PATH", "XCV_REVOCATION", "INV_REVOCATION", "XCV_VALIDITY"),
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: ("XCV_KEY_USAGE",),
    SubIndication.SIG_CONSTRAINTS_FAILURE: ("TS_REQUIRED", "TS_DELAY", "SAV_ESS_PRESENT", "SAV_ESS_PATH"),
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
    if params.get("algorithm"):
        found["algorithm"] = algorithm_text(params["algorithm"], params.get("key_bits", ""), words)
    return found


def gap_text(code: str, params: Mapping[str, str], words: Words) -> str:
    """Return why something was not known, as a clause; empty where there is no text for `code`."""
    if not has(entry := f"gaps.gap.{code}"):
        return ""
    filled = {name: _time(value, words) if name in TIMES else value for name, value in params.items()}
    judged_at = _instant(params.get("at", ""))
    if "data" in filled:
        filled["data"] = "; ".join(_refused(one, judged_at, words) for one in filled["data"].split(", "))
    if "this_update" in filled:
        filled["this_update"] += _age(_instant(params["this_update"]), judged_at, words)
    if "failure" in filled:
        filled["failure"] = words.text(_known("gaps.fetch", filled["failure"]), filled)
    return words.text(entry, filled)


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
    waits = signature.try_again_at
    filled["again"] = words.word("again", "known" if waits else "unknown", time=words.when(waits) if waits else "")
    filled["condition"] = _lower(check_title(failed, words)) if failed else words.word("signature_reason", "other")
    filled["ground"] = words.text("words.ground.consular")
    return filled


def sub_key(signature: SignatureVerdict) -> str:
    """Return the entry under which the texts of a signature's sub-indication stand; ValueError where it has none."""
    sub = signature.sub_indication
    if sub is None:
        raise ValueError("this signature has no sub-indication")
    failed = next((c for c in _explaining(signature) if c.status is CheckStatus.FAILED), None)
    if sub is SubIndication.TRY_LATER and any(_on_hold(check) for check in signature.checks):
        return f"sub_indications.{sub.value}-held"
    for_want_of_data = failed is not None and failed.code in ("XCV_REVOCATION", "INV_REVOCATION")
    if sub is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE and for_want_of_data:
        expired = any(c.code == "XCV_VALIDITY" and c.status is CheckStatus.FAILED for c in signature.checks)
        return f"sub_indications.{sub.value}-{'expired' if expired else 'revocation'}"
    return f"sub_indications.{sub.value}"


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

    def rank(check: Check) -> tuple[bool, bool, bool, int]:
        said = check.params.get("sub_indication") == (sub.value if sub else "")
        place = preferred.index(check.code) if check.code in preferred else len(preferred)
        held = sub is SubIndication.TRY_LATER and _on_hold(check)
        return (not said, not held, check.status is not CheckStatus.FAILED, place)

    wanted = [
        c for c in signature.checks if c.status in (CheckStatus.FAILED, CheckStatus.WARNING) or c.code in preferred
    ]
    return sorted(wanted, key=rank)


def _on_hold(check: Check) -> bool:
    return check.status is CheckStatus.FAILED and check.params.get("status") == "on_hold"


def _lower(title: str) -> str:
    """Return a title as it stands inside a sentence; an abbreviation keeps its capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _format_problem(params: Mapping[str, str], words: Words) -> str:
    code = params.get("code", "")
    for topic in ("format_problems", "path_problems"):
        if has(entry := f"{topic}.{code}"):
            return words.text(entry)
    # the detail is in English; an officer who reads Vietnamese is better served by general words and the code
    said = gap_text(code, params, words) or (params.get("detail", "") if words.lang == "en" else "")
    return said or words.word("joining", "with_code" if code else "without_code", code=code)


def _refused(one: str, judged_at: datetime | None, words: Words) -> str:
    """Write why one datum was refused, given as `crl expired-not-covered` with the instant of its status after it."""
    kind, code, *rest = [*one.split(" "), ""][:3]
    refusal = words.text(_known("gaps.refused", code))
    issued = _instant(rest[0]) if rest else None
    if issued is None:
        return words.text("gaps.gap.one-refused", source=kind.upper(), refusal=refusal)
    said = f"{words.when(issued)}{_age(issued, judged_at, words)}"
    return words.text("gaps.gap.one-refused-dated", source=kind.upper(), refusal=refusal, issued_at=said)


def _age(issued: datetime | None, judged_at: datetime | None, words: Words) -> str:
    """Write how long before the instant of checking something was issued; empty where it was after it."""
    if issued is None or judged_at is None or issued > judged_at:
        return ""
    return " " + words.word("joining", "age", age=words.age(judged_at - issued))


def _instant(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _known(group: str, code: str) -> str:
    return f"{group}.{code}" if has(f"{group}.{code}") else f"{group}.other"


def _value(name: str, value: str, words: Words) -> str:
    if name in TIMES:
        return _time(value, words)
    if name in _GROUPS:
        return words.word(_GROUPS[name], value)
    if name == "object":
        return _object(value, words)
    if name == "reason":
        return words.word("revocation_reason", _CAMEL.sub("_", value).lower().replace(" ", "_"))
    if name == "changes":
        return words.listing(_change_name(one, words) for one in re.split(r"[,;\s]+", value) if one)
    if name == "kind":
        return _kind(value, words)
    return value


def algorithm_text(algorithm: str, key_bits: str, words: Words) -> str:
    """Name an algorithm (`sha1`, `rsassa_pkcs1v15/sha1`) with its key size, where there is one."""
    scheme, _, digest = algorithm.partition("/")
    name = words.word("algorithm", scheme)
    if key_bits.strip("0"):
        name = words.word("algorithm", "with_bits", algorithm=name, bits=key_bits)
    return words.word("algorithm", "pair", signature=name, digest=words.word("algorithm", digest)) if digest else name


def _object(value: str, words: Words) -> str:
    if found := _OF.fullmatch(value):
        return words.word("object", found[1].replace(" ", "_"), name=found[2])
    key = value.replace(" ", "_")
    return words.word("object", key) if has(f"words.object.{key}") else value


def _kind(value: str, words: Words) -> str:
    """Name what `kind` says: a class of change, a kind of time stamp or of active content."""
    if has(f"changes.{value}.title"):
        return words.text(f"changes.{value}.title")
    group = "timestamp" if has(f"words.timestamp.{value}") else "active"
    return words.word(group, value)


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
