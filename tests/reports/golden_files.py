"""The golden file of each form; `python -m tests.reports.golden_files` writes them anew after a wanted change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.reports.samples import SAMPLES
from verifier.reports.json_report import dumps, to_json
from verifier.reports.text_report import render_text

FOLDER = Path(__file__).parent / "golden"
NAME = "văn-bằng.pdf"


def json_line(sample: str) -> str:
    return dumps(to_json(SAMPLES[sample], NAME)) + "\n"


GOLDEN: Mapping[str, Callable[[], str]] = {
    "second-signature-undecided.json": lambda: json_line("second-signature-undecided"),
    "not-a-pdf-scan.json": lambda: json_line("not-a-pdf-scan"),
    "second-signature-undecided.vi.txt": lambda: render_text(SAMPLES["second-signature-undecided"], NAME),
    "change-overlay.en.txt": lambda: render_text(SAMPLES["change-overlay"], NAME, "en"),
    "not-judged-busy.vi.txt": lambda: render_text(SAMPLES["not-judged-busy"], NAME),
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, made in GOLDEN.items():
        (FOLDER / name).write_text(made(), "utf-8")
