from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from tests.trust import register_data as data
from tests.trust.register_data import EMBASSY, MINISTRY, SIGNED_AT, Names, authority, certificate, utc, with_rule
from verifier.snapshot import Anchor, Filing, Notification, NotifiedAuthority, Power, SubjectRule
from verifier.trust.authority import authority_of
from verifier.trust.folding import folded, same
from verifier.verdict import AuthorityVerdict
from verifier.x509 import Certificate

HOME = Filing("", "home")
AT_SINGAPORE = Filing("", "mission", ("SG", "BN"))
SECOND = timedelta(microseconds=1)

ministry = authority(data.ministry_table())
embassy = authority(data.embassy_table())
foreign_ministry = authority(data.foreign_ministry_table())


@dataclass(frozen=True)
class Situation:
    """A signature and what is known; spoil one thing."""

    subject: Names
    anchor: Anchor | None
    register: tuple[NotifiedAuthority, ...]
    filing: Filing | None = HOME
    at: datetime = SIGNED_AT
    issuer: Names = data.FOREIGN_ROOT
    between: tuple[Certificate, ...] = ()

    def but(self, **changes: object) -> Situation:
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def said(self) -> AuthorityVerdict:
        path: Sequence[Certificate] = (certificate(self.subject, self.issuer), *self.between)
        return authority_of(path, self.anchor, self.at, self.filing, self.register)


AT_HOME = Situation(MINISTRY, data.GOVERNMENT, (ministry, embassy), issuer=data.GOVERNMENT_ROOT)
FROM_ABROAD = Situation(EMBASSY, data.FOREIGN, (ministry, embassy, foreign_ministry))
AT_MISSION = FROM_ABROAD.but(subject=data.FOREIGN_MINISTRY, filing=AT_SINGAPORE)


def answer(said: AuthorityVerdict) -> tuple[str, str, str, str]:
    return said.status, said.reason, said.id, said.basis


def test_a_vietnamese_agency_is_recognised_with_what_the_register_says() -> None:
    said = AT_HOME.said
    assert answer(said) == ("recognised", "competent", "vn-mofa", "a")
    assert (said.name, said.country, said.kind) == ("Bộ Ngoại giao", "VN", "ministry_of_foreign_affairs")
    assert said.specimen == "seal"
    assert said.params["name_en"] == "Ministry of Foreign Affairs"
    assert said.params["unit"] == "Cục Lãnh sự"
    assert said.params["channel"] == "law"


def test_an_embassy_in_viet_nam_is_recognised_for_dossiers_at_home() -> None:
    said = FROM_ABROAD.said
    assert answer(said) == ("recognised", "competent", "sg-embassy", "b")
    assert (said.params["number"], said.params["dated"]) == ("12/2026", "2026-01-05")
    assert (said.params["holder"], said.params["title"]) == ("Tan Wei", "Consul")
    assert said.params["specimen_from"] == "2026-02-01T00:00:00+00:00"
    assert said.params["capacity"] == "consular functions"


def test_a_ministry_abroad_is_recognised_for_dossiers_at_a_mission_there() -> None:
    assert answer(AT_MISSION.said) == ("recognised", "competent", "sg-mfa", "b")


def spoiled(one: NotifiedAuthority, **changes: object) -> tuple[NotifiedAuthority, ...]:
    return (replace(one, **changes),)  # type: ignore[arg-type]


def notified_by(one: NotifiedAuthority, channel: str) -> tuple[NotifiedAuthority, ...]:
    return spoiled(one, notification=Notification(channel, "1"))


def named(*parts: tuple[str, str]) -> Names:
    return (("C", "VN"), *parts)


