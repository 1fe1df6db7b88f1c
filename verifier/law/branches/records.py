"""What is asked of a paper (giấy tờ), and which procedure it needs for each country of use: records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from verifier.law.records import Cited, Entry, Words

WORKS = ("CNLS", "HPHLS", "CNXT", "APOSTILLE", "NONE", "ASK")
"""Kinds of work (loại công việc): chứng nhận lãnh sự, hợp pháp hóa lãnh sự, chứng nhận xuất trình, Apostille; NONE:
nothing is needed from a Vietnamese authority; ASK: a person must find out."""
DIRECTIONS = ("outgoing", "incoming")
"""Of the kinds of work: of Vietnamese papers for use abroad, of foreign ones for use in Viet Nam."""
OBJECTIONS = ("none", "objected", "unknown")
OUTGOING = ("in", "out", "private", "ask")
"""Where a kind of document stands when it is Vietnamese and goes abroad."""
INCOMING = ("in", "out")
"""Where it stands when it is foreign and comes to Viet Nam."""
FACTS: Mapping[str, tuple[str, ...]] = {
    "direction": ("outgoing", "incoming", "domestic", "foreign"),
    "relations": ("member", "objected", "unknown", "territory", "not-member"),
    "scope": ("in", "out", "private", "ask", "not-said"),
    "presented": ("yes", "no"),
    "apostille": ("yes", "no", "not-said"),
    "certified": ("yes", "no"),
}
"""What a rule may depend on, as `branches.toml` explains."""


@dataclass(frozen=True)
class Paper:
    """One paper of a filing; countries by their code of two letters (ISO 3166-1)."""

    issued_in: str
    used_in: tuple[str, ...]
    """Countries of use (nước sử dụng), several allowed."""
    kind: str = ""
    """Code of a kind of document; empty: not said."""
    presented_only: bool = False
    """Whether only "presented at the Ministry" is asked for (đã được xuất trình tại Bộ Ngoại giao)."""
    has_apostille: bool | None = None
    """Whether it carries an Apostille; None: not said."""
    consular_certified: bool = False
    """Whether it is consular-certified or legalized already."""


@dataclass(frozen=True)
class State:
    """One contracting party of the Apostille Convention (quốc gia thành viên Công ước)."""

    code: str
    words: Words
    in_force: date
    """Day on which the Convention came into force for it."""
    objection: str
    """By it, or by Viet Nam against it: one of `OBJECTIONS`."""
    entry: Entry
    """With the status and citation of the state's own line, where it has them."""


@dataclass(frozen=True)
class Country:
    """One country or territory."""

    code: str
    words: Words
    of: str
    """Code of the state that answers for a territory; empty for a state."""


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document (loại giấy tờ)."""

    code: str
    words: Words
    outgoing: str
    """One of `OUTGOING`."""
    incoming: str
    """One of `INCOMING`."""
    entry: Entry


@dataclass(frozen=True)
class CodedWords:
    """One line of a list of codes, as `0501` Bản chính."""

    code: str
    words: Words
    entry: Entry


@dataclass(frozen=True)
class Work:
    """One kind of work (loại công việc)."""

    id: str
    """One of `WORKS`."""
    words: Words
    procedure: str
    """Id of the procedure, as `apostille`; empty where there is none."""
    direction: str
    """Of which papers it is done: `outgoing`, `incoming`; empty where that does not matter."""


@dataclass(frozen=True)
class Rule:
    """One rule in one period; the first that fits decides."""

    id: str
    entry: Entry
    when: Mapping[str, tuple[str, ...]]
    """Facts of `FACTS`; all must fit."""
    work: str
    candidates: tuple[str, ...]
    reason: Words
    ask: Words


@dataclass(frozen=True)
class Branch:
    """What one paper needs for one country of use."""

    country: str
    """Code of the country of use."""
    work: str
    """One of `WORKS`."""
    words: Words
    """Of the kind of work."""
    procedure: str
    """Id of the procedure, as `apostille`; empty where there is none, or it is not known yet."""
    candidates: tuple[str, ...]
    """Ids of the procedures that may come out once `ask` is answered; empty where nothing is open."""
    candidate_works: tuple[Work, ...]
    """Kinds of work between which the answer decides, NONE among them where it may be that nothing is needed."""
    rule: str
    """Id of the rule that decided."""
    reason: Words
    basis: Cited
    """Of the rule; its status is not better than that of the line of the state that it depends on."""
    ask: Words
    """What to ask, and whom; empty where nothing is open."""
