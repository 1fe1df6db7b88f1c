"""Numbers, sums and days in Vietnamese words (bằng chữ), as receipts and wordings say them."""

from __future__ import annotations

from datetime import date

_ONES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ((10**6, "triệu"), (10**3, "nghìn"))
_MILLIARD = 10**9


def in_words(number: int) -> str:
    """Return a whole number of at least 0 in words: 1005000 is "một triệu không trăm linh năm nghìn".

    A group of three digits that is zero is not said; one behind a larger group says its hundreds.
    """
    if number < 0:
        raise ValueError("a number of at least 0 was expected")
    return " ".join(_said(number, behind=False)) or _ONES[0]


def dong_in_words(amount: int) -> str:
    """Return whole đồng as a receipt says them: "Ba mươi nghìn đồng"."""
    words = f"{in_words(amount)} đồng"
    return words[0].upper() + words[1:]


def day_in_words(day: date) -> str:
    """Return a day as certification wordings say it: "ngày hai mươi ba tháng mười một năm hai nghìn …"."""
    month = "tư" if day.month == 4 else in_words(day.month)
    return f"ngày {in_words(day.day)} tháng {month} năm {in_words(day.year)}"


def figures(number: int) -> str:
    """Return a number in figures with points: 1005000 is "1.005.000"."""
    return f"{number:,}".replace(",", ".")


def _said(number: int, *, behind: bool) -> list[str]:
    """`behind`: whether a larger group was said before, so that hundreds are said though they are zero."""
    milliards, rest = divmod(number, _MILLIARD)
    words: list[str] = []
    if milliards:
        words += [*_said(milliards, behind=behind), "tỷ"]
    for size, name in _SCALES:
        group, rest = divmod(rest, size)
        if group:
            words += [*_three(group, whole=behind or bool(words)), name]
    return words + (_three(rest, whole=behind or bool(words)) if rest else [])


def _three(number: int, *, whole: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [_ONES[hundreds], "trăm"] if hundreds or whole else []
    if tens == 0:
        return words + ((["linh"] if words else []) + [_ONES[ones]] if ones else [])
    words += ["mười"] if tens == 1 else [_ONES[tens], "mươi"]
    return words + ([_one(ones, tens)] if ones else [])


def _one(ones: int, tens: int) -> str:
    if ones == 5:
        return "lăm"
    if tens > 1:
        return {1: "mốt", 4: "tư"}.get(ones, _ONES[ones])
    return _ONES[ones]
