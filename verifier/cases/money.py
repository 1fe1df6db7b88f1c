"""The fee of a dossier (phí): demanded by the law of its day, paid at the counter or the platform, given back."""

from __future__ import annotations

from verifier.cases.kernel import Done, Turn


def demand(turn: Turn) -> Done:
    """Reckon the fee by the law of the case and make the order of payment; status PAYMENT, letter `fee-notice`.

    A fee of nothing, or one that a person has exempted or that is paid already, goes on at once.
    """
    raise NotImplementedError


def settled(turn: Turn) -> bool:
    """Tell whether nothing of the fee is open: paid, exempt, or none due."""
    raise NotImplementedError
