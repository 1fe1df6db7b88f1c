"""What is printed for a result on paper: the wording of the procedure, or the certificate of its mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from verifier.cases import letters
from verifier.cases.kernel import Turn
from verifier.cases.onpaper import ELECTRONIC
from verifier.cases.particulars import said_of
from verifier.cases.records import SPOILED, CaseRecord, Paper
from verifier.errors import BadRequest
from verifier.law.book import Law
from verifier.law.forms import Form
from verifier.law_desk import answered
from verifier.register.columns import management_number
from verifier.register.numbers import Numbered
from verifier.signing.acts.facts import BASIS, MANAGEMENT
from verifier.signing.mark.drawer import MarkDrawer
from verifier.signing.ports import Layout
from verifier.signing.records import MarkFacts

PRINTED = ("wording-", "certificate-")
"""How the ids of wordings (lời chứng) begin, and of certificates that no mark draws."""
IDENTITY: Mapping[str, str] = {
    "identity-card": "cc",
    "electronic-identity": "ecc",
    "passport": "passport",
    "travel-document": "international",
}
"""From the applicant's kind of identity paper to that of the wordings."""
OFFICE = "office"


@cache
def drawer() -> MarkDrawer:
    """Return what draws certificates; the switches of electronic ones do not concern paper."""
    return MarkDrawer()


def printed_forms(law: Law, procedure: str) -> tuple[str, ...]:
    """Return the ids of the wordings and certificates that the steps of a procedure name. NoAnswer."""
    steps = law.procedure(procedure).steps
    return tuple(one for step in steps for one in step.forms if one.startswith(PRINTED))


@dataclass(frozen=True)
class Sheets:
    """What is printed in one turn."""

    turn: Turn
    wording: str
    """Id of the wording, where the procedure has several; empty: its first."""
    values: Mapping[str, str]
    """Fields of the wording or of the certificate that are other than the dossier says."""

    def draw(self, paper: Paper, number: Numbered) -> str:
        """Print the sheet of a numbered paper and store it; return the id of its form, or of the mark's layout.

        BadRequest `wording-unknown` and what forms refuse; CouldNotIssue as `MarkDrawer.by_hand`.
        """
        layout = self.layout
        if layout is not None and layout.book == number.symbol:
            return self._certificate(paper, number, layout)
        numbered = {"number": number.text, "volume": f"{number.volume:02d}/{number.year}"}
        told = {**self._said(), "document": document(paper), **self.values, **numbered}
        letters.form_record(self.turn, self.form.id, told, paper=paper.id)
        return self.form.id

    @cached_property
    def layout(self) -> Layout | None:
        """The mark of the procedure today; None where it has none."""
        kind = ELECTRONIC.get(self.turn.case.procedure)
        return drawer().layout(kind, self.turn.today) if kind else None

    @cached_property
    def form(self) -> Form:
        """The wording of today; which there are stands with the steps of the procedure."""
        turn, id_ = self.turn, self.wording
        with answered():
            known = printed_forms(turn.law, turn.case.procedure)
            if not known or (id_ and id_ not in known):
                raise BadRequest("wording-unknown", id_, wording=id_)
            return turn.house.book.at(turn.today).form(id_ or known[0])

    def _certificate(self, paper: Paper, number: Numbered, layout: Layout) -> str:
        turn, at = self.turn, self.turn.now.astimezone(self.turn.zone)
        if self.wording:
            raise BadRequest("wording-unknown", self.wording, wording=self.wording)
        said = said_of(turn.case, paper, layout, turn.house.book.branches.countries)
        made = {MANAGEMENT: management_number(turn.authority, number.year, number.number)}
        person = turn.unit.people.get(turn.person())
        facts = MarkFacts(
            kind=layout.kind,
            number=number.text,
            book=number.book,
            at=at,
            authority_vi=turn.authority.name_vi,
            authority_en=turn.authority.name_en,
            place_vi=turn.authority.address_vi,
            place_en=turn.authority.address_en,
            officer=person.name if person else "",
            title_vi=person.title_vi if person else "",
            title_en=person.title_en if person else "",
            signature_name=turn.authority.signature_name,
            seal_name=turn.authority.seal_name,
            check_url="",
            document_sha256=paper.sha256,
            dossier=turn.case.code,
            document=document(paper),
            said={name: text for name, text in said.items() if name != BASIS}
            | dict(self.values)
            | {name: text for name, text in made.items() if name in layout.made},
        )
        name = f"{layout.kind.value}-{turn.case.code}-{paper.number}.pdf"
        letters.kept(turn, drawer().by_hand(facts).pdf, name, "form", form=layout.kind.value, paper=paper.id)
        return layout.edition

    def _said(self) -> dict[str, Any]:
        """Return what a wording says out of the dossier."""
        turn, form = self.turn, self.form
        who, at = turn.case.applicant, turn.now.astimezone(turn.zone)
        person = turn.unit.people.get(turn.person())
        made, paper = form.field("made"), IDENTITY.get(who.id_kind, "")
        told = {
            "made": at if made and made.kind == "date-time" else at.date(),
            "issued": at.date(),
            "authority": turn.authority.name_vi,
            "where": OFFICE,
            "place": turn.authority.address_vi,
            "officer-title": f"{person.title_vi}, {turn.authority.name_vi}" if person else "",
            "requester": who.name,
            "paper": paper if _offered(form, "paper", paper) else "",
            "paper-number": who.id_number,
        }
        return {name: value for name, value in told.items() if value}


def sheet_of(records: Iterable[CaseRecord], paper: UUID) -> CaseRecord | None:
    """Return the sheet of a paper that holds, as it was printed last; None where none was."""
    own = (one for one in records if one.kind == "form" and one.paper_id == paper and _is_sheet(one.form))
    return next(own, None)


def prints_of(records: Iterable[CaseRecord], sheet: CaseRecord) -> int:
    """Return how often a sheet was printed: those that were spoiled had the same bytes."""
    spoiled = [one for one in records if one.kind == SPOILED and one.paper_id == sheet.paper_id]
    return 1 + sum(one.sha256 == sheet.sha256 for one in spoiled)


def wording_of(sheet: CaseRecord) -> str:
    """Return the id of the wording of a sheet; empty where it is the certificate of a mark."""
    return sheet.form if sheet.form.startswith(PRINTED) else ""


def _is_sheet(form: str) -> bool:
    return form.startswith(PRINTED) or form in {one.value for one in ELECTRONIC.values()}


def document(paper: Paper) -> str:
    """Name a paper with its number."""
    return f"{paper.name}, số {paper.serial}" if paper.serial else paper.name


def _offered(form: Form, name: str, value: str) -> bool:
    wanted = form.field(name)
    return wanted is not None and any(one.value == value for one in wanted.choices)
