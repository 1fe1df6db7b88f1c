"""The tables, as SQLAlchemy sees them; migrations make them, a test holds the two together."""

from __future__ import annotations

from verifier.storage.tables.appointments import (
    AppointmentClosureRow,
    AppointmentDeskRow,
    AppointmentRequestRow,
    AppointmentRow,
    AppointmentWaitRow,
)
from verifier.storage.tables.archive import ArchivePackageRow
from verifier.storage.tables.audit import AuditEventRow, AuditHeadRow
from verifier.storage.tables.authorities import AuthorityRow, CompetenceRow, ProposalRow
from verifier.storage.tables.base import Base
from verifier.storage.tables.case_search import CaseSearchRow
from verifier.storage.tables.cases import (
    CaseConfirmationRow,
    CaseCounterRow,
    CasePaperRow,
    CaseRecordRow,
    CaseRequestRow,
    CaseRow,
    CaseUploadRow,
)
from verifier.storage.tables.clients import AccessTokenRow, AssertionRow, ClientKeyRow, ClientRow
from verifier.storage.tables.notices import DeliveryRow, NoticeRow
from verifier.storage.tables.payments import (
    PaymentCallbackRow,
    PaymentCarriedRow,
    PaymentCounterRow,
    PaymentOrderRow,
    PaymentReceiptRow,
    PaymentReconciliationRow,
    PaymentRefundRow,
    PaymentRow,
)
from verifier.storage.tables.people import (
    IdentityRow,
    InvitationRow,
    PasswordRow,
    PersonRow,
    RecoveryCodeRow,
    RoleGrantRow,
    SecondFactorRow,
)
from verifier.storage.tables.registers import RegisterBookRow, RegisterCorrectionRow, RegisterEntryRow
from verifier.storage.tables.sessions import SessionRow, SignInAttemptRow
from verifier.storage.tables.signing import (
    IssuanceBatchRow,
    IssuanceRow,
    SigningGrantRow,
    SigningMandateRow,
)
from verifier.storage.tables.trust import TrustChangeRow, TrustSourceRow
from verifier.storage.tables.validation import STATES, ValidationRow
from verifier.storage.tables.versions import IssuanceVersionRow
from verifier.storage.tables.work import JobRunRow, OutboxRow

__all__ = [
    "STATES",
    "AccessTokenRow",
    "AppointmentClosureRow",
    "AppointmentDeskRow",
    "AppointmentRequestRow",
    "AppointmentRow",
    "AppointmentWaitRow",
    "ArchivePackageRow",
    "AssertionRow",
    "AuditEventRow",
    "AuditHeadRow",
    "AuthorityRow",
    "Base",
    "CaseConfirmationRow",
    "CaseCounterRow",
    "CasePaperRow",
    "CaseRecordRow",
    "CaseRequestRow",
    "CaseRow",
    "CaseSearchRow",
    "CaseUploadRow",
    "ClientKeyRow",
    "ClientRow",
    "CompetenceRow",
    "DeliveryRow",
    "IdentityRow",
    "InvitationRow",
    "IssuanceBatchRow",
    "IssuanceRow",
    "IssuanceVersionRow",
    "JobRunRow",
    "NoticeRow",
    "OutboxRow",
    "PasswordRow",
    "PaymentCallbackRow",
    "PaymentCarriedRow",
    "PaymentCounterRow",
    "PaymentOrderRow",
    "PaymentReceiptRow",
    "PaymentReconciliationRow",
    "PaymentRefundRow",
    "PaymentRow",
    "PersonRow",
    "ProposalRow",
    "RecoveryCodeRow",
    "RegisterBookRow",
    "RegisterCorrectionRow",
    "RegisterEntryRow",
    "RoleGrantRow",
    "SecondFactorRow",
    "SessionRow",
    "SignInAttemptRow",
    "SigningGrantRow",
    "SigningMandateRow",
    "TrustChangeRow",
    "TrustSourceRow",
    "ValidationRow",
]
