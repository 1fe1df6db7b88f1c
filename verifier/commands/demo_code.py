"""`verifier demo-code`: the code that an authenticator app would show for an account of the demonstration."""

from __future__ import annotations

import argparse

import pyotp

from verifier.commands.shared import Surroundings
from verifier.demo.people import accounts
from verifier.demo.run import demo_place
from verifier.errors import BadRequest


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Print the code; BadRequest `bad-option` where there is no such demonstration, or no such account in it."""
    folder = demo_place(args.port)
    if not folder.is_dir():
        detail = f"no demonstration on port {args.port} was started from this folder; ask from where it was started"
        raise BadRequest("bad-option", detail, option="--port")
    known = {one.login: one for one in accounts(folder)}
    if args.login not in known:
        raise BadRequest("bad-option", f"the demonstration knows {', '.join(known)}", option="NAME")
    print(pyotp.TOTP(known[args.login].secret).at(around.clock.now()), file=around.out)
    return 0
