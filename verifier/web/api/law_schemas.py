"""The wire types of `/api/v1/law`; a test holds them against what `law.telling` makes.

Texts stand in Vietnamese under their key and in English under the key with `_en`, null where there is none.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from verifier.web.api.schemas import Wire

Status = Literal["verified", "partial", "unverified"]
DAY, TIME, HASH = "2026-11-23", "2026-11-23T16:30:00+07:00", "Hash of all data of the law, kept with each decision."


class LawBasis(Wire):
    """On what law something rests, and how sure that is; what is unverified is no law."""

    status: Status
    citation: str = Field(description="In Vietnamese.", examples=["Thông tư 226/2016/TT-BTC Điều 4"])


class LawPeriod(LawBasis):
    """When an entry holds."""

    from_: str | None = Field(alias="from", description="First day; null: always did.", examples=[DAY])
    until: str | None = Field(description="First day on which it holds no more.")
    note: str = Field(description="What is doubtful; English.")


class LawText(LawBasis):
    """One sentence of the law."""

    id: str
    text: str
    text_en: str | None


class LawRule(LawText):
    """A rule that binds."""

    reader: str = Field(description="`applicant`: told to everyone; `office`: how the office works.")


class LawProcedureNote(LawPeriod):
    """A procedure in a few lines."""

    id: str = Field(examples=["certified-copy"])
    name: str
    name_en: str | None
    about: str
    about_en: str | None
    fee: str
    deadline: str


class LawAbsence(Wire):
    """Why a procedure is not in force on the day."""

    id: str
    reason: str
    reason_en: str | None


class LawProcedures(Wire):
    """The procedures of a day."""

    at: str = Field(examples=[DAY])
    procedures: list[LawProcedureNote]
    not_in_force: list[LawAbsence]
    law_sha256: str = Field(description=HASH)


class LawVariant(Wire):
    """A form of the procedure with conditions of its own."""

    id: str
    name: str
    name_en: str | None


class LawChannel(LawText):
    """One way to file, and when the clock starts there."""

    clock: Literal["record", "handover", "postmark", "receipt-sent"]
    clock_text: str
    clock_text_en: str | None


class LawComponent(LawBasis):
    """One thing to file."""

    id: str
    what: str
    what_en: str | None
    need: Literal["always", "condition", "on-demand", "not-asked"]
    condition: str
    condition_en: str | None
    when: dict[str, list[str]] = Field(description="Facts of the filing under which it is needed; all must hold.")
    shapes: list[str]
    number: int


class LawStep(LawBasis):
    """One step of the work; its time is an internal target."""

    id: str
    name: str
    name_en: str | None
    role: str
    role_text: str
    role_text_en: str | None
    minutes: int = Field(description="Of working time.")
    forms: list[str]


class LawKeeping(LawText):
    """How long something is kept."""

    years: int | None
    none: bool


class LawProcedure(LawProcedureNote):
    """Everything of one procedure."""

    at: str
    national_ids: list[LawText]
    sector: str
    result_code: str
    who: str
    who_en: str | None
    individuals_only: bool
    sets: int
    variants: list[LawVariant]
    channels: list[LawChannel]
    components: list[LawComponent]
    places: list[LawText]
    steps: list[LawStep]
    results: list[LawText]
    delivery: list[LawText]
    keeping: list[LawKeeping]
    rules: list[LawRule]
    legal_basis: list[LawText]
    grounds: list[str] = Field(description="Ids of sets of grounds.")
    kinds_of_work: list[str]
    law_sha256: str = Field(description=HASH)


class LawFeeLine(LawBasis):
    """One line of a fee: `count` times `unit_vnd` makes `amount_vnd`."""

    what: str
    what_en: str | None
    count: int
    unit_vnd: int
    amount_vnd: int
    id: str


class LawExemption(LawPeriod):
    """Who pays nothing; a person decides whether it applies."""

    id: str
    text: str
    text_en: str | None


class LawPrice(LawText):
    """One price at missions abroad; never reckoned."""

    amount_minor: int = Field(description="In cents of the currency.", examples=[1000])
    currency: str = Field(examples=["USD"])
    unit: str
    unit_en: str | None


class LawFeeAbroad(LawBasis):
    """What missions charge in place of the fee; shown, never reckoned."""

    text: str
    text_en: str | None
    prices: list[LawPrice]
    refund: str
    refund_en: str | None
    refund_basis: LawBasis
    exemptions: list[LawExemption]


class LawFee(Wire):
    """A fee, reckoned; whole đồng."""

    amount_vnd: int
    lines: list[LawFeeLine]
    when_paid: str = Field(examples=["at-return"])
    when_paid_text: str
    when_paid_text_en: str | None
    when_paid_basis: LawBasis
    refund: str
    refund_en: str | None
    refund_basis: LawBasis
    exemptions: list[LawExemption]
    abroad: LawFeeAbroad | None = Field(description="None where missions do not carry out the procedure.")
    procedure: str
    at: str
    law_sha256: str = Field(description=HASH)


class LawTarget(Wire):
    """One step of the work with its internal target, which never moves the legal limit."""

    name: str
    name_en: str | None
    role: str
    role_text: str
    role_text_en: str | None
    target: str | None = Field(examples=[TIME])
    forms: list[str]


class LawNotice(LawText):
    """Something that has its own time beside the result."""

    due: str | None = Field(examples=[TIME])


class LawDoubt(LawBasis):
    """A day of which it is not certain whether it is worked."""

    day: str = Field(examples=[DAY])
    text: str
    text_en: str | None


class LawDeadline(LawBasis):
    """When a result is due, by the law of the day of filing."""

    due: str | None = Field(description="With the offset of the authority; null: not yet known.", examples=[TIME])
    clock_starts: str | None = Field(examples=[TIME])
    reason: str
    reason_en: str | None
    counted_from: str | None = Field(
        description="The first moment that counts: where days are counted, the opening after the day of the start.",
        examples=[TIME],
    )
    steps: list[LawTarget]
    slip: bool = Field(description="Whether a slip with hour and day must be handed out.")
    notices: list[LawNotice]
    doubts: list[LawDoubt]
    calendar: str
    received: str = Field(examples=[TIME])
    procedure: str
    at: str
    law_sha256: str = Field(description=HASH)


class LawException(LawText):
    """A case in which a ground does not hold."""


class LawGround(LawPeriod):
    """One ground of refusal; only an officer refuses."""

    id: str
    set: str
    text: str
    text_en: str | None
    effect: str
    effect_text: str
    effect_text_en: str | None
    needs: list[str] = Field(description="Ids of the facts that decide it.")
    proposable: bool
    variants: list[str]
    exceptions: list[LawException]
    advice: str
    advice_en: str | None


class LawGrounds(Wire):
    """The grounds of refusal of a procedure."""

    procedure: str
    at: str
    grounds: list[LawGround]
    law_sha256: str = Field(description=HASH)


class LawComponents(Wire):
    """What is to be filed."""

    procedure: str
    at: str
    sets: int
    components: list[LawComponent]
    law_sha256: str = Field(description=HASH)


class LawHours(Wire):
    """One part of an office day."""

    from_: str = Field(alias="from", examples=["07:00"])
    until: str


class LawDayOff(LawBasis):
    """A day off with a name."""

    day: str = Field(examples=[DAY])
    name: str
    name_en: str | None
    note: str


class LawWorkedDay(Wire):
    """A rest day that is worked."""

    day: str = Field(examples=[DAY])
    name: str
    name_en: str | None


class LawCalendar(Wire):
    """Days off of a year, and what is doubtful."""

    calendar: str
    year: int
    zone: str
    hours: list[LawHours] = Field(description="Of the next working day.")
    days_off: list[LawDayOff]
    worked_rest_days: list[LawWorkedDay]
    doubts: list[LawDoubt]
    law_sha256: str = Field(description=HASH)


class LawBranch(LawBasis):
    """What a paper needs for one country."""

    country: str
    work: str = Field(examples=["APOSTILLE"])
    work_text: str
    work_text_en: str | None
    procedure: str | None
    candidates: list[str]
    rule: str
    reason: str
    reason_en: str | None
    ask: str = Field(description="What to ask, and whom; empty where nothing is open.")
    ask_en: str | None


class LawBranches(Wire):
    """What a paper needs, one answer a country of use."""

    at: str
    branches: list[LawBranch]
    law_sha256: str = Field(description=HASH)


MODELS: tuple[type[BaseModel], ...] = (
    LawProcedures,
    LawProcedure,
    LawFee,
    LawDeadline,
    LawGrounds,
    LawComponents,
    LawCalendar,
    LawBranches,
)
