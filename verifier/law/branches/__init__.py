"""`Branches`: which procedure a paper needs, by where it was issued, the country of use and the kind of document.

Where it is not known whether a state objected to the accession of Viet Nam, the answer is "ask" with both procedures
named; it is never guessed. What an officer has found out is given with the question, and fills only what is unknown.
NoAnswer: `country-unknown` (`country`), `kind-unknown` (`kind`), `paper-unclear` (`what`: `used_in`,
`presented_only`), `objection-wrong` (`country`, `value`), `branch-not-held` (`day`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from verifier.law.branches.reading import (
    HOME,
    Case,
    first_day,
    fits,
    read_countries,
    read_kinds,
    read_rules,
    read_states,
    refuse_unknown,
)
from verifier.law.branches.records import (
    OBJECTIONS,
    Branch,
    CodedWords,
    Country,
    DocumentKind,
    Paper,
    Rule,
    State,
    Work,
)
from verifier.law.records import STATUSES, Cited, NoAnswer, Words
from verifier.law.source import Source

__all__ = ["Branch", "Branches", "CodedWords", "Country", "DocumentKind", "Paper", "Rule", "State", "Work"]

NOTHING: Mapping[str, str] = {}
SAID: Mapping[bool | None, str] = {True: "yes", False: "no", None: "not-said"}


@dataclass(frozen=True)
class Branches:
    """Rules, states and kinds of documents, of all days."""

    rules: tuple[Rule, ...]
    """In the order in which they decide."""
    works: Mapping[str, Work]
    """Kinds of work by id, with their words."""
    countries: Mapping[str, Country]
    """All countries and territories, by code."""
    _states: Mapping[str, State]
    _kinds: tuple[DocumentKind, ...]
    _paper_types: tuple[CodedWords, ...]
    _attachments: tuple[CodedWords, ...]

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read the folder `branches`; BadLaw at the first thing that is not as it must be."""
        states = read_states(source)
        rules, works = read_rules(source)
        by_code = {one.code: one for one in states}
        return cls(rules, works, read_countries(source, states), by_code, *read_kinds(source))

    def refuse_unknown(self, procedures: Collection[str]) -> None:
        """Refuse, with BadLaw, a kind of work whose procedure is not among those given."""
        refuse_unknown(self.works.values(), procedures)

    @property
    def rule_ids(self) -> frozenset[str]:
        """Ids of the rules of all days."""
        return frozenset(one.id for one in self.rules)

    def states(self, day: date) -> tuple[State, ...]:
        """Return the parties for which the Apostille Convention is in force on a day, Viet Nam being one; by code."""
        return tuple(one for _, one in sorted(self._states.items()) if _party(one, day))

    def document_kinds(self, day: date) -> tuple[DocumentKind, ...]:
        """Return the kinds of documents that hold on a day."""
        return tuple(one for one in self._kinds if one.entry.holds(day))

    def paper_types(self, day: date) -> tuple[CodedWords, ...]:
        """Return the types of papers of a consular application (loại giấy tờ), as 0501 Bản chính."""
        return tuple(one for one in self._paper_types if one.entry.holds(day))

    def attachments(self, day: date) -> tuple[CodedWords, ...]:
        """Return the kinds of files that go with a consular application."""
        return tuple(one for one in self._attachments if one.entry.holds(day))

    def direction(self, procedure: str, work: str) -> str:
        """Return of which papers a kind of work, or where none is said the procedure, is done: one of `DIRECTIONS`.

        Empty where that does not matter, or there is no one answer.
        """
        chosen = [one for one in self.works.values() if one.id == work or (not work and one.procedure == procedure)]
        found = {one.direction for one in chosen}
        return found.pop() if len(found) == 1 else ""

    def branch(self, day: date, paper: Paper, found: Mapping[str, str] = NOTHING) -> tuple[Branch, ...]:
        """Return what a paper needs, one answer for each country of use, in their order.

        `day`: on which the dossier was received. `found`: what an officer has found out of objections, by code of the
        country: `none` or `objected`. NoAnswer as the module says.
        """
        if not paper.used_in:
            raise NoAnswer("paper-unclear", "No country of use is said.", what="used_in")
        for code in (paper.issued_in, *paper.used_in, *found):
            if code not in self.countries:
                raise NoAnswer("country-unknown", f"There is no country {code!r}.", country=code)
        for code, value in found.items():
            if value not in OBJECTIONS:
                raise NoAnswer("objection-wrong", f"No objection is {value!r}.", country=code, value=value)
        if day < first_day(self.rules):
            raise NoAnswer("branch-not-held", f"No rules are held for {day}.", day=day.isoformat())
        return tuple(self._branch(day, paper, code, found) for code in dict.fromkeys(paper.used_in))

    def _branch(self, day: date, paper: Paper, used_in: str, found: Mapping[str, str]) -> Branch:
        direction = _direction(paper.issued_in, used_in)
        if paper.presented_only and direction != "outgoing":
            raise NoAnswer("paper-unclear", "Only papers for use abroad are presented.", what="presented_only")
        other = used_in if direction == "outgoing" else paper.issued_in
        case = {
            "direction": direction,
            "relations": self._relations(other, day, found.get(other, "unknown")),
            "scope": self._scope(paper.kind, direction),
            "presented": SAID[paper.presented_only],
            "apostille": SAID[paper.has_apostille],
            "certified": SAID[paper.consular_certified],
        }
        return self._answer(self._first(day, case), used_in, other)

    def _first(self, day: date, case: Case) -> Rule:
        return next(rule for rule in self.rules if rule.entry.holds(day) and fits(rule, case))

    def _answer(self, rule: Rule, used_in: str, other: str) -> Branch:
        name, work = self.countries[other].words, self.works[rule.work]
        open_ = tuple(self.works[one] for one in rule.candidates)
        return Branch(
            country=used_in,
            work=work.id,
            words=work.words,
            procedure=work.procedure,
            candidates=tuple(one.procedure for one in open_ if one.procedure),
            candidate_works=open_,
            rule=rule.id,
            reason=_named(rule.reason, name),
            basis=self._basis(rule, other),
            ask=_named(rule.ask, name),
        )

    def _basis(self, rule: Rule, other: str) -> Cited:
        status = rule.entry.status
        state = self._states.get(other)
        if state is not None and "relations" in rule.when:
            status = max(status, state.entry.status, key=STATUSES.index)
        return Cited(status, rule.entry.citation)

    def _relations(self, code: str, day: date, found: str) -> str:
        of = self.countries[code].of
        state = self._states.get(of or code)
        if state is None or not _party(state, day):
            return "not-member"
        known = "unknown" if of else state.objection
        said = found if known == "unknown" else known
        return {"none": "member", "objected": "objected", "unknown": "territory" if of else "unknown"}[said]

    def _scope(self, kind: str, direction: str) -> str:
        if not kind:
            return "not-said"
        for one in self._kinds:
            if one.code == kind:
                return one.incoming if direction == "incoming" else one.outgoing
        raise NoAnswer("kind-unknown", f"There is no kind of document {kind!r}.", kind=kind)


def _party(state: State, day: date) -> bool:
    return state.entry.holds(day) and state.in_force <= day


def _direction(issued_in: str, used_in: str) -> str:
    if issued_in == HOME:
        return "domestic" if used_in == HOME else "outgoing"
    return "incoming" if used_in == HOME else "foreign"


def _named(words: Words, country: Words) -> Words:
    return Words(words.vi.replace("{country}", country.vi), words.en.replace("{country}", country.said("en")))