LIMITED = (Power(("birth-certificate",)),)
ENDED_POWER = (Power(valid_until=SIGNED_AT),)
LATER_POWER = (Power(valid_from=SIGNED_AT + SECOND),)
CASES: dict[str, tuple[Situation, tuple[str, str, str, str]]] = {
    # whose certificate it is
    "nobody-of-ours": (
        AT_HOME.but(subject=named(("O", "CÔNG TY X"))),
        ("unknown", "not-in-register", "", "c"),
    ),
    "nobody-of-a-public-ca": (
        AT_HOME.but(subject=named(("O", "CÔNG TY X")), anchor=data.PUBLIC),
        ("unknown", "not-in-register", "", "c"),
    ),
    "nobody-from-abroad": (
        FROM_ABROAD.but(subject=(("C", "SG"), ("O", "Somebody"))),
        ("not_notified", "not-in-register", "", "c"),
    ),
    "the-same-name-from-a-public-ca": (AT_HOME.but(anchor=data.PUBLIC), ("unknown", "wrong-branch", "", "c")),
    "the-same-name-from-abroad": (AT_HOME.but(anchor=data.FOREIGN), ("not_notified", "wrong-branch", "", "c")),
    "the-same-name-without-branch": (
        AT_HOME.but(anchor=data.anchor(data.GOVERNMENT_ROOT, "")),
        ("unknown", "wrong-branch", "", "c"),
    ),
    "an-embassy-by-a-public-ca": (FROM_ABROAD.but(anchor=data.PUBLIC), ("unknown", "wrong-country", "", "c")),
    "an-embassy-by-another-state": (FROM_ABROAD.but(anchor=data.OTHER), ("not_notified", "wrong-country", "", "c")),
    "an-embassy-by-an-anchor-of-no-state": (
        FROM_ABROAD.but(anchor=data.anchor((("CN", "Root"),))),
        ("not_notified", "wrong-country", "", "c"),
    ),
    "accents-that-differ": (
        AT_HOME.but(subject=named(("O", "Bộ Ngoại giáo"))),
        ("unknown", "not-in-register", "", "c"),
    ),
    "no-path-from-abroad": (FROM_ABROAD.but(anchor=None), ("not_notified", "no-path", "", "c")),
    "no-path-in-viet-nam": (AT_HOME.but(anchor=None), ("unknown", "no-path", "", "c")),
    # when
    "authority-over": (
        FROM_ABROAD.but(register=spoiled(embassy, valid_until=SIGNED_AT)),
        ("withdrawn", "authority-ended", "sg-embassy", "c"),
    ),
    "authority-not-yet": (
        FROM_ABROAD.but(register=spoiled(embassy, valid_from=SIGNED_AT + SECOND)),
        ("not_notified", "not-yet", "sg-embassy", "c"),
    ),
    "specimen-over": (
        FROM_ABROAD.but(at=utc("2027-02-01")),
        ("withdrawn", "specimen-ended", "sg-embassy", "c"),
    ),
    "specimen-not-yet": (
        FROM_ABROAD.but(at=utc("2026-02-01") - SECOND),
        ("not_notified", "not-yet", "sg-embassy", "c"),
    ),
    # what it may do
    "no-power": (
        FROM_ABROAD.but(register=spoiled(embassy, powers=())),
        ("not_competent", "no-power", "sg-embassy", ""),
    ),
    "power-over": (
        FROM_ABROAD.but(register=spoiled(embassy, powers=ENDED_POWER)),
        ("not_competent", "no-power", "sg-embassy", ""),
    ),
    "power-not-yet": (
        FROM_ABROAD.but(register=spoiled(embassy, powers=LATER_POWER)),
        ("not_competent", "no-power", "sg-embassy", ""),
    ),
    "another-kind": (
        FROM_ABROAD.but(register=spoiled(embassy, powers=LIMITED), filing=Filing("diploma")),
        ("not_competent", "no-power", "sg-embassy", ""),
    ),
    "this-kind": (
        FROM_ABROAD.but(register=spoiled(embassy, powers=LIMITED), filing=Filing("birth-certificate")),
        ("recognised", "competent", "sg-embassy", "b"),
    ),
    "any-kind": (FROM_ABROAD.but(filing=Filing("diploma")), ("recognised", "competent", "sg-embassy", "b")),
    "kind-not-stated": (
        FROM_ABROAD.but(register=spoiled(embassy, powers=LIMITED)),
        ("unknown", "kind-not-stated", "sg-embassy", "c"),
    ),
    "nothing-stated": (
        AT_HOME.but(register=spoiled(ministry, powers=LIMITED), filing=None),
        ("unknown", "kind-not-stated", "vn-mofa", "c"),
    ),
    # for whom
    "at-home-nothing-stated": (AT_HOME.but(filing=None), ("recognised", "competent", "vn-mofa", "a")),
    "at-home-for-a-mission": (AT_HOME.but(filing=AT_SINGAPORE), ("recognised", "competent", "vn-mofa", "a")),
    "place-not-stated": (FROM_ABROAD.but(filing=None), ("unknown", "place-not-stated", "sg-embassy", "c")),
    "only-kind-stated": (FROM_ABROAD.but(filing=Filing("x", "")), ("unknown", "place-not-stated", "sg-embassy", "c")),
    "an-embassy-for-a-mission": (
        FROM_ABROAD.but(filing=AT_SINGAPORE),
        ("not_competent", "not-for-this-receiver", "sg-embassy", "c"),
    ),
    "an-embassy-seated-elsewhere": (
        FROM_ABROAD.but(register=spoiled(embassy, seat="TH")),
        ("not_competent", "not-for-this-receiver", "sg-embassy", "c"),
    ),
    "a-consulate-at-home": (
        FROM_ABROAD.but(register=spoiled(embassy, kind="consulate")),
        ("recognised", "competent", "sg-embassy", "b"),
    ),
    "a-consular-body-at-home": (
        FROM_ABROAD.but(register=spoiled(embassy, kind="consular_body")),
        ("recognised", "competent", "sg-embassy", "b"),
    ),
    "a-ministry-at-home": (AT_MISSION.but(filing=HOME), ("not_competent", "not-for-this-receiver", "sg-mfa", "c")),
    "a-ministry-at-another-mission": (
        AT_MISSION.but(filing=Filing("", "mission", ("TH",))),
        ("not_competent", "not-for-this-receiver", "sg-mfa", "c"),
    ),
    "concurrently-accredited": (
        AT_MISSION.but(filing=Filing("", "mission", ("BN", "SG"))),
        ("recognised", "competent", "sg-mfa", "b"),
    ),
    "a-mission-nowhere": (
        AT_MISSION.but(filing=Filing("", "mission")),
        ("not_competent", "not-for-this-receiver", "sg-mfa", "c"),
    ),
    "another-authority-at-a-mission": (
        AT_MISSION.but(register=spoiled(foreign_ministry, kind="notary")),
        ("recognised", "competent", "sg-mfa", "b"),
    ),
    "known-by-a-list": (
        FROM_ABROAD.but(register=notified_by(embassy, "list")),
        ("not_notified", "not-diplomatic", "sg-embassy", "c"),
    ),
    "known-by-nobody": (
        FROM_ABROAD.but(register=spoiled(embassy, notification=Notification())),
        ("not_notified", "not-diplomatic", "sg-embassy", "c"),
    ),
    "known-by-treaty": (
        FROM_ABROAD.but(register=notified_by(embassy, "treaty")),
        ("recognised", "competent", "sg-embassy", "b"),
    ),
}


