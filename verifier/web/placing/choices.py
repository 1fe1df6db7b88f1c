"""What the officer can choose, and what was typed: proposal, other free places, a place by hand, the cover."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from verifier.law.marks import read_cover
from verifier.signing.acts.records import Preview
from verifier.signing.records import Place, Placement, Wish
from verifier.signing.space.records import Covered
from verifier.web.chrome import named, say, words

BY_HAND, COVER, PROPOSED = "by-hand", "cover", "proposed"
RECOMMENDED = "recommended"
"""Name of the proposal among the alternatives where the officer placed the mark by hand."""
ON_A_PAGE_ALL_THE_SAME = frozenset({"no-room", "wished"})
"""Reasons for a cover that let the officer take a place by hand."""
START_MM = 5.0
_NUMBER = re.compile(r"[0-9]{1,6}([.,][0-9]{1,2})?")
_PAGE = re.compile(r"[0-9]{1,7}")


@dataclass(frozen=True)
class Choice:
    """One radio button."""

    value: str
    words: str
    place: Place | None = None


@dataclass(frozen=True)
class Typed:
    """What stands in the form."""

    choice: str
    page: str
    left: str
    top: str


def extendable(preview: Preview) -> bool:
    """Tell whether the document's own pages may be written on."""
    return preview.placement is Placement.PAGE or ON_A_PAGE_ALL_THE_SAME.issuperset(preview.reasons)


def proposed(preview: Preview) -> Place | None:
    """Return where the mark would go by itself; None where that is a cover."""
    if preview.placement is not Placement.PAGE:
        return None
    return preview.alternatives.get(RECOMMENDED) or preview.places.get(preview.main)


def current(preview: Preview) -> Place:
    """Return where the mark is; the corner of the first page where that is a cover, to begin with."""
    if preview.placement is Placement.PAGE:
        return preview.places[preview.main]
    return Place(1, START_MM, START_MM, preview.drawing.width_mm, preview.drawing.height_mm)


def choices(preview: Preview) -> list[Choice]:
    """Return the choices, the proposal first and the cover last."""
    made: list[Choice] = []
    if preview.placement is Placement.PAGE:
        place = proposed(preview)
        known = preview.chosen.get(preview.main, "") if RECOMMENDED not in preview.alternatives else ""
        told = "" if known == BY_HAND else named("placing-at", known) if known else ""
        made.append(
            Choice(PROPOSED, say("placing-proposed-at", place=told) if told else say("placing-proposed"), place)
        )
        others = {name: one for name, one in preview.alternatives.items() if name != RECOMMENDED}
        made += [Choice(name, _sentence(named("placing-at", name)), one) for name, one in others.items()]
    else:
        made.append(Choice(PROPOSED, say("placing-search")))
    made.append(Choice(BY_HAND, say("placing-by-hand")))
    made.append(Choice(COVER, say("placing-on-cover")))
    return made


def standing(preview: Preview) -> Typed:
    """Return what the form begins with."""
    by_hand = preview.chosen.get(preview.main) == BY_HAND
    choice = COVER if preview.placement is not Placement.PAGE else BY_HAND if by_hand else PROPOSED
    return Typed(choice, *_numbers(current(preview)))


def typed_in(form: Mapping[str, str]) -> Typed:
    """Read the form as it was typed."""
    return Typed(*(form.get(name, "").strip()[:40] for name in ("choice", "page", "left", "top")))


def wish_of(typed: Typed, preview: Preview) -> Wish | str:
    """Return what the officer wishes; the id of the field that is not right where one is not.

    `unclear` where a place was typed and another one chosen: nothing typed is passed over in silence.
    """
    if typed.choice == COVER:
        return Wish(placement=Placement.ALLONGE)
    if typed.choice == BY_HAND:
        return by_hand(typed)
    chosen = next((one for one in choices(preview) if one.value == typed.choice), None)
    if chosen is None:
        return "choice"
    numbers = (typed.page, typed.left, typed.top)
    if numbers not in (_numbers(current(preview)), _numbers(chosen.place)):
        return "unclear"
    if typed.choice == PROPOSED or chosen.place is None:
        return Wish()
    return Wish(Placement.PAGE, chosen.place.page, chosen.place.left_mm, chosen.place.top_mm)


def by_hand(typed: Typed) -> Wish | str:
    """Return the place typed; the id of the first field that is no number where one is not."""
    page = int(typed.page) if _PAGE.fullmatch(typed.page) else 0
    left, top = millimetres(typed.left), millimetres(typed.top)
    if not page:
        return "page"
    if left is None:
        return "left"
    return "top" if top is None else Wish(Placement.PAGE, page, left, top)


def millimetres(told: str) -> float | None:
    """Read a length, with a comma or a point; None for anything else."""
    return float(told.replace(",", ".")) if _NUMBER.fullmatch(told) else None


def number_text(value: float) -> str:
    """Write millimetres as they are typed: never more than the place has room for."""
    told = f"{math.floor(value * 10 + 1e-6) / 10:g}"
    return told.replace(".", ",") if words().lang == "vi" else told


def reasons(preview: Preview) -> list[str]:
    """Say why the mark goes on a cover, in the words that stand on the cover."""
    if preview.placement is Placement.PAGE:
        return []
    known = read_cover()
    found = [known.get(f"reason.{code}", known["reason.other"]) for code in preview.reasons]
    return [one.en if words().lang == "en" else one.vi for one in found]


def told_of(covered: Covered) -> tuple[str, list[str]]:
    """Say whether a place covers something, and what."""
    if covered.clear:
        return say("placing-clear"), []
    counts = {
        "lines": covered.text_lines,
        "pictures": covered.pictures,
        "fields": covered.fields,
        "notes": covered.notes,
    }
    found = [say(f"placing-{name}", count=count) for name, count in counts.items() if count]
    share = max(1, round(covered.ink * 100))
    return say("placing-covers"), found or [say("placing-ink", share=share)]


def _numbers(place: Place | None) -> tuple[str, str, str]:
    """A place as it stands in the fields."""
    if place is None:
        return "", "", ""
    return str(place.page), number_text(place.left_mm), number_text(place.top_mm)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
