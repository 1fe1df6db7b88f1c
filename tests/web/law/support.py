"""The public site with the pages and the API of the law, on a day of the test's own, for a visitor or for staff."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from flask import Flask

from tests.support.templates import sharing
from tests.web.pages import HELP, ready_service
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.law.book import LawBook, law_book
from verifier.law_desk import LawDesk
from verifier.outside.clock import FixedClock
from verifier.storage.authorities import Authority
from verifier.storage.people import Person
from verifier.web.assembly import Parts, assemble
from verifier.web.jobs import Validations
from verifier.web.law import law_api, law_data, procedures
from verifier.web.public import blueprint, render_problem
from verifier.web.site import Site

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""Ten o'clock on a Monday in Hà Nội."""


def law_app(spool: Path, *roles: Role, at: datetime = NOW, book: LawBook | None = None) -> Flask:
    """The site; whoever asks is signed in with these roles, or a visitor where there are none."""
    parts = Parts(
        service=cast("Validations", ready_service()),
        site=Site("Cục Lãnh sự", "Consular Department", HELP),
        pages=blueprint,
        render_problem=render_problem,
        spool=spool,
        secret_key="a secret of the tests, 32 letters",
        rate_limit="9999 per minute",
        blueprints=(procedures, law_api, law_data),
        identify=lambda: staff(*roles) if roles else Caller(),
        law=LawDesk(book or law_book(), FixedClock(at)),
    )
    return sharing(assemble(parts))


def staff(*roles: Role) -> Caller:
    """Somebody who works for an authority."""
    place = Authority(
        id=UUID(int=1), code="G08", kind="ministry", name_vi="Cục Lãnh sự", name_en="Consular Department",
        address_vi="", address_en="", time_zone="Asia/Ho_Chi_Minh", signature_name="", seal_name="", forwards_to=None,
        valid_from=date(2020, 1, 1), valid_until=None, version=1, created_at=NOW,
    )  # fmt: skip
    person = Person(
        id=UUID(int=2), authority_id=place.id, login="lan", name="Nguyễn Thị Lan", title_vi="", title_en="", email="",
        created_at=NOW, disabled_at=None, version=1, changed_at=NOW, changed_by=None,
    )  # fmt: skip
    return Caller(authority=place, person=person, roles=frozenset(roles))
