from __future__ import annotations

import re

import pytest

from tests.reports.samples import CHANGES, FAILED_SUBS, KINDS, PROBLEMS
from verifier.reports.catalogue import CatalogueError, catalogue, entries, has, mark, parse, placeholders, text
from verifier.verdict import SubIndication


def listed(codes: str) -> list[str]:
    return codes.split()


CHECK_CODES = listed("""
FC_PROCESSABLE FC_COVERAGE FC_WARNING ISC_CERTIFICATE ISC_ESS_DIGEST ISC_ISSUER_SERIAL VCI_SIGNATURE_POLICY CV_DIGEST
CV_SIGNATURE_VALUE XCV_CHAIN XCV_ANCHOR_SUNSET XCV_ANCHOR_THEN XCV_PATH XCV_REVOCATION XCV_FRESHNESS XCV_KEY_USAGE
XCV_ALGORITHMS XCV_VALIDITY XCV_CA_VALIDITY XCV_REVOCATION_ISSUER SAV_SIGNING_TIME SAV_ESS_PRESENT SAV_ESS_PATH
SAV_ALGORITHMS
SAV_CONTENT_TIMESTAMP TS_IMPRINT TS_VALID TS_ORDER TS_DELAY TS_REQUIRED LTV_BEST_SIGNATURE_TIME LTA_POE
LTA_PAST_VALIDATION INV_VALIDITY INV_REVOCATION INV_CA_REVOCATION INV_CA_VALIDITY INV_ALGORITHMS CHANGES_NONE
CHANGES_PERMITTED CHANGES_SUSPICIOUS
""")
FORMAT_CODES = listed("""
BYTERANGE_MISSING BYTERANGE_MALFORMED BYTERANGE_NEGATIVE BYTERANGE_BEYOND_FILE BYTERANGE_GAP BYTERANGE_OVERLAPS
BYTERANGE_DUPLICATED CONTENTS_MISSING CONTENTS_MALFORMED SUBFILTER_MISSING SUBFILTER_UNKNOWN SUBFILTER_UNSUPPORTED
CMS_UNREADABLE CMS_NOT_SIGNED_DATA SIGNER_COUNT CONTENT_TYPE CMS_NOT_DETACHED ATTRIBUTES_NOT_DER TOKEN_UNREADABLE
SIGNATURE_DICTIONARY_CHANGED FIELD_SHARED TYPE_MISMATCH WEAK_SUBFILTER TRAILING_BYTES
""")
CHANGE_CLASSES = listed("""
none lta_updates later_signature stamped_between form_filled annotation_added annotation_changed annotation_removed
metadata docmdp_violated fieldmdp_violated content_changed content_added page_replaced page_added page_removed overlay
shadow_hide shadow_replace shadow_hide_replace evil_annotation sneaky_signature isa swa usf font_changed
structure_changed objects_freed trailing_bytes uncovered_bytes coverage_unclear not_compared remnants active_content
field_added field_removed signature_changed signature_removed
""")

SAYS_INVALID = re.compile(r"không hợp lệ|\binvalid\b|\bnot valid\b", re.IGNORECASE)
THE_WORD_ITSELF = {"headlines.word.invalid", "words.conclusion.TOTAL_FAILED"}

GOOD = '[WEAK_SUBFILTER]\nvi = "yếu {a}"\nen = "weak {a}"\n'


def refuse(topic: str, source: str, why: str) -> None:
    with pytest.raises(CatalogueError, match=why):
        parse({topic: source})


def test_a_sound_source_is_read() -> None:
    assert parse({"format_problems": GOOD}).texts["format_problems.WEAK_SUBFILTER"]["vi"] == "yếu {a}"


def test_an_unknown_topic_is_refused() -> None:
    refuse("poems", GOOD, "unknown topic")


def test_a_missing_language_is_refused() -> None:
    refuse("format_problems", '[X]\nvi = "yếu"\n', "languages")


def test_a_third_language_is_refused() -> None:
    refuse("format_problems", GOOD + 'fr = "faible {a}"\n', "languages")


def test_unequal_placeholders_are_refused() -> None:
    refuse("format_problems", GOOD.replace("weak {a}", "weak {b}"), "placeholders")


def test_an_empty_text_is_refused() -> None:
    refuse("format_problems", GOOD.replace("weak {a}", " "), "empty")


