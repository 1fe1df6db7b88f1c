"""`Source`: the folder of the law as it is read at one moment: its files, its hash, and the switches that are on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from verifier.law.records import BadLaw
from verifier.law.tables import Table, parsed

FOLDER = Path(__file__).parent
"""The data that this release ships."""
KINDS = (".toml", ".typ", ".ttf")
"""Files that say what the law is, or how a form looks."""
BINARY = (".ttf",)
EXAMPLES = "examples"
LIBRARIES = ("holidays", "typst", "tzdata")
"""Packages that decide working days of other countries, how a form is set, and what time it is elsewhere."""


@dataclass(frozen=True)
class Source:
    """Where the parts of the law read from; `switches` are those of `switches.toml` that this service has on."""

    folder: Path = FOLDER
    switches: frozenset[str] = frozenset()

    def table(self, name: str) -> Table:
        """Read a data file by its name below the folder, as `fees/fees.toml`; BadLaw where it is not as it must be."""
        return parsed(self.text(name), name)

    def text(self, name: str) -> str:
        """Return a file as text; BadLaw where it is missing or not UTF-8."""
        try:
            return (self.folder / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadLaw(f"{name}: cannot be read") from None

    def names(self, folder: str, suffix: str = ".toml") -> tuple[str, ...]:
        """Return the names of the files in one folder, sorted, as `procedures/apostille.toml`."""
        return tuple(sorted(f"{folder}/{one.name}" for one in (self.folder / folder).glob(f"*{suffix}")))

    def on(self, switch: str) -> bool:
        """Tell whether a switch is on."""
        return switch in self.switches

    @cached_property
    def sha256(self) -> str:
        """Hash over files with their names, over the switches and over the versions of `LIBRARIES`; hexadecimal.

        Worked examples are no law: one more does not change it.
        """
        digest = hashlib.sha256()
        for path in sorted(one for one in self.folder.rglob("*") if one.suffix in KINDS):
            if path.is_relative_to(self.folder / EXAMPLES):
                continue
            told = path.read_bytes()
            if path.suffix not in BINARY:
                told = told.replace(b"\r\n", b"\n")  # a checkout may write the ends of lines otherwise
            inner = hashlib.sha256(told).hexdigest()
            digest.update(f"{path.relative_to(self.folder).as_posix()} {inner}\n".encode())
        for switch in sorted(self.switches):
            digest.update(f"switch {switch}\n".encode())
        for library in LIBRARIES:
            digest.update(f"library {library} {version(library)}\n".encode())
        return digest.hexdigest()


def known_switches(source: Source) -> frozenset[str]:
    """Return the names of all switches; BadLaw where the file is wrong, or where one is on that does not exist."""
    table = source.table("switches.toml")
    names: set[str] = set()
    for entry in table.tables("switch"):
        name = entry.text("id")
        if name in names:
            raise entry.fault(f"{name} stands twice")
        names.add(name)
        entry.words()
        entry.entry()
        entry.end()
    table.end()
    refuse_unknown(source.switches, names)
    return frozenset(names)


def refuse_unknown(on: Collection[str], known: Collection[str]) -> None:
    """Refuse a switch that the data do not know."""
    if unknown := sorted(set(on) - set(known)):
        raise BadLaw(f"switches.toml: there is no switch {unknown[0]!r}")
