"""Hold the size budgets: function median ≤ 12, p90 ≤ 35, longest ≤ 60 lines; file ≤ 500 lines."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

MEDIAN, P90, LONGEST, FILE = 12, 35, 60, 500


def functions(tree: ast.AST) -> list[tuple[str, int]]:
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(n.name, (n.end_lineno or n.lineno) - n.lineno + 1) for n in nodes]


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main(folders: list[str]) -> int:
    faults: list[str] = []
    lengths: list[int] = []
    for path in sorted(p for folder in folders for p in Path(folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > FILE:
            faults.append(f"{path}: {text.count(chr(10))} lines, at most {FILE}")
        for name, length in functions(ast.parse(text)):
            lengths.append(length)
            if length > LONGEST:
                faults.append(f"{path}: {name} has {length} lines, at most {LONGEST}")
    median, p90 = percentile(lengths, 0.5), percentile(lengths, 0.9)
    if median > MEDIAN or p90 > P90:
        faults.append(f"functions: median {median} (at most {MEDIAN}), p90 {p90} (at most {P90})")
    print(f"{len(lengths)} functions, median {median}, p90 {p90}, longest {max(lengths)}")
    print(*faults, sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["verifier"]))
