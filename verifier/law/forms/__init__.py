"""Forms (biểu mẫu) and wordings (lời chứng): what is written into them, by date, and the sheets that typst makes.

NoAnswer codes: `form-unknown` (`form`); `form-not-in-force` (`form`, `day`, `reason_vi`, `reason_en`);
`form-audience-unknown` (`audience`); and of values, each with `form`, `field`, `label_vi`, `label_en`:
`form-value-unknown`, `form-value-wrong` (`kind`), `form-unprintable` (`letter`), `form-too-long` (`limit`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Self

from verifier.law.forms.filling import told
from verifier.law.forms.reading import COMMON, read_chapter, read_common
from verifier.law.forms.records import AUDIENCES, Audience, Chapter, Field, Form, Line, Said
from verifier.law.forms.values import checked
from verifier.law.press import Press
from verifier.law.records import Absence, BadLaw, NoAnswer
from verifier.law.source import Source

__all__ = ["AUDIENCES", "Audience", "Field", "Form", "Forms", "Line"]

_PAGE = b"/MediaBox"
"""What each page of a printed document has once."""


@dataclass(frozen=True)
class Forms:
    """All forms of all days. One object a process, any number of threads."""

    _chapters: Mapping[str, Chapter]
    _said: Mapping[str, Said]
    _press: Press

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read every file of the folder; BadLaw at the first thing that is not as it must be."""
        said, heads = read_common(source)
        chapters = [read_chapter(source, name, heads) for name in source.names("forms") if name != COMMON]
        _refuse_doubles([form for one in chapters for form in one.forms])
        return cls({one.id: one for one in chapters}, said, Press(source.folder, ("forms/form",)))

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all forms, of any day."""
        return frozenset(self._chapters)

    @property
    def for_applicants(self) -> frozenset[str]:
        """The ids of the forms that are for applicants, of any day."""
        chapters = self._chapters.values()
        return frozenset(one.id for one in chapters if any(form.audience == "applicant" for form in one.forms))

    def at(self, day: date) -> tuple[Form, ...]:
        """Return the forms in force on a day: those with a number first, then by id."""
        found = (one.at(day) for one in self._chapters.values())
        forms = (one for one in found if isinstance(one, Form))
        return tuple(sorted(forms, key=lambda one: (one.series != "one-stop", one.series, one.number, one.id)))

    def get(self, id_: str, day: date) -> Form:
        """Return a form by id, or by its printed number among the one-stop forms of that day (Mẫu số 01).

        NoAnswer `form-unknown`, `form-not-in-force` (with the reason where the data give one).
        """
        if id_ not in self._chapters:
            numbered = (one for one in self.at(day) if one.series == "one-stop" and one.number == id_)
            if form := next(numbered, None):
                return form
            raise NoAnswer("form-unknown", f"there is no form {id_!r}", form=id_)
        found = self._chapters[id_].at(day)
        if isinstance(found, Form):
            return found
        vi, en = "Không có dữ liệu về biểu mẫu này cho ngày này.", "There is no data on this form for this day."
        if isinstance(found, Absence):
            vi, en = found.reason.vi, found.reason.en
        raise NoAnswer("form-not-in-force", en, form=id_, day=day.isoformat(), reason_vi=vi, reason_en=en)

    def drawn(self, form: Form, values: Mapping[str, Any], *, audience: Audience, at: datetime | None = None) -> bytes:
        """Print a form as PDF, tagged; what is not said is a dotted blank, so that no values print a blank form.

        `at`: when it is made; dated so and PDF/A-3b then. NoAnswer as the module says.
        """
        return self.ready(form, values, audience=audience, at=at)()

    def ready(
        self, form: Form, values: Mapping[str, Any], *, audience: Audience, at: datetime | None = None
    ) -> Callable[[], bytes]:
        """Check all that `drawn` checks; return what prints it, in any thread.

        It is printed in the largest letters, and smaller ones are looked for only where a copy takes more than a page:
        to measure beforehand takes as long as to print.
        """
        if audience not in AUDIENCES:
            raise NoAnswer("form-audience-unknown", "administrator, applicant or office", audience=str(audience))
        return partial(self._drawn, told(form, checked(form, values), self._said, audience), at)

    def _drawn(self, page: Mapping[str, Any], at: datetime | None) -> bytes:
        if not page["long"]:
            whole = self._printed({**page, "largest": True}, at)
            if whole.count(_PAGE) <= max(1, len(page["copies"])):
                return whole
        return self._printed({**page, "largest": False}, at)

    def _printed(self, page: Mapping[str, Any], at: datetime | None) -> bytes:
        return self._press.printed(page, "forms/form", tagged=True, at=at)


def _refuse_doubles(forms: list[Form]) -> None:
    """Refuse two forms of one series that have one number on one day."""
    numbered = [one for one in forms if one.number]
    for form in numbered:
        for other in numbered:
            same = (form.series, form.number) == (other.series, other.number) and form.id != other.id
            if same and form.entry.since is not None and other.entry.holds(form.entry.since):
                raise BadLaw(f"forms/{form.id}.toml: number {form.number} is that of {other.id} too")