@pytest.mark.parametrize(("situation", "expected"), CASES.values(), ids=CASES)
def test_case(situation: Situation, expected: tuple[str, str, str, str]) -> None:
    assert answer(situation.said) == expected


def test_without_a_certificate_nobody_is_known() -> None:
    assert answer(authority_of((), None, SIGNED_AT, HOME, (ministry,))) == ("unknown", "no-certificate", "", "c")


def test_a_date_is_told_with_what_came_to_its_end() -> None:
    said = FROM_ABROAD.but(at=utc("2027-03-01")).said
    assert said.params["until"] == "2027-02-01T00:00:00+00:00"
    assert FROM_ABROAD.but(at=utc("2026-01-20")).said.params["from"] == "2026-02-01T00:00:00+00:00"


def test_a_name_borne_by_somebody_else_is_told_as_such() -> None:
    said = AT_HOME.but(anchor=data.PUBLIC).said
    assert (said.name, said.params["named"], said.params["branch"]) == ("", "Bộ Ngoại giao", "vn-public")


# --- rules ---------------------------------------------------------------------------------------------------------

RICH: Names = (
    ("C", "VN"),
    ("L", "Hà Nội"),
    ("O", "VĂN PHÒNG CHÍNH PHỦ"),
    ("OU", "Cục"),
    ("CN", "CỔNG THÔNG TIN ĐIỆN TỬ CHÍNH PHỦ"),
    ("UID", "MNS:1032158"),
    ("UID", "MST:0102357802"),
    ("SERIALNUMBER", "S-1"),
    ("organizationIdentifier", "NTRVN-01"),
)
PARTS = {
    "organization": ("Văn phòng Chính phủ", "Văn phòng Quốc hội"),
    "unit": ("Cục", "Vụ"),
    "common_name": ("Cong thong tin dien tu Chinh phu", "Cổng khác"),
    "locality": ("Ha Noi", "Hải Phòng"),
    "country": ("VN", "SG"),
    "organization_identifier": ("ntrvn 01", "NTRVN-02"),
    "serial_number": ("S1", "S-2"),
    "uid": ("MST:0102357802", "MST:0102357803"),
    "branch": ("vn-government", "vn-public"),
    "policy": (data.POLICY, "1.2.3.5"),
}


