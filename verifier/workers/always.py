"""Lines of the log that are written whatever weight the settings ask for."""

from __future__ import annotations

from typing import Any

import structlog


def tell(log: str, event: str, **told: Any) -> None:
    """Write one line; `log` names whom it is for, so that a collector can tell it from the others."""
    wrapper = structlog.make_filtering_bound_logger("info")
    structlog.wrap_logger(None, wrapper_class=wrapper, logger_factory_args=(log,)).info(event, log=log, **told)
