from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trust.register_data import NOTE, authority, embassy_table, foreign_ministry_table, ministry_table
from verifier.countries import COUNTRIES
from verifier.errors import BadRequest, CouldNotJudge
from verifier.snapshot import Notification, NotifiedAuthority, Origin, Power, Specimen, SubjectRule
from verifier.trust.register import authority_from, check_register, read_register, table_of
from verifier.trust.register_rules import KINDS, MISSIONS

SHIPPED = Path(__file__).parents[2] / "trust_store" / "authorities"
Spoil = Callable[[dict[str, Any]], object]

FULL = NotifiedAuthority(
    id="sg-embassy",
    country="SG",
    kind="embassy",
    names=(("en", "Embassy"), ("vi", "Đại sứ quán")),
    specimens=(
        Specimen(
            id="consul",
            kind="signature",
            rule=SubjectRule(
                certificate_sha256=("ab" * 32,),
                issuer_sha256=("cd" * 32,),
                branch=("foreign",),
                organization=("Embassy",),
                unit=("Consular",),
                common_name=("Tan Wei",),
                locality=("Ha Noi",),
                country=("SG",),
                organization_identifier=("NTRSG-1",),
                serial_number=("S1",),
                uid=("MST:1",),
                policy=("1.2.3",),
            ),
            valid_from=datetime(2026, 2, 1, tzinfo=UTC),
            valid_until=datetime(2027, 2, 1, 12, 30, 1, 5, tzinfo=UTC),
            holder="Tan Wei",
            title="Consul",
            notification=Notification("note_verbale", "13/2026", date(2026, 2, 1), "second"),
        ),
    ),
    powers=(
        Power(
            ("birth-certificate",),
            ("VN", "VN-HN"),
            "consul",
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2030, 1, 1, tzinfo=UTC),
            "treaty",
        ),
    ),
    seat="VN",
    notification=Notification("note_verbale", "12/2026", date(2026, 1, 5), "first"),
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_until=datetime(2029, 1, 1, tzinfo=UTC),
    succeeds=("sg-old",),
    origin=Origin(
        "form",
        "note",
        "eu",
        7,
        "ee" * 32,
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
        datetime(2026, 1, 2, tzinfo=UTC),
        "a",
        "b",
    ),
)


def there_and_back(one: NotifiedAuthority) -> NotifiedAuthority:
    return authority_from(json.loads(json.dumps(table_of(one), sort_keys=True)))


def test_every_field_goes_there_and_back() -> None:
    for record in (FULL, FULL.specimens[0], FULL.specimens[0].rule, FULL.powers[0], FULL.notification, FULL.origin):
        unset = [one.name for one in fields(record) if not getattr(record, one.name)]
        assert unset == []
    assert there_and_back(FULL) == FULL


words = st.text("abcdeĐăôư ", min_size=1, max_size=12).filter(str.strip)
instants = st.none() | st.integers(0, 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ends = st.none() | st.integers(2 * 10**9, 3 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds + 0.5, UTC))
many = st.lists(words, max_size=3).map(tuple)
notifications = st.builds(
    Notification,
    channel=st.sampled_from(["treaty", "note_verbale", "list"]),
    number=words,
    dated=st.dates(),
    note=st.text(max_size=5),
)
rules = st.builds(SubjectRule, organization=many.filter(bool), unit=many, uid=many, branch=st.just(("foreign",)))
specimens = st.builds(
    Specimen,
    id=st.sampled_from("abc"),
    kind=st.sampled_from(["signature", "seal"]),
    rule=rules,
    valid_from=instants,
    valid_until=ends,
    holder=st.text(max_size=5),
    notification=st.just(Notification()) | notifications,
)
powers = st.builds(Power, documents=st.just(("*",)) | st.just(("a", "b-c")), valid_from=instants, valid_until=ends)
authorities = st.builds(
    NotifiedAuthority,
    id=st.sampled_from(["a", "b-1"]),
    country=st.sampled_from(sorted(COUNTRIES)),
    kind=st.sampled_from(sorted(KINDS - MISSIONS)),
    names=st.dictionaries(st.sampled_from(["vi", "en", "zh-Hans"]), words, min_size=1).map(lambda d: tuple(d.items())),
    specimens=st.lists(specimens, min_size=1, max_size=1).map(tuple),
    powers=st.lists(powers, max_size=2).map(tuple),
    seat=st.sampled_from(["", "VN"]),
    notification=notifications,
    valid_from=instants,
    valid_until=ends,
)


@given(authorities)
def test_tables_and_records_are_inverse(one: NotifiedAuthority) -> None:
    assert there_and_back(one) == one


def test_a_file_says_the_same_as_json(tmp_path: Path) -> None:
    text = """
    [[authority]]
    id = "sg-mfa"
    country = "SG"
    kind = "ministry_of_foreign_affairs"
    names = { en = "Ministry of Foreign Affairs of Singapore" }
    notification = { channel = "note_verbale", number = "12/2026", dated = 2026-01-05 }
    [[authority.specimen]]
    id = "seal"
    kind = "seal"
    rule = { organization = ["Ministry of Foreign Affairs"] }
    [[authority.power]]
    documents = ["*"]
    """
    (tmp_path / "singapore.toml").write_text(text, "utf-8")
    assert read_register(tmp_path) == (authority(foreign_ministry_table()),)
    # and what a form or a proposal writes is a table of the same keys
    assert authority_from(tomllib.loads(text)["authority"][0]) == authority(foreign_ministry_table())


