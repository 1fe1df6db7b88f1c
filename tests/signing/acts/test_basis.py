"""What is certified because the competent body confirmed its signature, where nobody here can judge it."""

from __future__ import annotations

import pytest

from tests.signing.acts.ports import not_judged
from tests.signing.acts.world import CONSULAR, ActWorld
from verifier.errors import CouldNotIssue, CouldNotJudge
from verifier.signing.records import Kind

XML = b'<?xml version="1.0"?><paper/>'


@pytest.mark.parametrize("kind", [CONSULAR, Kind.CONSULAR_LEGALIZATION, Kind.APOSTILLE])
def test_what_is_signed_elsewhere_goes_on_a_cover_where_that_was_confirmed(world: ActWorld, kind: Kind) -> None:
    world.judges.before = not_judged("not-a-pdf", "xml")
    act = world.issuing.run(world.confirmed(kind, data=XML, said={"basis": "c"}).id)
    assert (act.state, act.placement) == ("released", "allonge"), act.problem
    assert act.layout["reasons"] == ["not-pdf"]
    assert world.draws.covers[0].findings[0][0]


@pytest.mark.parametrize("code", ["not-a-pdf", "pdf-encrypted", "pdf-truncated"])
def test_without_a_confirmation_or_as_a_pdf_it_does_not(world: ActWorld, code: str) -> None:
    world.judges.before = not_judged(code)
    said = {} if code == "not-a-pdf" else {"basis": "c"}
    with pytest.raises(CouldNotJudge, match=code):
        world.order(CONSULAR, said=said)


def test_a_pdf_without_a_signature_has_none_that_anybody_confirmed(world: ActWorld) -> None:
    with pytest.raises(CouldNotIssue, match="no-signature"):
        world.order(CONSULAR, said={"basis": "c"})
