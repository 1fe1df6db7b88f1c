"""The page on which an officer sees where a mark goes, and moves it."""

from verifier.web.placing.desk import PlacingDesk
from verifier.web.placing.views import blueprint

__all__ = ["PlacingDesk", "blueprint"]
