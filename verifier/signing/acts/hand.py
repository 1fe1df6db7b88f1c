"""An act in hand: its row as it stands, its plain files, and how a step of it is committed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from verifier.audit import Event
from verifier.reports.json_report import from_json
from verifier.signing.acts.facts import Office, office_of
from verifier.signing.acts.house import Files, House
from verifier.signing.acts.output import refuse_changed
from verifier.signing.acts.plan import Plan, plan_from
from verifier.signing.records import HeldKey, Piece, State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.scope import of
from verifier.verdict import Outcome

LEASE = timedelta(minutes=3)
"""For so long is an act nobody else's; each step begins it anew. Who took longer finds it changed, and lets go."""

InIt = Callable[[UnitOfWork], Mapping[str, Any]]
"""What is done in the transaction of a step, beside the act's own row; returns what else is noted in that."""


class Lost(Exception):
    """Somebody else has changed the act meanwhile; it is theirs now."""


class Hand:
    """One act, held by one thread."""

    def __init__(self, house: House, act: Issuance, files: Files) -> None:
        self.house, self.act, self.files = house, act, files
        self.pieces: tuple[Piece, ...] = ()
        """Drawn with the act's number, once that is done in this process."""
        self._working: tuple[str, Path] | None = None

    @cached_property
    def plan(self) -> Plan:
        """Return the act's plan."""
        return plan_from(self.act.layout)

    @cached_property
    def office(self) -> Office:
        """Return who acts, read once for all steps that this process makes at a stretch."""
        with self.house.database.unit(of(self.act.authority_id)) as unit:
            return office_of(unit, self.act.authority_id, self.act.officer_id)

    @cached_property
    def original(self) -> Path:
        """Return a plain copy of the document as it came in; CouldNotIssue where it is not what was judged then."""
        path = self.files.plain(self.act.input_blob)
        refuse_changed(path, path.stat().st_size, self.act.input_sha256)
        return path

    @cached_property
    def before(self) -> Outcome:
        """Return what our judge said of the document as it came in."""
        return from_json(json.loads(self.act.input_report))

    @cached_property
    def keys(self) -> tuple[HeldKey, ...]:
        """Return the keys that the signer process holds, asked once for all steps at a stretch."""
        return self.house.parts.signs.keys()

    @property
    def working(self) -> Path:
        """Return a plain copy of the document as far as it is."""
        name = self.act.working_blob or ""
        if self._working is None or self._working[0] != name:
            self._working = name, self.files.plain(name)
        return self._working[1]

    def commit(
        self, state: State, now: datetime, *, events: tuple[Event, ...] = (), in_it: InIt | None = None, **told: Any
    ) -> None:
        """Make a step: one transaction. Lost where the act is somebody else's now."""
        columns: dict[str, Any] = {"problem": None, "attempts": 0, "next_try_at": None, "leased_until": now + LEASE}
        self._change(columns | {"state": state.value} | told, events, in_it)

    def commit_with(self, path: Path, state: State, now: datetime, *, in_it: InIt | None = None, **told: Any) -> None:
        """Make a step that brings a new form of the document; the old one is deleted afterwards.

        What a crash leaves of either has a name that no row holds, and is swept up.
        """
        old, blobs = self.act.working_blob, self.house.blobs
        name = blobs.put_file(path)
        self.commit(state, now, in_it=in_it, working_blob=name, **told)
        self._working = name, path
        if old:
            blobs.delete(old)

    def note(self, *, events: tuple[Event, ...] = (), in_it: InIt | None = None, **told: Any) -> None:
        """Change the act without making a step."""
        self._change(told, events, in_it)

    def _change(self, columns: dict[str, Any], events: tuple[Event, ...], in_it: InIt | None) -> None:
        with self.house.database.unit(of(self.act.authority_id)) as unit:
            told = columns | dict(in_it(unit) if in_it else {})
            if not unit.issuances.change(self.act, **told):
                raise Lost
            for one in events:
                unit.audit.append(one)
        self.act = replace(self.act, version=self.act.version + 1, **told)
