"""The words of a dossier (hồ sơ): the case itself, its papers, its stored records and who files it; frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

CHANNELS = ("portal", "counter", "post")
"""How a dossier comes in (hình thức nộp); the portal's codes stand in the law data."""
SHEETS = SPOILED, WITHDRAWN, RETURNED = ("spoiled-sheet", "replaced-sheet", "returned-sheet")
"""Printed sheets that hold no more: spoiled before it was handed over, withdrawn for a new one (thu hồi), withdrawn and
given back to the office."""
RECORD_KINDS = (
    "paper", "translation", "component", "scan", "form", "letter", "answer", "report", "evidence", "result", "receipt",
    *SHEETS,
)  # fmt: skip
"""What a stored record is: the paper to be dealt with, its translation, another component of the dossier, a scan of
paper, a one-stop form that was made, a letter that was sent, an answer that came, our judge's report and evidence,
what was released, a receipt of fees; and `SHEETS`."""
COMPARED = "specimen"
BASES = ("a", "b", "c", COMPARED)
"""On what a consular act rests (Decree 111/2011 Art. 15a(4)): (a) the signature of the Vietnamese authority was found
authentic, (b) that of a foreign authority notified through diplomatic channels was, (c) a verification answer. And of a
paper that came on paper: an officer compared seal, signature, title and competence with the specimen (đối chiếu mẫu,
Decree 293/2026 Art. 14(1))."""
OUTCOMES = ("granted", "refused")


@dataclass(frozen=True)
class Applicant:
    """Who files the dossier (người nộp hồ sơ)."""

    name: str
    kind: str = "person"
    """`person`, `company`, `authority` or `other` (LoaiDoiTuong)."""
    id_kind: str = ""
    """`identity-card`, `electronic-identity`, `passport`, `travel-document`, `tax-number`; empty: not said."""
    id_number: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    lang: str = "vi"
    """In which language notices are written: `vi` or `en`."""
    portal_account: str = ""
    """Account at the national portal; empty where there is none."""


@dataclass(frozen=True)
class Paper:
    """One paper of a dossier (giấy tờ, tài liệu) and what becomes of it.

    The fields up to `pages` are those of the consular desks' application; of papers of consular procedures all of
    them but the last five must be said.
    """

    id: UUID
    case_id: UUID
    authority_id: UUID
    """Who has the case."""
    number: int
    """Within the dossier, from 1."""
    name: str
    """Tên giấy tờ."""
    work: str = ""
    """Kind of work (loại công việc): `CNLS`, `HPHLS`, `CNXT`; empty where the procedure has none."""
    type: str = ""
    """Loại giấy tờ: `0501` original, `0502` copy, `0503` extract, `0504` translation."""
    holder: str = ""
    """Tên người được cấp giấy tờ."""
    copies: int = 1
    """Tổng số bản."""
    serial: str = ""
    """Số hiệu của giấy tờ."""
    office: str = ""
    """Cơ quan cấp/sao chứng thực."""
    signer: str = ""
    title: str = ""
    """Chức danh của người ký."""
    signed_on: date | None = None
    countries: tuple[str, ...] = ()
    """Where it will be used, ISO 3166-1 (nước sử dụng)."""
    issuing_country: str = ""
    document_kind: str = ""
    """Code of the kind of document, on which competence may depend (`law/branches/document-kinds.toml`)."""
    language: str = ""
    """`vi`, `en` or `other`."""
    pages: int | None = None
    """Pages of the original, for the fee."""
    checked: bool = False
    """Đã kiểm tra: reception has looked at it."""
    record_id: UUID | None = None
    """The stored record that is the paper itself."""
    sha256: str = ""
    """Of that record; what is judged, approved and signed must have it."""
    translation_id: UUID | None = None
    verdict: Mapping[str, Any] = field(default_factory=dict)
    """What our judge found, as `examination.Found` writes it; empty before."""
    basis: str = ""
    """One of `BASES`; empty where none is recorded or needed."""
    basis_note: str = ""
    basis_record: UUID | None = None
    """The report, or the confirmation's answer, on which the basis rests."""
    outcome: str = ""
    """One of `OUTCOMES`; empty before the decision."""
    grounds: tuple[str, ...] = ()
    """Ids of the grounds of refusal."""
    issuance_id: UUID | None = None
    """The act by which it was issued electronically."""
    symbol: str = ""
    """Register book, year and number: of what was issued on paper, or by the act once it is numbered."""
    year: int | None = None
    entry: int | None = None
    issued_at: datetime | None = None
    annulled_at: datetime | None = None
    annul_ground: str = ""
    """Why it was annulled, as the applicant was told."""
    annul_decision: str = ""
    """Number of the decision by which it was annulled."""


@dataclass(frozen=True)
class CaseRecord:
    """A file that is stored with the dossier (hồ sơ điện tử)."""

    id: UUID
    case_id: UUID
    authority_id: UUID
    kind: str
    """One of `RECORD_KINDS`."""
    name: str
    media_type: str
    size: int
    sha256: str
    blob: str
    """Name in the store; empty once it was removed."""
    made_at: datetime
    made_by: str
    """Name of who brought or made it, as at that time."""
    component: str = ""
    """Id of the component of the procedure that it is."""
    form: str = ""
    """Id of the form that it is."""
    paper_id: UUID | None = None