def test_an_unknown_key_of_an_entry_is_refused() -> None:
    refuse("problems", '[x]\ntitle.vi="a"\ntitle.en="a"\nhint.vi="b"\nhint.en="b"\n', "detail, do, hint")


def test_a_level_that_is_none_is_refused() -> None:
    keys = "".join(f'{key}.vi="a"\n{key}.en="a"\n' for key in ("title", "found", "means", "do"))
    refuse("changes", f'[x]\nlevel="grave"\n{keys}', "grave")


def test_a_status_with_a_variant_is_read_and_another_key_is_not() -> None:
    base = "".join(f'{key}.vi="a"\n{key}.en="a"\n' for key in ("title", "ok", "failed", "failed_revoked"))
    assert "checks.X.failed_revoked" in parse({"checks": f"[X]\n{base}"}).texts
    refuse("checks", f'[X]\n{base}remark.vi="a"\nremark.en="a"\n', "remark")


def test_a_text_is_filled() -> None:
    assert text("words.numbered.signature", "vi", number="2") == "Chữ ký 2"


def test_a_missing_particular_shows_as_a_dash() -> None:
    assert text("words.numbered.signature", "en") == "Signature —"
    assert text("words.numbered.signature", "en", number="") == "Signature —"


def test_a_filled_in_value_is_not_filled_again() -> None:
    assert text("words.joining.named", "en", which="{what}", what="x") == "{what}: x"


def test_an_unknown_code_is_a_programmers_error() -> None:
    with pytest.raises(KeyError):
        text("words.numbered.nothing", "vi")


@pytest.mark.parametrize("sub", SubIndication)
def test_every_sub_indication_has_its_texts(sub: SubIndication) -> None:
    for part in ("found", "means", "do", "applicant", "because"):
        assert has(f"sub_indications.{sub.value}.{part}")


@pytest.mark.parametrize(
    ("topic", "codes"),
    [
        ("checks", CHECK_CODES),
        ("format_problems", FORMAT_CODES),
        ("changes", CHANGE_CLASSES),
        ("problems", list(PROBLEMS)),
        ("problems", [f"not-a-pdf-{kind}" for kind in KINDS if kind != "unknown"]),
    ],
)
def test_every_code_has_its_texts(topic: str, codes: list[str]) -> None:
    assert set(codes) <= set(entries(topic))


def test_every_sample_change_but_the_unknown_one_has_texts() -> None:
    assert set(CHANGES) - {"a_class_of_tomorrow"} <= set(entries("changes"))


@pytest.mark.parametrize("change_class", ["overlay", "shadow_hide", "docmdp_violated", "isa", "page_replaced"])
def test_forbidden_classes_are_marked(change_class: str) -> None:
    assert mark(f"changes.{change_class}.level") == "forbidden"


def test_only_the_six_failed_texts_may_say_invalid() -> None:
    failed = tuple(f"sub_indications.{sub.value}." for sub in FAILED_SUBS)
    wrong = [
        code
        for code, languages in catalogue().texts.items()
        if any(SAYS_INVALID.search(one) for one in languages.values())
        and not code.startswith(failed)
        and code not in THE_WORD_ITSELF
    ]
    assert wrong == []


@pytest.mark.parametrize("mark_of_haste", ["!", "...", "Vui lòng", "Please", "Sorry", "chứng thư điện tử"])
def test_texts_keep_to_the_rules_of_wording(mark_of_haste: str) -> None:
    assert [c for c, both in catalogue().texts.items() if any(mark_of_haste in one for one in both.values())] == []


def test_sentences_end_in_a_full_stop_and_clauses_do_not() -> None:
    for code, both in catalogue().texts.items():
        topic, last = code.split(".")[0], code.rsplit(".", 1)[-1]
        for one in both.values():
            if topic in ("sub_indications", "changes", "problems") and last in ("found", "means", "do", "detail"):
                assert one.endswith("."), code
            if last == "because" or topic in ("format_problems", "path_problems", "glossary"):
                assert not one.endswith("."), code


def test_no_text_is_the_same_in_both_languages_by_oversight() -> None:
    same = [
        code
        for code, both in catalogue().texts.items()
        if both["vi"] == both["en"] and placeholders(both["vi"]) == frozenset() and " " in both["vi"]
    ]
    assert [code for code in same if not code.startswith("words.algorithm.")] == []
