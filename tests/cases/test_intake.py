from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.filings import CONSULAR, COPY, LEGALIZATION, filed, filing, paper, upload
from tests.cases.world import ECOPY, SIGNATURE, WHO, CaseWorld, case_world, code_of
from verifier.accounts.roles import Role
from verifier.cases.filing import FiledComponent, Filing
from verifier.cases.intake import file
from verifier.cases.kernel import APPLICANT, Asker
from verifier.cases.keys import Key
from verifier.cases.secrecy import identities_of
from verifier.errors import BadRequest
from verifier.storage.database import Database
from verifier.storage.rows import token_hash


def test_a_dossier_is_filed_with_its_papers(world: CaseWorld) -> None:
    found = filed(world)

    view = world.view(found.case)
    assert (view.case.status, view.case.version, view.case.channel) == ("filed", 1, "portal")
    assert view.case.code == f"{world.authority.code}-{world.clock.now():%y%m%d}-0001"
    assert view.case.law_sha256 == world.house.book.sha256
    stored = {one.kind: one for one in view.records}
    assert (stored["paper"].component, stored["paper"].paper_id) == ("paper", view.papers[0].id)
    assert view.papers[0].sha256 == stored["paper"].sha256
    assert stored["component"].form == "consular-application"
    assert world.actions(found.case) == ["case-filed"]
    assert world.told.templates == ["filed"]


def test_the_secret_is_not_kept_and_opens_the_dossier_together_with_its_code(world: CaseWorld) -> None:
    found = filed(world)

    assert len(found.token) >= 22  # 128 bits in base64
    assert found.case.token_sha256 == token_hash(found.token)
    assert world.cases.by_token(found.case.code, found.token).id == found.case.id
    assert code_of(lambda: world.cases.by_token(found.case.code, found.token[:-1])) == "not-found"
    assert code_of(lambda: world.cases.by_token("G08-261123-0009", found.token)) == "not-found"
    logged = "".join(entry.body for entry in world.events(found.case))
    assert found.token not in logged
    assert "Bưởi" not in logged
    assert "\\u1b0" not in logged


def test_codes_of_a_day_have_no_gap_though_filings_fail_between(world: CaseWorld) -> None:
    first = filed(world)
    assert code_of(lambda: filed(world, papers=())) == "field-wrong"
    asker = world.asker(Role.RECEPTION)
    bad = replace(filing(world, asker), components=(FiledComponent(component="translation", file=uuid4()),))
    assert code_of(lambda: file(world.house, asker, bad)) in ("component-unknown", "upload-unknown")
    second = filed(world)

    assert (first.case.code[-4:], second.case.code[-4:]) == ("0001", "0002")


def test_codes_begin_anew_each_day_of_viet_nam(world: CaseWorld) -> None:
    world.clock.instant = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    old = filed(world)
    world.clock.instant = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    new = filed(world)

    assert old.case.code.endswith("-261231-0001")
    assert new.case.code.endswith("-270101-0001")


