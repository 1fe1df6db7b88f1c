"""`MarkDrawer`: from the facts of an act to the pieces of its mark, to the cover and to the paper carrier."""

from __future__ import annotations

from datetime import date
from typing import Any

from verifier.errors import CouldNotIssue
from verifier.law.marks import Absence, Marking, chapter
from verifier.law.marks.records import Rule
from verifier.signing.mark import codes
from verifier.signing.mark.lines import Filled, filled
from verifier.signing.mark.press import Press
from verifier.signing.mark.values import Values, is_so, values
from verifier.signing.ports import Layout
from verifier.signing.records import CoverFacts, Drawing, Kind, MarkFacts, Piece, Role


class MarkDrawer:
    """Implements `ports.Draws` by the data of `verifier.law.marks`. One object a process, any number of threads."""

    def __init__(self, *, e_apostille: bool = False) -> None:
        """`e_apostille`: whether Apostilles are issued electronically (Decree 293/2026 Art. 36(4))."""
        self._switches = {"e_apostille": e_apostille}
        self._press = Press()

    def layout(self, kind: Kind, at: date) -> Layout:
        """Return the layout in force on a day; CouldNotIssue `no-layout` where there is none, with the reason."""
        marking = self.marking(kind, at)
        return Layout(
            kind=kind,
            edition=marking.edition,
            status=marking.status,
            citation=marking.citation,
            book=marking.book,
            book_electronic=marking.book_electronic,
            signatures=tuple(Role(one) for one in marking.signatures),
            fields=tuple(one.name for one in marking.fields if one.required and one.unless is None),
            optional=tuple(one.name for one in marking.fields if not one.required or one.unless is not None),
            width_mm=marking.main.width_mm,
        )

    def marking(self, kind: Kind, at: date) -> Marking:
        """Return all that the data says of a layout: labels, limits and choices of its fields too; as `layout`."""
        found = chapter(kind).at(at)
        if isinstance(found, Marking):
            return found
        reason = found.reason if isinstance(found, Absence) else None
        raise CouldNotIssue(
            "no-layout",
            reason.en if reason else "no data for this day",
            kind=kind,
            day=at.isoformat(),
            reason_vi=reason.vi if reason else "Không có dữ liệu về bố cục cho ngày này.",
            reason_en=reason.en if reason else "There is no data on a layout for this day.",
        )

    def pieces(self, facts: MarkFacts) -> tuple[Piece, ...]:
        """Draw the visible parts, the main one first; CouldNotIssue as `ports.Draws`, and `e-apostille-off`."""
        marking = self.marking(facts.kind, facts.at.date())
        if marking.electronic_switch and not self._switches[marking.electronic_switch]:
            raise CouldNotIssue("e-apostille-off", "electronic marks of this kind are not issued yet", kind=facts.kind)
        found = values(facts, marking)
        drawn = [self._piece(rule, facts, found, marking) for rule in marking.pieces if is_so(rule.when, found)]
        return tuple(sorted(drawn, key=lambda piece: not piece.main))

    def cover(self, facts: MarkFacts, about: CoverFacts) -> tuple[bytes, tuple[Piece, ...]]:
        """Draw the cover (allonge): one PDF page or more with room kept for the pieces, and the pieces."""
        raise NotImplementedError

    def sheet(self, facts: MarkFacts) -> Drawing:
        """Draw the paper carrier: the mark as a printable A4 sheet with QR code."""
        raise NotImplementedError

    def _piece(self, rule: Rule, facts: MarkFacts, found: Values, marking: Marking) -> Piece:
        lines = filled(rule.lines, found, marking)
        drawing = self._press.drawn(_told(rule, lines, facts), "\n".join(line.text for line in lines))
        return Piece(
            id=rule.id,
            role=Role(rule.role),
            drawing=drawing,
            pages=rule.pages,
            preferences=rule.preferences,
            main=rule.main,
            required=rule.required,
        )


def _told(rule: Rule, lines: tuple[Filled, ...], facts: MarkFacts) -> dict[str, Any]:
    qr = codes.picture(codes.matrix(facts.check_url, rule.qr_mm)) if rule.qr_mm else None
    return {
        "template": rule.template,
        "width_mm": rule.width_mm,
        "max_height_mm": rule.max_height_mm,
        "qr": qr,
        "qr_mm": rule.qr_mm,
        "lines": [line.told for line in lines],
        "pictures": {},
    }
