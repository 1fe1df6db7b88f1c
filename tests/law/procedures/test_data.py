from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import pytest

from verifier.law.procedures import Absence, Procedure, Procedures
from verifier.law.records import STATUSES, Cited, NoAnswer, Words
from verifier.law.source import FOLDER, Source

TODAY = date(2026, 11, 23)
IDS = (
    "consular-certification",
    "consular-legalization",
    "certified-copy",
    "certified-ecopy",
    "apostille",
    "signature-certification",
)
CONSULAR = IDS[:2]
CERTIFICATION = ("certified-copy", "certified-ecopy", "signature-certification")
LISTS = (
    "national_ids", "variants", "channels", "components", "places", "steps", "occasions", "results", "delivery",
    "keeping", "rules", "legal_basis",
)  # fmt: skip
FORMS = {
    "receipt", "supplement-request", "refusal", "apology", "stop-notice", "control-sheet", "tracking-book",
    "fee-notice", "fee-receipt", "confirmation-request", "consular-application", "register-copies",
    "register-signatures", "register-consular", "register-apostille", "wording-copy",
    "wording-signature-one", "wording-signature-one-desk", "wording-signature-several", "wording-fingerprint",
    "wording-cannot-sign", "certificate-presented",
}  # fmt: skip


@lru_cache
def procedures(*switches: str) -> Procedures:
    return Procedures.read(Source(switches=frozenset(switches)))


def get(id_: str, day: date = TODAY) -> Procedure:
    return procedures().get(id_, day)


def slices() -> list[Procedure]:
    return [one for id_ in IDS for one in procedures().history(id_) if isinstance(one, Procedure)]


def ids(lines: tuple[object, ...]) -> list[str]:
    return [str(getattr(one, "id", "")) for one in lines]


def line(made: Procedure, part: str, id_: str) -> object:
    return next(one for one in getattr(made, part) if one.id == id_)


def basis(found: object) -> Cited:
    told = getattr(found, "basis", None)
    assert isinstance(told, Cited)
    return told


def words(found: object) -> Words:
    told = getattr(found, "words", None)
    assert isinstance(told, Words)
    return told


def test_the_procedures_stand_in_their_order() -> None:
    assert procedures().ids == IDS


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2015, 4, 9), ()),
        (date(2015, 4, 10), ("certified-copy", "signature-certification")),
        (date(2020, 5, 21), ("certified-copy", "signature-certification")),
        (date(2020, 5, 22), CERTIFICATION),
        (date(2025, 12, 31), CERTIFICATION),
        (date(2026, 1, 1), (*CONSULAR, *CERTIFICATION)),
        (date(2026, 9, 10), (*CONSULAR, *CERTIFICATION)),
        (date(2026, 9, 11), IDS),
    ],
)
def test_each_procedure_begins_on_its_day(day: date, expected: tuple[str, ...]) -> None:
    assert tuple(one.id for one in procedures().at(day)) == expected


@pytest.mark.parametrize(
    ("id_", "day", "reason_vi", "reason_en"),
    [
        ("consular-certification", date(2025, 12, 31), "áp dụng từ ngày 01/01/2026", "apply from 1 January 2026"),
        ("consular-legalization", date(1990, 1, 1), "áp dụng từ ngày 01/01/2026", "apply from 1 January 2026"),
        ("apostille", date(2026, 9, 10), "từ ngày 11/9/2026", "from that day"),
        ("certified-ecopy", date(2020, 5, 21), "45/2020/NĐ-CP", "Decree 45/2020"),
        ("certified-copy", date(2015, 4, 9), "23/2015/NĐ-CP", "Decree 23/2015"),
    ],
)
def test_before_its_day_a_procedure_is_refused_with_the_reason(
    id_: str, day: date, reason_vi: str, reason_en: str
) -> None:
    with pytest.raises(NoAnswer) as refused:
        get(id_, day)
    told = refused.value
    assert told.code == "procedure-not-in-force"
    assert set(told.params) == {"procedure", "day", "reason_vi", "reason_en"}
    assert (told.params["procedure"], told.params["day"]) == (id_, day.isoformat())
    assert reason_vi in told.params["reason_vi"]
    assert reason_en in told.params["reason_en"]


