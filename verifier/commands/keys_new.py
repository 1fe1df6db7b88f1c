"""`verifier keys new`: adds a key to the key file and makes it current; the first one makes the file.

The order that loses nothing: 1. a new key; 2. every process of the service is restarted (the web service and
`verifier relay`), so that each can open what the others seal; 3. `verifier keys rotate`; 4. the old key goes from the
file when nothing needs it any more, backups included. A process that still runs with the old file cannot open what is
sealed with the new key: until it is restarted it refuses pages, sign-ins and judging that need it.
"""

from __future__ import annotations

import argparse

from verifier.commands.keys_shared import key_file
from verifier.commands.shared import Surroundings
from verifier.storage.keys import add_key


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Add a key, named after the day unless it is told otherwise; BadRequest `bad-option`."""
    file = key_file(around)
    name = args.name or f"{around.clock.now():%Y-%m-%d}"
    ring = add_key(file, name)
    print(f"key {name} is in {file} and current", file=around.out)
    if len(ring.keys) > 1:
        print("now restart every process of the service, then run: verifier keys rotate", file=around.out)
    return 0
