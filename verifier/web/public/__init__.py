"""The pages for everyone: send a file, follow its judging, read the verdict."""

from __future__ import annotations

from verifier.web.public.views import blueprint, render_problem

__all__ = ["blueprint", "render_problem"]
