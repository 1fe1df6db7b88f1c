"""The wire types of dossiers; a test holds them against what the views write. Bodies come out of the commands."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, Literal, cast

from pydantic import BaseModel, Field

from verifier.cases import handlers
from verifier.cases.beside import Annulment, Signature
from verifier.cases.intake import Filing
from verifier.cases.kernel import REGISTRY
from verifier.cases.statuses import Status
from verifier.web.api import body_schemas
from verifier.web.api.delivery_schemas import DossierDeliveries
from verifier.web.api.law_schemas import LawDeadline
from verifier.web.api.schemas import TIME, Params, Wire

_ = handlers
COMPONENTS = "#/components/schemas/{model}"


class UploadNote(Wire):
    """A file that was taken in; unused it is deleted after a day."""

    id: str = Field(description="To be named in a filing or a command, once.")
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    sha256: str
    kind: str = Field(description="By its content: `pdf`, `scan`, `docx`, `xml`, …", examples=["pdf"])
    pages: int | None = Field(description="Of a PDF that can be opened.")
    problems: list[str] = Field(
        description="Codes of what will be in the way; the file is kept all the same.", examples=[["pdf-encrypted"]]
    )


class DossierAuthority(Wire):
    """An authority."""

    id: str
    code: str
    name_vi: str
    name_en: str


class DossierApplicant(Wire):
    """Who filed it."""

    name: str
    kind: str
    id_kind: str
    id_number: str
    phone: str
    email: str
    address: str
    lang: str
    portal_account: str


class DossierOffice(Wire):
    """What only the office is told."""

    resume: str = Field(description="Status to which a supplement leads back.")
    step: str
    step_due: str | None = Field(description="Internal target; never the legal limit.")
    officer_id: str | None
    assigned_at: str | None
    proposal: dict[str, Any]
    proposed_by: str | None
    decided_by: str | None
    keep_until: str | None
    filed_by: str
    apology: dict[str, Any] = Field(description="An apology with a new date that is prepared and not sent.")


class Wanted(Wire):
    """One thing that is to be brought."""

    what: str
    why: str


class WantedSupplement(Wire):
    """What the applicant is asked to supplement (bổ sung, hoàn thiện hồ sơ)."""

    items: list[Wanted]
    until: str | None = Field(description="By when; null where no time is set.")
    form: str = Field(description="Id of the record of form 02.")
    form_href: str


class AnnulledResult(Wire):
    """What was issued for a paper and holds no more (hủy bỏ, thu hồi)."""

    paper: int = Field(description="Number within the dossier.")
    paper_id: str
    at: str
    ground: str = Field(description="Why, as the applicant was told; empty where it is not known any more.")
    decision: str = Field(description="Number of the decision by which it was annulled.")


class Dossier(Wire):
    """One dossier as it stands."""

    id: str
    code: str = Field(description="It can be guessed, and opens nothing by itself.")
    procedure: str
    law_day: str = Field(description="The day whose law it follows.")
    law_sha256: str
    channel: Literal["portal", "counter", "post"]
    filed_at: str = Field(examples=[TIME])
    status: Status
    status_vi: str
    status_en: str
    move: str = Field(description="Whose move it is.")
    portal_status: int = Field(description="Code of the National Public Service Portal, 1 to 10.")
    final: bool
    version: int = Field(description="Counts commands; the ETag.")
    authority: DossierAuthority = Field(description="Who has it now.")
    intake: DossierAuthority = Field(description="Where it was filed.")
    applicant: DossierApplicant
    facts: dict[str, str]
    delivery: str
    purpose: str
    note: str
    external: str = Field(description="Reference of the system that filed it.")
    complete_at: str | None
    supplements: int
    supplement_due: str | None
    fee_vnd: int | None
    paid_at: str | None
    accepted_at: str | None
    clock_from: str | None
    first_due: str | None
    due_at: str | None = Field(description="When the result is due now; null while no time runs.")
    paused_at: str | None = Field(description="Since when its time stands still; null where it does not.")
    apologies: int
    outcome: str | None = Field(description="`granted` or `refused`, once it is told.")
    decided_at: str | None
    supplement: WantedSupplement | None = Field(description="What is asked for; null where nothing is.")
    annulled: list[AnnulledResult] = Field(
        description="Results that hold no more. The status, `portal_status` and `outcome` stay as they were."
    )
    signed_at: str | None
    delivered_at: str | None
    ended_at: str | None
    forwarded_at: str | None
    archived_at: str | None
    removed_at: str | None
    office: DossierOffice | None = Field(description="Null for applicants and for clients that file for them.")
    href: str
    papers: str
    log: str
    deadline: str
    deliveries: str
    offers: str


class FiledDossier(Wire):
    """A dossier that was filed, and its secret."""

    dossier: Dossier
    token: str = Field(description="Secret access token (256 bits) for the applicant: shown here, stored nowhere.")


class DossierLine(Wire):
    """A dossier in a list."""

    id: str
    code: str
    authority_id: str
    intake_id: str
    procedure: str
    status: Status
    status_vi: str
    status_en: str
    portal_status: int = Field(description="Code of the National Public Service Portal, 1 to 10.")
    applicant: str
    channel: str
    filed_at: str
    due_at: str | None
    step_due: str | None
    supplement_due: str | None
    officer_id: str | None
    officer: str | None
    papers: int | None
    version: int
    href: str


class Dossiers(Wire):
    """One page of a list."""

    dossiers: list[DossierLine]
    next: str | None = Field(description="Where the next page is; null where this is the last.")


class GroundTold(Wire):
    """A ground of refusal, in the words of the law; all but `id` null where the law of the day has it no more."""

    id: str
    text: str | None
    text_en: str | None
    citation: str | None
    advice: str | None = Field(description="What the applicant may do instead.")
    advice_en: str | None


class Refusal(Wire):
    """Why a paper was refused, as the applicant was told."""

    grounds: list[GroundTold]
    facts: str | None = Field(description="What was found, in the officer's words (Vietnamese).")


class PaperResult(Wire):
    """What became of a paper."""

    outcome: str | None = Field(description="`granted` or `refused`; null before it is decided, and until it is told.")
    grounds: list[str] | None = Field(description="Ids of grounds of refusal.")
    refusal: Refusal | None = Field(description="Why it was refused; null where it was not, and until it is told.")
    issuance_id: str | None
    symbol: str | None = Field(description="Register book.")
    year: int | None
    entry: int | None
    issued_at: str | None
    annulled_at: str | None


class PaperExamination(Wire):
    """What the office found of a paper."""

    checked: bool
    verdict: dict[str, Any] = Field(description="Of our judge; empty before.")
    basis: str = Field(description="`a`, `b` or `c` of Decree 111/2011/ND-CP Art. 15a(4); empty where none.")
    basis_note: str
    basis_record: str | None


class DossierPaper(Wire):
    """One paper of a dossier."""

    id: str
    number: int
    name: str
    work: str
    type: str
    holder: str
    copies: int
    serial: str
    office: str
    signer: str
    title: str
    signed_on: str | None
    countries: list[str]
    issuing_country: str
    document_kind: str
    language: str
    pages: int | None
    record_id: str | None
    sha256: str
    translation_id: str | None
    result: PaperResult
    examination: PaperExamination | None = Field(description="Null for applicants.")


class DossierRecord(Wire):
    """A file that is stored with a dossier."""

    id: str
    kind: str
    name: str
    media_type: str
    size: int
    sha256: str
    made_at: str
    made_by: str | None
    component: str
    form: str
    paper_id: str | None
    href: str | None = Field(description="Null once the file was removed.")


class DossierConfirmation(Wire):
    """A request for confirmation to another authority."""

    id: str
    papers: list[str]
    asked: str
    name: str
    address: str
    question: str
    reference: str
    state: str
    drafted_by: str
    drafted_at: str
    letter_id: str | None
    sent_by: str | None
    sent_at: str | None
    due_at: str | None
    reminded_at: str | None
    warn_at: str | None = Field(description="When officers are warned of it next.")
    answer: str
    answer_reference: str
    answer_id: str | None
    answered_at: str | None
    noted_by: str | None


class DossierPapers(Wire):
    """The papers of a dossier, and what is stored with it."""

    papers: list[DossierPaper]
    records: list[DossierRecord]
    confirmations: list[DossierConfirmation] = Field(description="Told to the office alone.")


class DossierEvent(Wire):
    """One event of a dossier's log."""

    number: int = Field(description="Within the dossier, from 1, without a gap.")
    at: str
    action: str
    status: str | None = Field(description="As it stood afterwards.")
    version: int | None
    by: str = Field(description="`person`, `client`, `visitor` (the applicant) or `system`.")
    hash: str = Field(description="SHA-256 over both numbers, both hashes before and the body.")
    previous: str = Field(description="Hash of the event before it of this dossier.")
    log_number: int = Field(description="Within the whole log.")
    log_previous: str
    body: str | None = Field(description="What was hashed, canonical JSON; null for applicants.")


