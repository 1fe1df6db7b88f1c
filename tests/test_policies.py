from __future__ import annotations

from pathlib import Path

import pytest

from verifier.errors import CouldNotJudge
from verifier.policies import load_policy
from verifier.settings import REPOSITORY


@pytest.mark.parametrize("name", ["bad.toml", "none.toml", ""])
def test_a_policy_that_was_chosen_and_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "bad.toml").write_text("name = 'x'\nunknown = 1\n")
    with pytest.raises(CouldNotJudge) as refusal:
        load_policy(tmp_path / name, tmp_path)
    assert refusal.value.problem.code == "policy-unreadable"


def test_a_trust_store_without_a_policy_is_judged_by_our_own(tmp_path: Path) -> None:
    assert load_policy(None, tmp_path).name == "default"


def test_the_policy_of_the_trust_store_goes_before_our_own_and_the_chosen_one_before_both(tmp_path: Path) -> None:
    policies = REPOSITORY / "trust_store" / "policies"
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "default.toml").write_bytes((policies / "vietnam.toml").read_bytes())
    assert load_policy(None, tmp_path).name == "vietnam"
    assert load_policy(policies / "default.toml", tmp_path).name == "default"
