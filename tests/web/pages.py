"""A site with the public pages over a service that keeps ready results: every sample verdict under its own name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import cast
from uuid import UUID

from flask import Flask
from PIL import Image, ImageDraw

from tests.reports.samples import AT, SAMPLES
from tests.support.templates import sharing
from verifier.audit import Actor
from verifier.reports.json_report import dumps, to_json
from verifier.storage.blobs import StoredFile
from verifier.storage.scope import VISITOR, Scope
from verifier.storage.validations import Validation
from verifier.verdict import DocumentVerdict, Outcome
from verifier.web.assembly import Parts, assemble
from verifier.web.health import Trouble
from verifier.web.jobs import NOBODY, Owner, Validations
from verifier.web.public import blueprint, render_problem
from verifier.web.public.services import PageSize, Pictures
from verifier.web.site import Site
from verifier.web.uploads import MIB, Readable

A4 = PageSize(0, 0, 595, 842)
HELP = "024 3799 3456 (8:00–17:00)"
FILE_NAME = "van-bang-tot-nghiep.pdf"


def job(outcome: Outcome | None, state: str = "done", step: int = 4, file_name: str = FILE_NAME) -> Validation:
    judged = isinstance(outcome, DocumentVerdict)
    problem = None if outcome is None or isinstance(outcome, DocumentVerdict) else outcome.problem
    return Validation(
        id=UUID(int=1),
        file_name=file_name,
        size=1_834_221,
        sha256="5e" * 32,
        kind="pdf",
        language="vi",
        state="failed" if problem else state,
        step=step,
        attempts=1,
        received_at=AT,
        expires_at=AT + timedelta(days=30),
        finished_at=AT if outcome else None,
        conclusion=outcome.conclusion.value if isinstance(outcome, DocumentVerdict) else "",
        problem=problem,
        report_text=dumps(to_json(outcome, file_name)) if outcome else None,
        document_blob="blob",
        bundle_blob="bundle" if judged else None,
    )


@dataclass
class ReadyService:
    jobs: dict[str, Validation] = field(default_factory=dict)
    taken: list[tuple[str, bytes, tuple[str, ...]]] = field(default_factory=list)

    load: int = 0

    def submit(
        self, stream: Readable, file_name: str, lang: str, passwords: tuple[str, ...] = (), owner: Owner = NOBODY
    ) -> str:
        data = stream.read(10**9)
        token = hashlib.sha256(file_name.encode()).hexdigest()[:32]
        self.taken.append((file_name, data, passwords))
        self.jobs[token] = job(SAMPLES["passed"], file_name=file_name)
        return token

    def get(self, token: str, scope: Scope = VISITOR) -> Validation | None:
        return self.jobs.get(token)

    def read(self, token: str, owner: Owner) -> Validation | None:
        return self.get(token)

    def look(self, token: str, owner: Owner) -> Validation | None:
        return self.get(token)

    def of_authority(
        self, scope: Scope, limit: int = 50, before: datetime | None = None, before_id: UUID | None = None
    ) -> tuple[Validation, ...]:
        return ()

    def delete(self, token: str, scope: Scope = VISITOR, actor: Actor | None = None) -> bool:
        return self.jobs.pop(token, None) is not None

    def document(self, token: str, scope: Scope = VISITOR) -> StoredFile | None:
        return StoredFile(token, lambda: nullcontext(Path(token))) if token in self.jobs else None

    def bundle(self, token: str, scope: Scope = VISITOR) -> Iterator[bytes] | None:
        found = self.jobs.get(token)
        return iter([b"PK", b"bundle"]) if found and found.bundle_blob else None


def ready_service(extra: Mapping[str, Validation] | None = None) -> ReadyService:
    jobs = {name: job(outcome) for name, outcome in SAMPLES.items()}
    jobs["waiting"] = job(None, "received", 1)
    jobs["gathering"] = job(None, "judging", 3)
    return ReadyService({**jobs, **(extra or {})})


@dataclass(frozen=True)
class PaintedPictures:
    sizes: tuple[PageSize, ...] = (A4, A4, PageSize(0, 0, 842, 595))

    def pages(self, document: StoredFile) -> tuple[PageSize, ...]:
        return self.sizes

    def picture(self, document: StoredFile, page: int, width: int) -> bytes:
        size = self.sizes[page - 1]
        height = round(width * (size.top - size.bottom) / (size.right - size.left))
        image = Image.new("RGB", (width, height), "white")
        pen = ImageDraw.Draw(image)
        for line in range(12):
            pen.rectangle((90, 160 + 46 * line, width - 90 - (line * 53) % 260, 172 + 46 * line), fill="#c9d0d6")
        out = BytesIO()
        image.save(out, "WEBP", quality=60)
        return out.getvalue()


def site_of(
    service: ReadyService,
    spool: Path,
    pictures: Pictures | None = None,
    *,
    rate: str = "9999 per minute",
    troubles: Mapping[str, Trouble] | None = None,
) -> Flask:
    parts = Parts(
        service=cast("Validations", service),
        site=Site(
            "Cục Lãnh sự, Bộ Ngoại giao", "Consular Department, Ministry of Foreign Affairs", HELP, upload_bytes=MIB
        ),
        pages=blueprint,
        render_problem=render_problem,
        spool=spool,
        secret_key="a secret of the tests, 32 letters",
        pictures=pictures,
        rate_limit=rate,
        troubles=troubles or {},
    )
    return sharing(assemble(parts))
