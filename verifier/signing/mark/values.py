"""What a mark may say: the facts of an act by name, as clean text, each within its limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verifier.errors import CouldNotIssue
from verifier.law.marks import LIMIT, Asked, Marking
from verifier.law.records import Words
from verifier.signing.mark.letters import printed
from verifier.signing.records import MarkFacts, Role

Values = Mapping[str, Words]
"""By name; a fact that reads the same in both languages has no English form."""


def values(facts: MarkFacts, marking: Marking) -> Values:
    """Return all that may be said, in NFC; empty words for what is not said.

    CouldNotIssue: `mark-field-missing`, `mark-field-unknown`, `mark-choice-unknown`, `mark-too-long`,
    `mark-unprintable`; each with the params `field`, `label_vi`, `label_en`.
    """
    pictured = {f"picture_{role}": Words("yes" if facts.pictures.get(role) else "no") for role in Role}
    return {**_facts(facts), **pictured, **said_values(facts.said, marking)}


def is_so(when: Mapping[str, tuple[str, ...]], found: Values) -> bool:
    """Tell whether fields are said as a condition wants it."""
    return all(found[name].vi in wanted for name, wanted in when.items())


def grouped(digest: str) -> str:
    """Return a hash in groups of four digits."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def _facts(facts: MarkFacts) -> dict[str, Words]:
    day = facts.at.strftime
    single = {
        "number": facts.number,
        "book": facts.book,
        "date": day("%d/%m/%Y"),
        "day": day("%d"),
        "month": day("%m"),
        "year": day("%Y"),
        "time": facts.at.isoformat(timespec="seconds"),
        "officer": facts.officer,
        "signature_name": facts.signature_name,
        "seal_name": facts.seal_name,
        "address": facts.check_url,
        "sha256": grouped(facts.document_sha256),
        "dossier": facts.dossier,
        "document": facts.document,
    }
    double = {
        "authority": (facts.authority_vi, facts.authority_en),
        "place": (facts.place_vi, facts.place_en),
        "title": (facts.title_vi, facts.title_en),
    }
    found = {name: Words(_within(text, _plain(name, 2 * LIMIT))) for name, text in single.items()}
    for name, (vi, en) in double.items():
        first, second = _within(vi, _plain(name)), _within(en, _plain(name))
        found[name] = Words(first, second if second != first else "")
    return found


def said_values(said: Mapping[str, str], marking: Marking) -> dict[str, Words]:
    """Return what the officer says in each field of a mark; CouldNotIssue as `values`."""
    by_name = {one.name: one for one in marking.fields}
    for name in said:
        if name not in by_name and said[name].strip():
            raise CouldNotIssue("mark-field-unknown", f"the layout has no field {name!r}", field=name)
    found = {name: Words(_chosen(_within(said.get(name, ""), asked), asked)) for name, asked in by_name.items()}
    for name, asked in by_name.items():
        excused = asked.unless is not None and is_so(asked.unless, found)
        if asked.required and not excused and not found[name].vi:
            raise _refusal("mark-field-missing", asked)
    return found


def _chosen(value: str, asked: Asked) -> str:
    if not asked.choices:
        return value
    if value and value not in [choice.value for choice in asked.choices]:
        raise _refusal("mark-choice-unknown", asked)
    return value or asked.choices[0].value


def _within(text: str, asked: Asked) -> str:
    clean = printed(text, asked.name, label_vi=asked.label.vi, label_en=asked.label.en)
    if len(clean) > asked.limit:
        raise too_long(asked)
    return clean


def too_long(asked: Asked) -> CouldNotIssue:
    """Return the refusal of a value that a mark has no room for."""
    return _refusal("mark-too-long", asked, limit=str(asked.limit))


def _refusal(code: str, asked: Asked, **params: str) -> CouldNotIssue:
    label = {"label_vi": asked.label.vi, "label_en": asked.label.en}
    return CouldNotIssue(code, f"field {asked.name}", field=asked.name, **label, **params)


def missing(name: str, marking: Marking) -> CouldNotIssue:
    """Return the refusal of a mark that lacks what it must say."""
    known = {one.name: one for one in marking.fields}
    return _refusal("mark-field-missing", known.get(name, _plain(name)))


def longest(names: Iterable[str], found: Values, marking: Marking) -> Asked:
    """Return what takes most room, of these names, in a mark that is too high."""
    name = max(names, key=lambda one: len(found[one].vi) + len(found[one].en))
    return next((one for one in marking.fields if one.name == name), _plain(name))


def _plain(name: str, limit: int = LIMIT) -> Asked:
    return Asked(name, Words(name, name), required=False, limit=limit)
