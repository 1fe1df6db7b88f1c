"""`verifier demo-code` makes no demonstration of its own: its codes would be good for nobody."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from tests.accounts.support import AT
from verifier.cli import run
from verifier.commands.shared import USAGE, Surroundings
from verifier.demo.people import accounts
from verifier.demo.run import demo_folder, demo_place
from verifier.outside.clock import FixedClock

PORT = "59999"


def code_for(login: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(["demo-code", login, "--port", PORT], Surroundings({}, out, err, FixedClock(AT)))
    return code, out.getvalue(), err.getvalue()


def test_codes_are_those_of_the_demonstration_that_was_started_here(tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        code, out, err = code_for("lanhdao")
        assert (code, out) == (USAGE, "")
        assert len(err.splitlines()) == 1
        assert "no demonstration on port 59999" in err
        assert not demo_place(int(PORT)).exists()

        folder = demo_folder(int(PORT))
        try:
            accounts(folder)
            code, out, _ = code_for("lanhdao")
            assert (code, bool(re.fullmatch(r"\d{6}\n", out))) == (0, True)
            code, _, err = code_for("nobody")
            assert code == USAGE
            assert "lanhdao" in err
        finally:
            (folder / "accounts.toml").unlink(missing_ok=True)
            folder.rmdir()