@pytest.mark.parametrize("id_", ["", "passport", "Apostille", "../apostille"])
def test_an_unknown_procedure_is_told_apart(id_: str) -> None:
    for ask in (lambda: get(id_), lambda: procedures().history(id_)):
        with pytest.raises(NoAnswer) as refused:
            ask()
        assert (refused.value.code, refused.value.params) == ("procedure-unknown", {"procedure": id_})


@pytest.mark.parametrize("id_", IDS)
def test_a_history_has_no_gap_and_agrees_with_every_day(id_: str) -> None:
    history = procedures().history(id_)
    assert isinstance(history[0], Absence)
    assert history[0].entry.since is None
    end = history[0].entry.until
    for one in history[1:]:
        assert isinstance(one, Procedure)
        assert one.since == end
        assert procedures().get(id_, one.since) == one
        end = one.until
    assert end is None


def test_every_line_has_words_in_both_languages_a_status_and_a_citation() -> None:
    for made in slices():
        for part in LISTS:
            for one in getattr(made, part):
                assert words(one).vi, one
                assert words(one).en, one
                assert basis(one).status in STATUSES
                assert basis(one).citation
        assert made.name.en
        assert made.about.vi
        assert made.who.en


@pytest.mark.parametrize("id_", IDS)
def test_no_line_that_applicants_read_shouts(id_: str) -> None:
    text = (FOLDER / "procedures" / f"{id_}.toml").read_text("utf-8")
    assert "!" not in text
    assert not re.search(r"\b(TODO|XXX)\b", text)


def test_the_readme_gives_a_lawyer_every_file_with_its_status() -> None:
    told = (FOLDER / "procedures" / "README.md").read_text("utf-8")
    for id_ in IDS:
        row = next(one for one in told.splitlines() if one.startswith(f"| `{id_}.toml`"))
        assert row.split("|")[4].strip() == get(id_).entry.status


def test_forms_are_those_that_the_law_has() -> None:
    assert {form for made in slices() for form in made.forms} <= FORMS


@pytest.mark.parametrize("id_", IDS)
def test_the_forms_of_the_one_stop_shop_are_made_somewhere(id_: str) -> None:
    shared = {"receipt", "supplement-request", "refusal", "apology", "stop-notice", "control-sheet", "tracking-book"}
    assert shared <= set(get(id_).forms)


@pytest.mark.parametrize("id_", CERTIFICATION)
def test_the_notice_of_stopping_is_new(id_: str) -> None:
    assert "stop-notice" not in get(id_, date(2025, 10, 31)).forms
    assert "stop-notice" in get(id_, date(2025, 11, 1)).forms


def test_a_procedure_refers_to_fee_deadline_and_grounds() -> None:
    grounds = {
        "consular-certification": ("consular-9", "consular-10"),
        "consular-legalization": ("consular-9", "consular-10"),
        "certified-copy": ("originals-22",),
        "certified-ecopy": ("originals-22",),
        "apostille": ("apostille-11-1", "apostille-11-2", "apostille-18-1"),
        "signature-certification": ("signatures-25",),
    }
    for made in slices():
        assert (made.fee, made.deadline, made.grounds) == (made.id, made.id, grounds[made.id])


# --- steps and targets of the sources -------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2025, 6, 30), date(2025, 7, 1), TODAY])
def test_a_certified_copy_has_five_steps_in_two_half_days(day: date) -> None:
    steps = get("certified-copy", day).steps
    assert [(one.role, one.minutes) for one in steps] == [
        ("reception", 240), ("specialist", 240), ("leader", 0), ("specialist", 0), ("reception", 0),
    ]  # fmt: skip
    forms = [set(one.forms) for one in steps]
    assert forms[0] == {"receipt", "supplement-request"}
    assert {"refusal", "control-sheet", "tracking-book"} <= forms[1]
    assert forms[4] == {"control-sheet", "tracking-book", "fee-receipt"}


