"""Lays a mark out on a document: by the officer's wish or by preferences, so that it covers nothing; for a worker."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from verifier.errors import CouldNotIssue
from verifier.signing.records import Place, Wish
from verifier.signing.space.beside import beside, between, overlap
from verifier.signing.space.choosing import CORNERS, EDGE_MM, Room, within
from verifier.signing.space.pages import Document, Seen, opened
from verifier.signing.space.records import Asked, Covered, LaidOut
from verifier.signing.space.text import lines_of

__all__ = ["Asked", "Covered", "LaidOut", "covering", "laid_out"]

MOST_PAGES = 20
"""Pages that are looked at for room: first, last, then the others from the front."""
MOST_SECONDS = 8.0
"""After which no further page is looked at."""
BY_HAND = "by-hand"
"""How a piece was placed where the officer said so."""
RECOMMENDED, LAST_PAGE = "recommended", "last-page"
"""Alternatives that are no preferences: where the main piece would go by itself; its best place on the last page."""


def laid_out(path: Path, pieces: Sequence[Asked], wish: Wish) -> LaidOut:
    """Return where the pieces go on the document in `path`, each where it covers nothing.

    Only where the officer says where exactly the main one goes may it cover something, and `covering` says what. What
    is laid over another piece (`beside:ID`, as the seal over the signature) stands where the law wants it (Decree
    30/2020/NĐ-CP Annex I II.8(a)): it may reach over print, as on paper, and is not told. `Wish.placement` is the
    caller's matter.

    CouldNotIssue: `no-room` (params `piece`, `page`), `page-missing` (`page`, `pages`), `page-too-small` (`piece`,
    `page`), `off-page` (`piece`, `page`), `pdf-unreadable`, `pdf-encrypted`.
    """
    with opened(path) as document:
        laying = _Laying(document, time.monotonic() + MOST_SECONDS)
        for piece in _in_order(pieces):
            laying.put(piece, wish if piece.main else Wish())
        return laying.done(next((piece for piece in pieces if piece.main), None))


def covering(path: Path, place: Place) -> Covered:
    """Return what a place covers. CouldNotIssue: `page-missing`, `off-page`, `pdf-unreadable`, `pdf-encrypted`."""
    with opened(path) as document:
        if not within(document.seen(place.page), place, 0.0):
            raise _refused("off-page", "the place is not on the page", page=str(place.page))
        return covered(document, place)


def covered(document: Document, place: Place) -> Covered:
    """Return what a place on an open document covers."""
    seen = document.seen(place.page)
    under = document.under(place)
    runs = [one for one in document.text(place.page).runs if _inked(seen, one, place)] if under.any() else []
    return Covered(
        place,
        text_lines=lines_of(runs),
        pictures=_under(seen.pictures, place),
        fields=_under(seen.fields, place),
        ink=float(under.mean()) if under.size else 0.0,
        notes=_under(seen.notes, place),
    )


@dataclass
class _Laying:
    """A mark that is being laid out."""

    document: Document
    deadline: float
    places: dict[str, Place] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    looked: set[int] = field(default_factory=set)
    rooms: dict[tuple[int, tuple[Place, ...]], Room] = field(default_factory=dict)

    def put(self, piece: Asked, wish: Wish) -> None:
        """Find a place for a piece, or leave it out where it is not required."""
        if wish.left_mm is not None or wish.top_mm is not None:
            self.places[piece.id], self.chosen[piece.id] = self._by_hand(piece, wish), BY_HAND
        elif found := self._first(piece, self._numbers(piece, wish.page)):
            self.places[piece.id], self.chosen[piece.id] = found
        elif piece.required:
            page = str(next(self._numbers(piece, wish.page)))
            raise _refused("no-room", f"no free place for {piece.id} on page {page}", piece=piece.id, page=page)

    def done(self, main: Asked | None) -> LaidOut:
        """Return what came of it."""
        by_law = {id_ for id_, preference in self.chosen.items() if preference.startswith("beside:")}
        under = [covered(self.document, place) for id_, place in self.places.items() if id_ not in by_law]
        alternatives = self._alternatives(main) if main is not None and main.id in self.places else {}
        return LaidOut(
            places=self.places,
            covering=tuple(one for one in under if not one.clear),
            alternatives=alternatives,
            page_sizes={number: self.document.size_mm(number) for number in sorted(self.looked)},
            pages=self.document.pages,
            chosen=self.chosen,
        )

    def _by_hand(self, piece: Asked, wish: Wish) -> Place:
        number = wish.page
        if number is None:
            number = self.document.pages if piece.pages == "last" else 1
        seen = self._seen(number)
        params = {"piece": piece.id, "page": str(number)}
        if piece.width_mm > seen.width_mm or piece.height_mm > seen.height_mm:
            raise _refused("page-too-small", f"{piece.id} is larger than page {number}", **params)
        left = EDGE_MM if wish.left_mm is None else wish.left_mm
        top = EDGE_MM if wish.top_mm is None else wish.top_mm
        place = Place(number, left, top, piece.width_mm, piece.height_mm)
        if not within(seen, place, 0.0):
            raise _refused("off-page", f"{piece.id} would reach over the edge of page {number}", **params)
        return place

    def _alternatives(self, main: Asked) -> dict[str, Place]:
        """Where else the main piece may go and covers nothing, each place once."""
        here = self.places[main.id]
        wanted: list[tuple[str, Asked, Iterable[int]]] = []
        if self.chosen[main.id] == BY_HAND:
            wanted.append((RECOMMENDED, main, self._numbers(main, None)))
        names = dict.fromkeys((*main.preferences, *CORNERS))
        wanted += [(name, replace(main, preferences=(name,)), (here.page,)) for name in names]
        if main.pages == "any":
            wanted.append((LAST_PAGE, main, (self.document.pages,)))
        found: dict[str, Place] = {}
        for name, asked, numbers in wanted:
            place = self._first(asked, numbers)
            if place is not None and place[0] not in (here, *found.values()):
                found[name] = place[0]
        return found

    def _numbers(self, piece: Asked, page: int | None) -> Iterator[int]:
        """Pages to look at, in order, as long as there is time; the first in any case."""
        for position, number in enumerate(self._order(piece, page)):
            if position and (position >= MOST_PAGES or time.monotonic() > self.deadline):
                return
            yield number

    def _order(self, piece: Asked, page: int | None) -> Iterable[int]:
        count = self.document.pages
        if page is not None:
            return (page,)
        others = (self.places[name] for name in _besides(piece) if name in self.places)
        usual = {"first": (1,), "last": (count,)}.get(piece.pages, (1, count, *range(2, count)))
        return dict.fromkeys((*(one.page for one in others), *usual))

    def _first(self, piece: Asked, numbers: Iterable[int]) -> tuple[Place, str] | None:
        """The first place by page, then by preference; with the preference."""
        for number in numbers:
            for preference in piece.preferences:
                place = self._by(preference, piece, number)
                if place is not None and (preference.startswith("beside:") or self._surely_free(place)):
                    return place, preference
        return None

    def _by(self, preference: str, piece: Asked, number: int) -> Place | None:
        name, _, value = preference.partition(":")
        if name == "between":
            upper, _, lower = value.partition("|")
            return between(self._room(number, {piece.id}), piece, self.document.text(number), upper, lower)
        if name == "beside":
            other = self.places.get(value)
            if other is None or other.page != number:
                return None
            return beside(self._room(number, {piece.id, value}), piece, other)
        return self._room(number, {piece.id}).named(piece, preference)

    def _surely_free(self, place: Place) -> bool:
        """On a large page, drawn coarsely, small print may have been overlooked."""
        return not self._seen(place.page).coarse or not self.document.under(place).any()

    def _room(self, number: int, but: set[str]) -> Room:
        """The room of a page beside the other pieces, but for these and what goes along with them."""
        others = tuple(
            place
            for id_, place in self.places.items()
            if place.page == number and id_ not in but and self.chosen[id_].removeprefix("beside:") not in but
        )
        if (number, others) not in self.rooms:
            self.rooms[number, others] = Room(self._seen(number), others)
        return self.rooms[number, others]

    def _seen(self, number: int) -> Seen:
        seen = self.document.seen(number)
        self.looked.add(number)
        return seen


def _in_order(pieces: Sequence[Asked]) -> list[Asked]:
    """As they come, but each behind those over which it is laid."""
    ordered: list[Asked] = []
    waiting = list(pieces)
    while waiting:
        held = {piece.id for piece in waiting}
        ready = [piece for piece in waiting if not held.difference({piece.id}).intersection(_besides(piece))]
        ordered.append((ready or waiting)[0])
        waiting.remove(ordered[-1])
    return ordered


def _besides(piece: Asked) -> tuple[str, ...]:
    """Ids of the pieces over which it may be laid."""
    return tuple(one.removeprefix("beside:") for one in piece.preferences if one.startswith("beside:"))


def _under(places: Sequence[Place], place: Place) -> int:
    return sum(overlap(one, place) for one in places)


def _inked(seen: Seen, run: Place, place: Place) -> bool:
    """Whether something of a stretch of text is seen under a place; a scan's hidden text may lie where nothing is."""
    rows, columns = seen.pixels(place)
    down, across = seen.pixels(run)
    shared = seen.ink[max(rows.start, down.start) : min(rows.stop, down.stop)]
    return bool(shared[:, max(columns.start, across.start) : min(columns.stop, across.stop)].any())


def _refused(code: str, detail: str, **params: str) -> CouldNotIssue:
    return CouldNotIssue(code, detail, **params)
