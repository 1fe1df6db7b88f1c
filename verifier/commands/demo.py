"""`verifier demo`: runs the demonstration until stopped."""

from __future__ import annotations

import argparse

from verifier.commands.shared import Surroundings
from verifier.demo.run import run as run_demo


def run(args: argparse.Namespace, _around: Surroundings) -> int:
    """Run it; returns the exit code."""
    return run_demo(args.port)
