"""`verifier replay`: judges a file again by an evidence bundle, asking nobody and reading no clock."""

from __future__ import annotations

import argparse

from verifier.bundle import read_bundle
from verifier.check import replay
from verifier.commands.forms import FORMS, json_line
from verifier.commands.shared import (
    ALL_PASSED,
    NOT_PASSED,
    Surroundings,
    content,
    output,
    passwords_in,
    settings_of,
)
from verifier.workers.pool import WorkerLimits, WorkerPool


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Return 0 where the outcome is the recorded one to the byte, 1 where it is not."""
    settings = settings_of(around)
    passwords = passwords_in(args.password_file)
    recorded = read_bundle(content(args.bundle))
    limits = WorkerLimits(settings.judge_seconds, settings.judge_mib)
    with output(args.output, around) as out, WorkerPool(1, limits, spare=0) as pool:
        again = replay(args.file, recorded, pool=pool, passwords=passwords, max_bytes=settings.max_upload_bytes)
        print(FORMS[args.format](again.outcome, again.file_name, args.lang), file=out, flush=True)
    same = json_line(again.outcome, again.file_name) == json_line(recorded.outcome, recorded.file_name)
    print(f"verifier: {'the same as' if same else 'different from'} the recorded outcome", file=around.err)
    return ALL_PASSED if same else NOT_PASSED