def rich(**parts: tuple[str, ...]) -> AuthorityVerdict:
    leaf = certificate(RICH, data.GOVERNMENT_ROOT, policy=True)
    rules = {"branch": ("vn-government",), "organization": ("VAN PHONG CHINH PHU",)} | parts
    return authority_of((leaf,), data.GOVERNMENT, SIGNED_AT, HOME, (with_rule(ministry, **rules),))


@pytest.mark.parametrize("part", PARTS)
def test_every_part_that_is_given_must_hold(part: str) -> None:
    right, wrong = PARTS[part]
    assert rich(**{part: (right,)}).status == "recognised"
    assert rich(**{part: (wrong, right)}).status == "recognised"
    assert rich(**{part: (wrong,)}).status == "unknown"


def test_the_very_certificate_and_its_issuers() -> None:
    leaf = certificate(RICH, data.GOVERNMENT_ROOT, policy=True)
    root = certificate(data.GOVERNMENT_ROOT, data.GOVERNMENT_ROOT)
    assert rich(certificate_sha256=(leaf.sha256,)).status == "recognised"
    assert rich(certificate_sha256=(root.sha256,)).reason == "not-in-register"
    assert rich(issuer_sha256=(root.sha256,)).status == "recognised"
    assert rich(issuer_sha256=(leaf.sha256,)).reason == "wrong-issuer"


@pytest.mark.parametrize(
    "parts", [{}, {"branch": ("foreign",)}, {"country": ("SG",)}], ids=["none", "branch", "country"]
)
def test_a_rule_that_tells_no_subject_fits_nothing(parts: Rule) -> None:
    said = FROM_ABROAD.but(register=(with_rule(embassy, **parts),)).said
    assert said.reason == "not-in-register"


def test_a_specimen_that_names_the_issuer_lets_another_state_vouch() -> None:
    root = certificate(data.OTHER_ROOT, data.OTHER_ROOT)
    rule = {"organization": ("Embassy of Singapore, Ha Noi",), "issuer_sha256": (root.sha256,)}
    assert FROM_ABROAD.but(anchor=data.OTHER, register=(with_rule(embassy, **rule),)).said.status == "recognised"
    public = FROM_ABROAD.but(anchor=data.PUBLIC, register=(with_rule(embassy, **rule),))
    assert public.said.reason == "wrong-issuer"


def test_a_ca_below_the_anchor_counts_as_issuer() -> None:
    ca = certificate((("C", "SG"), ("CN", "Issuing CA")), data.FOREIGN_ROOT)
    rule = {"organization": ("Embassy of Singapore, Ha Noi",), "issuer_sha256": (ca.sha256,)}
    one = FROM_ABROAD.but(register=(with_rule(embassy, **rule),))
    assert one.said.reason == "wrong-issuer"
    assert one.but(between=(ca,)).said.status == "recognised"


# --- which of several ----------------------------------------------------------------------------------------------

Rule = dict[str, tuple[str, ...]]
GOVERNED: Rule = {"branch": ("vn-government",)}
OFFICE: Rule = {"organization": ("Văn phòng Chính phủ",)}
PORTAL: Rule = {**OFFICE, "common_name": ("Cổng Thông tin điện tử Chính phủ",)}


def chosen(
    *rules: Rule, change: Callable[[int, NotifiedAuthority], NotifiedAuthority] | None = None
) -> AuthorityVerdict:
    register = [replace(with_rule(ministry, **GOVERNED, **rule), id=f"a{place}") for place, rule in enumerate(rules)]
    if change:
        register = [change(place, one) for place, one in enumerate(register)]
    leaf = certificate(RICH, data.GOVERNMENT_ROOT, policy=True)
    return authority_of((leaf,), data.GOVERNMENT, SIGNED_AT, HOME, register)


SHA256 = certificate(RICH, data.GOVERNMENT_ROOT, policy=True).sha256
ISSUER = data.certificate(data.GOVERNMENT_ROOT, data.GOVERNMENT_ROOT).sha256
ORDER: tuple[Rule, ...] = (
    {"certificate_sha256": (SHA256,)},
    {"issuer_sha256": (ISSUER,), "uid": ("MST:0102357802",)},
    {"serial_number": ("S-1",)},
    PORTAL,
    OFFICE,
)


@pytest.mark.parametrize("place", range(len(ORDER) - 1))
def test_the_most_specific_specimen_wins(place: int) -> None:
    for less in ORDER[place + 1 :]:
        assert chosen(ORDER[place], less).id == "a0"
        assert chosen(less, ORDER[place]).id == "a1"


