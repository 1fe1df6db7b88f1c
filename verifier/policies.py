"""Finding the validation policy to judge by: the one named, else the trust store's, else the built-in default."""

from __future__ import annotations

from pathlib import Path

from verifier.errors import CouldNotJudge
from verifier.policy import Policy, make_policy, parse_policy

DEFAULT_FILE = Path("policies") / "default.toml"
"""Where a trust store in full layout keeps its default."""


def load_policy(chosen: Path | None, trust_store: Path) -> Policy:
    """Return the policy in `chosen`, else the default of the trust store, else our own (a plain folder has none).

    CouldNotJudge `policy-unreadable` names the file.
    """
    file = chosen or trust_store / DEFAULT_FILE
    if chosen is None and not file.is_file():
        return make_policy(name="default")
    try:
        return parse_policy(file.read_bytes())
    except OSError as error:
        raise CouldNotJudge("policy-unreadable", f"{file.name}: {error.strerror}", file=file.name) from None
    except CouldNotJudge as error:
        detail = f"{file.name}: {error.problem.detail}"
        raise CouldNotJudge("policy-unreadable", detail, **{**error.problem.params, "file": file.name}) from None
