from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports.samples import signature, verdict
from verifier.reports.authority import DECEPTIVE, authority_pairs, authority_word
from verifier.reports.cards import signature_card
from verifier.reports.catalogue import LANGUAGES, MISSING, entries, has
from verifier.reports.findings import AUTHORITY_ORDER, State
from verifier.reports.formats import Words
from verifier.reports.headline import headline
from verifier.reports.layers import layers
from verifier.reports.text_report import render_text
from verifier.snapshot import Branch
from verifier.trust.authority import Reason, Status
from verifier.trust.register_rules import CHANNELS, KINDS, SPECIMEN_KINDS
from verifier.verdict import AuthorityVerdict, Conclusion, DocumentVerdict, SubIndication

KNOWN = AuthorityVerdict(
    status="recognised",
    name="Đại sứ quán X tại Hà Nội",
    reason="competent",
    id="x-embassy",
    country="SG",
    kind="embassy",
    basis="b",
    specimen="consul",
    params={
        "name_vi": "Đại sứ quán X tại Hà Nội",
        "name_en": "Embassy of X in Ha Noi",
        "seat": "VN",
        "channel": "note_verbale",
        "number": "12/2026",
        "dated": "2026-01-05",
        "specimen_kind": "signature",
        "specimen_from": "2026-02-01T00:00:00+00:00",
        "holder": "Tan Wei",
        "title": "Consul",
        "capacity": "consular functions",
        "unit": "Consular Section",
    },
)
NOBODY = AuthorityVerdict(basis="c")
STATUS_OF: dict[Reason, tuple[Status, dict[str, str]]] = {
    Reason.COMPETENT: (Status.RECOGNISED, {}),
    Reason.NO_CERTIFICATE: (Status.UNKNOWN, {}),
    Reason.NO_PATH: (Status.UNKNOWN, {}),
    Reason.PATH_NOT_TRIED: (Status.UNKNOWN, {}),
    Reason.NOT_IN_REGISTER: (Status.NOT_NOTIFIED, {}),
    Reason.WRONG_BRANCH: (Status.UNKNOWN, {"named": "Bộ Y", "named_en": "Ministry Y", "branch": "vn-public"}),
    Reason.WRONG_ISSUER: (Status.NOT_NOTIFIED, {"named": "Bộ Y", "named_en": "Ministry Y"}),
    Reason.WRONG_COUNTRY: (Status.NOT_NOTIFIED, {"named": "Bộ Y", "named_en": "Ministry Y"}),
    Reason.AMBIGUOUS: (Status.UNKNOWN, {"named": "Bộ Y; Bộ Z", "named_en": "Ministry Y; Ministry Z"}),
    Reason.NOT_YET: (Status.NOT_NOTIFIED, {"from": "2026-12-01T00:00:00+07:00"}),
    Reason.AUTHORITY_ENDED: (Status.WITHDRAWN, {"until": "2026-01-01T00:00:00+07:00"}),
    Reason.SPECIMEN_ENDED: (Status.WITHDRAWN, {"until": "2026-01-01T00:00:00+07:00"}),
    Reason.NO_POWER: (Status.NOT_COMPETENT, {"document": "diploma"}),
    Reason.KIND_NOT_STATED: (Status.UNKNOWN, {}),
    Reason.NOT_DIPLOMATIC: (Status.NOT_NOTIFIED, {}),
    Reason.PLACE_NOT_STATED: (Status.UNKNOWN, {}),
    Reason.NOT_FOR_THIS_RECEIVER: (Status.NOT_COMPETENT, {"filed_at": "home"}),
}
UNIDENTIFIED = frozenset(Reason) - {
    Reason.COMPETENT,
    Reason.NOT_YET,
    Reason.AUTHORITY_ENDED,
    Reason.SPECIMEN_ENDED,
    Reason.NO_POWER,
    Reason.KIND_NOT_STATED,
    Reason.NOT_DIPLOMATIC,
    Reason.PLACE_NOT_STATED,
    Reason.NOT_FOR_THIS_RECEIVER,
}


def answer(reason: Reason) -> AuthorityVerdict:
    status, params = STATUS_OF[reason]
    base = NOBODY if reason in UNIDENTIFIED else KNOWN
    return replace(base, status=status, reason=reason, params={**base.params, **params})


def judged(reason: Reason) -> DocumentVerdict:
    return verdict(signature(authority=answer(reason)))


def test_every_reason_has_its_texts_and_every_text_its_reason() -> None:
    assert set(entries("authorities")) == {reason.value for reason in Reason}
    assert {status.value for status in Status} | {"not_checked"} == set(AUTHORITY_ORDER)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_full(reason: Reason, lang: str) -> None:
    one = judged(reason)
    said, row = headline(one, lang), layers(one, lang)[2]
    for text in (said.word, said.sentence, said.next_step, row.word, row.reason):
        assert text
        assert MISSING not in text
        assert "{" not in text
        assert "!" not in text
    named = STATUS_OF[reason][1].get("named_en" if lang == "en" else "named")
    assert named is None or (named in row.reason and named in said.sentence)
    assert "+07:00" not in said.sentence
    assert not row.reason.endswith(".")
    assert (row.state is State.VALID) == (reason is Reason.COMPETENT)
    assert (said.word in ("Hợp lệ", "Valid")) == (reason is Reason.COMPETENT)


