"""Reckons a fee: checks what was told against what the fee is counted by, then makes its lines; pure, whole đồng."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.law.answers import FeeAsk, FeeLine
from verifier.law.fees.records import COUNTS, Charge, Count, Paging, Rule, Tariff
from verifier.law.records import Cited, NoAnswer, Words

Told = Mapping[str, tuple[int, ...]]


def told(rule: Rule, ask: FeeAsk, most_originals: int) -> Told:
    """Return each count of a fee, `pages` by original; NoAnswer `count-unused`, `count-missing`, `count-wrong`."""
    said: dict[str, tuple[int, ...]] = {"pages": tuple(ask.pages)}
    for name in COUNTS[1:]:
        value = getattr(ask, name)
        said[name] = () if value is None else (value,)
    if unused := [name for name in COUNTS if said[name] and name not in rule.counts]:
        raise NoAnswer("count-unused", f"the fee of {rule.id} does not depend on {unused[0]}", field=unused[0])
    if len(said["pages"]) > most_originals:
        raise NoAnswer("count-wrong", f"more than {most_originals} originals", field="pages")
    return {name: _counted(count, said[name]) for name, count in rule.counts.items()}


def _counted(count: Count, said: tuple[int, ...]) -> tuple[int, ...]:
    if not said and count.default is None:
        raise NoAnswer("count-missing", f"{count.name} must be told", field=count.name)
    if not said and count.default is not None:
        return (count.default,)
    if not all(type(one) is int and count.least <= one <= count.most for one in said):
        span = f"from {count.least} to {count.most}"
        raise NoAnswer("count-wrong", f"{count.name} must be whole numbers {span}", field=count.name)
    return said


def lines(rule: Rule, counts: Told, tariffs: Mapping[str, Tariff], several: Words) -> tuple[FeeLine, ...]:
    """Return the lines of a fee in order; of a count of nothing there is none."""
    paged = _paged(rule.paging, counts, tariffs, several) if rule.paging else ()
    charged = (_charged(one, counts[one.count][0], tariffs[one.tariff]) for one in rule.charges)
    return tuple(one for one in (*paged, *charged) if one.count)


def _paged(paging: Paging, counts: Told, tariffs: Mapping[str, Tariff], several: Words) -> Iterator[FeeLine]:
    pages, copies = counts["pages"], counts["copies"][0]
    most = tariffs[paging.most]
    for number, count in enumerate(pages, start=1):
        tiers = [(tariffs[name], tariffs[name].pages(count)) for name in paging.tariffs]
        if sum(tariff.amount_minor * each for tariff, each in tiers) > most.amount_minor:
            tiers = [(most, 1)]
        for tariff, each in tiers:
            words = _numbered(several, number, tariff.line) if len(pages) > 1 else tariff.line
            yield _line(tariff, words, each * copies, paging.basis)


def _charged(charge: Charge, count: int, tariff: Tariff) -> FeeLine:
    return _line(tariff, charge.words if charge.words.vi else tariff.line, count, charge.basis)


def _numbered(several: Words, number: int, line: Words) -> Words:
    return Words(
        several.vi.format(number=number, line=line.vi),
        several.en.format(number=number, line=line.said("en")),
    )


def _line(tariff: Tariff, words: Words, count: int, basis: Cited | None) -> FeeLine:
    return FeeLine(
        id=tariff.id,
        what=words,
        count=count,
        unit_vnd=tariff.amount_minor,
        amount_vnd=count * tariff.amount_minor,
        basis=basis or tariff.entry.basis,
    )