def test_dates_are_the_first_instant_of_the_day_unless_an_offset_stands() -> None:
    table = ministry_table(valid_from="2026-01-01", valid_until="2027-01-01T00:00:00+07:00")
    one = authority(table)
    assert (one.valid_from, one.valid_until) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 17, tzinfo=UTC),
    )


def specimen(table: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = table["specimen"][0]
    return found


def put(table: dict[str, Any], **changes: Any) -> object:
    return table.update(changes)


def rule(**parts: list[str]) -> Spoil:
    return lambda table: specimen(table).update(rule=parts)


POWER: dict[str, Any] = {"documents": ["*"], "valid_until": "2026-01-01"}
UNDATED = {"channel": "note_verbale", "number": "1"}
ONE_THING_SPOILED: tuple[tuple[str, str, Spoil], ...] = (
    ("unknown-key", "table-malformed", lambda t: put(t, colour="red")),
    ("no-id", "table-malformed", lambda t: t.pop("id")),
    ("no-power", "table-malformed", lambda t: t.pop("power")),
    ("wrong-type", "table-malformed", lambda t: put(t, country=7)),
    ("names-not-pairs", "table-malformed", lambda t: put(t, names=[["en"]])),
    ("date-without-zone", "table-malformed", lambda t: put(t, valid_from="2026-01-01T00:00:00")),
    ("no-date", "table-malformed", lambda t: put(t, valid_from="soon")),
    ("no-day", "table-malformed", lambda t: put(t, notification=NOTE | {"dated": "yesterday"})),
    ("id", "id-malformed", lambda t: put(t, id="Singapore Embassy")),
    ("country-name", "country-unknown", lambda t: put(t, country="Singapore")),
    ("country-code", "country-unknown", lambda t: put(t, country="UK")),
    ("seat", "country-unknown", lambda t: put(t, seat="XX")),
    ("rule-country", "country-unknown", rule(organization=["E"], country=["sg"])),
    ("kind", "kind-unknown", lambda t: put(t, kind="embassador")),
    ("specimen-kind", "kind-unknown", lambda t: specimen(t).update(kind="stamp")),
    ("mission-without-seat", "seat-missing", lambda t: t.pop("seat")),
    ("no-name", "name-missing", lambda t: put(t, names={})),
    ("blank-name", "name-missing", lambda t: put(t, names={"en": " "})),
    ("language", "name-missing", lambda t: put(t, names={"English": "E"})),
    ("two-names", "name-twice", lambda t: put(t, names=[["en", "E"], ["en", "F"]])),
    ("period", "period-reversed", lambda t: put(t, valid_until="2025-12-31")),
    ("empty-period", "period-reversed", lambda t: put(t, valid_until="2026-01-01")),
    ("specimen-period", "period-reversed", lambda t: specimen(t).update(valid_until="2026-01-31")),
    (
        "power-period",
        "period-reversed",
        lambda t: put(t, power=[POWER | {"valid_from": "2027-01-01"}]),
    ),
    ("channel", "channel-unknown", lambda t: put(t, notification={"channel": "e-mail"})),
    ("number-without-channel", "channel-unknown", lambda t: put(t, notification={"number": "1"})),
    ("not-notified", "notification-missing", lambda t: t.pop("notification")),
    ("foreign-by-law", "notification-missing", lambda t: put(t, notification={"channel": "law"})),
    (
        "no-number",
        "notification-missing",
        lambda t: put(t, notification=NOTE | {"number": ""}),
    ),
    (
        "no-date-of-note",
        "notification-missing",
        lambda t: put(t, notification=UNDATED),
    ),
    ("no-specimen", "specimen-missing", lambda t: put(t, specimen=[])),
    ("specimen-twice", "specimen-twice", lambda t: put(t, specimen=[specimen(t), specimen(t)])),
    ("same-specimens", "specimens-overlap", lambda t: put(t, specimen=[specimen(t), specimen(t) | {"id": "other"}])),
    ("no-part", "rule-empty", rule()),
    ("branch-alone", "rule-empty", rule(branch=["foreign"])),
    ("policy-alone", "rule-empty", rule(policy=["1.2.3"])),
    ("blank-value", "rule-empty", rule(organization=["..."])),
    ("unknown-part", "table-malformed", rule(surname=["E"])),
    ("branch", "branch-unknown", rule(organization=["E"], branch=["abroad"])),
    ("sha256", "sha256-malformed", rule(certificate_sha256=["ab"])),
    ("sha256-capitals", "sha256-malformed", rule(issuer_sha256=["AB" * 32])),
    ("oid", "oid-malformed", rule(organization=["E"], policy=["1.02.3"])),
    ("no-documents", "document-malformed", lambda t: put(t, power=[{"documents": []}])),
    ("document", "document-malformed", lambda t: put(t, power=[{"documents": ["Birth certificate"]}])),
    ("territory", "territory-unknown", lambda t: put(t, power=[{"documents": ["*"], "territory": ["Asia"]}])),
)


CASES = [pytest.param(code, spoil, id=name) for name, code, spoil in ONE_THING_SPOILED]


@pytest.mark.parametrize(("code", "spoil"), CASES)
def test_one_thing_spoiled_is_refused(code: str, spoil: Spoil) -> None:
    table = json.loads(json.dumps(embassy_table()))
    assert authority_from(table).id == "sg-embassy"
    spoil(table)
    with pytest.raises(BadRequest) as refusal:
        authority_from(table)
    assert refusal.value.problem.code == code
    assert refusal.value.problem.params["fault"] == code


def test_a_vietnamese_rule_names_the_branch() -> None:
    table = ministry_table()
    specimen(table)["rule"] = {"organization": ["Bộ Ngoại giao"]}
    with pytest.raises(BadRequest, match="branch-missing"):
        authority_from(table)
    specimen(table)["rule"] = {"certificate_sha256": ["ab" * 32]}
    assert authority_from(table).id == "vn-mofa"


def test_one_specimen_after_the_other_is_no_overlap() -> None:
    table = embassy_table()
    first = specimen(table)
    table["specimen"] = [first, first | {"id": "next", "valid_from": first["valid_until"], "valid_until": "2028-01-01"}]
    assert len(authority_from(table).specimens) == 2


def test_two_authorities_with_one_id() -> None:
    one = authority(ministry_table())
    with pytest.raises(BadRequest, match="authority-twice"):
        check_register([one, one])


def test_two_authorities_with_one_name_at_one_time() -> None:
    one = authority(ministry_table(valid_until="2025-03-01"))
    specimens = tuple(replace(s, rule=SubjectRule(branch=("vn-government",), unit=("X",))) for s in one.specimens)
    other = replace(one, id="other", names=(("en", "MINISTRY of Foreign-Affairs"),), specimens=specimens)
    with pytest.raises(BadRequest, match="name-taken"):
        check_register([one, other])
    check_register([one, replace(other, valid_from=one.valid_until, valid_until=None)])
    check_register([one, replace(other, country="SG")])


def test_two_authorities_that_claim_the_same_certificates() -> None:
    one = authority(ministry_table())
    rules = SubjectRule(branch=("vn-government",), organization=("BỘ NGOẠI GIAO",))
    other = replace(one, id="other", names=(("vi", "Bộ khác"),), specimens=(replace(one.specimens[0], rule=rules),))
    with pytest.raises(BadRequest, match="specimens-overlap"):
        check_register([one, other])
    # names that differ in their accents alone are different names
    rules = SubjectRule(branch=("vn-government",), organization=("Bộ Ngoại giáo",))
    check_register([one, replace(other, specimens=(replace(one.specimens[0], rule=rules),))])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[[authority]]\n", "missing"),
        ("not toml", "not TOML"),
        ("[[authorities]]\n", "unknown key"),
        ('[[authority]]\norigin = { approved_by = "me" }\n', "origin"),
    ],
    ids=["empty", "no-toml", "wrong-table", "own-origin"],
)
def test_a_broken_file_refuses_the_whole_store_by_name(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "a.toml").write_text(content, "utf-8")
    with pytest.raises(CouldNotJudge) as refusal:
        read_register(tmp_path)
    problem = refusal.value.problem
    assert (problem.code, problem.params["file"]) == ("trust-store-unreadable", "a.toml")
    assert told in problem.detail