@pytest.mark.parametrize("reason", [one for one in Reason if one is not Reason.COMPETENT])
def test_a_report_for_the_terminal_says_it_too(reason: Reason) -> None:
    text = render_text(judged(reason), "a.pdf")
    assert authority_word(answer(reason), Words("vi")) in text
    assert "Căn cứ thực hiện" in text


@pytest.mark.parametrize("reason", Reason)
def test_forgery_is_not_denied_where_somebody_elses_name_is_borne(reason: Reason) -> None:
    quiet = reason in DECEPTIVE or STATUS_OF[reason][0] in (Status.WITHDRAWN, Status.NOT_COMPETENT, Status.RECOGNISED)
    assert (headline(judged(reason), "vi").bracket == "") is quiet


def test_the_card_tells_what_the_register_says() -> None:
    card = signature_card(judged(Reason.COMPETENT), judged(Reason.COMPETENT).signatures[0], "vi")
    told = {fact.label: fact.text for fact in card.authority_facts}
    assert card.authority == "Đại sứ quán X tại Hà Nội"
    assert told == {
        "Cơ quan (theo sổ đăng ký)": "Đại sứ quán X tại Hà Nội",
        "Loại cơ quan, quốc gia": "đại sứ quán, SG, đặt tại VN",
        "Được biết qua": "công hàm số 12/2026 ngày 05/01/2026",
        "Mẫu trong sổ": "mẫu chữ ký, hiệu lực từ 01/02/2026 07:00 UTC+7",
        "Người ký theo mẫu": "Tan Wei",
        "Chức danh theo mẫu": "Consul",
        "Phạm vi thẩm quyền": "consular functions",
        "Đơn vị ghi trong chứng thư số": "Consular Section",
        "Căn cứ thực hiện": "dựa được vào chữ ký số này khi chữ ký hợp lệ (điểm b khoản 4 Điều 15a Nghị định số "
        "111/2011/NĐ-CP, bổ sung tại Nghị định số 196/2025/NĐ-CP)",
    }
    english = signature_card(judged(Reason.COMPETENT), judged(Reason.COMPETENT).signatures[0], "en")
    assert "note verbale 12/2026 of 5 Jan 2026" in [fact.text for fact in english.authority_facts]


@pytest.mark.parametrize("basis", ["a", "b", "c"])
def test_the_ground_of_the_act_names_its_article(basis: str) -> None:
    for lang, article in (("vi", f"điểm {basis} khoản 4 Điều 15a"), ("en", f"Article 15a(4)({basis})")):
        pairs = dict(authority_pairs(replace(KNOWN, basis=basis), Words(lang)))
        assert article in pairs[Words(lang).word("label", "basis")]


def test_not_asked_means_no_facts() -> None:
    one = verdict(signature())
    assert signature_card(one, one.signatures[0], "vi").authority_facts == ()
    assert layers(one, "vi")[2].state is State.UNCHECKED
    assert layers(one, "vi", authorities_asked=True)[2].word == "Không xét"


def test_an_agency_that_is_known_does_not_make_a_signature_hold() -> None:
    undecided = signature(authority=KNOWN, indication=Conclusion.INDETERMINATE, sub_indication=SubIndication.TRY_LATER)
    row = layers(verdict(undecided), "vi")[2]
    assert (row.state, row.word) == (State.INFO, "Được công nhận")
    assert "xem dòng Chữ ký" in row.reason


def test_of_several_signers_the_one_who_is_not_recognised_is_named() -> None:
    other = signature(id="sig-2", authority=answer(Reason.NOT_IN_REGISTER))
    one = verdict(signature(authority=KNOWN), other)
    assert layers(one, "vi")[2].reason.startswith("Chữ ký 2")
    assert "Chữ ký 2" in headline(one, "vi").sentence


def test_what_a_register_says_cannot_steer_a_terminal() -> None:
    evil = replace(KNOWN, name="A\u202eB", params={**KNOWN.params, "name_vi": "A\u202eB", "title": "C\x1b[2J"})
    text = render_text(verdict(signature(authority=evil)), "a.pdf")
    assert "\u202e" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("authority_kind", KINDS),
        ("notified", CHANNELS),
        ("specimen", SPECIMEN_KINDS),
        ("branch", frozenset(Branch)),
    ],
    ids=["kinds", "channels", "specimens", "branches"],
)
def test_every_word_of_the_register_has_words(group: str, names: frozenset[str]) -> None:
    assert all(has(f"words.{group}.{name}") for name in names)
