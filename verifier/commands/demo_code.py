"""`verifier demo-code`: the code that an authenticator app would show for an account of the demonstration."""

from __future__ import annotations

import argparse

import pyotp

from verifier.commands.shared import Surroundings
from verifier.demo.people import accounts
from verifier.demo.run import demo_folder
from verifier.errors import BadRequest


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print the code; BadRequest `bad-option` where the demonstration has no such account."""
    known = {one.login: one for one in accounts(demo_folder(args.port))}
    if args.login not in known:
        raise BadRequest("bad-option", f"the demonstration knows {', '.join(known)}", option="NAME")
    print(pyotp.TOTP(known[args.login].secret).at(around.clock.now()), file=around.out)
    return 0
