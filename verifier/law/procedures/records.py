"""What the data say of a procedure (thủ tục hành chính): records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from verifier.law.records import Cited, Entry, NoAnswer, Words

CHANNELS = ("portal", "counter", "post")
"""How a dossier comes: online, handed over, by public post (hình thức nộp)."""
CLOCKS = ("record", "handover", "postmark", "receipt-sent")
"""What starts the clock: the portal's record, the handing over, the postmark, the sending of the receipt."""
NEEDS = ("always", "condition", "on-demand", "not-asked")
"""always: without it the dossier is not complete; condition: where its condition holds; on-demand: where the officer
asks for it; not-asked: must not be asked for, since the State holds it (VNeID, databases)."""
SHAPES = ("original", "copy", "certified-copy", "electronic", "data")
"""In which shape a component may come."""
READERS = ("applicant", "office")
"""Whom a rule is told: everyone, or only those who work in the office, as how books are numbered."""
ROLES = ("reception", "specialist", "leader", "clerk")
FACTS: Mapping[str, tuple[str, ...]] = {
    "channel": CHANNELS,
    "language": ("vi", "en", "other"),
    "identity": ("vneid", "papers"),
}
"""Facts of a filing on which a component may depend, and what each may be: how it is filed; the language of the paper;
by what the applicant is identified. Two more depend on the procedure: `variant` and `place` are ids of its variants
and places."""


@dataclass(frozen=True)
class Variant:
    """A form of the procedure that has conditions of its own, as `foreign-original`."""

    id: str
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Channel:
    """One way to file, and when the clock starts there."""

    id: str
    words: Words
    clock: str
    clock_words: Words
    """Said to the applicant: from when time counts."""
    basis: Cited


@dataclass(frozen=True)
class Component:
    """One thing to file (thành phần hồ sơ)."""

    id: str
    words: Words
    need: str
    shapes: tuple[str, ...]
    number: int
    """How many."""
    when: Mapping[str, tuple[str, ...]]
    """Facts of the filing under which it is needed, as `{"language": ("other",)}`; all must hold."""
    condition: Words
    """The same, said to the applicant; empty where it is always needed."""
    basis: Cited


@dataclass(frozen=True)
class Step:
    """One step of the work with its internal target."""

    id: str
    words: Words
    role: str
    role_words: Words
    minutes: int
    """Of working time, after the step before; 0: within the time of the step before."""
    forms: tuple[str, ...]
    """Ids of the forms made here."""
    basis: Cited


@dataclass(frozen=True)
class Occasion:
    """What is made when the work takes another way: a supplement, a refusal, a delay, a stop."""

    id: str
    words: Words
    role: str
    forms: tuple[str, ...]
    """Ids of the forms made then."""
    basis: Cited


@dataclass(frozen=True)
class Keeping:
    """How long something is kept (thời hạn lưu trữ)."""

    id: str
    words: Words
    years: int | None
    """None: for ever, or not at all where `none`."""
    none: bool
    """Nothing need be kept."""
    basis: Cited


@dataclass(frozen=True)
class Told:
    """One sentence for readers: a result, a delivery, a place, a rule."""

    id: str
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Rule(Told):
    """A rule that binds, and whom it concerns."""

    reader: str
    """One of `READERS`; pages for applicants leave out what concerns the office alone."""


@dataclass(frozen=True)
class Procedure:
    """One procedure while nothing in it changes."""

    id: str
    """As `certified-copy`."""
    entry: Entry
    """Of the law that governs it: its period may be longer than that in which every line stands as here."""
    since: date
    """First day on which every line stands as here."""
    until: date | None
    """First day on which a line changes; None: no change is known."""
    name: Words
    about: Words
    """One or two sentences for an applicant."""
    national_ids: tuple[Told, ...]
    """National procedure ids (mã TTHC), as `2.000815`, with what each is for."""
    sector: str
    """Sector code (mã lĩnh vực), as `G15-TP03`."""
    result_code: str
    """Code of the result, as `KQ.G15.000021`; empty where none was found."""
    who: Words
    """Who may ask for it (đối tượng thực hiện)."""
    individuals_only: bool
    sets: int
    """Number of sets of the dossier (số lượng hồ sơ)."""
    variants: tuple[Variant, ...]
    channels: tuple[Channel, ...]
    components: tuple[Component, ...]
    places: tuple[Told, ...]
    """Where it is done, as at the office or outside."""
    steps: tuple[Step, ...]
    occasions: tuple[Occasion, ...]
    results: tuple[Told, ...]
    delivery: tuple[Told, ...]
    keeping: tuple[Keeping, ...]
    rules: tuple[Rule, ...]
    """Other rules that bind (VNeID, one number for several copies, guidance once …)."""
    legal_basis: tuple[Told, ...]
    """Decrees and circulars, with what each gives."""
    fee: str
    """Id of the fee in `fees/`."""
    deadline: str
    """Id of the deadline in `deadlines/`."""
    grounds: tuple[str, ...]
    """Ids of sets of grounds in `grounds/`."""
    kinds_of_work: tuple[str, ...]
    """Kinds of work per paper (loại công việc), as `CNLS`, `HPHLS`, `CNXT`; empty where it has none."""

    def holds(self, day: date) -> bool:
        """Tell whether every line stands as here on a day."""
        return self.since <= day and (self.until is None or day < self.until)

    @property
    def forms(self) -> tuple[str, ...]:
        """Ids of all forms that are made in it, each once, in the order of the work."""
        made = (*(one.forms for one in self.steps), *(one.forms for one in self.occasions))
        return tuple(dict.fromkeys(form for forms in made for form in forms))

    @property
    def facts(self) -> Mapping[str, tuple[str, ...]]:
        """What may be said of a filing, and the values of each: `FACTS`, with `variant` and `place`."""
        own = {"variant": tuple(one.id for one in self.variants), "place": tuple(one.id for one in self.places)}
        return {**FACTS, **own}

    def components_for(self, facts: Mapping[str, str]) -> tuple[Component, ...]:
        """Leave out what a filing with these facts does not need; a fact that is not said leaves nothing out.

        `facts` as `{"language": "other", "channel": "post"}`. NoAnswer `fact-unknown` (`fact`), and `fact-wrong`
        (`fact`, `value`, `allowed`).
        """
        for fact, value in facts.items():
            if fact not in self.facts:
                raise NoAnswer("fact-unknown", f"no component depends on {fact!r}", fact=fact)
            if value not in self.facts[fact]:
                allowed = ", ".join(self.facts[fact])
                raise NoAnswer("fact-wrong", f"{fact} is one of {allowed}", fact=fact, value=value, allowed=allowed)
        return tuple(
            one
            for one in self.components
            if all(facts[fact] in wanted for fact, wanted in one.when.items() if fact in facts)
        )
