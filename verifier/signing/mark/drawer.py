"""`MarkDrawer`: from the facts of an act to the pieces of its mark, to the cover and to the paper carrier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from verifier.errors import CouldNotIssue
from verifier.law.marks import Absence, Marking, chapter
from verifier.law.marks.records import ByHand, Rule, Sheet
from verifier.signing.mark import codes, covers
from verifier.signing.mark.lines import Filled, filled, named
from verifier.signing.mark.pictures import picture
from verifier.signing.mark.press import Press, TooHigh
from verifier.signing.mark.values import Values, is_so, longest, too_long, values
from verifier.signing.ports import Layout
from verifier.signing.records import CoverFacts, Drawing, Kind, MarkFacts, Piece, Role

SHEET_SCALE = 1.6
"""How much larger the mark stands on a sheet of A4."""
SHEET_HEIGHT_MM = 225.0
"""Most of a sheet that the mark may take."""
SLACK_MM = 2.0
"""Frame and air around what the data limits."""


class MarkDrawer:
    """Implements `ports.Draws` by the data of `verifier.law.marks`. One object a process, any number of threads."""

    def __init__(self, switches: frozenset[str] = frozenset()) -> None:
        """`switches`: those of `law/switches.toml` that are on, as `e-apostille` (Decree 293/2026 Art. 36(4))."""
        self._switches = switches
        self._press = Press()

    def layout(self, kind: Kind, at: date) -> Layout:
        """Return the layout in force on a day; CouldNotIssue `no-layout` where there is none, with the reason."""
        marking = self.marking(kind, at)
        always = {one.name for one in marking.fields if one.required and one.unless is None and not one.made}
        return Layout(
            kind=kind,
            edition=marking.edition,
            status=marking.entry.status,
            citation=marking.entry.citation,
            book=marking.book,
            book_electronic=marking.book_electronic,
            signatures=tuple(Role(one) for one in marking.signatures),
            fields=tuple(one.name for one in marking.fields if one.name in always),
            optional=tuple(one.name for one in marking.fields if one.name not in always and not one.made),
            width_mm=marking.main.width_mm,
            made=frozenset(one.name for one in marking.fields if one.made),
        )

    def marking(self, kind: Kind, at: date) -> Marking:
        """Return all that the data says of a layout: labels, limits and choices of its fields too; as `layout`."""
        found = chapter(kind.value).at(at)
        if isinstance(found, Marking):
            return found
        vi, en = "Không có dữ liệu về bố cục cho ngày này.", "There is no data on a layout for this day."
        if isinstance(found, Absence):
            vi, en = found.reason.vi, found.reason.en
        raise CouldNotIssue("no-layout", en, kind=kind.value, day=at.isoformat(), reason_vi=vi, reason_en=en)

    def pieces(self, facts: MarkFacts) -> tuple[Piece, ...]:
        """Draw the visible parts, the main one first; CouldNotIssue as `ports.Draws`, and `e-apostille-off`."""
        marking = self._electronic(facts)
        found = values(facts, marking)
        drawn = [self._piece(rule, facts, found, marking) for rule in _standing(marking, found)]
        return tuple(sorted(drawn, key=lambda piece: not piece.main))

    def cover(self, facts: MarkFacts, about: CoverFacts) -> tuple[bytes, tuple[Piece, ...]]:
        """Draw the cover (allonge): tagged A4 that claims PDF/A-3b, with room kept for the pieces, and the pieces.

        The pieces are those of `pieces`, all asked onto the first page.
        """
        pieces = tuple(covers.moved(piece) for piece in self.pieces(facts))
        found = values(facts, self.marking(facts.kind, facts.at.date()))
        told = covers.told(facts, about, found, pieces)
        return self._press.printed(told, "cover", tagged=True, at=facts.at), pieces

    def sheet(self, facts: MarkFacts) -> Drawing:
        """Draw the paper carrier: the mark as a printable A4 sheet with QR code; CouldNotIssue `no-sheet` too."""
        marking = self.marking(facts.kind, facts.at.date())
        if marking.sheet is None:
            raise CouldNotIssue("no-sheet", "this kind has no paper carrier", kind=facts.kind.value)
        rule = next(one for one in _standing(marking, values(facts, marking)) if one.main)
        return self._on_sheet(rule, marking.sheet, facts, marking)

    def by_hand(self, facts: MarkFacts) -> Drawing:
        """Draw what is issued on paper, to be signed and sealed by hand: no code, no address, room for pen and seal.

        CouldNotIssue `no-sheet` where the kind is issued electronically only, and as `pieces`.
        """
        marking = self.marking(facts.kind, facts.at.date())
        paper = marking.by_hand
        if paper is None:
            raise CouldNotIssue("no-sheet", "this kind is not issued on paper", kind=facts.kind.value)
        rule = next(one for one in _standing(marking, values(facts, marking)) if one.main)
        kept = (line for line in rule.lines if line.value not in paper.without)
        lines = tuple(replace(line, value="") if line.value in paper.blank else line for line in kept)
        return self._on_sheet(replace(rule, lines=lines, qr_mm=0.0), paper, facts, marking)

    def _on_sheet(self, rule: Rule, sheet: Sheet | ByHand, facts: MarkFacts, marking: Marking) -> Drawing:
        """Draw a piece on a page of A4, larger than on a document, with the lines of the sheet below."""
        found = values(facts, marking)
        large = replace(
            rule,
            width_mm=rule.width_mm * SHEET_SCALE,
            max_height_mm=SHEET_HEIGHT_MM,
            qr_mm=rule.qr_mm * SHEET_SCALE,
            sizes=tuple(SHEET_SCALE * size for size in rule.sizes) + rule.sizes,
        )
        lines, below = filled(rule.lines, found, marking), filled(sheet.lines, found, marking)
        told = {"parts": [_told(large, lines, facts, paper=True)], "lines": [line.told for line in below]}
        text = "\n".join(line.text for line in (*lines, *below))
        try:
            return self._press.drawn(told, text, sheet.template)
        except TooHigh:
            raise too_long(longest(named(rule.lines), found, marking)) from None

    def _electronic(self, facts: MarkFacts) -> Marking:
        marking = self.marking(facts.kind, facts.at.date())
        if marking.electronic_switch and marking.electronic_switch not in self._switches:
            raise CouldNotIssue(
                "e-apostille-off", "electronic marks of this kind are not issued yet", kind=facts.kind.value
            )
        return marking

    def _piece(self, rule: Rule, facts: MarkFacts, found: Values, marking: Marking) -> Piece:
        lines = filled(rule.lines, found, marking)
        drawing = self._fitting(rule, lines, facts)
        if drawing.height_mm > rule.max_height_mm + SLACK_MM and not _is_picture(rule):
            raise too_long(longest(named(rule.lines), found, marking))
        return Piece(
            id=rule.id,
            role=Role(rule.role),
            drawing=drawing,
            pages=rule.pages,
            preferences=tuple(_named(one, found) for one in rule.preferences),
            main=rule.main,
            required=rule.required,
        )

    def _fitting(self, rule: Rule, lines: tuple[Filled, ...], facts: MarkFacts) -> Drawing:
        """Draw with the largest letters, and only where that is too high look for smaller ones."""
        text = "\n".join(line.text for line in lines)
        large = replace(rule, sizes=rule.sizes[:1])
        drawing = self._press.drawn(_told(large, lines, facts), text)
        if drawing.height_mm <= rule.max_height_mm or len(rule.sizes) == 1:
            return drawing
        return self._press.drawn(_told(rule, lines, facts), text)


def _standing(marking: Marking, found: Values) -> tuple[Rule, ...]:
    return tuple(rule for rule in marking.pieces if is_so(rule.when, found))


def _is_picture(rule: Rule) -> bool:
    return rule.template == "picture"


def _named(preference: str, found: Values) -> str:
    """Return a preference with the words of the document in place of the names of facts."""
    kind, _, names = preference.partition(":")
    if kind != "between":
        return preference
    return f"{kind}:{'|'.join(found[name].vi for name in names.split('|'))}"


def _told(rule: Rule, lines: tuple[Filled, ...], facts: MarkFacts, *, paper: bool = False) -> Mapping[str, Any]:
    shown = [Role(role) for role in rule.pictures if facts.pictures.get(Role(role)) and not paper]
    return {
        "template": rule.template,
        "width_mm": rule.width_mm,
        "max_height_mm": rule.max_height_mm,
        "sizes": rule.sizes,
        "qr": codes.picture(codes.matrix(facts.check_url, rule.qr_mm)) if rule.qr_mm else None,
        "qr_mm": rule.qr_mm,
        "lines": [line.told for line in lines],
        "pictures": {role.value: picture(facts, role) for role in shown},
        "paper": paper,
    }
