"""Names, numbers and days as they come in at the authorities: by lot, the same ones at every run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random

FAMILIES = {
    "Nguyễn": 384, "Trần": 121, "Lê": 95, "Phạm": 70, "Huỳnh": 31, "Hoàng": 30, "Phan": 45, "Vũ": 25, "Võ": 24,
    "Đặng": 21, "Bùi": 20, "Đỗ": 14, "Hồ": 13, "Ngô": 13, "Dương": 10, "Lý": 5, "Đinh": 9, "Trịnh": 6, "Mai": 6,
    "Đoàn": 6, "Lâm": 5, "Tạ": 4, "Quách": 2, "Cao": 5, "Châu": 3, "Thạch": 2, "Tống": 2, "Vương": 3, "Kiều": 2,
    "Ông": 1, "Âu": 1, "Ứng": 1,
}  # fmt: skip
"""Family names with how many of a thousand people bear them, roughly."""
MIDDLES = {
    "f": {"Thị": 62, "Ngọc": 8, "Thu": 6, "Thị Bích": 5, "Thị Thanh": 5, "Hoàng": 3, "Phương": 4, "Kim": 4, "Mỹ": 3},
    "m": {"Văn": 45, "Đức": 8, "Hữu": 7, "Minh": 7, "Quang": 6, "Đình": 6, "Công": 5, "Xuân": 4, "Ngọc": 5, "Thanh": 7},
}
GIVENS = {
    "f": "Anh An Ân Bích Chi Châu Diễm Dung Duyên Đào Giang Hà Hạnh Hằng Hiền Hoa Hòa Hồng Huế Huệ Hương Hường Kiều "
    "Lan Lành Liên Linh Loan Ly Lý Mai Minh My Mỹ Nga Ngà Ngân Ngọc Nguyệt Nhi Nhung Như Oanh Phương Phượng Quyên "
    "Quỳnh Sen Tâm Thanh Thảo Thắm Thoa Thu Thúy Thùy Thủy Thư Trang Trâm Trinh Tú Tuyết Uyên Vân Vi Xuân Yến",
    "m": "An Ân Anh Ba Bách Bảo Bình Chiến Chung Công Cường Danh Dũng Duy Dương Đại Đạt Điền Định Đông Đức Giang Hải "
    "Hào Hậu Hiếu Hòa Hoàng Hùng Huy Hưng Khang Khánh Khoa Kiên Lâm Long Lộc Lợi Mạnh Minh Nam Nghĩa Nhân Nhật Phong "
    "Phú Phúc Phước Quân Quang Quốc Quý Sáng Sơn Tài Tân Thái Thành Thắng Thịnh Thọ Tiến Toàn Trí Trung Tú Tuấn Tùng "
    "Vinh Vũ Vương",
}
COMPANIES = ("Công ty TNHH", "Công ty Cổ phần", "Trung tâm Dịch thuật", "Trường Đại học")


class Names:
    """Draws names by lot."""

    def __init__(self, lot: Random) -> None:
        self._lot = lot
        self._families = _weighted(FAMILIES)
        self._middles = {sex: _weighted(told) for sex, told in MIDDLES.items()}
        self._givens = {sex: told.split() for sex, told in GIVENS.items()}

    def person(self) -> str:
        """Return the name of a person: family name, middle name, given name."""
        lot = self._lot
        sex = "f" if lot.random() < 0.5 else "m"
        (families, of_families), (middles, of_middles) = self._families, self._middles[sex]
        family = lot.choices(families, cum_weights=of_families)[0]
        middle = lot.choices(middles, cum_weights=of_middles)[0]
        givens = self._givens[sex]
        return f"{family} {middle} {givens[int(lot.random() ** 1.7 * len(givens))]}"

    def applicant(self) -> str:
        """Return the name of who files: mostly a person."""
        return self.person() if self._lot.random() < 0.93 else f"{self._lot.choice(COMPANIES)} {self.person()}"


def _weighted(told: dict[str, int]) -> tuple[Sequence[str], Sequence[int]]:
    return list(told), list(accumulate(told.values()))