@pytest.mark.parametrize("day", [date(2025, 6, 30), TODAY])
def test_a_certified_signature_has_the_hours_of_its_process(day: date) -> None:
    steps = get("signature-certification", day).steps
    assert [(one.role, one.minutes) for one in steps] == [
        ("reception", 60), ("specialist", 240), ("leader", 120), ("clerk", 60), ("reception", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("id_", CERTIFICATION)
def test_communes_follow_district_offices_and_their_targets_are_our_choice(id_: str) -> None:
    before, after = get(id_, date(2025, 6, 30)).steps, get(id_, date(2025, 7, 1)).steps
    assert "Phòng Tư pháp" in before[2].role_words.vi
    assert not any("Phòng Tư pháp" in one.role_words.vi for one in after)
    assert {one.basis.status for one in after} == {"unverified"}


@pytest.mark.parametrize("id_", CONSULAR)
def test_targets_that_law_does_not_set_are_marked_as_ours(id_: str) -> None:
    steps = get(id_).steps
    assert {one.basis.status for one in steps} == {"unverified"}
    assert steps[0].minutes == 0
    assert {"fee-notice", "receipt"} <= set(steps[0].forms)


# --- what to file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_", "facts", "component", "times"),
    [
        ("consular-legalization", {"language": "other"}, "translation", 1),
        ("consular-legalization", {"language": "vi"}, "translation", 0),
        ("consular-legalization", {"language": "en"}, "translation", 0),
        ("consular-legalization", {}, "translation", 1),
        ("consular-certification", {"language": "other"}, "translation", 0),
        ("signature-certification", {"language": "en"}, "translation", 1),
        ("signature-certification", {"language": "vi"}, "translation", 0),
        ("certified-copy", {"variant": "vietnamese-original"}, "legalization", 0),
        ("certified-copy", {"variant": "foreign-original", "channel": "post"}, "legalization", 1),
        ("certified-ecopy", {"variant": "foreign-original"}, "legalization", 1),
        ("apostille", {"channel": "portal"}, "application", 0),
        ("apostille", {"channel": "portal"}, "e-paper", 1),
        ("apostille", {"channel": "counter"}, "e-paper", 0),
        ("apostille", {"channel": "counter", "identity": "vneid"}, "identity", 0),
        ("apostille", {"channel": "counter", "identity": "papers"}, "identity", 1),
    ],
)
def test_a_component_is_asked_for_where_its_condition_may_hold(
    id_: str, facts: dict[str, str], component: str, times: int
) -> None:
    assert ids(get(id_).components_for(facts)).count(component) == times


@pytest.mark.parametrize(
    ("facts", "code", "params"),
    [
        ({"colour": "red"}, "fact-unknown", {"fact": "colour"}),
        ({"language": "fr"}, "fact-wrong", {"fact": "language", "value": "fr", "allowed": "vi, en, other"}),
        (
            {"variant": "fingerprint"},
            "fact-wrong",
            {"fact": "variant", "value": "fingerprint", "allowed": "vietnamese-original, foreign-original"},
        ),
    ],
)
def test_what_is_no_fact_of_a_filing_is_no_answer(facts: dict[str, str], code: str, params: dict[str, str]) -> None:
    with pytest.raises(NoAnswer) as refused:
        get("certified-copy").components_for(facts)
    assert (refused.value.code, refused.value.params) == (code, params)


def test_a_translation_for_a_signature_is_on_the_officers_demand_and_need_not_be_certified() -> None:
    found = next(one for one in get("signature-certification").components if one.id == "translation")
    assert found.need == "on-demand"
    assert "không cần công chứng hoặc chứng thực" in found.words.vi


@pytest.mark.parametrize("id_", CERTIFICATION)
def test_what_vneid_shows_must_not_be_asked_for_since_the_decree_of_2025(id_: str) -> None:
    found = [one for one in get(id_).components if one.id == "in-vneid"]
    assert [one.need for one in found] == ["not-asked"]
    assert "in-vneid" not in ids(get(id_, date(2025, 10, 31)).components)


@pytest.mark.parametrize(
    ("day", "first", "shapes"),
    [
        (date(2025, 1, 8), "Bản chính hoặc bản sao có chứng thực", {"original", "certified-copy"}),
        (date(2025, 10, 15), "Bản chính hoặc bản sao có chứng thực", {"original", "certified-copy", "electronic"}),
        (TODAY, "Một trong các giấy tờ sau: Căn cước điện tử", {"original", "copy", "certified-copy", "electronic"}),
    ],
)
def test_identity_papers_are_those_of_their_time(day: date, first: str, shapes: set[str]) -> None:
    found = next(one for one in get("signature-certification", day).components if one.id == "identity")
    assert found.words.vi.startswith(first)
    assert set(found.shapes) == shapes


def test_the_electronic_identity_card_came_with_the_amendment_of_january_2025() -> None:
    def told(day: date) -> str:
        return words(line(get("signature-certification", day), "components", "identity")).vi

    assert "Căn cước điện tử" not in told(date(2025, 1, 8))
    assert "Căn cước điện tử" in told(date(2025, 1, 9))


@pytest.mark.parametrize("id_", [*CONSULAR, "apostille"])
def test_nobody_is_asked_for_a_power_of_attorney(id_: str) -> None:
    found = next(one for one in get(id_).components if one.id == "power-of-attorney")
    assert found.need == "not-asked"
    assert "không cần giấy ủy quyền" in get(id_).who.vi


def test_only_signatures_are_for_individuals_alone() -> None:
    assert [one.id for one in procedures().at(TODAY) if one.individuals_only] == ["signature-certification"]


# --- channels, places, results, keeping, rules ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_", "clocks"),
    [
        ("consular-certification", {"portal": "receipt-sent"}),
        ("consular-legalization", {"portal": "receipt-sent"}),
        ("certified-copy", {"counter": "handover", "post": "postmark", "portal": "record"}),
        ("certified-ecopy", {"portal": "handover", "counter": "handover"}),
        ("apostille", {"counter": "handover", "post": "handover", "portal": "record"}),
        ("signature-certification", {"counter": "handover"}),
    ],
)
def test_each_channel_says_what_starts_the_clock(id_: str, clocks: dict[str, str]) -> None:
    assert {one.id: one.clock for one in get(id_).channels} == clocks