NEVER_GUESSED: dict[str, tuple[Rule, Rule]] = {
    "the-same": (OFFICE, OFFICE),
    "neither-contains-the-other": (OFFICE, {"common_name": PORTAL["common_name"]}),
    "the-same-certificate": (ORDER[0], ORDER[0]),
    "each-with-more": (PORTAL, {**OFFICE, "unit": ("Cục",)}),
    "more-of-something-else": (PORTAL, {"unit": ("Cục",)}),
}


@pytest.mark.parametrize("rules", NEVER_GUESSED.values(), ids=NEVER_GUESSED)
def test_two_authorities_that_fit_equally_are_never_guessed(rules: tuple[Rule, ...]) -> None:
    said = chosen(*rules)
    assert answer(said) == ("unknown", "ambiguous", "", "c")
    assert said.params["named"] == "Bộ Ngoại giao; Bộ Ngoại giao"


def ended(
    until: datetime | None, since: datetime | None = None
) -> Callable[[int, NotifiedAuthority], NotifiedAuthority]:
    return lambda place, one: replace(one, valid_until=until) if place == 0 else replace(one, valid_from=since)


def test_of_an_agency_and_its_successor_the_one_in_force_is_meant() -> None:
    change = SIGNED_AT - SECOND
    assert answer(chosen(OFFICE, OFFICE, change=ended(change, change))) == ("recognised", "competent", "a1", "a")
    later = SIGNED_AT + SECOND
    assert answer(chosen(OFFICE, OFFICE, change=ended(later, later))) == ("recognised", "competent", "a0", "a")
    assert answer(chosen(OFFICE, OFFICE, change=ended(change, later)))[:3] == ("withdrawn", "authority-ended", "a0")


def test_dates_do_not_decide_between_rules_of_which_neither_follows_the_other() -> None:
    change = SIGNED_AT - SECOND
    said = chosen(OFFICE, {"common_name": PORTAL["common_name"]}, change=ended(change, change))
    assert said.reason == "ambiguous"


def test_a_specimen_that_was_withdrawn_is_not_passed_by_for_a_more_general_one() -> None:
    one = with_rule(ministry, **GOVERNED, **OFFICE)
    person = replace(
        one.specimens[0], id="person", rule=SubjectRule(certificate_sha256=(SHA256,)), valid_until=SIGNED_AT
    )
    leaf = certificate(RICH, data.GOVERNMENT_ROOT, policy=True)
    register = (replace(one, specimens=(*one.specimens, person)),)
    assert authority_of((leaf,), data.GOVERNMENT, SIGNED_AT - SECOND, HOME, register).specimen == "person"
    said = authority_of((leaf,), data.GOVERNMENT, SIGNED_AT, HOME, register)
    assert (said.status, said.reason) == ("withdrawn", "specimen-ended")


def test_a_specimen_and_the_next_with_the_same_rule() -> None:
    first = embassy.specimens[0]
    following = replace(first, id="next", valid_from=first.valid_until, valid_until=None)
    register = (replace(embassy, specimens=(following, first)),)
    assert FROM_ABROAD.but(register=register).said.specimen == "consul"
    assert FROM_ABROAD.but(register=register, at=utc("2027-02-01")).said.specimen == "next"


def test_a_crowd_of_names_fits_nobody() -> None:
    crowd = (*MINISTRY, *(("OU", str(place)) for place in range(64)))
    assert AT_HOME.but(subject=crowd).said.reason == "not-in-register"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("Bộ Ngoại giao", "BỘ NGOẠI GIAO", True),
        ("Bộ Ngoại giao", "Bo Ngoai Giao", True),
        ("Ủy ban nhân dân", "Uỷ  ban nhân dân", True),
        ("Đắk Lắk", "DAK LAK", True),
        ("Lao động - Thương binh", "Lao động Thương binh", True),
        ("Tân Hòa", "Tân Hóa", False),
        ("Bộ Ngoại giao", "Bộ Nội vụ", False),
        ("Bộ Ngоại giao", "Bộ Ngoại giao", False),
        ("", "", False),
        ("...", "-", False),
    ],
    ids=["case", "accents", "place-of-tone", "d", "dash", "tone", "other", "cyrillic", "empty", "punctuation"],
)
def test_names_are_compared_folded(one: str, other: str, *, equal: bool) -> None:
    assert same(one, other) is equal
    assert same(other, one) is equal


def test_folding() -> None:
    assert folded("MST:0100112437-001") == "mst0100112437001"
    assert folded("Đường Nguyễn Thị Định") == "duongnguyenthidinh"
