"""Pages on signing keys: which are held, how long they are good, who may sign with them; proposals to change that."""

from __future__ import annotations

from verifier.web.signing_keys.views import blueprint

__all__ = ["blueprint"]
