"""The report for a terminal: both headline sentences, then the facts in one language; nothing a file says steers it."""

from __future__ import annotations

from verifier.plain import visible
from verifier.reports.details import Fact
from verifier.reports.sentences import (
    ChangeLine,
    SignatureCard,
    Words,
    evidence,
    gaps,
    headline,
    layers,
    signature_card,
    timeline,
    tolerated,
)
from verifier.verdict import DocumentVerdict, Outcome

_MARKS = {"valid": "[+]", "invalid": "[x]", "unknown": "[?]", "unchecked": "[.]", "unsigned": "[-]", "info": "[i]"}
_RULE = "=" * 80


def render_text(outcome: Outcome, file: str, lang: str = "vi") -> str:
    """Return the report as lines of plain text that end in a newline; facts in `lang`, headline in both languages."""
    lines = [_RULE, visible(file)]
    for each in dict.fromkeys((lang, "vi", "en")):
        lines += _headline(outcome, each)
    if isinstance(outcome, DocumentVerdict):
        lines += _judged(outcome, lang)
    else:
        lines += ["", f"  {Words(lang).word('label', 'code')}: {visible(outcome.problem.code)}"]
        # the particulars are in English; the headline has said the same in both languages
        lines += [f"  {visible(outcome.problem.detail)}"] if outcome.problem.detail and lang == "en" else []
    return "\n".join(lines) + "\n"


def _headline(outcome: Outcome, lang: str) -> list[str]:
    said = headline(outcome, lang)
    sentence = f"{said.sentence} {said.bracket}".strip()
    step = Words(lang).word("label", "do")
    return ["", f"{_MARKS[said.state]} {said.word}", f"    {sentence}", f"    {step}: {said.next_step}"]


def _judged(verdict: DocumentVerdict, lang: str) -> list[str]:
    words = Words(lang)
    lines = [""]
    lines += [
        f"  {row.number} {row.name}: {_MARKS[row.state]} {row.word} ({row.reason})" for row in layers(verdict, lang)
    ]
    for signature in verdict.signatures:
        lines += _card(signature_card(verdict, signature, lang), words)
    lines += _section("timeline", _timeline(verdict, lang), words)
    missing = [f"{gap.title}: {gap.subject} – {gap.detail}" for gap in gaps(verdict, lang)]
    lines += _section("gaps", missing, words)
    lines += _section("tolerated", list(tolerated(verdict, lang)), words)
    lines += _section("evidence", [_fact(fact) for fact in evidence(verdict, lang)], words)
    return lines


def _card(card: SignatureCard, words: Words) -> list[str]:
    lines = ["", f"  {card.title}: {card.signer}", f"    {_MARKS[card.state]} {card.word}: {card.reason}"]
    lines += [f"    {_fact(fact)}" for fact in (card.claimed, card.proven, *card.facts)]
    lines.append(f"    {words.word('label', 'level')}: {card.level} [{card.level_code}]")
    shown = card.layers if card.authority_facts else card.layers[:1]
    lines += [f"    {row.name}: {row.word} ({row.reason})" for row in shown if row.number != 2]
    lines += [f"    {_fact(fact)}" for fact in card.authority_facts]
    if card.explanation is not None:
        said = card.explanation
        lines += [
            f"    {words.word('label', name)}: {text}"
            for name, text in (("found", said.found), ("means", said.means), ("do", said.do))
        ]
        lines.append(f"    {words.word('label', 'code')}: {said.code}")
    lines += [f"    {_fact(card.again)}"] if card.again else []
    for stamp in card.stamps:
        time = f"{stamp.time.text} {stamp.time.zone}" if stamp.time else words.word("not_known", "time")
        lines.append(
            f"    {_MARKS[stamp.state]} {stamp.title}: {stamp.issuer}, {time} ({stamp.word}) {stamp.code}".rstrip()
        )
    lines += [f"    {line}" for change in card.changes for line in _change(change)]
    lines.append(f"    {words.word('label', 'checks')}: {card.checks_summary}")
    lines += [f"      {_MARKS[check.state]} {check.text} [{check.citation}; {check.code}]" for check in card.checks]
    return lines


def _change(change: ChangeLine) -> list[str]:
    return [f"{_MARKS[change.state]} {change.level_word}: {change.found} {change.means} {change.do}"]


def _timeline(verdict: DocumentVerdict, lang: str) -> list[str]:
    return [
        f"{entry.revision}. {_MARKS[entry.state]} {entry.title}: {entry.detail}"
        + (f", {entry.time.text} ({Words(lang).word('time_kind', entry.time_kind)})" if entry.time else "")
        for entry in timeline(verdict, lang)
    ]


def _section(label: str, entries: list[str], words: Words) -> list[str]:
    return ["", f"  {words.word('label', label)}", *(f"    {entry}" for entry in entries)] if entries else []


def _fact(fact: Fact) -> str:
    return f"{fact.label}: {fact.text}"
