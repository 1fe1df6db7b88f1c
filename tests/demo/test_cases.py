"""The sample dossiers as they are told: every step is known, every document is one of the samples."""

from __future__ import annotations

from collections import Counter

from verifier.cases.intake import Filing
from verifier.demo.cases import Workshop, samples
from verifier.demo.people import sample
from verifier.demo.samples import SAMPLES
from verifier.law.book import law_book


def test_samples_name_what_there_is() -> None:
    places = {one["code"] for one in sample()["authority"]}
    documents = {one.name for one in SAMPLES}
    for one in samples():
        assert one.at in places
        assert set(one.papers) <= documents
        assert all(callable(getattr(Workshop, f"_{step.replace('-', '_')}")) for step in one.steps), one.name


def test_every_procedure_has_a_sample_and_no_name_is_used_twice() -> None:
    told = samples()
    assert {one.procedure for one in told} == set(law_book().procedures.ids)
    assert max(Counter(one.name for one in told).values()) == 1
    assert {"external"} <= set(Filing.__dataclass_fields__)
