from __future__ import annotations

import ast
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from verifier.notices.templates import GIVEN, LANGS, WAYS, BadTemplates, read, templates
from verifier.notices.writing import masked_address, masked_code, spoken, written

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WANTED = {
    "filed", "supplement-request", "fee-notice", "fee-paid", "fee-refunded", "receipt", "assigned-officer", "apology",
    "confirmation-sent", "result-ready", "delivered", "refused", "stopped", "withdrawn", "annulled", "forwarded",
    "appointment-booked", "appointment-moved", "appointment-cancelled", "appointment-missed", "delivery-link",
    "deadline-warning", "payment-apart", "refused-in-part", "answer-late", "handed-on-officer",
}  # fmt: skip
SAFE = {"authority": "Cơ quan Thử", "code_end": "…-0001", "time": "2026-03-02T09:00:00+07:00"}
SAFE |= {"due": "2026-03-03", "new_due": "2026-03-04"}
"""What subjects and SMS may show."""
EVERY = [(name, lang) for name in sorted(templates().kinds) for lang in LANGS]
FOLDER = files("verifier.notices") / "templates"
GOOD = FOLDER.joinpath("fee-paid.toml").read_text("utf-8")
FRAME = FOLDER.joinpath("_frame.toml").read_text("utf-8")


def filled(name: str) -> dict[str, str]:
    template = templates().get(name)
    names = template.needs | template.may | {"name", "code", "procedure", "site", "help", "form"}
    return {one: f"SECRET-{one}" for one in names} | SAFE


def test_every_occasion_has_its_words() -> None:
    assert templates().kinds.keys() >= WANTED


@pytest.mark.parametrize(("name", "lang"), EVERY)
def test_nothing_personal_or_secret_stands_where_others_may_read_it(name: str, lang: str) -> None:
    values = spoken(filled(name), lang, ZONE)
    text = written(templates().get(name), templates().frames[lang], values, lang)
    assert "SECRET" in text.mail
    assert "SECRET" not in text.subject
    assert "SECRET" not in text.sms
    assert "{" not in text.mail + text.subject + text.sms + text.portal


@pytest.mark.parametrize(("name", "lang"), EVERY)
def test_a_notice_reads_well_without_what_may_be_missing(name: str, lang: str) -> None:
    template = templates().get(name)
    values = dict.fromkeys(template.needs, "x") | {
        "procedure": "P",
        "due": "D",
        "code_end": "…-0001",
        "authority": "A",
        "code": "G-0001",
    }
    text = written(template, templates().frames[lang], values, lang)
    assert "  " not in text.mail
    assert "{" not in text.mail
    assert ": ." not in text.mail
    assert text.mail.count("\n\n") >= 3


@pytest.mark.parametrize("lang", LANGS)
def test_a_value_that_is_needed_is_asked_for(lang: str) -> None:
    with pytest.raises(LookupError, match="amount"):
        written(templates().get("fee-notice"), templates().frames[lang], {"code_end": "…", "authority": "A"}, lang)


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ('needs = ["amount"]', "", "nobody says what"),
        ("{code_end}: đã nhận tiền phí", "{code}: đã nhận tiền phí", "subject"),
        ("{code_end}: đã nhận tiền phí", "{amount}", "subject"),
        ("sms = ", "sms2 = ", "nobody knows"),
        ("đã nhận phí của hồ sơ {code_end}", "đã nhận {amount}", "SMS"),
        ("đã nhận phí của hồ sơ {code_end}", "x" * 140, "too long"),
        ('to = ["applicant"]', 'to = ["everybody"]', "`to`"),
        ("[en]", "[fr]", "nobody knows"),
        ("{receipt}", "{receipt!r}", "placeholder"),
        ("{receipt}", "{receipt.x}", "placeholder"),
        ("{receipt}", "{recept}", "nobody says what"),
        ('may = ["receipt"]', 'may = ["receipt"]\nsecret = ["amount"]', "secret"),
        ('may = ["receipt"]', 'may = ["receipt"]\nways = ["pigeon"]', "`ways`"),
        ("{receipt}", "{receipt", "expected '}'"),
        ("{receipt}", "{}", "placeholder"),
        ('may = ["receipt"]', 'may = "receipt"', "no list"),
        ('may = ["receipt"]', "may = [1]", "text is missing"),
        ("mail = [", "mail = [1, ", "text is missing"),
        ("sms = ", "sms = 1 #", "text is missing"),
        ("[en]", "[[en]]", "no table"),
        ("[en]", "[en", "Expected"),
        ("[en]", "[en]\n# \udcff", "utf-8"),
    ],
)
def test_broken_templates_are_refused_when_they_are_read(was: str, now: str, why: str) -> None:
    assert was in GOOD
    assert why in broken({"fee-paid.toml": GOOD.replace(was, now, 1)}, "fee-paid.toml")


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        ("{name}", "{nam}", "nobody says what"),
        ("{name}", "{name!r}", "placeholder"),
        ("{name}", "{name", "expected '}'"),
        ("Kính gửi ông/bà,", "Kính gửi {name},", "as they stand"),
        ("too_large = ", "too_small = ", "must hold"),
        ("help = ", "help = 1 #", "text is missing"),
        ("end = [", "end = 1 #[", "no list"),
        ("[en]", "[fr]", "must hold"),
        ("[vi]", "vi = 1", "must hold"),
        ("[vi]", "[vi", "Expected"),
    ],
)
def test_a_broken_frame_is_refused_when_it_is_read(was: str, now: str, why: str) -> None:
    assert was in FRAME
    assert why in broken({"_frame.toml": FRAME.replace(was, now, 1)}, "_frame.toml")


