"""The forms that propose a change of trust: what each asks for, and the operation that is made of what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from flask import request

from verifier.errors import BadRequest
from verifier.keeping.alarms import WAITS
from verifier.keeping.operations import anchor_key, certificates, single_certificate
from verifier.snapshot import Scheme, TrustSnapshot
from verifier.trust.lists.xml import MAX_BYTES
from verifier.trust.register import table_of
from verifier.web.chrome import words
from verifier.web.trust.authority_form import FIELDS, MULTIPLE, ROWS, authority_table, typed_of
from verifier.web.trust.base import desk
from verifier.web.uploads import clean_file_name

Typed = dict[str, Any]
Operation = dict[str, Any]
MOST_BYTES = MAX_BYTES
"""Largest file of a proposal: no larger list is read, so that none is kept either."""


@dataclass(frozen=True)
class Form:
    """One kind of proposal as a form."""

    operation: Callable[[Typed], Operation]
    fields: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    """Fields of which there may be several of one name."""
    file: str = ""
    """The field that holds a file; empty where none is asked for."""
    start: Callable[[TrustSnapshot], Typed] = field(default=lambda _snapshot: {})
    """What the form begins with, beside what the address says."""
    chosen: str = ""
    """The field in which one of those that are there must be chosen; empty where there is none."""


def typed_in(form: Form) -> Typed:
    """Return what was typed; of a file that was sent, or was kept by an earlier try, its SHA-256."""
    told: Typed = {name: request.form.get(name, "").strip() for name in (*form.fields, "reason")}
    told |= {name: request.form.getlist(name)[:MULTIPLE] for name in form.several}
    if form.file:
        told |= {"kept": request.form.get("kept", ""), "file_name": request.form.get("file_name", "")[:200]}
    return told


def keep_file(form: Form, told: Typed) -> None:
    """Keep the file that was sent, and note its SHA-256 as `kept`: a form that is shown again need not ask anew.

    BadRequest `trust-file-missing`, or why it is no certificate.
    """
    sent = request.files.get(form.file)
    if sent is not None and sent.filename:
        data = sent.stream.read(MOST_BYTES + 1)
        told["kept"] = ""
        told["file_name"] = clean_file_name(sent.filename)
        if form.file == "certificate":
            data = single_certificate(data, "certificate")
        told["kept"] = desk().keep(data)
    if not told["kept"] and not (form.file == "pins" and _followed(told["scheme"])):
        raise BadRequest("trust-file-missing", field=form.file)


def require_chosen(form: Form, told: Typed) -> None:
    """Refuse a form in which nothing was chosen: BadRequest `nothing-chosen`."""
    if form.chosen and not told[form.chosen]:
        raise BadRequest("nothing-chosen", field=form.chosen)


def _list_by_file(told: Typed) -> Operation:
    return _taken(told["scheme"], told["kept"], told["file_name"])


def _list_that_waits(told: Typed) -> Operation:
    """Take over a newer list that the service fetched by itself."""
    found = next((one for one in desk().sources() if one.scheme == told["scheme"] and one.problem == WAITS), None)
    if found is None:
        raise BadRequest("scheme-unknown", field="scheme")
    return _taken(found.scheme, str(found.params["sha256"]), found.location, found.params.get("pivots", ()))


def _taken(scheme: str, file: str, name: str, pivots: Iterable[str] = ()) -> Operation:
    return {"kind": "take-list", "scheme": scheme, "file": file, "name": name, "pivots": list(pivots)}


def _list_by_fetch(told: Typed) -> Operation:
    scheme = next((one for one in desk().keeper.snapshot().schemes if one.id == told["scheme"]), None)
    if scheme is None or not scheme.location:
        raise BadRequest("scheme-unknown", field="scheme")
    data = desk().fetched(scheme.location)
    return _taken(scheme.id, desk().keep(data), scheme.location)


def _followed(id_: str) -> Scheme | None:
    """Return the list of this id that is followed now."""
    return next((one for one in desk().keeper.snapshot().schemes if one.id == id_), None)


def _follow_start(_snapshot: TrustSnapshot) -> Typed:
    """What a form on a list that is followed already begins with; its certificates stay where no file is sent."""
    found = _followed(request.args.get("scheme", ""))
    if found is None:
        return {}
    names = ("name", "location", "territory", "branch", "refresh")
    plain = {name: str(getattr(found, name)) for name in names}
    return plain | {"list_kind": found.kind, "brings_authorities": "yes" if found.brings_authorities else ""}


def _follow(told: Typed) -> Operation:
    known = _followed(told["scheme"])
    sent = certificates(desk().keeper.archive.kept(told["kept"]), "pins") if told["kept"] else ()
    pins = [desk().keep(der) for der in sent or (known.pins if known else ())]
    names = ("scheme", "name", "location", "territory", "branch", "list_kind", "refresh", "source")
    plain = {name: told[name] for name in names} | {"territory": told["territory"].upper()}
    return {"kind": "set-scheme", **plain, "pins": pins, "brings_authorities": bool(told["brings_authorities"])}


def _unfollow(told: Typed) -> Operation:
    return {
        "kind": "end-scheme",
        "scheme": told["scheme"],
        "trusted_until": first_instant(told["trusted_until"], "trusted_until"),
    }


def _anchor(told: Typed) -> Operation:
    typed = "".join(told["fingerprint"].replace(":", "").split()).lower()
    if typed != told["kept"]:
        raise BadRequest("fingerprint-differs", "it is not the one of the file", field="fingerprint")
    names = ("name", "branch", "source", "compared", "uses")
    return {"kind": "add-anchor", "certificate": told["kept"], **{name: told[name] for name in names}}


def _anchor_end(told: Typed) -> Operation:
    return {
        "kind": "end-anchor",
        "sha256": told["sha256"],
        "trusted_until": first_instant(told["trusted_until"], "trusted_until"),
    }


def _authority(told: Typed) -> Operation:
    return {"kind": "set-authority", "authority": authority_table(told), "source": told["number"]}


def _authority_start(snapshot: TrustSnapshot) -> Typed:
    wanted = request.args.get("id", "")
    found = next((one for one in snapshot.authorities if one.id == wanted), None)
    return typed_of({} if found is None else table_of(found))


def _authority_end(told: Typed) -> Operation:
    return {
        "kind": "end-authority",
        "id": told["id"],
        "valid_until": first_instant(told["valid_until"], "valid_until"),
    }


def _folder(_told: Typed) -> Operation:
    return dict(desk().keeper.folder_operation())


def first_instant(told: str, name: str) -> str:
    """Return when a day begins for the authority, as ISO 8601; BadRequest `bad-date`."""
    try:
        return datetime.combine(date.fromisoformat(told), time(), words().zone).isoformat()
    except (ValueError, OverflowError):
        raise BadRequest("bad-date", told[:40], field=name) from None


def schemes(snapshot: TrustSnapshot, *, fetched: bool = False) -> list[tuple[str, str]]:
    """Return id and name of lists, for a choice."""
    found = [one for one in snapshot.schemes if one.location or not fetched]
    return [(one.id, f"{one.name} ({one.id})") for one in sorted(found, key=lambda one: one.name.casefold())]


def anchors(snapshot: TrustSnapshot) -> list[tuple[str, str]]:
    """Return fingerprint and name of the anchors that are kept by hand, for a choice."""
    found = sorted((one for one in snapshot.anchors if not one.service), key=lambda one: one.name.casefold())
    return [(anchor_key(one), f"{one.name} ({anchor_key(one)[:16]}…)") for one in found]


FORMS: Mapping[str, Form] = {
    "folder": Form(_folder),
    "list-file": Form(_list_by_file, ("scheme",), file="file", chosen="scheme"),
    "list-waiting": Form(_list_that_waits, ("scheme",), chosen="scheme"),
    "list-fetch": Form(_list_by_fetch, ("scheme",), chosen="scheme"),
    "follow": Form(
        _follow,
        (
            "scheme",
            "name",
            "location",
            "territory",
            "branch",
            "list_kind",
            "refresh",
            "source",
            "brings_authorities",
        ),
        file="pins",
        start=_follow_start,
    ),
    "unfollow": Form(_unfollow, ("scheme", "trusted_until"), chosen="scheme"),
    "anchor": Form(
        _anchor, ("name", "branch", "source", "compared", "fingerprint"), several=("uses",), file="certificate"
    ),
    "anchor-end": Form(_anchor_end, ("sha256", "trusted_until"), chosen="sha256"),
    "authority": Form(_authority, FIELDS, several=ROWS, start=_authority_start),
    "authority-end": Form(_authority_end, ("id", "valid_until"), chosen="id"),
}
"""By the last part of the address."""
