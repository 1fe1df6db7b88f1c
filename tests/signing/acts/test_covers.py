"""What goes on a cover because no page of it can bear the mark."""

from __future__ import annotations

import pytest

from tests.signing.acts.world import ActWorld
from tests.signing.space.documents import plain
from verifier.errors import CouldNotIssue
from verifier.signing.records import Placement, Wish


def sizeless(world: ActWorld) -> bytes:
    boxes = "/MediaBox [0 0 100 100] /CropBox [300 300 400 400]"
    return plain(world.folder / "cut.pdf", [(boxes, "")]).read_bytes()


def test_pages_on_which_readers_differ_go_on_a_cover(world: ActWorld) -> None:
    act = world.order(data=sizeless(world))
    assert (act.placement, act.layout["reasons"]) == ("allonge", ["pdf-unreadable"])
    assert world.draws.covers[0].reasons == ("pdf-unreadable",)


def test_they_are_refused_where_the_officer_wants_a_page(world: ActWorld) -> None:
    with pytest.raises(CouldNotIssue, match="pdf-unreadable"):
        world.order(data=sizeless(world), wish=Wish(placement=Placement.PAGE))