def test_filing_copies_by_post_or_online_is_doubtful_since_the_portal_lists_filing_in_person_only() -> None:
    found = {one.id: one.basis.status for one in get("certified-copy").channels}
    assert found == {"counter": "verified", "post": "unverified", "portal": "unverified"}


def test_signatures_may_be_certified_outside_the_office_for_those_who_cannot_come() -> None:
    assert ids(get("signature-certification").places) == ["office", "outside"]
    assert ids(get("certified-copy").places) == ["office"]
    outside = words(line(get("signature-certification"), "places", "outside")).vi
    for reason in ("già yếu", "tạm giữ", "tạm giam", "thi hành án phạt tù", "lý do chính đáng khác"):
        assert reason in outside


def test_variants_are_those_of_the_sources() -> None:
    assert ids(get("certified-copy").variants) == ["vietnamese-original", "foreign-original"]
    assert ids(get("certified-ecopy").variants) == ["vietnamese-original", "foreign-original"]
    assert ids(get("signature-certification").variants) == [
        "one-person", "several-persons", "fingerprint", "cannot-sign",
    ]  # fmt: skip


def test_an_ecopy_goes_by_mail_only_without_an_account() -> None:
    delivery = get("certified-ecopy").delivery
    assert ids(delivery) == ["data-store", "e-mail"]
    assert "chỉ khi chưa có tài khoản" in delivery[1].words.vi


