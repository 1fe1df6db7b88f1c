"""The first sentence a person reads: which of five words is shown, why, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from verifier.reports import findings
from verifier.reports.authority import DECEPTIVE, authority_because, authority_next, registered_name
from verifier.reports.findings import State
from verifier.reports.formats import HANOI, Words
from verifier.reports.particulars import (
    change_key,
    change_title,
    localised,
    problem_key,
    problem_params,
    signature_params,
    sub_key,
)
from verifier.verdict import (
    Change,
    Conclusion,
    Coverage,
    DocumentVerdict,
    NotJudged,
    Outcome,
    SignatureKind,
    SignatureVerdict,
)


@dataclass(frozen=True)
class Headline:
    """The conclusion for people."""

    word: str
    """`Hợp lệ`, `Hợp lệ về chữ ký`, `Không hợp lệ`, `Chưa đủ căn cứ`, … in the language asked."""
    state: State
    sentence: str
    """One full sentence: what is proved, or what is missing."""
    next_step: str
    bracket: str
    """Closing sentence, as "This is not a sign of forgery."; empty where nothing may be said."""


def headline(outcome: Outcome, lang: str, authorities_asked: bool = False, zone: tzinfo = HANOI) -> Headline:  # noqa: FBT001, FBT002
    """Return the headline; `authorities_asked` says whether the trust store holds a register of authorities."""
    words = Words(lang, zone)
    if isinstance(outcome, NotJudged):
        return _unchecked(outcome, words)
    if outcome.conclusion is Conclusion.NO_SIGNATURE or not outcome.signatures:
        return _unsigned(outcome, words)
    if outcome.conclusion is Conclusion.TOTAL_FAILED:
        return _invalid(outcome, words)
    return (
        _undecided_suspicious(outcome, words)
        or _undecided_signature(outcome, words)
        or _undecided_document(outcome, words)
        or _undecided_authority(outcome, words, authorities_asked)
        or _valid(outcome, words, authorities_asked)
    )


def which(verdict: DocumentVerdict, signatures: list[SignatureVerdict], words: Words) -> str:
    """Name signatures by their numbers: `Chữ ký 2`, `Chữ ký 1, 2`."""
    numbers = [str(findings.number_of(verdict, one)) for one in signatures]
    kind = signatures[0].kind
    if len(signatures) > 1 and kind is SignatureKind.SIGNATURE:
        return words.word("numbered", "several", numbers=words.listing(numbers))
    return words.word("numbered", kind.value, number=numbers[0])


def _unchecked(outcome: NotJudged, words: Words) -> Headline:
    key, params = f"problems.{problem_key(outcome.problem)}", problem_params(outcome.problem, words)
    return Headline(
        word=words.text("headlines.word.unchecked"),
        state=State.UNCHECKED,
        sentence=words.text(
            "headlines.unchecked.sentence",
            title=words.text(f"{key}.title", params),
            detail=words.text(f"{key}.detail", params),
        ),
        next_step=words.text(f"{key}.do", params),
        bracket=words.text("headlines.bracket.says_nothing"),
    )


def _unsigned(verdict: DocumentVerdict, words: Words) -> Headline:
    left = verdict.signature_remnants
    what = "remnants" if left else "timestamp_only" if verdict.signatures else "none"
    return Headline(
        word=words.text("headlines.word.unsigned"),
        state=State.UNSIGNED,
        sentence=words.text(f"headlines.unsigned.{what}", count=str(left)),
        next_step=words.text(f"headlines.unsigned.{'next_remnants' if left else 'next'}"),
        bracket="",
    )


def _invalid(verdict: DocumentVerdict, words: Words) -> Headline:
    worst = findings.worst_signature(verdict)
    if worst.sub_indication is not None and worst.indication is Conclusion.TOTAL_FAILED:
        params = signature_params(worst, words)
        because = words.text(f"{sub_key(worst)}.because", params)
        sentence = (
            words.text("headlines.invalid.one", because=because[:1].upper() + because[1:])
            if len(verdict.signatures) == 1
            else words.text(
                "headlines.invalid.named",
                because=because,
                which=which(verdict, findings.alike(verdict, worst), words),
            )
        )
        step = words.text(f"{sub_key(worst)}.do", params)
    else:
        grave = _grave(verdict)
        sentence = words.text(f"headlines.invalid.{'changes' if grave else 'other'}", changes=_titles(grave, words))
        step = _change_step(grave, words) or words.text("headlines.unknown.next_other")
    return Headline(words.text("headlines.word.invalid"), State.INVALID, sentence, step, "")


def _undecided_suspicious(verdict: DocumentVerdict, words: Words) -> Headline | None:
    if not findings.suspicious(verdict):
        return None
    grave = _grave(verdict)
    titles = _titles(grave, words) or words.word("integrity_reason", "unnamed")
    form = "look" if grave and findings.change_level(grave[0]) == "look" else "suspicious"
    worst = findings.worst_signature(verdict)
    if worst.indication is Conclusion.INDETERMINATE and worst.sub_indication is not None:
        because = words.text(f"{sub_key(worst)}.because", signature_params(worst, words))
        sentence = words.text(f"headlines.unknown.{form}_and", changes=titles, because=because)
    else:
        sentence = words.text(f"headlines.unknown.{form}", changes=titles)
    return _unknown(verdict, words, sentence, _change_step(grave, words))


def _undecided_signature(verdict: DocumentVerdict, words: Words) -> Headline | None:
    worst = findings.worst_signature(verdict)
    if worst.indication is not Conclusion.INDETERMINATE:
        return None
    if worst.sub_indication is None:
        return _unknown(verdict, words, words.text("headlines.unknown.other"))
    params, key = signature_params(worst, words), sub_key(worst)
    because = words.text(f"{key}.because", params)
    if len(verdict.signatures) == 1:
        sentence = words.text("headlines.unknown.one", because=because)
    else:
        named = which(verdict, findings.alike(verdict, worst), words)
        sentence = words.text("headlines.unknown.named", because=because, which=named)
    return _unknown(verdict, words, sentence, words.text(f"{key}.do", params))


def _undecided_document(verdict: DocumentVerdict, words: Words) -> Headline | None:
    """Return a headline for what holds the document back though every signature passes."""
    if findings.must_look(verdict):
        held = [one for one in findings.all_changes(verdict) if one.change_class in findings.HELD_BACK]
        sentence = words.text("headlines.unknown.look", changes=_titles(held, words))
        return _unknown(verdict, words, sentence, _change_step(held, words))
    if verdict.signature_remnants:
        count = str(verdict.signature_remnants)
        step = words.text("changes.remnants.do")
        return _unknown(verdict, words, words.text("headlines.unknown.remnants", count=count), step)
    if verdict.conclusion is not Conclusion.TOTAL_PASSED:
        return _undecided_by_the_rest(verdict, words)
    return None


def _undecided_by_the_rest(verdict: DocumentVerdict, words: Words) -> Headline:
    """Return a headline for a broken document time stamp, a partial coverage, or what is not known here."""
    stamps = [one for one in verdict.signatures if one.indication is Conclusion.TOTAL_FAILED]
    if stamps and stamps[0].sub_indication is not None:
        params, key = signature_params(stamps[0], words), sub_key(stamps[0])
        sentence = words.text(
            "headlines.unknown.named",
            because=words.text(f"{key}.because", params),
            which=which(verdict, stamps[:1], words),
        )
        return _unknown(verdict, words, sentence, words.text(f"{key}.do", params), quiet=True)
    if any(one.integrity.coverage is Coverage.CONTIGUOUS_FROM_START for one in verdict.signatures):
        step = words.text("changes.coverage_unclear.do")
        return _unknown(verdict, words, words.text("headlines.unknown.partial"), step, quiet=True)
    return _unknown(verdict, words, words.text("headlines.unknown.other"))


def _undecided_authority(verdict: DocumentVerdict, words: Words, register: bool) -> Headline | None:  # noqa: FBT001
    relied = findings.relied_on(verdict)
    worst = findings.worst_authority(relied)
    if worst is None or not findings.authority_asked(verdict, register):
        return None
    status = findings.authority_status(worst.authority)
    if status == "recognised":
        return None
    because = authority_because(worst, words)
    sentence = (
        words.text("headlines.unknown.authority", because=because)
        if len(relied) == 1
        else words.text("headlines.unknown.authority_named", because=because, which=which(verdict, [worst], words))
    )
    quiet = status in findings.SILENT_AUTHORITY or worst.authority.reason in DECEPTIVE
    return _unknown(verdict, words, sentence, authority_next(worst, words), quiet=quiet)


def _unknown(verdict: DocumentVerdict, words: Words, sentence: str, step: str = "", *, quiet: bool = False) -> Headline:
    quiet = quiet or findings.nothing_said_of_forgery(verdict)
    return Headline(
        word=words.text("headlines.word.unknown"),
        state=State.UNKNOWN,
        sentence=sentence,
        next_step=step or words.text("headlines.unknown.next_other"),
        bracket="" if quiet else words.text("headlines.bracket.not_forgery"),
    )


def _valid(verdict: DocumentVerdict, words: Words, register: bool) -> Headline:  # noqa: FBT001
    asked = findings.authority_asked(verdict, register)
    relied = findings.relied_on(verdict)
    permitted = [c for c in findings.all_changes(verdict) if findings.change_level(c) in ("allowed", "look")]
    named = [c for c in permitted if c.change_class not in ("none", "lta_updates", "later_signature", "objects_freed")]
    form = ("several" if len(relied) > 1 else "one") + ("_changes" if named else "")
    sentence = words.text(
        f"headlines.valid.{form}",
        signers=words.listing(_name(one, words) for one in relied),
        time=_signed_at(verdict, relied[-1], words),
        changes=_titles(named, words),
        authority=words.text(f"headlines.valid.authority_{'recognised' if asked else 'not_asked'}"),
    )
    return Headline(
        word=words.text(f"headlines.word.{'valid' if asked else 'valid_signature'}"),
        state=State.VALID,
        sentence=sentence,
        next_step=words.text(f"headlines.valid.{'next' if asked else 'next_not_asked'}"),
        bracket="",
    )


def _signed_at(verdict: DocumentVerdict, signature: SignatureVerdict, words: Words) -> str:
    proven = findings.proven_time(signature, verdict.evidence.at)
    known = proven or signature.claimed_signing_time
    if known is None:
        return words.text("headlines.moment.none")
    at = words.moment(known)
    return words.text(f"headlines.moment.{'claimed' if proven is None else 'proven'}", time=at.text, zone=at.zone)


def _name(signature: SignatureVerdict, words: Words) -> str:
    """Return whom a sentence names: the authority as registered, else the name in the certificate."""
    authority = signature.authority
    registered = registered_name(authority, words) if authority.status == "recognised" else ""
    return registered or signature.signer.common_name or words.word("not_known", "signer")


def _grave(verdict: DocumentVerdict) -> list[Change]:
    """Return the forbidden changes, else those to look at."""
    changes = findings.all_changes(verdict)
    for level in ("forbidden", "look"):
        if found := [change for change in changes if findings.change_level(change) == level]:
            return found
    return []


def _titles(changes: list[Change], words: Words) -> str:
    return words.listing(change_title(change, words) for change in changes)


def _change_step(changes: list[Change], words: Words) -> str:
    if not changes:
        return ""
    return words.text(f"changes.{change_key(changes[0].change_class)}.do", localised(changes[0].params, words))
