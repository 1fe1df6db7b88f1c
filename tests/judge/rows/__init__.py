"""The table of situations after EN 319 102-1 (`table.toml`) and the documents that show them."""

from tests.judge.rows import algorithms, broken, certificates, revoked, sound, stale, stamps, standing
from tests.judge.rows.table import BUILDERS, Case, Row, read_table

__all__ = [
    "BUILDERS",
    "Case",
    "Row",
    "algorithms",
    "broken",
    "certificates",
    "read_table",
    "revoked",
    "sound",
    "stale",
    "stamps",
    "standing",
]
