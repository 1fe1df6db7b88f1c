"""How the records of an act are kept as JSON in its row, and read again."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from verifier.errors import Problem
from verifier.signing.records import Kind, Level, Order, Placement, Prepared, Wish

Json = dict[str, Any]


def order_to(order: Order) -> Json:
    """Return an order as JSON."""
    return {
        "kind": order.kind.value,
        "dossier": order.dossier,
        "level": order.level.value,
        "wish": asdict(order.wish),
        "said": dict(order.said),
        "replaces": str(order.replaces) if order.replaces else None,
        "request": order.request,
    }


def order_from(told: Mapping[str, Any]) -> Order:
    """Return the order that `order_to` wrote."""
    wish = dict(told["wish"])
    placement = wish.pop("placement")
    return Order(
        Kind(told["kind"]),
        told["dossier"],
        Level(told["level"]),
        Wish(placement=Placement(placement) if placement else None, **wish),
        dict(told["said"]),
        UUID(told["replaces"]) if told["replaces"] else None,
        told.get("request", ""),
    )


def prepared_to(room: Prepared) -> Json:
    """Return a prepared document's room as JSON."""
    return {
        "digest": room.digest.hex(),
        "algorithm": room.algorithm,
        "start": room.contents_start,
        "end": room.contents_end,
    }


def prepared_from(told: Mapping[str, Any]) -> Prepared:
    """Return the room that `prepared_to` wrote."""
    return Prepared(bytes.fromhex(told["digest"]), told["algorithm"], told["start"], told["end"])


def bytes_to(data: bytes) -> str:
    """Return bytes as text."""
    return base64.b64encode(data).decode()


def bytes_from(told: str) -> bytes:
    """Return the bytes that `bytes_to` wrote."""
    return base64.b64decode(told)


def problem_to(problem: Problem) -> Json:
    """Return a problem as JSON."""
    return {"code": problem.code, "detail": problem.detail, "params": dict(problem.params)}