def test_two_files_with_one_authority_are_refused(tmp_path: Path) -> None:
    shipped = (SHIPPED / "vietnam.toml").read_text("utf-8")
    (tmp_path / "a.toml").write_text(shipped, "utf-8")
    (tmp_path / "b.toml").write_text(shipped, "utf-8")
    with pytest.raises(CouldNotJudge) as refusal:
        read_register(tmp_path)
    assert refusal.value.problem.params == {"file": "b.toml", "fault": "authority-twice"}


def test_no_folder_is_an_empty_register(tmp_path: Path) -> None:
    assert read_register(tmp_path / "authorities") == ()


def test_the_agencies_that_are_shipped() -> None:
    register = read_register(SHIPPED)
    known = {one.id for one in register}
    assert {one.country for one in register} == {"VN"}
    assert {old for one in register for old in one.succeeds} <= known
    # every one of them is recognised by public-service certificates alone
    assert {branch for one in register for s in one.specimens for branch in s.rule.branch} == {"vn-government"}
    assert all(one.specimens and one.powers and dict(one.names).keys() == {"vi", "en"} for one in register)
    committees = [one for one in register if one.kind == "people_committee"]
    assert len([one for one in committees if one.valid_until is None]) == 34
    assert len([one for one in committees if one.valid_until is not None]) == 30
    assert all(there_and_back(one) == one for one in register)
