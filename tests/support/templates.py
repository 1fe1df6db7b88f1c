"""Compiled templates that all applications of one test process share."""

from __future__ import annotations

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class _Memory(BytecodeCache):
    """Keeps what was compiled, by the name and the file of a template; its text is compared too."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_MEMORY = _Memory()


def sharing(app: Flask) -> Flask:
    """Return the application, which takes its templates from those that were compiled before."""
    app.jinja_env.bytecode_cache = _MEMORY
    return app
