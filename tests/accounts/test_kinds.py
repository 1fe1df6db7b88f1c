from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.accounts.support import AT
from verifier.accounts.kinds import by_law, check_competences, kinds
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority, Competence


def authority(kind: str, **changes: Any) -> Authority:
    plain: dict[str, Any] = {
        "id": uuid4(),
        "code": "H26",
        "kind": kind,
        **dict.fromkeys(("name_vi", "name_en", "address_vi", "address_en", "signature_name", "seal_name"), "x"),
        "time_zone": "Asia/Ho_Chi_Minh",
        "forwards_to": None,
        "valid_from": date(2010, 1, 1),
        "valid_until": None,
        "version": 1,
        "created_at": AT,
    }
    return Authority(**(plain | changes))


def competence(
    procedure: str, first: date, last: date | None = None, capacity: str = "decide", citation: str = "Điều 5"
) -> Competence:
    return Competence(uuid4(), uuid4(), procedure, capacity, first, last, citation)


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("ministry", competence("consular-legalization", date(2026, 1, 1))),
        ("local_office", competence("consular-certification", date(2026, 1, 1), capacity="receive")),
        ("ministry", competence("consular-legalization", date(2026, 1, 1), capacity="receive")),
        ("ministry", competence("apostille", date(2026, 9, 11))),
        ("commune", competence("certified-copy", date(2025, 7, 1))),
        ("district", competence("certified-copy", date(2015, 4, 10), date(2025, 6, 30))),
        ("notary_office", competence("certified-ecopy", date(2021, 1, 1), date(2021, 12, 31))),
    ],
)
def test_what_the_law_gives_is_taken(kind: str, one: Competence) -> None:
    check_competences(authority(kind), [one])


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("local_office", competence("consular-certification", date(2026, 1, 1))),  # receives only
        ("commune", competence("apostille", date(2026, 9, 11))),
        ("ministry", competence("apostille", date(2026, 9, 10))),  # a day early
        ("district", competence("certified-copy", date(2015, 4, 10), date(2025, 7, 1))),  # a day late
        ("district", competence("certified-copy", date(2015, 4, 10))),  # without an end
        ("ministry", competence("consular-legalization", date(2025, 12, 31))),
        ("agency", competence("certified-copy", date(2025, 7, 1))),
        ("ministry", competence("consular-legalization", date(2026, 1, 1), capacity="sign")),
    ],
)
def test_what_the_law_does_not_give_is_refused(kind: str, one: Competence) -> None:
    with pytest.raises(BadRequest) as refused:
        check_competences(authority(kind), [one])

    assert refused.value.problem.code == "competence-without-law"


def test_two_entries_of_one_procedure_do_not_hold_on_the_same_day() -> None:
    first = competence("certified-copy", date(2025, 7, 1), date(2025, 12, 31))
    after = competence("certified-copy", date(2026, 1, 1))
    check_competences(authority("commune"), [after, first])

    with pytest.raises(BadRequest) as refused:
        check_competences(authority("commune"), [first, competence("certified-copy", date(2025, 12, 31))])

    assert refused.value.problem.code == "competence-overlaps"


@pytest.mark.parametrize(("born", "died"), [(date(2025, 7, 2), None), (date(2020, 1, 1), date(2030, 1, 1))])
def test_nobody_is_competent_before_they_exist_or_after(born: date, died: date | None) -> None:
    with pytest.raises(BadRequest) as refused:
        check_competences(
            authority("commune", valid_from=born, valid_until=died), [competence("certified-copy", date(2025, 7, 1))]
        )

    assert refused.value.problem.code == "competence-outside"


def test_district_offices_end_with_june_2025() -> None:
    assert {basis.valid_until for basis in kinds().of("district")} == {date(2025, 6, 30)}


def test_every_entry_has_names_and_a_citation() -> None:
    found = kinds()
    assert all(basis.citation for basis in found.bases)
    assert {lang for names in (*found.kinds.values(), *found.procedures.values()) for lang in names} == {"vi", "en"}


@pytest.mark.parametrize("kind", sorted(kinds().kinds))
def test_what_the_law_gives_to_an_authority_fits_the_law(kind: str) -> None:
    for first, last in ((date(2010, 1, 1), None), (date(2021, 5, 1), date(2026, 6, 30))):
        one = authority(kind, valid_from=first, valid_until=last)
        given = by_law(one)
        check_competences(one, given)
        assert bool(given) == (kind != "agency")


CONSULAR = ("consular-certification", "consular-legalization")


@pytest.mark.parametrize(
    ("name", "capacity", "first"),
    [
        ("Sở Ngoại vụ thành phố Đà Nẵng", "decide", date(2026, 5, 9)),
        ("SỞ NGOẠI VỤ THÀNH PHỐ HẢI PHÒNG", "decide", date(2026, 8, 1)),
        ("Sở Ngoại vụ Thành phố Hồ Chí Minh", "decide", date(2026, 1, 1)),
        ("Sở Ngoại vụ tỉnh Lạng Sơn", "receive", date(2026, 5, 9)),
    ],
)
@pytest.mark.parametrize("procedure", CONSULAR)
def test_a_decentralised_province_may_have_what_the_law_gives_it(
    procedure: str, name: str, capacity: str, first: date
) -> None:
    check_competences(authority("local_office", name_vi=name), [competence(procedure, first, capacity=capacity)])


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Sở Ngoại vụ tỉnh Lạng Sơn", date(2026, 5, 9)),  # intake only
        ("Sở Ngoại vụ thành phố Cần Thơ", date(2026, 5, 8)),  # a day early
        ("Sở Ngoại vụ tỉnh Cà Mau", date(2026, 5, 9)),  # not named
    ],
)
def test_no_other_local_office_decides(name: str, first: date) -> None:
    with pytest.raises(BadRequest) as refused:
        check_competences(authority("local_office", name_vi=name), [competence("consular-legalization", first)])

    assert refused.value.problem.code == "competence-without-law"


def test_the_law_by_itself_lets_a_local_office_receive_only() -> None:
    given = by_law(authority("local_office", name_vi="Sở Ngoại vụ thành phố Đà Nẵng"))
    assert {(one.procedure, one.capacity, one.valid_from) for one in given} == {
        (procedure, "receive", date(2026, 1, 1)) for procedure in CONSULAR
    }
    assert len(given) == len(CONSULAR)