class DossierLog(Wire):
    """The hash-chained log of a dossier, oldest first."""

    subject: list[str]
    events: list[DossierEvent]


class DossierDeadline(Wire):
    """When a dossier is due, as it stands and as the law reckons it."""

    due_at: str | None
    first_due: str | None
    clock_from: str | None
    supplement_due: str | None
    apologies: int
    complete_at: str | None
    paid_at: str | None
    accepted_at: str | None
    step_due: str | None
    law: LawDeadline = Field(description="Reckoned anew by the law of its day; without internal steps for applicants.")


class Specialist(Wire):
    """An officer to whom a dossier may be assigned."""

    id: str = Field(description="`officer` of the command `assign`.")
    name: str


class Specialists(Wire):
    """Everybody to whom a dossier may be assigned now."""

    specialists: list[Specialist]


class Hindrance(Wire):
    """Why a command is not offered now."""

    code: str
    title: str
    detail: str
    title_vi: str
    detail_vi: str
    params: Params


class Offer(Wire):
    """A command that the caller's roles may ever give, or signing and annulling what is issued electronically."""

    command: str
    method: Literal["POST"]
    href: str
    offered: bool
    step_up: bool = Field(description="Whether it needs a proof not older than five minutes.")
    prove_at: str | None = Field(description="Where to prove first, where that is needed now.")
    why_not: Hindrance | None
    body: dict[str, Any] = Field(alias="schema", description="JSON schema (2020-12) of its body.")


