"""What of a dossier its applicant may see: what was brought, what was sent, what was given out."""

from __future__ import annotations

import pytest

from tests.cases.world import CaseWorld
from verifier.cases.openness import decision_told, open_records
from verifier.cases.records import RECORD_KINDS, Case
from verifier.cases.statuses import Status

SENT = ("apology", "fee-notice", "receipt", "refusal", "stop-notice", "supplement-request")
OFFICE = ("confirmation-request", "control-sheet", "register-copies", "wording-copy")


def seen(world: CaseWorld, case: Case) -> set[tuple[str, str]]:
    """Kind and form of what the applicant sees."""
    return {(one.kind, one.form) for one in open_records(world.view(case), world.house.book)}


@pytest.mark.parametrize("kind", RECORD_KINDS)
def test_of_what_bears_no_form_only_what_was_brought_is_seen(world: CaseWorld, kind: str) -> None:
    case = world.case(papers=0)
    world.record(case, kind=kind)

    assert bool(seen(world, case)) == (kind in {"paper", "translation", "component"})


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        *(("form", one) for one in SENT),
        ("letter", "refusal"),
        ("receipt", "fee-receipt"),
        ("component", "consular-application"),
    ],
)
def test_forms_for_applicants_are_seen(world: CaseWorld, kind: str, form: str) -> None:
    case = world.case(papers=0)
    world.record(case, kind=kind, form=form)

    assert seen(world, case) == {(kind, form)}


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        *(("form", one) for one in OFFICE),
        ("letter", "confirmation-request"),
        ("letter", "no-such-form"),
        ("report", "receipt"),
    ],
)
def test_forms_of_the_office_are_not_seen(world: CaseWorld, kind: str, form: str) -> None:
    case = world.case(papers=0)
    world.record(case, kind=kind, form=form)

    assert seen(world, case) == set()


def test_results_are_seen_once_they_were_given_out_unless_they_were_annulled(world: CaseWorld) -> None:
    case = world.case(status=Status.SIGNED, papers=2)
    first, second = world.papers(case)
    for paper in (first, second):
        world.record(case, paper.name.encode(), "result", paper_id=paper.id)
    assert "result" not in {kind for kind, _ in seen(world, case)}

    world.change(case, status=Status.DELIVERED.value, delivered_at=world.clock.now())
    given_out = [one.paper_id for one in open_records(world.view(case), world.house.book) if one.kind == "result"]
    assert set(given_out) == {first.id, second.id}

    world.change_paper(first, annulled_at=world.clock.now())
    left = [one.paper_id for one in open_records(world.view(case), world.house.book) if one.kind == "result"]
    assert left == [second.id]


def test_a_decision_is_told_when_it_is_signed_or_refused(world: CaseWorld) -> None:
    case = world.case(status=Status.SIGNING, decided_at=world.clock.now())
    assert not decision_told(case)
    assert not decision_told(world.change(case, status=Status.APPROVAL.value))
    assert decision_told(world.change(case, status=Status.REFUSED.value))
    assert decision_told(world.change(case, status=Status.SIGNED.value))
