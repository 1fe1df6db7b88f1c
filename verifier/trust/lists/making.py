"""Making XML elements of one name space, by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree


class Maker:
    """Makes elements: `maker.Name(child, "text", Attribute="value")`, or `maker("Name", …)`."""

    def __init__(self, namespace: str, prefixes: Mapping[str | None, str]) -> None:
        """`prefixes` are declared where an element does not inherit them."""
        self._namespace = namespace
        self._prefixes: dict[Any, str] = dict(prefixes)

    def __call__(self, name: str, *content: etree._Element | str, **attributes: str) -> etree._Element:
        """Return a new element with this content: children, or one text."""
        element = etree.Element(f"{{{self._namespace}}}{name}", nsmap=self._prefixes)
        for key, value in attributes.items():
            element.set(key, value)
        for part in content:
            if isinstance(part, str):
                element.text = part
            else:
                element.append(part)
        return element

    def __getattr__(self, name: str) -> Callable[..., etree._Element]:
        return lambda *content, **attributes: self(name, *content, **attributes)