class Offers(Wire):
    """What the caller may do with a dossier."""

    version: int
    status: Status
    commands: list[Offer]


MODELS: tuple[type[BaseModel], ...] = (
    UploadNote,
    FiledDossier,
    Dossiers,
    DossierPapers,
    DossierLog,
    DossierDeadline,
    DossierDeliveries,
    Offers,
    Specialists,
)


def body_name(command: str) -> str:
    """Return the name of the schema of a command's body: `AskSupplementCommand`."""
    return "".join(one.capitalize() for one in command.split("-")) + "Command"


@cache
def bodies() -> dict[str, Any]:
    """Return the schemas of all bodies by name: a filing, every command, and the records within them.

    ValueError where two records of one name differ.
    """
    found: dict[str, Any] = {}
    wanted: dict[str, type] = {"Filing": Filing, "SignatureBody": Signature, "AnnulmentBody": Annulment}
    wanted |= {body_name(one.name): one.kind for one in REGISTRY.values() if not one.secret}
    for name, kind in wanted.items():
        told = body_schemas.told(cast("Hashable", kind), COMPONENTS)
        parts = dict(told.get("$defs", {}))
        parts[name] = {**parts.pop(kind.__name__), "title": name}
        for part, schema in parts.items():
            if found.setdefault(part, schema) != schema:
                raise ValueError(f"two records are called {part}")
    return found
