"""What a dossier costs: counted from its papers, reckoned by the law book; pure. NoAnswer as `Law.fee` says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from verifier.cases.records import Paper
from verifier.law.answers import Exemption, FeeAsk, FeeLine
from verifier.law.book import Law
from verifier.law.records import Cited, NoAnswer, Words
from verifier.payments.records import OrderLine

AT_RETURN = "at-return"
"""When a fee is paid that is counted after the decision: papers that were refused cost nothing then."""
REFUSED = "refused"


@dataclass(frozen=True)
class Cost:
    """What a dossier costs (phí), in whole đồng, and what the law says beside."""

    lines: tuple[OrderLine, ...]
    when_paid: str
    exemptions: tuple[Exemption, ...]
    refund: Words
    refund_basis: Cited

    @property
    def total(self) -> int:
        """Sum of the lines."""
        return sum(one.amount for one in self.lines)


def cost(law: Law, procedure: str, papers: Sequence[Paper]) -> Cost:
    """Reckon the fee of a dossier by the law of its day; NoAnswer `count-missing`, `count-wrong` and as `Law.fee`.

    Consular acts and the Apostille: each copy of each paper (số bản). Signatures: each paper that is signed, each of
    its copies (trường hợp). Certified copies: the pages of each original by the number of its copies.
    """
    rule = law.book.fees.rule(law.procedure(procedure).fee, law.day)
    counted = [one for one in papers if rule.when_paid.id != AT_RETURN or one.outcome != REFUSED]
    lines: list[OrderLine] = []
    for ask, prefix in _asks(rule.counts, counted):
        lines += (order_line(one, prefix, law.book.fees.data.several) for one in law.fee(procedure, ask).lines)
    exempt = tuple(
        one for one in law.book.fees.data.exemptions if one.id in rule.exemptions and one.entry.holds(law.day)
    )
    return Cost(tuple(lines), rule.when_paid.id, exempt, rule.refund.words, rule.refund.basis)


def covered(law: Law, procedure: str, count: int) -> int:
    """Return what so many papers and copies cost which were paid for with an earlier dossier; 0 where that is no rule.

    By the price of the day of `law`: what was paid for is free, whatever its price was. NoAnswer as `Law.fee`.
    """
    if carried_rule(law, procedure) is None or count < 1:
        return 0
    return law.fee(procedure, FeeAsk(documents=count)).amount_vnd


def carried_rule(law: Law, procedure: str) -> Cited | None:
    """Return on what it rests that a fee counts for the dossier that is filed again; NoAnswer as `Law.procedure`."""
    return law.book.fees.rule(law.procedure(procedure).fee, law.day).carried


def carries(law: Law, procedure: str) -> bool:
    """Tell whether a fee may count for the dossier that is filed again; not where the law does not answer."""
    try:
        return carried_rule(law, procedure) is not None
    except NoAnswer:
        return False


def _asks(counts: Collection[str], papers: Sequence[Paper]) -> Iterator[tuple[FeeAsk, int | None]]:
    """Give what the law book is asked, and the number of the paper where a question is about one of several."""
    if not papers:
        return
    total = sum(one.copies for one in papers)
    if "pages" not in counts:
        yield FeeAsk(documents=total) if "documents" in counts else FeeAsk(cases=total), None
        return
    if missing := [one.number for one in papers if one.pages is None]:
        raise NoAnswer("count-missing", f"the pages of paper {missing[0]} must be told", field="pages")
    if len({one.copies for one in papers}) == 1:
        yield FeeAsk(pages=tuple(one.pages or 0 for one in papers), copies=papers[0].copies), None
        return
    for one in papers:
        yield FeeAsk(pages=(one.pages or 0,), copies=one.copies), one.number


def order_line(line: FeeLine, number: int | None, several: Words) -> OrderLine:
    """Return a line as an order keeps it; with `number` it names the original that it is for."""
    vi, en = line.what.vi, line.what.said("en")
    if number is not None:
        vi, en = several.vi.format(number=number, line=vi), several.en.format(number=number, line=en)
    basis = line.basis
    return OrderLine(line.id, vi, en, line.count, line.unit_vnd, line.amount_vnd, basis.citation, basis.status)
