"""An event of the audit log as people read it: acts, subjects and details in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.audit import Actor, Detail, Event
from verifier.cases.owed import printed
from verifier.plain import visible
from verifier.reports.formats import Moment, Words
from verifier.storage.audit import Entry
from verifier.web import locale

Names = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Row:
    """One event; all text is plain and visible."""

    number: int
    step: int
    moment: Moment
    actor: str
    actor_kind: str
    """In words where the actor has a name, else empty: then `actor` says it."""
    act: str
    kind: str
    id: str
    subject: str
    reason: str
    details: tuple[tuple[str, str], ...]
    """Names, in words where there are any, and values."""
    reads: str
    address: str
    actor_id: str
    action: str
    hash: str
    broken: str = ""
    """What is wrong with it, or with its link to those before; empty where it fits."""


def row_of(entry: Entry, words: Words, names: Names, broken: str = "") -> Row:
    """Write an event in the language and zone of `words`."""
    event, lang = entry.event, words.lang
    name, kind = visible(event.actor.name), word("actor", event.actor.kind, lang)
    return Row(
        number=entry.number,
        step=entry.subject_number,
        moment=words.moment(event.at),
        actor=name or kind,
        actor_kind=kind if name else "",
        act=word("action", event.action, lang),
        kind=event.subject_kind,
        id=event.subject_id,
        subject=subject_of(event, names, lang),
        reason=visible(event.reason),
        details=details_of(event, lang),
        reads=", ".join(word("detail", one, lang) for one in event.reads),
        address=visible(event.actor.address),
        actor_id=visible(event.actor.id),
        action=event.action,
        hash=entry.hash.hex(),
        broken=broken,
    )


def subject_of(event: Event, names: Names, lang: str) -> str:
    """Name a subject: its kind, and what it is called today, else its id."""
    if event.subject_kind == "audit":  # there is but one
        return word("subject", event.subject_kind, lang)
    called = names.get((event.subject_kind, event.subject_id)) or event.subject_id
    return f"{word('subject', event.subject_kind, lang)} {visible(called)}".strip()


def word(group: str, code: str, lang: str) -> str:
    """Return the words for an action, a kind of subject or of actor; the code itself where there are none."""
    key = f"{group}-{code}"
    return locale.raw_text(key, lang) if key in locale.texts() else visible(code)


def words_of(group: str, lang: str) -> list[tuple[str, str]]:
    """Return codes and words of a whole group, by words, for a choice."""
    codes = [key.removeprefix(f"{group}-") for key in locale.texts() if key.startswith(f"{group}-")]
    return sorted(((code, word(group, code, lang)) for code in codes), key=lambda pair: pair[1].casefold())


def details_of(event: Event, lang: str) -> tuple[tuple[str, str], ...]:
    """Write the details of an event: names, in words where there are any, and values; of a change, before and after."""
    joint = " → " if event.action.endswith(("-changed", "-judged-again")) else ", "
    details = _with_money(event.details, lang)
    told = ((key, value, "role" if key in {"role", "roles"} else "") for key, value in sorted(details.items()))
    return tuple((word("detail", key, lang), value_of(value, lang, joint, group)) for key, value, group in told)


def _with_money(details: Mapping[str, Detail], lang: str) -> Mapping[str, Detail]:
    """Write an amount, which is kept in minor units, with its currency."""
    amount, currency = details.get("amount"), details.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        return details
    return {
        **{name: one for name, one in details.items() if name != "currency"},
        "amount": printed(amount, currency, lang),
    }


def value_of(value: Detail, lang: str, joint: str = ", ", group: str = "") -> str:
    """Write a detail; codes of a `group` in words."""
    if value is None:
        return locale.text("audit-none", lang)
    if isinstance(value, bool):
        return locale.text("audit-yes" if value else "audit-no", lang)
    if isinstance(value, list):
        return joint.join(value_of(one or None, lang, group=group) for one in value)
    return word(group, str(value), lang) if group else visible(str(value))


def who(actor: Actor, lang: str) -> str:
    """Name an actor, in one cell."""
    return visible(actor.name) or word("actor", actor.kind, lang)
