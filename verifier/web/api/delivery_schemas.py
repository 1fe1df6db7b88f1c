"""Wire types of how the result of a dossier is given (trả kết quả)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from verifier.web.api.schemas import Wire

WhyNot = Literal[
    "",
    "not-listed",
    "account-there",
    "on-paper",
    "no-paper",
    "account-missing",
    "email-missing",
    "mail-off",
    "portal-off",
]
"""`cases.ways.HINDRANCES`, or nothing."""
Stands = Literal[
    "sending", "stuck", "received", "failed", "offered", "link-over", "link-failed", "fee-open", "to-send", "to-fetch",
    "counter",
]  # fmt: skip
"""`cases.outlook.STANDS`."""


class DeliveryLetter(Wire):
    """The letter that brought a link."""

    state: Literal["waiting", "sent", "failed", "no-way"]
    sent_at: str | None
    address: str = Field(description="Masked.")
    receipt: str = Field(description="What the mail server answered.")
    tries: int
    trouble: str = Field(description="Why the last attempt failed.")


class DeliveryAttempts(Wire):
    """What only the office is told of a delivery."""

    made_by: str
    tries: int = Field(description="Attempts to hand it to the data store, since it was last set going.")
    trouble: str = Field(description="Why the last attempt failed.")
    proof: dict[str, str] = Field(
        description="`receipt` of the data store; `address` of the network from which it was fetched; of paper "
        "`received_by`, `id_number`, `tracking`, and `slip`, the id of the stored slip."
    )


class DossierDelivery(Wire):
    """One delivery of a result."""

    id: str
    way: Literal["data-store", "e-mail", "device", "paper"]
    state: Literal["sending", "offered", "done", "failed", "replaced"]
    made_at: str
    done_at: str | None = Field(description="When it was received, or confirmed.")
    noted_at: str | None = Field(description="When the dossier noted that.")
    expires_at: str | None = Field(description="When its link ends.")
    records: list[str] = Field(description="Ids of the stored records that were given; empty on paper.")
    sha256: list[str]
    letter: DeliveryLetter | None = Field(description="By e-mail, and told to the office alone.")
    office: DeliveryAttempts | None = Field(description="Null for applicants and for clients that file for them.")


class DossierDeliveries(Wire):
    """How the result of a dossier is given."""

    wanted: str = Field(description="Id of the way in which it was wanted; empty where nothing was said.")
    why_not: WhyNot = Field(description="Why a signed result cannot go that way; empty where it can.")
    open: list[str] = Field(description="Ids of the ways that are open to a signed result.")
    stands: list[Stands] = Field(description="What is to be known or done while it is signed.")
    deliveries: list[DossierDelivery] = Field(description="Oldest first.")
