"""The register of authorities as data: TOML files of the trust store and JSON of proposals, both ways, strictly.

The digital counterpart of the store of specimen signatures, seals and titles of Circular 01/2012/TT-BNG Art. 8: each
authority, each specimen and each power has dates of its own. The format is described in `trust_store/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from verifier.errors import BadRequest, CouldNotJudge, VerifierError
from verifier.snapshot import BY_HAND, Notification, NotifiedAuthority, Origin, Power, Specimen, SubjectRule
from verifier.trust.register_rules import check_authority, check_register, fault
from verifier.trust.strict import Key, check_table, instant, read_toml, texts

__all__ = ["FOLDER", "authority_from", "check_register", "read_register", "table_of"]

Json = dict[str, Any]

FOLDER = "authorities"
"""Folder of a trust store in which the register stands."""
_AUTHORITY = {
    "id": Key(str),
    "country": Key(str),
    "kind": Key(str),
    "names": Key((dict, list)),
    "specimen": Key(list),
    "power": Key(list),
    "seat": Key(str, required=False),
    "notification": Key(dict, required=False),
    "valid_from": Key((date, str), required=False),
    "valid_until": Key((date, str), required=False),
    "succeeds": Key(list, required=False),
    "origin": Key(dict, required=False),
}
_NOTIFICATION = {
    "channel": Key(str, required=False),
    "number": Key(str, required=False),
    "dated": Key((date, str), required=False),
    "note": Key(str, required=False),
}
_SPECIMEN = {
    "id": Key(str),
    "kind": Key(str),
    "rule": Key(dict),
    "valid_from": Key((date, str), required=False),
    "valid_until": Key((date, str), required=False),
    "holder": Key(str, required=False),
    "title": Key(str, required=False),
    "notification": Key(dict, required=False),
}
_POWER = {
    "documents": Key(list),
    "territory": Key(list, required=False),
    "capacity": Key(str, required=False),
    "valid_from": Key((date, str), required=False),
    "valid_until": Key((date, str), required=False),
    "citation": Key(str, required=False),
}
_RULE = {one.name: Key(list, required=False) for one in fields(SubjectRule)}
_ORIGIN = {
    "kind": Key(str, required=False),
    "name": Key(str, required=False),
    "scheme": Key(str, required=False),
    "sequence": Key(int, required=False),
    "sha256": Key(str, required=False),
    "issued": Key((date, str), required=False),
    "next_update": Key((date, str), required=False),
    "came_at": Key((date, str), required=False),
    "by": Key(str, required=False),
    "approved_by": Key(str, required=False),
}
_ORIGIN_TIMES = ("issued", "next_update", "came_at")


def read_register(folder: Path) -> tuple[NotifiedAuthority, ...]:
    """Return the authorities of all TOML files of a folder, by id; none where there is no folder.

    CouldNotJudge `trust-store-unreadable` with the `file`, and the `fault` as the codes of `authority_from`.
    """
    found: list[NotifiedAuthority] = []
    for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            found += _in_file(read_toml(file), file.name)
            check_register(found)
        except BadRequest as refusal:
            raise _unusable(file.name, refusal) from None
    return tuple(sorted(found, key=lambda one: one.id))


def authority_from(table: Mapping[str, Any]) -> NotifiedAuthority:
    """Return the authority of one table of TOML or JSON; dates may be texts in ISO 8601.

    BadRequest with one code per fault, told in `fault` too: `table-malformed`, `id-malformed`, `country-unknown`,
    `kind-unknown`, `seat-missing`, `name-missing`, `name-twice`, `period-reversed`, `channel-unknown`,
    `notification-missing`, `specimen-missing`, `specimen-twice`, `specimens-overlap`, `rule-empty`, `branch-unknown`,
    `branch-missing`, `sha256-malformed`, `oid-malformed`, `territory-unknown`, `document-malformed`.
    """
    try:
        authority = _authority(table)
    except CouldNotJudge as refusal:
        raise fault("table-malformed", refusal.problem.detail) from None
    check_authority(authority)
    return authority


def table_of(authority: NotifiedAuthority) -> Json:
    """Return the table that `authority_from` reads, of plain JSON values; what is empty is left out."""
    return _filled(
        {
            "id": authority.id,
            "country": authority.country,
            "kind": authority.kind,
            "names": [list(pair) for pair in authority.names],
            "seat": authority.seat,
            "notification": _notification_table(authority.notification),
            "valid_from": _text(authority.valid_from),
            "valid_until": _text(authority.valid_until),
            "succeeds": list(authority.succeeds),
            "origin": _origin_table(authority.origin),
        }
    ) | {
        "specimen": [_specimen_table(one) for one in authority.specimens],
        "power": [_power_table(one) for one in authority.powers],
    }


# --- reading -----------------------------------------------------------------------------------------------------


def _in_file(content: Mapping[str, Any], file: str) -> Iterator[NotifiedAuthority]:
    tables = check_table(content, {"authority": Key(list)}, file)["authority"]
    for table in tables:
        if isinstance(table, dict) and "origin" in table:  # who approved it is told by the journal alone
            raise fault("table-malformed", "a file does not tell its own origin")
        yield authority_from(table)


def _authority(given: Mapping[str, Any]) -> NotifiedAuthority:
    where = f"authority {given.get('id', '')}".strip() if isinstance(given, dict) else "authority"
    table = check_table(given, _AUTHORITY, where)
    return NotifiedAuthority(
        id=table["id"],
        country=table["country"],
        kind=table["kind"],
        names=_names(table["names"], where),
        specimens=tuple(_specimen(one, where) for one in table["specimen"]),
        powers=tuple(_power(one, where) for one in table["power"]),
        seat=table.get("seat", ""),
        notification=_notification(table.get("notification"), where),
        valid_from=_instant(table.get("valid_from"), where),
        valid_until=_instant(table.get("valid_until"), where),
        succeeds=texts(table.get("succeeds", []), where),
        origin=_origin(table.get("origin"), where),
    )


def _names(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise fault("table-malformed", f"{where}: names are pairs of language and name")
    return tuple((str(language), name) for language, name in (texts(list(pair), where) for pair in pairs))


def _specimen(given: Any, where: str) -> Specimen:
    table = check_table(given, _SPECIMEN, f"{where}, specimen")
    where = f"{where}, specimen {table['id']}"
    rule = check_table(table["rule"], _RULE, where)
    return Specimen(
        id=table["id"],
        kind=table["kind"],
        rule=SubjectRule(**{name: texts(values, where) for name, values in rule.items()}),
        valid_from=_instant(table.get("valid_from"), where),
        valid_until=_instant(table.get("valid_until"), where),
        holder=table.get("holder", ""),
        title=table.get("title", ""),
        notification=_notification(table.get("notification"), where),
    )


def _power(given: Any, where: str) -> Power:
    where = f"{where}, power"
    table = check_table(given, _POWER, where)
    return Power(
        documents=texts(table["documents"], where),
        territory=texts(table.get("territory", []), where),
        capacity=table.get("capacity", ""),
        valid_from=_instant(table.get("valid_from"), where),
        valid_until=_instant(table.get("valid_until"), where),
        citation=table.get("citation", ""),
    )


def _notification(given: Any, where: str) -> Notification:
    where = f"{where}, notification"
    table = check_table({} if given is None else given, _NOTIFICATION, where)
    return Notification(
        table.get("channel", ""), table.get("number", ""), _day(table.get("dated"), where), table.get("note", "")
    )


def _origin(given: Any, where: str) -> Origin:
    where = f"{where}, origin"
    table = dict(check_table({} if given is None else given, _ORIGIN, where))
    return Origin(**table | {name: _instant(table.get(name), where) for name in _ORIGIN_TIMES})


def _instant(value: Any, where: str) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > len("2026-01-31") else date.fromisoformat(value)
        except ValueError:
            raise fault("table-malformed", f"{where}: {value[:40]!r} is no date") from None
    return instant(value, where)


def _day(value: Any, where: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        raise fault("table-malformed", f"{where}: {str(value)[:40]!r} is no day") from None


# --- writing -----------------------------------------------------------------------------------------------------


def _specimen_table(specimen: Specimen) -> Json:
    rule = {one.name: list(getattr(specimen.rule, one.name)) for one in fields(SubjectRule)}
    return _filled(
        {
            "id": specimen.id,
            "kind": specimen.kind,
            "rule": _filled(rule),
            "valid_from": _text(specimen.valid_from),
            "valid_until": _text(specimen.valid_until),
            "holder": specimen.holder,
            "title": specimen.title,
            "notification": _notification_table(specimen.notification),
        }
    )


def _power_table(power: Power) -> Json:
    return _filled(
        {
            "documents": list(power.documents),
            "territory": list(power.territory),
            "capacity": power.capacity,
            "valid_from": _text(power.valid_from),
            "valid_until": _text(power.valid_until),
            "citation": power.citation,
        }
    )


def _notification_table(told: Notification) -> Json:
    return _filled({"channel": told.channel, "number": told.number, "dated": _text(told.dated), "note": told.note})


def _origin_table(origin: Origin) -> Json:
    if origin == BY_HAND:
        return {}
    told = {name: getattr(origin, name) for name in _ORIGIN}
    return {name: _text(value) if name in _ORIGIN_TIMES else value for name, value in told.items() if value is not None}


def _text(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def _filled(table: Json) -> Json:
    return {name: value for name, value in table.items() if value not in ("", [], {}, None)}


def _unusable(file: str, refusal: VerifierError) -> CouldNotJudge:
    problem = refusal.problem
    return CouldNotJudge("trust-store-unreadable", f"{file}: {problem.detail}", file=file, fault=problem.code)
