"""A dossier is filed again after it was given back unverified (nộp lại hồ sơ): the fee that was paid counts for it.

Decree 293/2026 Art. 9(4); for which fees that holds is data (`verifier/law/fees/fees.toml`, `carried`). The money stays
with the earlier dossier: its receipt stands, its fee is used once, and what is reckoned for the new one is less by as
many papers and copies as were paid for. Where fewer are filed again nothing is given back: no rule was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from uuid import uuid4

from verifier.cases.filing import Filing
from verifier.cases.kernel import Asker, CaseHouse, Done, Turn
from verifier.cases.records import Applicant, Case
from verifier.cases.secrecy import identities_of
from verifier.cases.settling import note
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.law.book import Law
from verifier.law_desk import answered
from verifier.payments.reckoning import carried_rule, covered
from verifier.payments.records import APART, VND, Carried, CaseMoney, PaymentState, RefundState
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.rows import folded, token_hash

FIELD = "continues"
USED = "fee-used-again"
"""Event of the earlier dossier."""
OFFICER, CLIENT = "person:", "client:"
CONTACTS = ("phone", "email", "portal_account")


def given_back(case: Case) -> bool:
    """Tell whether a dossier was given back unverified: of those that were stopped, no other was decided by anybody."""
    return case.status == Status.STOPPED.value and case.decided_by is not None


def earlier_of(
    house: CaseHouse, unit: UnitOfWork, asker: Asker, authority: Authority, filing: Filing, law: Law
) -> Case | None:
    """Return the dossier that a filing names as the one filed before, held; None where it names none.

    An officer names it by its code, a client what it filed itself; every other one by code and secret token.
    BadRequest, all with `field`: `field-missing` where only a token is said; `earlier-not-carried` where the law says
    nothing of it for this procedure; `earlier-unknown`, the same whatever is wrong; `earlier-elsewhere`,
    `earlier-other-procedure`, `earlier-other-applicant`, `earlier-not-given-back`.
    """
    if not filing.continues:
        if filing.continues_token:
            raise _refused("field-missing")
        return None
    with answered():
        rule = carried_rule(law, filing.procedure)
    if rule is None:
        raise _refused("earlier-not-carried")
    found = unit.cases.by_code(filing.continues.upper())
    if found is None or found.removed_at is not None or not _may_name(asker, found, filing.continues_token):
        raise _refused("earlier-unknown")
    earlier = unit.cases.get(found.id, hold=True) or found
    if earlier.intake_id != authority.id:
        raise _refused("earlier-elsewhere")
    if earlier.procedure != filing.procedure:
        raise _refused("earlier-other-procedure")
    known = earlier.identity in identities_of(house.ring, filing.identity)
    if not known and not same(earlier.applicant, filing.applicant):
        raise _refused("earlier-other-applicant")
    if not given_back(earlier):
        raise _refused("earlier-not-given-back")
    return earlier


def _may_name(asker: Asker, case: Case, token: str) -> bool:
    if token:
        return compare_digest(token_hash(token), case.token_sha256)
    return asker.id.startswith(OFFICER) or (asker.id.startswith(CLIENT) and case.filed_by == asker.id)


def same(one: Applicant, other: Applicant) -> bool:
    """Tell whether two applicants are one: by number where both say one, else by name and a way to reach them.

    A dossier holds no day of birth.
    """
    numbers = _plain(one.id_number), _plain(other.id_number)
    if all(numbers):
        return numbers[0] == numbers[1]
    reached = any(_plain(getattr(one, by)) == _plain(getattr(other, by)) != "" for by in CONTACTS)
    return one.kind == other.kind and reached and folded(one.name) == folded(other.name)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def carry(turn: Turn, earlier: Case) -> Carried:
    """Let the fee of a held dossier count for the new one of the turn, and note it in the log of the earlier one.

    BadRequest `earlier-used`; `earlier-refund` where it was given back or that is asked for; `earlier-unpaid`.
    """
    unit = turn.unit
    money = unit.payments.of_case(earlier.id)
    if money.used is not None:
        raise _refused("earlier-used")
    count = _paid_for(turn.house, earlier, money)
    told = Carried(
        id=uuid4(),
        case_id=turn.case.id,
        earlier_id=earlier.id,
        authority_id=turn.case.authority_id,
        code=turn.case.code,
        earlier_code=earlier.code,
        count=count,
        receipts=_receipts(money),
        made_at=turn.now,
    )
    unit.payments.add_carried(told)
    if not unit.cases.change(earlier):
        raise BadRequest("changed-meanwhile")
    after = unit.cases.get(earlier.id)
    before = Turn(turn.house, unit, earlier, turn.asker, turn.now)
    note(before, after or earlier, USED, Done(told={"code": turn.case.code, "count": count}), before=earlier.status)
    return told


def words(carried: Carried | None) -> Mapping[str, str]:
    """Return what a letter says of a fee that counts: by which receipts, and of which dossier."""
    return {"receipts": ", ".join(carried.receipts), "earlier": carried.earlier_code} if carried else {}


def _paid_for(house: CaseHouse, earlier: Case, money: CaseMoney) -> int:
    """Return for how many papers and copies a dossier's fee was paid, and is not given back."""
    fees = {one.id for one in money.payments if one.state not in APART}
    back = [one for one in money.refunds if one.payment_id in fees and one.state != RefundState.REJECTED]
    if any(one.state != RefundState.DONE for one in back):
        raise _refused("earlier-refund")
    with answered():
        one = covered(house.law(earlier), earlier.procedure, 1)
    at_home = all(order.currency == VND for order in money.orders)
    count = (money.paid // one if one and at_home else 0) + (money.carried.count if money.carried else 0)
    if count < 1:
        raise _refused("earlier-refund" if back else "earlier-unpaid")
    return count


def _receipts(money: CaseMoney) -> tuple[str, ...]:
    """Return the numbers of the receipts on which a dossier's fee rests, without those whose money went back whole."""
    whole = {one.id for one in money.payments if one.state == PaymentState.RETURNED}
    before = money.carried.receipts if money.carried else ()
    return (*before, *(one.text for one in money.receipts if one.payment_id not in whole))


def _refused(code: str) -> BadRequest:
    return BadRequest(code, field=FIELD)
