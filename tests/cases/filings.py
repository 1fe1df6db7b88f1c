"""Filings that are in order, for tests to spoil."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from tests.cases.world import CONSULAR, COPY, LEGALIZATION, PDF, WHO, CaseWorld
from verifier.accounts.roles import Role
from verifier.cases.filing import FiledPaper, Filing
from verifier.cases.intake import Filed, file
from verifier.cases.kernel import Asker
from verifier.cases.keys import Key
from verifier.cases.records import Upload

WORK = {CONSULAR: "CNLS", LEGALIZATION: "HPHLS"}


def upload(world: CaseWorld, asker: Asker, data: bytes = PDF) -> UUID:
    """Bring a file as somebody."""
    assert asker.scope.authority is not None
    sha256, now = hashlib.sha256(data).hexdigest(), world.clock.now()
    blob = world.blobs.put(data)
    one = Upload(
        uuid4(), asker.scope.authority, asker.id, "bằng.pdf", "application/pdf", len(data), sha256, blob, now, 1
    )
    with world.database.unit(asker.scope) as unit:
        unit.cases.add_upload(one)
    return one.id


def paper(procedure: str = CONSULAR, **changes: Any) -> FiledPaper:
    """Return a paper of which all is said."""
    placed: dict[str, Any] = {"countries": ("LA",)}
    if procedure == LEGALIZATION:
        placed = {"countries": ("VN",), "issuing_country": "LA"}
    one = FiledPaper(
        name="Bằng tốt nghiệp đại học", work=WORK.get(procedure, ""), type="0501", holder="Đỗ Thị Bưởi",
        serial="B 12345", office="Trường Đại học Thử", signer="Ngô Văn Ký", title="Hiệu trưởng",
        signed_on=date(2025, 6, 30), language="vi", pages=1, **placed,
    )  # fmt: skip
    return replace(one, **changes)


def filing(world: CaseWorld, asker: Asker, procedure: str = CONSULAR, **changes: Any) -> Filing:
    """Return a filing in order, by the portal or (copies, signatures) at the counter."""
    world.competent(procedure)
    online = procedure in WORK
    own = paper(procedure, file=upload(world, asker) if online else None)
    ready = Filing(procedure=procedure, channel="portal" if online else "counter", applicant=WHO, papers=(own,))
    return replace(ready, **changes)


def filed(world: CaseWorld, procedure: str = CONSULAR, *, key: Key | None = None, **changes: Any) -> Filed:
    """File a dossier at the desk."""
    asker = world.asker(Role.RECEPTION)
    return file(world.house, asker, filing(world, asker, procedure, **changes), key=key)


__all__ = ["CONSULAR", "COPY", "LEGALIZATION", "filed", "filing", "paper", "upload"]
