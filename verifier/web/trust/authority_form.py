"""The form on one authority of the register: what is typed, as the table that the register reads, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from verifier.trust.register_rules import CHANNELS, KINDS

MULTIPLE = 40
"""Most rows of a form."""
BLANK = 1
"""Empty rows below those that are filled."""
PLAIN = ("id", "country", "kind", "seat", "valid_from", "valid_until")
NOTIFICATION = ("channel", "number", "dated", "note")
NAMES = ("name_own", "name_own_lang", "name_vi", "name_en")
FIELDS = (*PLAIN, *NOTIFICATION, *NAMES, "succeeds")
LISTS = (
    "organization",
    "unit",
    "common_name",
    "locality",
    "country",
    "organization_identifier",
    "serial_number",
    "uid",
    "certificate_sha256",
    "issuer_sha256",
    "branch",
    "policy",
)
"""Parts of a specimen's rule; several values stand with semicolons between."""
SPECIMEN = ("id", "kind", "holder", "title", "valid_from", "valid_until", *NOTIFICATION, *LISTS)
POWER = ("documents", "territory", "capacity", "valid_from", "valid_until", "citation")
ROWS = tuple(f"specimen-{name}" for name in SPECIMEN) + tuple(f"power-{name}" for name in POWER)
"""Names of the fields of rows: columns, each with one value for every row."""
CHANNEL_CODES = tuple(sorted(CHANNELS))
KIND_CODES = tuple(sorted(KINDS))

Table = dict[str, Any]


def authority_table(told: Mapping[str, Any]) -> Table:
    """Return the table that the register reads; what is empty is left out."""
    table = {name: told[name] for name in PLAIN}
    for name in ("country", "seat"):
        table[name] = table[name].upper()
    names = [(told["name_own_lang"], told["name_own"]), ("vi", told["name_vi"]), ("en", told["name_en"])]
    return (
        _filled(table)
        | {name: table[name] for name in ("id", "country", "kind")}
        | {
            "names": [list(pair) for pair in names if pair[1]],
            "notification": _filled({name: told[name] for name in NOTIFICATION}),
            "succeeds": _split(told["succeeds"]),
            "specimen": [_specimen(row) for row in _rows(told, "specimen", SPECIMEN) if row["id"]],
            "power": [_power(row) for row in _rows(told, "power", POWER) if row["documents"]],
        }
    )


def typed_of(table: Mapping[str, Any]) -> Table:
    """Return what the form shows for a table; an empty one for a new authority."""
    told: Table = {name: table.get(name, "") for name in PLAIN}
    told |= {name: table.get("notification", {}).get(name, "") for name in NOTIFICATION}
    told["succeeds"] = "; ".join(table.get("succeeds", ()))
    names = dict(table.get("names", ()))
    told |= {"name_vi": names.pop("vi", ""), "name_en": names.pop("en", "")}
    told["name_own_lang"], told["name_own"] = next(iter(names.items()), ("", ""))
    columns = [("specimen", SPECIMEN, _specimen_row), ("power", POWER, _power_row)]
    for group, parts, row_of in columns:
        rows = [row_of(one) for one in table.get(group, ())]
        told |= {f"{group}-{name}": [row[name] for row in rows] for name in parts}
    return {name: _day(value) if isinstance(value, str) else [*map(_day, value)] for name, value in told.items()}


def rows_of(told: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Return the rows that the form shows, with empty ones below."""
    found = {"specimen": _rows(told, "specimen", SPECIMEN), "power": _rows(told, "power", POWER)}
    needed = {"specimen": "id", "power": "documents"}
    return {
        group: [*(row for row in rows if row[needed[group]] or any(row.values())), *([{}] * BLANK)]
        for group, rows in found.items()
    }


def _specimen(row: Mapping[str, str]) -> Table:
    plain = {name: row[name] for name in ("id", "kind", "holder", "title", "valid_from", "valid_until")}
    rule = _filled({name: _split(row[name]) for name in LISTS})
    return {**_filled(plain), "kind": row["kind"], "rule": rule, "notification": _filled(_pick(row, NOTIFICATION))}


def _power(row: Mapping[str, str]) -> Table:
    plain = _filled(_pick(row, ("capacity", "valid_from", "valid_until", "citation")))
    return {**plain, "documents": _split(row["documents"]), "territory": [*map(str.upper, _split(row["territory"]))]}


def _specimen_row(one: Mapping[str, Any]) -> dict[str, str]:
    plain = {name: one.get(name, "") for name in SPECIMEN}
    told = {name: one.get("notification", {}).get(name, "") for name in NOTIFICATION}
    lists = {name: "; ".join(one.get("rule", {}).get(name, ())) for name in LISTS}
    return {**plain, **lists, **told}


def _power_row(one: Mapping[str, Any]) -> dict[str, str]:
    lists = {name: "; ".join(one.get(name, ())) for name in ("documents", "territory")}
    return {**{name: one.get(name, "") for name in POWER}, **lists}


def _rows(told: Mapping[str, Any], group: str, parts: Sequence[str]) -> list[dict[str, str]]:
    columns = [[str(one).strip() for one in told.get(f"{group}-{name}", ())] for name in parts]
    return [dict(zip(parts, row, strict=True)) for row in zip_longest(*columns, fillvalue="")]


def _day(value: str) -> str:
    """A day for a field of dates; a moment within a day stays as it is."""
    return value.removesuffix("T00:00:00+00:00")


def _split(value: str) -> list[str]:
    return [part for one in value.split(";") if (part := one.strip())]


def _pick(row: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: row[name] for name in names}


def _filled(table: Mapping[str, Any]) -> Table:
    return {name: value for name, value in table.items() if value}