@dataclass(frozen=True)
class Case:
    """One dossier (hồ sơ) as it stands."""

    id: UUID
    authority_id: UUID
    """Who has it now."""
    intake_id: UUID
    """Where it was filed."""
    code: str
    """Mã hồ sơ: it can be guessed and opens nothing by itself."""
    token_sha256: bytes
    """Of the secret access token."""
    procedure: str
    law_day: date
    """The day of filing in the authority's zone: whose law it follows."""
    law_sha256: str
    """Of the law book at filing."""
    channel: str
    filed_at: datetime
    status: str
    """Id of a status in `statuses.toml`."""
    applicant: Applicant
    facts: Mapping[str, str] = field(default_factory=dict)
    """Facts of the filing on which components depend: `variant`, `place`, `language`, `identity`."""
    version: int = 1
    """Counts commands; the ETag."""
    delivery: str = ""
    """Id of the way of delivery that was asked for: `e-mail`, `data-store`, `device`, `paper`."""
    purpose: str = ""
    note: str = ""
    external: str = ""
    """Reference of the system that filed it; unique with its client."""
    filed_by: str = ""
    """Who filed it, as `Asker.id`: `person:<uuid>` or `client:<uuid>`; a client acts on what it filed alone."""
    identity: bytes = b""
    """HMAC of the electronic identity of who filed it; empty where there was none."""
    complete_at: datetime | None = None
    """When reception found it complete."""
    resume: str = ""
    """Status to which a supplement leads back; empty where none is asked for."""
    supplements: int = 0
    """How many times a supplement was asked for."""
    supplement: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for and why (`items` of `what` and `why`), and the record of form 02 (`form`); empty where nothing
    is asked for."""
    supplement_due: datetime | None = None
    supplemented_at: datetime | None = None
    """When the last supplement was brought."""
    fee_vnd: int | None = None
    """What is to be paid; None before it is reckoned."""
    paid_at: datetime | None = None
    """When the fee was paid, or a person decided that none is due."""
    accepted_at: datetime | None = None
    """When receipt and appointment were sent."""
    clock_from: datetime | None = None
    """When the legal clock started; None while it has not."""
    first_due: datetime | None = None
    """When the result was first promised."""
    due_at: datetime | None = None
    """When it is due now: the first promise, or a later date; None while no time runs."""
    paused_at: datetime | None = None
    """Since when its time stands still (tạm dừng tính thời hạn); None where it does not."""
    paused_due: datetime | None = None
    """When it was due then."""
    apologies: int = 0
    apology: Mapping[str, Any] = field(default_factory=dict)
    """An apology with a new date that is prepared and not sent, as `delays.Prepared` writes it."""
    warned: str = ""
    """The last warning of this deadline: `target`, `soon` or `late`; empty before."""
    step: str = ""
    """Id of the step of the procedure that it is at."""
    step_due: datetime | None = None
    """Internal target of that step; never the legal limit."""
    officer_id: UUID | None = None
    """Specialist to whom it is assigned."""
    assigned_at: datetime | None = None
    proposal: Mapping[str, Any] = field(default_factory=dict)
    """What the specialist proposes, as `examination.Proposal` writes it; empty where nothing is."""
    proposed_by: UUID | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    outcome: str = ""
    """One of `OUTCOMES`; empty before the decision."""
    signed_at: datetime | None = None
    delivered_at: datetime | None = None
    ended_at: datetime | None = None
    """When it came to one of the final statuses."""
    forwarded_at: datetime | None = None
    archived_at: datetime | None = None
    keep_until: date | None = None
    """First day on which it may be removed; None: for ever, or not yet known."""
    removed_at: datetime | None = None


@dataclass(frozen=True)
class Upload:
    """A file that was brought before a command names it; unused ones are deleted after a day."""

    id: UUID
    authority_id: UUID
    owner: str
    """Who brought it: `person:<id>`, `client:<id>` or `case:<id>`."""
    name: str
    media_type: str
    size: int
    sha256: str
    blob: str
    made_at: datetime
    pages: int | None = None
    """Of a PDF; None where it is none or cannot be read."""


@dataclass(frozen=True)
class Confirmation:
    """A request for confirmation (yêu cầu xác minh) to another authority; its clock is not the dossier's."""

    id: UUID
    case_id: UUID
    authority_id: UUID
    papers: tuple[UUID, ...]
    """Ids of the papers that it is about."""
    asked: str
    """`vietnam`: the body that issued the paper, or its superior; `ministry`: the Ministry, asked by a mission;
    `foreign`: a foreign authority, through the Ministry."""
    name: str
    """Of the authority that is asked."""
    address: str
    question: str
    """What is to be confirmed."""
    reference: str
    """Number of the letter (số công văn); empty while it is drafted."""
    state: str
    """`drafted`, `sent`, `answered`, or `closed` without an answer."""
    drafted_by: UUID
    drafted_at: datetime
    letter_id: UUID | None = None
    """The stored record that is the letter."""
    sent_by: UUID | None = None
    sent_at: datetime | None = None
    due_at: datetime | None = None
    """By when the law expects the answer; None where it sets no time."""
    reminded_at: datetime | None = None
    warn_at: datetime | None = None
    """When officers are warned of it next; None where law has no further term."""
    answer: str = ""
    """`authentic`, `not-authentic`, `unclear`; empty before."""
    answer_reference: str = ""
    answer_id: UUID | None = None
    """The stored record that is the answer."""
    answered_at: datetime | None = None
    noted_by: UUID | None = None