def broken(texts: dict[str, str], where: str) -> str:
    """The one line that is told of templates that are broken; it begins with the file."""
    whole = {"_frame.toml": FRAME, "fee-paid.toml": GOOD, **texts}
    with pytest.raises(BadTemplates) as refused:
        read({name: text.encode("utf-8", "surrogateescape") for name, text in whole.items()})
    told = str(refused.value)
    assert told.startswith(where)
    assert "\n" not in told
    return told


def test_what_is_not_broken_is_read() -> None:
    assert set(read({"_frame.toml": FRAME.encode(), "fee-paid.toml": GOOD.encode()}).kinds) == {"fee-paid"}
    assert templates().get("delivery-link").ways == ("e-mail",)
    assert templates().get("filed").ways == WAYS


def letters() -> list[tuple[str, str, set[str] | None]]:
    """Find every `Letter("…", {…})` of the program: where, template, names of its values where they are plain."""
    found = []
    for path in sorted(Path(str(files("verifier"))).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Letter" and node.args):
                continue
            first = node.args[0]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            told = node.args[1] if len(node.args) > 1 else None
            plain = isinstance(told, ast.Dict) and all(isinstance(one, ast.Constant) for one in told.keys)
            names = {str(one.value) for one in told.keys} if plain else None  # type: ignore[union-attr]
            found.append((f"{path.name}:{node.lineno}", first.value, names))
    return found


@pytest.mark.parametrize(("where", "name", "values"), letters())
def test_every_letter_of_the_program_has_a_template_with_room_for_its_values(
    where: str, name: str, values: set[str] | None
) -> None:
    template = templates().get(name)
    if values is not None:
        assert values <= template.needs | template.may | GIVEN, where
        assert template.needs <= values | GIVEN, where


@pytest.mark.parametrize(
    ("name", "value", "vi", "en"),
    [
        ("amount", "30000", "30.000 đồng", "30,000 VND"),
        ("amount", "12,50 USD", "12,50 USD", "12,50 USD"),
        ("number", "30000", "30000", "30000"),
        ("due", "2026-11-19T00:22:00+00:00", "07:22 ngày 19/11/2026", "07:22 on 19 November 2026"),
        ("due", "2026-11-19", "ngày 19/11/2026", "on 19 November 2026"),
        ("reason", "2026", "2026", "2026"),
        ("name", "2026-02-30", "2026-02-30", "2026-02-30"),
        ("reason", "2026-11-20 10:00 đổi ý", "2026-11-20 10:00 đổi ý", "2026-11-20 10:00 đổi ý"),
        ("reason", "9999-12-31T23:59-14:00", "9999-12-31T23:59-14:00", "9999-12-31T23:59-14:00"),
    ],
)
def test_values_are_written_as_people_read_them(name: str, value: str, vi: str, en: str) -> None:
    assert spoken({name: value}, "vi", ZONE)[name] == vi
    assert spoken({name: value}, "en", ZONE)[name] == en


def test_codes_and_addresses_are_masked() -> None:
    assert masked_code("G12-261118-0015") == "…-0015"
    assert masked_code("") == ""
    assert masked_address("bưởi.đỗ@gmail.com") == "b***@gmail.com"
    assert masked_address("0912345678") == "***678"
    assert masked_address("123") == "***"
