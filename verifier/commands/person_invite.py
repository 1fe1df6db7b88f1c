"""`verifier person invite`: opens the account of the first administrator and prints the link to set it up, once."""

from __future__ import annotations

import argparse

from verifier.accounts.bootstrap import Bootstrap, Wanted
from verifier.accounts.roles import OF_PEOPLE, Role
from verifier.commands.authority_add import unusable
from verifier.commands.outbox import opened
from verifier.commands.shared import Surroundings
from verifier.errors import BadRequest
from verifier.settings import Settings


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Invite a person; BadRequest `bad-option` and as `Bootstrap.invite`; CouldNotJudge `database-unusable`."""
    public_url = Settings.from_environment(around.env).public_url
    if not public_url:
        raise BadRequest("bad-option", "VERIFIER_PUBLIC_URL is not set", option="VERIFIER_PUBLIC_URL")
    if not args.reset and not (args.name and args.role):
        raise BadRequest("bad-option", "--name and --role are needed", option="--name")
    wanted = Wanted(args.authority, args.login, args.name, [_role(one) for one in args.role], args.reset)
    with unusable(), opened(around) as database:
        invited = Bootstrap(database, around.clock).invite(wanted)
    print(f"{invited.person.name} ({invited.person.login}) can set up how to sign in, once, by", file=around.out)
    print(f"{public_url}/invitation/{invited.token}", file=around.out)
    print(f"until {invited.expires_at.isoformat(' ', 'minutes')}; this link is not shown again", file=around.out)
    return 0


def _role(name: str) -> Role:
    if name not in OF_PEOPLE:
        raise BadRequest("bad-option", f"--role must be one of {', '.join(OF_PEOPLE)}", option="--role")
    return Role(name)
