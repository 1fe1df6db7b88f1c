"""A procedure that holds nothing but its ids, and the fees that this release ships."""

from __future__ import annotations

import shutil
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from verifier.law.answers import Fee, FeeAsk
from verifier.law.fees import Fees
from verifier.law.procedures.records import Procedure
from verifier.law.source import FOLDER, Source

TODAY = date(2026, 11, 23)
FEES = Fees.read(Source())
MOST = 200_000


def procedure(id_: str) -> Procedure:
    empty: dict[str, Any] = {one.name: () for one in fields(Procedure)}
    return Procedure(**(empty | {"id": id_, "fee": id_}))


def reckoned(id_: str, ask: FeeAsk, day: date = TODAY) -> Fee:
    return FEES.fee(procedure(id_), day, ask)


def copied(folder: Path, *changes: tuple[str, str]) -> Source:
    """A copy of the data with some texts changed, each of which stands in it."""
    (folder / "fees").mkdir()
    path = folder / "fees" / "fees.toml"
    shutil.copy(FOLDER / "fees" / "fees.toml", path)
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return Source(folder)
