from __future__ import annotations

from tests.cases.world import CaseWorld
from verifier.cases.statuses import Status


def test_a_dossier_stands_where_the_test_puts_it(world: CaseWorld) -> None:
    case = world.case(status=Status.EXAMINATION, papers=2)
    view = world.view(case)
    assert (view.case.status, len(view.papers), len(view.records)) == ("examination", 2, 2)
    assert view.papers[0].sha256 == view.records[0].sha256 == view.papers[1].sha256
    assert world.cases.by_token(case.code, "a-secret-token-of-the-applicant").id == case.id
