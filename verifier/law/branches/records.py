"""What is asked of a paper (giấy tờ), and which procedure it needs for each country of use: records only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from verifier.law.records import Cited, Entry, Words

WORKS = ("CNLS", "HPHLS", "CNXT", "APOSTILLE", "NONE", "ASK")
"""Kinds of work: chứng nhận lãnh sự, hợp pháp hóa lãnh sự, chứng nhận xuất trình, Apostille; NONE: nothing is needed;
ASK: a person must find out."""
OBJECTIONS = ("none", "objected", "unknown")


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
    """Whether it is consular-certified or legalized already; no obstacle."""


@dataclass(frozen=True)
class Branch:
    """What one paper needs for one country."""

    country: str
    work: str
    """One of `WORKS`."""
    procedure: str
    """Id of the procedure, as `apostille`; empty where there is none."""
    candidates: tuple[str, ...]
    """Ids of the procedures between which the answer to `ask` decides."""
    rule: str
    """Id of the rule that decided."""
    reason: Words
    basis: Cited
    ask: Words
    """What to ask, and whom; empty where nothing is open."""


@dataclass(frozen=True)
class State:
    """One contracting party of the Apostille Convention (quốc gia thành viên Công ước)."""

    code: str
    words: Words
    since: date | None
    """Day on which the Convention came into force for it; None: not known here."""
    objection: str
    """To or by Viet Nam: one of `OBJECTIONS`."""
    entry: Entry


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document (loại giấy tờ)."""

    code: str
    words: Words
    scope: str
    """`in` or `out` of the Apostille, or `ask`."""
    entry: Entry