def test_books_are_kept_for_ever_signatures_two_years_and_copies_not_at_all() -> None:
    def kept(id_: str) -> dict[str, tuple[int | None, bool]]:
        return {one.id: (one.years, one.none) for one in get(id_).keeping}

    assert kept("certified-copy") == {"book": (None, False), "copies": (None, True)}
    assert kept("certified-ecopy")["copies"] == (None, True)
    signatures = kept("signature-certification")
    assert (signatures["book"], signatures["paper"]) == ((None, False), (2, False))
    assert (signatures["forensic"], signatures["dossier"]) == ((None, True), (1, False))


@pytest.mark.parametrize(
    ("id_", "rule"),
    [
        ("certified-copy", "one-number"),
        ("certified-copy", "seal-across"),
        ("certified-copy", "not-required"),
        ("certified-copy", "vneid"),
        ("certified-copy", "second-supplement"),
        ("certified-ecopy", "no-electronic-original"),
        ("certified-ecopy", "two-signatures"),
        ("certified-ecopy", "appointment"),
        ("signature-certification", "interpreter"),
        ("signature-certification", "in-person"),
        ("signature-certification", "outside-time"),
        ("signature-certification", "guidance-once"),
        ("consular-certification", "seal-signature-title"),
        ("consular-certification", "secret-code"),
        ("consular-legalization", "fee-first"),
        ("consular-legalization", "translation"),
        ("apostille", "one-paper-suspended"),
        ("apostille", "guidance-7-days"),
    ],
)
def test_the_rules_of_the_sources_are_there(id_: str, rule: str) -> None:
    assert rule in ids(get(id_).rules)


@pytest.mark.parametrize("id_", CONSULAR)
def test_a_consular_dossier_may_mix_the_kinds_of_work(id_: str) -> None:
    assert set(get(id_).kinds_of_work) == {"CNLS", "HPHLS", "CNXT"}
    assert get("certified-copy").kinds_of_work == ()


@pytest.mark.parametrize("id_", CONSULAR)
def test_member_states_leave_consular_certification_with_the_convention(id_: str) -> None:
    assert "apostille" not in ids(get(id_, date(2026, 9, 10)).rules)
    assert "apostille" in ids(get(id_, date(2026, 9, 11)).rules)


def test_old_and_new_law_of_a_copy_stand_side_by_side() -> None:
    old, new = get("certified-copy", date(2025, 10, 15)), get("certified-copy")
    assert "280/2025" not in old.entry.citation
    assert "280/2025" in new.entry.citation
    assert {"circular-01-2018", "circular-03-2025"} & set(ids(old.legal_basis)) == {"circular-01-2018"}
    assert {"circular-01-2018", "circular-03-2025"} & set(ids(new.legal_basis)) == {"circular-03-2025"}


def test_the_electronic_apostille_waits_for_its_switch() -> None:
    off = get("apostille")
    on = procedures("e-apostille").get("apostille", TODAY)
    assert ids(off.results) == ["paper"]
    assert "paper-only" in ids(off.rules)
    assert ids(on.results) == ["paper", "electronic"]
    assert "paper-only" not in ids(on.rules)
    assert "toàn trình" in words(line(on, "channels", "portal")).vi
    assert "toàn trình" not in words(line(off, "channels", "portal")).vi


def test_nothing_of_the_apostille_claims_to_be_read_in_the_official_text() -> None:
    made = get("apostille")
    for part in LISTS:
        for one in getattr(made, part):
            if "293/2026" in basis(one).citation:
                assert basis(one).status != "verified", one


def test_national_codes_are_those_of_the_portal() -> None:
    assert (get("certified-copy").national_ids[0].id, get("certified-copy").result_code) == (
        "2.000815", "KQ.G15.000021",
    )  # fmt: skip
    assert (get("signature-certification").national_ids[0].id, get("signature-certification").result_code) == (
        "2.000884", "KQ.G15.000022",
    )  # fmt: skip
    assert ids(get("consular-certification").national_ids) == ["1.001308", "2.000406", "2.000238"]
    assert {one.sector for one in procedures().at(TODAY)} == {"G08-NG03", "G15-TP03", ""}
