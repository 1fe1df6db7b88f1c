"""Trust: snapshots, certification paths, revocation data, algorithm dates; reasoning only, no clock and no socket."""
