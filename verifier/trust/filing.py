"""Reading for what and where a document is handed in, as a command line or a form says it."""

from __future__ import annotations

import re

from verifier.countries import COUNTRIES, VIET_NAM
from verifier.errors import BadRequest
from verifier.snapshot import Filing

KIND = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""A code of a kind of document."""
HOME = "home"
MISSION = "mission:"
MOST_STATES = 20
"""To which one mission is sent."""


def filing_from(document_kind: str | None, filed_at: str | None) -> Filing | None:
    """Return what was said; None where nothing was, and `at` empty where only the kind was said.

    `filed_at` is `home` or `mission:` with ISO codes, host state first; Viet Nam is none of them, and nobody is sent to
    half the world. BadRequest `bad-filing` for anything else.
    """
    if document_kind is None and filed_at is None:
        return None
    if document_kind is not None and not KIND.fullmatch(document_kind):
        why = f"a kind of document is a code of a-z, 0-9, dot, dash and low line, not {document_kind[:80]!r}"
        raise BadRequest("bad-filing", why, value=document_kind[:80])
    if filed_at is None or filed_at == HOME:
        return Filing(document_kind or "", filed_at or "")
    codes = tuple(one.strip().upper() for one in filed_at.removeprefix(MISSION).split(","))
    if not filed_at.startswith(MISSION) or not set(codes) <= COUNTRIES - {VIET_NAM} or len(codes) > MOST_STATES:
        why = f"a place of filing is home, or mission: with ISO codes of states as mission:SG,BN, not {filed_at[:80]!r}"
        raise BadRequest("bad-filing", why, value=filed_at[:80])
    return Filing(document_kind or "", "mission", tuple(dict.fromkeys(codes)))
