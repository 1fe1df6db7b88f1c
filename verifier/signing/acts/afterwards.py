"""What becomes of a document after its release: annulled, replaced, or in force; and what the public learns of it."""

from __future__ import annotations

import re
from uuid import UUID

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import clean_text
from verifier.errors import BadRequest
from verifier.register.numbers import book_text, fall
from verifier.signing.acts.facts import CODE_BYTES, code_hash
from verifier.signing.acts.house import SIGNERS, House, asking, changed, event, found
from verifier.signing.acts.plan import plan_from
from verifier.signing.acts.records import Issued, Standing
from verifier.signing.records import Kind, State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.scope import SYSTEM

_SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST_CODE = 4 * CODE_BYTES
"""Characters of what may be a check code, with blanks and dashes."""


class Afterwards:
    """Annuls what was released, and tells how it stands."""

    def __init__(self, house: House) -> None:
        self._house = house

    def annul(self, caller: Caller, id_: UUID, ground: str, decision: str) -> Issuance:
        """As `Issuing.annul`."""
        asks, now = asking(caller, SIGNERS), self._house.clock()
        if not caller.proved_within(now):
            raise BadRequest("step-up-needed")
        why, by = _words(ground, "ground"), _words(decision, "decision")
        with self._house.database.unit(caller.scope) as unit:
            act = found(unit, id_, hold=True)
            if act.state != State.RELEASED:
                raise BadRequest("not-released")
            if act.annulled_at is not None or act.replaced_by_id is not None:
                raise BadRequest("not-in-force")
            changed(
                unit, act, annulled_at=now, annulled_by=asks.person.id, annul_ground=why, annul_decision=by
            )  # fmt: skip
            fall(unit, id_, "annulled", f"{by}: {why}", now)
            details = {"decision": by, "number": act.number_text, "sha256": act.output_sha256}
            unit.audit.append(event(act, "issuance-annulled", caller.actor, now, reason=why, details=details))
            return found(unit, id_)

    def by_code(self, code: str) -> Issued | None:
        """As `Issuing.by_code`."""
        if not code or len(code) > LONGEST_CODE:
            return None
        with self._house.database.unit(SYSTEM) as unit:
            return _issued(unit, unit.issuances.by_check(code_hash(code)))

    def by_sha256(self, sha256: str) -> Issued | None:
        """As `Issuing.by_sha256`."""
        if not _SHA256.fullmatch(sha256):
            return None
        with self._house.database.unit(SYSTEM) as unit:
            act = unit.issuances.by_output(sha256)
            if act is None and (renewed := unit.versions.by_sha256(sha256)):
                act = unit.issuances.get(renewed)
            return _issued(unit, act)


def _issued(unit: UnitOfWork, act: Issuance | None) -> Issued | None:
    if act is None or act.state != State.RELEASED or act.released_at is None:
        return None
    authority = unit.authorities.get(act.authority_id)
    if authority is None:
        return None
    later = unit.issuances.get(act.replaced_by_id) if act.replaced_by_id else None
    standing, since = Standing.IN_FORCE, None
    if act.annulled_at is not None:
        standing, since = Standing.ANNULLED, act.annulled_at
    elif later is not None:
        standing, since = Standing.REPLACED, later.released_at
    return Issued(
        id=act.id,
        kind=Kind(act.kind),
        number=act.number_text,
        book=_book(act),
        authority_vi=authority.name_vi,
        authority_en=authority.name_en,
        released_at=act.released_at,
        sha256=act.output_sha256,
        standing=standing,
        since=since,
        ground=act.annul_ground,
        decision=act.annul_decision,
        replacement=later.number_text if later else "",
    )


def _book(act: Issuance) -> str:
    shown = act.year is not None and plan_from(act.layout).book_shown
    return book_text(act.book, act.year, act.volume) if shown and act.year is not None else ""


def _words(raw: str, field: str) -> str:
    try:
        words = clean_text(raw)
    except BadRequest as refusal:
        raise BadRequest(refusal.problem.code, refusal.problem.detail, field=field) from None
    if not words:
        raise BadRequest(f"{field}-missing", field=field)
    return words
