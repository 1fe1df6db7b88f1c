from __future__ import annotations

from datetime import date

import pytest

from verifier.law.competence import Competences
from verifier.law.forms import Forms
from verifier.law.procedures import Procedure, Procedures
from verifier.law.source import Source

COLLECTED = date(2020, 4, 20)
"""Since when the forms of every part were collected; before, the one-stop forms of 2018 and 2020 were not yet there."""


@pytest.mark.parametrize("id_", Procedures.read(Source()).ids)
def test_every_form_that_is_made_is_in_force_when_it_is_made(id_: str) -> None:
    forms = Forms.read(Source())
    made = [one for one in Procedures.read(Source()).history(id_) if isinstance(one, Procedure)]
    for one in made:
        if one.since >= COLLECTED:
            held = {form.id for form in forms.at(one.since)}
            assert set(one.forms) <= held, (one.since, set(one.forms) - held)


@pytest.mark.parametrize("id_", Procedures.read(Source()).ids)
def test_somebody_decides_in_every_procedure_on_every_day_on_which_it_exists(id_: str) -> None:
    competences = Competences.read(Source())
    for one in Procedures.read(Source()).history(id_):
        if isinstance(one, Procedure):
            who = competences.who(id_, one.since)
            assert "decide" in {basis.capacity for basis in who}, one.since
        elif one.entry.until is not None:
            assert competences.who(id_, date.fromordinal(one.entry.until.toordinal() - 1)) == ()