def test_many_who_file_at_once_get_codes_without_gap_or_double(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    ready = [filing(world, asker) for _ in range(12)]
    with ThreadPoolExecutor(6) as pool:
        codes = sorted(one.case.code[-4:] for one in pool.map(lambda one: file(world.house, asker, one), ready))

    assert codes == [f"{number:04d}" for number in range(1, 13)]


def test_the_same_filing_again_under_its_key_is_the_same_dossier(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    ready, key = filing(world, asker), Key("k1", hashlib.sha256(b"a").digest())
    first = file(world.house, asker, ready, key=key)
    again = file(world.house, asker, ready, key=key)

    assert (again.case.id, again.token) == (first.case.id, first.token)
    other = Key("k1", hashlib.sha256(b"b").digest())
    assert code_of(lambda: file(world.house, asker, ready, key=other)) == "idempotency-key-reused"


def test_the_same_filing_at_once_under_its_key_is_answered_alike(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    ready, key = filing(world, asker, external="CDVC-1"), Key("k1", hashlib.sha256(b"a").digest())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: file(world.house, asker, ready, key=key), range(8)))

    assert len({(one.case.id, one.token) for one in answers}) == 1


def test_an_upload_is_used_once_and_only_by_who_brought_it(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    ready = filing(world, asker)
    stranger = world.asker(Role.RECEPTION, world.another(Role.RECEPTION))

    assert code_of(lambda: file(world.house, stranger, ready)) == "upload-unknown"
    file(world.house, asker, ready)
    assert code_of(lambda: file(world.house, asker, ready)) == "upload-unknown"


def test_a_reference_of_another_system_is_filed_once(world: CaseWorld) -> None:
    filed(world, external="DVC-1")

    assert code_of(lambda: filed(world, external="DVC-1")) == "external-known"
    another = world.asker(Role.RECEPTION, world.another(Role.RECEPTION))
    assert code_of(lambda: file(world.house, another, filing(world, another, external="DVC-1"))) == "external-known"


def test_each_client_numbers_by_itself(world: CaseWorld) -> None:
    first, second = (client_of(world) for _ in range(2))
    for one in (first, second, world.asker(Role.RECEPTION)):
        send = partial(file, world.house, one, filing(world, one, external="N-1"))
        assert send().case.external == "N-1"
        assert code_of(send) == "external-known"


def client_of(world: CaseWorld) -> Asker:
    """A machine client that files for people."""
    return replace(world.asker(Role.RECEPTION), id=f"client:{uuid4()}", may=frozenset({APPLICANT}), person=None)


def test_who_filed_by_electronic_identity_is_found_and_not_readable(world: CaseWorld) -> None:
    found = filed(world, identity="079090000001")

    assert found.case.identity in identities_of(world.house.ring, "079090000001")
    assert found.case.identity not in identities_of(world.house.ring, "079090000002")


def test_an_authority_without_a_calendar_takes_nothing_in(database: Database, tmp_path: Path) -> None:
    mission = add_authority(database, code="G08.US01", kind="mission")
    with case_world(database, tmp_path, authority=mission) as world:
        world.competent(CONSULAR)
        asker = world.asker(Role.RECEPTION)
        assert code_of(lambda: file(world.house, asker, filing(world, asker))) == "authority-without-calendar"


def test_an_authority_without_competence_takes_nothing_in(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    ready = filing(world, asker)
    world.competent(COPY)

    assert code_of(lambda: file(world.house, asker, ready)) == "procedure-not-offered"
    world.competent(CONSULAR, since=date(2030, 1, 1))
    assert code_of(lambda: file(world.house, asker, ready)) == "procedure-not-offered"


SPOILT: dict[str, tuple[Callable[[Filing], Filing], str]] = {
    "procedure": (lambda one: replace(one, procedure="alchemy"), "procedure-unknown"),
    "channel": (lambda one: replace(one, channel="counter"), "channel-not-offered"),
    "delivery": (lambda one: replace(one, delivery="pigeon"), "delivery-not-offered"),
    "fact": (lambda one: replace(one, facts={"weather": "fine"}), "fact-unknown"),
    "value of a fact": (lambda one: replace(one, facts={"language": "la"}), "fact-wrong"),
    "no name": (lambda one: replace(one, applicant=replace(WHO, name=" ")), "field-missing"),
    "hidden letter": (lambda one: replace(one, applicant=replace(WHO, name="A\u202eB")), "text-unclear"),
    "letter no font has": (lambda one: replace(one, applicant=replace(WHO, name="王伟")), "text-unprintable"),
    "kind of applicant": (lambda one: replace(one, applicant=replace(WHO, kind="ghost")), "field-wrong"),
    "no contact": (lambda one: replace(one, applicant=replace(WHO, phone="", email="")), "contact-missing"),
    "no e-mail address": (lambda one: replace(one, applicant=replace(WHO, email="x")), "email-unclear"),
    "no telephone number": (lambda one: replace(one, applicant=replace(WHO, phone="abc")), "field-wrong"),
    "e-mail to nobody": (
        lambda one: replace(one, delivery="e-mail", applicant=replace(WHO, email="")),
        "field-missing",
    ),
    "e-mail for what is on paper": (
        lambda one: replace(one, delivery="e-mail", papers=(replace(one.papers[0], work="CNXT"),)),
        "delivery-on-paper",
    ),
    "data store of nobody": (lambda one: replace(one, delivery="data-store"), "field-missing"),
    "no paper": (lambda one: replace(one, papers=()), "field-wrong"),
    "paper without a name": (lambda one: replace(one, papers=(replace(one.papers[0], name=""),)), "field-missing"),
    "paper without a file": (
        lambda one: replace(one, papers=(replace(one.papers[0], file=None),)),
        "paper-file-missing",
    ),
    "kind of work": (lambda one: replace(one, papers=(replace(one.papers[0], work="XYZ"),)), "work-not-offered"),
    "type": (lambda one: replace(one, papers=(replace(one.papers[0], type="9"),)), "field-wrong"),
    "no copies": (lambda one: replace(one, papers=(replace(one.papers[0], copies=0),)), "field-wrong"),
    "signed tomorrow": (
        lambda one: replace(one, papers=(replace(one.papers[0], signed_on=date(2100, 1, 1)),)),
        "field-wrong",
    ),
    "country": (lambda one: replace(one, papers=(replace(one.papers[0], countries=("XX",)),)), "field-wrong"),
    "long number": (lambda one: replace(one, papers=(replace(one.papers[0], serial="9" * 51),)), "text-unclear"),
    "component": (
        lambda one: replace(one, components=(FiledComponent(component="crown", file=uuid4()),)),
        "component-unknown",
    ),
    "a file nobody brought": (
        lambda one: replace(one, papers=(replace(one.papers[0], file=uuid4()),)),
        "upload-unknown",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_filing_is_refused_and_leaves_nothing(world: CaseWorld, what: str) -> None:
    asker = world.asker(Role.RECEPTION)
    spoil, code = SPOILT[what]
    ready = filing(world, asker)

    assert code_of(lambda: file(world.house, asker, spoil(ready))) == code
    assert file(world.house, asker, ready).case.code.endswith("-0001")


@pytest.mark.parametrize(("procedure", "most"), [(COPY, 1000), (SIGNATURE, 1000), (CONSULAR, 1000), (ECOPY, 1)])
def test_copies_of_what_is_given_as_a_file_alone_are_not_asked_for(world: CaseWorld, procedure: str, most: int) -> None:
    asker = world.asker(Role.RECEPTION)
    ready = filing(world, asker, procedure)

    with pytest.raises(BadRequest) as refused:
        file(world.house, asker, replace(ready, papers=(replace(ready.papers[0], copies=most + 1),)))
    assert (refused.value.problem.code, refused.value.problem.params["field"]) == ("field-wrong", "papers.0.copies")
    assert file(world.house, asker, replace(ready, papers=(replace(ready.papers[0], copies=most),))).case.code


@pytest.mark.parametrize(
    "name", ["work", "type", "holder", "serial", "office", "signer", "title", "signed_on", "countries"]
)
def test_each_field_of_a_consular_application_is_required(world: CaseWorld, name: str) -> None:
    asker = world.asker(Role.RECEPTION)
    ready = filing(world, asker)
    blank: Any = None if name == "signed_on" else () if name == "countries" else ""
    bad = replace(ready, papers=(replace(ready.papers[0], **{name: blank}),))

    with pytest.raises(BadRequest) as refused:
        file(world.house, asker, bad)
    assert refused.value.problem.code == "field-missing"
    assert refused.value.problem.params["field"] == f"papers.0.{name}"


@pytest.mark.parametrize("phone", ["0912 000 000", "(024) 3799-3000", "+856 21 413 400", "0049 30 53630100", ""])
def test_numbers_of_all_countries_are_taken(world: CaseWorld, phone: str) -> None:
    found = filed(world, applicant=replace(WHO, phone=phone, email="o'buoi+ho-so@mail.example.vn"), delivery="e-mail")

    assert found.case.applicant.phone == phone


def placed(world: CaseWorld, procedure: str, work: str, issued_in: str, *used_in: str) -> tuple[str, tuple[str, ...]]:
    """File a paper; return where it comes from and where it goes, as the dossier says."""
    asker = world.asker(Role.RECEPTION)
    own = paper(procedure, work=work, issuing_country=issued_in, countries=used_in, file=upload(world, asker))
    case = file(world.house, asker, filing(world, asker, procedure, papers=(own,))).case
    (entered,) = world.papers(case)
    return entered.issuing_country, entered.countries


@pytest.mark.parametrize("work", ["CNLS", "CNXT"])
def test_a_vietnamese_paper_for_use_abroad_need_not_say_where_it_comes_from(world: CaseWorld, work: str) -> None:
    assert placed(world, CONSULAR, work, "", "LA", "DE") == ("VN", ("LA", "DE"))
    assert placed(world, CONSULAR, work, "VN", "LA") == ("VN", ("LA",))


@pytest.mark.parametrize("used_in", [(), ("VN",)])
def test_a_foreign_paper_is_legalized_for_use_in_viet_nam(world: CaseWorld, used_in: tuple[str, ...]) -> None:
    assert placed(world, LEGALIZATION, "HPHLS", "LA", *used_in) == ("LA", ("VN",))


MISPLACED: dict[str, tuple[str, str, str, tuple[str, ...], str, str]] = {
    "a foreign paper to be certified": (CONSULAR, "CNLS", "LA", ("DE",), "field-wrong", "issuing_country"),
    "certified for use at home": (CONSULAR, "CNLS", "VN", ("LA", "VN"), "field-wrong", "countries"),
    "a foreign paper presented": (CONSULAR, "CNXT", "LA", ("DE",), "field-wrong", "issuing_country"),
    "a paper of nowhere to be legalized": (LEGALIZATION, "HPHLS", "", ("VN",), "field-missing", "issuing_country"),
    "a Vietnamese paper to be legalized": (LEGALIZATION, "HPHLS", "VN", ("VN",), "field-wrong", "issuing_country"),
    "legalized for use abroad": (LEGALIZATION, "HPHLS", "LA", ("DE",), "field-wrong", "countries"),
    "a foreign paper with an Apostille of ours": ("apostille", "", "LA", ("DE",), "field-wrong", "issuing_country"),
    "an Apostille for use at home": ("apostille", "", "VN", ("VN",), "field-wrong", "countries"),
}


@pytest.mark.parametrize("what", MISPLACED)
def test_no_paper_takes_an_act_that_is_not_for_it(world: CaseWorld, what: str) -> None:
    procedure, work, issued_in, used_in, code, field = MISPLACED[what]
    world.clock.instant = datetime(2026, 11, 20, 3, tzinfo=UTC)

    with pytest.raises(BadRequest) as refused:
        placed(world, procedure, work, issued_in, *used_in)

    assert refused.value.problem.code == code
    assert refused.value.problem.params["field"] == f"papers.0.{field}"


def test_a_text_that_is_too_long_is_told_how_long_it_may_be(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    ready = filing(world, asker)

    with pytest.raises(BadRequest) as refused:
        file(world.house, asker, replace(ready, papers=(replace(ready.papers[0], serial="9" * 51),)))

    assert refused.value.problem.params == {"field": "papers.0.serial", "limit": "50"}


def test_signatures_are_certified_for_individuals(world: CaseWorld) -> None:
    company = replace(WHO, kind="company")

    assert code_of(lambda: filed(world, SIGNATURE, applicant=company)) == "individuals-only"
    assert filed(world, SIGNATURE).case.status == "filed"


def test_a_dossier_keeps_the_law_of_the_day_on_which_it_was_filed(world: CaseWorld) -> None:
    world.clock.instant = datetime(2026, 9, 10, 3, tzinfo=UTC)
    found = filed(world)
    world.clock.instant = datetime(2026, 9, 14, 3, tzinfo=UTC)

    assert found.case.law_day == date(2026, 9, 10)
    assert world.house.law(world.now(found.case)).day == date(2026, 9, 10)


def test_translations_are_kept_with_their_papers(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    own = paper(
        LEGALIZATION, language="other", file=upload(world, asker), translation=upload(world, asker, b"%PDF-1.7 x")
    )
    found = filed(world, LEGALIZATION, papers=(own,))

    kinds = {one.kind: one.id for one in world.view(found.case).records}
    assert world.papers(found.case)[0].translation_id == kinds["translation"]
    assert timedelta() == found.case.filed_at - world.clock.now()


def test_what_comes_online_is_looked_at_on_the_same_working_day(world: CaseWorld) -> None:
    world.clock.instant = datetime(2026, 11, 20, 3, tzinfo=UTC)  # Friday
    assert filed(world).case.step_due == datetime(2026, 11, 20, 10, tzinfo=UTC)
    world.clock.instant = datetime(2026, 11, 21, 3, tzinfo=UTC)  # Saturday: counts from Monday
    assert filed(world).case.step_due == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert filed(world, COPY).case.step_due is not None
