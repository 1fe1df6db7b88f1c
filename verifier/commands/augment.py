"""`verifier augment`: brings a signed PDF to B-LT or B-LTA, or renews its time stamp; judged before it is out."""

from __future__ import annotations

import argparse
import json
import shutil
from typing import Any

from verifier.commands.shared import ALL_PASSED, Surroundings, content, settings_of
from verifier.commands.workshop import Workshop, give_out, workshop
from verifier.errors import BadRequest, CouldNotIssue
from verifier.signing.longterm.complete import Judging, LongTerm, Renewal
from verifier.signing.records import Level
from verifier.verdict import Conclusion


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Augment the file; nothing is written unless every signature holds before and after."""
    settings = settings_of(around, args.trust_store)
    addresses = tuple(args.tsa) or settings.tsa
    level = Level(args.level)
    if level is Level.B_LTA and not addresses:
        raise BadRequest("bad-option", "B-LTA needs --tsa or VERIFIER_TSA", option="--tsa")
    _require_elsewhere(args)
    with workshop(settings, around) as here:
        renewal = _augmented(args, level, _long_term(here, addresses), here)
    print(json.dumps(_told(renewal, str(args.output)), ensure_ascii=False), file=around.out)
    return ALL_PASSED


def _require_elsewhere(args: argparse.Namespace) -> None:
    content(args.file)  # that it can be read is told before anything is asked for
    if not args.output.parent.is_dir() or args.output.is_dir():
        raise BadRequest("bad-option", f"--output: {args.output} cannot be written", option="--output")
    if args.output.exists() and args.output.samefile(args.file):
        raise BadRequest("bad-option", "--output is the document itself", option="--output")


def _long_term(here: Workshop, addresses: tuple[str, ...]) -> LongTerm:
    """Every signature counts, whosever it is."""
    judging = Judging(
        here.pool, lambda: here.trust, lambda: here.policy, here.around.clock, here.gatherer, here.scratch
    )
    return LongTerm(judging, here.stampers(addresses))


def _augmented(args: argparse.Namespace, level: Level, long_term: LongTerm, here: Workshop) -> Renewal:
    source, out = here.scratch / "source", here.scratch / "augmented"
    shutil.copyfile(args.file, source)  # what is judged, augmented and given out is one and the same
    renewal = long_term.renewed(source, out, level, whole=True)
    if renewal.conclusion != Conclusion.TOTAL_PASSED.value:
        raise CouldNotIssue(
            "would-not-pass", f"our judge concludes {renewal.conclusion}", conclusion=renewal.conclusion
        )
    give_out(out, args.output)
    return renewal


def _told(one: Renewal, output: str) -> dict[str, Any]:
    return {
        "output": output,
        "sha256_before": one.before,
        "sha256_after": one.after,
        "levels_before": list(one.levels_before),
        "levels_after": list(one.levels_after),
        "time_stamps": [
            {"tsa": stamp.tsa, "at": stamp.at.isoformat(), "failures": dict(stamp.failures)} for stamp in one.stamps
        ],
        "added": one.grown,
        "renew_before": one.renew_before.isoformat(),
        "conclusion": one.conclusion,
    }
