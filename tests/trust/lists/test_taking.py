from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki.certificates import Identity, Spec, issue
from tests.pki.keys import ec_key
from tests.pki.world import AT, day, world
from tests.trust.lists.builder import (
    CA_QC,
    GRANTED,
    WITHDRAWN,
    a_list,
    b64,
    identity,
    names,
    provider,
    service,
    service_ca,
    signed,
    state,
)
from tests.trust.lists.schemes import ISSUED, VN, numbered, one_service, snapshot
from verifier.errors import BadRequest, CouldNotJudge
from verifier.snapshot import Anchor, AnchorUse, Span
from verifier.trust.lists.checking import fingerprint
from verifier.trust.lists.history import trusted_spans
from verifier.trust.lists.meanings import meanings, parse_meanings
from verifier.trust.lists.model import Identity as ListIdentity
from verifier.trust.lists.model import Service, ServiceState
from verifier.trust.lists.taking import Took, take, took, with_scheme
from verifier.trust.store import snapshot_of
from verifier.x509 import Certificate

SVC = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
TYPES = "http://uri.etsi.org/TrstSvc/Svctype/"
INFORMATION = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
SIGNATURE, TIMESTAMP = frozenset({AnchorUse.SIGNATURE}), frozenset({AnchorUse.TIMESTAMP})
UPDATE = "<NextUpdate><dateTime>2027-03-01T00:00:00Z</dateTime></NextUpdate>"


def result(xml: str) -> Took:
    return took(snapshot(), "vn", signed(xml), AT, "an", "binh")


def anchors(xml: str) -> tuple[Anchor, ...]:
    return result(xml).snapshot.anchors


def only(xml: str) -> Anchor:
    (anchor,) = anchors(xml)
    return anchor


def codes(xml: str) -> list[str]:
    return [problem.code for problem in result(xml).problems]


def at(year: int, month: int = 1) -> str:
    return f"{year}-{month:02}-01T00:00:00Z"


def extension(*uris: str, critical: str = "false") -> str:
    inner = "".join(f'<URI xml:lang="en">{uri}</URI>' for uri in uris)
    information = f"<AdditionalServiceInformation>{inner}</AdditionalServiceInformation>"
    return f'<Extension Critical="{critical}">{information}</Extension>'


# --- the snapshot ----------------------------------------------------------------------------------------------------


def test_a_list_becomes_services_and_anchors_with_their_origin() -> None:
    data = signed(a_list())
    found = take(snapshot(), "vn", data, AT, "an", "binh")
    (scheme,), (service_,), (anchor,) = found.schemes, found.services, found.anchors
    origin = scheme.origin
    assert (scheme.sequence, scheme.sha256, scheme.issued) == (7, fingerprint(data), ISSUED)
    assert scheme.next_update == day(2027, 3, 1)
    assert (origin.kind, origin.scheme, origin.sequence, origin.sha256) == ("list", "vn", 7, fingerprint(data))
    assert (origin.came_at, origin.by, origin.approved_by) == (AT, "an", "binh")
    assert (service_.scheme, service_.territory, service_.provider, service_.name) == (
        "vn",
        "VN",
        "Nhà cung cấp",
        "Dịch vụ",
    )
    assert service_.certificates == (service_ca().der,)
    assert [(one.status, one.since, one.service_type) for one in service_.history] == [(GRANTED, day(2022), CA_QC)]
    assert anchor == Anchor(
        certificate=service_ca().der,
        name="Dịch vụ",
        uses=SIGNATURE,
        trusted_until=None,
        branch="foreign",
        source="Viet Nam",
        spans=(Span(day(2022), None),),
        service=service_.id,
        origin=origin,
    )
    assert service_.origin == origin


def test_only_what_comes_from_the_scheme_is_replaced() -> None:
    own = Anchor(world().root.der, "By hand")
    other = replace(VN, id="other", name="Other")
    start = snapshot_of((own,), (world().ca.der,), schemes=(VN, other))
    both = take(take(start, "vn", signed(a_list()), AT), "other", signed(a_list()), AT)
    assert len(both.services) == 2
    changed = take(both, "vn", signed(numbered(one_service(state(WITHDRAWN)), 8)), AT)
    assert sorted((one.name, one.origin.scheme) for one in changed.anchors) == [("By hand", ""), ("Dịch vụ", "other")]
    assert [(one.scheme, one.history[0].status) for one in sorted(changed.services, key=lambda one: one.scheme)] == [
        ("other", GRANTED),
        ("vn", WITHDRAWN),
    ]
    assert (changed.intermediates, changed.suites) == (both.intermediates, both.suites)
    assert len({both.id, changed.id, start.id}) == 3


def test_the_same_change_gives_the_same_snapshot_and_ids_of_services_stay() -> None:
    one = take(snapshot(), "vn", signed(a_list()), AT)
    # a signature over the same list differs each time, and so does its file
    later = take(one, "vn", signed(numbered(a_list(), 8)), AT)
    assert [service.id for service in one.services] == [service.id for service in later.services]
    data = signed(a_list())
    assert take(snapshot(), "vn", data, AT).id == take(snapshot(), "vn", data, AT).id


def test_services_that_say_the_same_of_themselves_are_kept_apart() -> None:
    found = take(snapshot(), "vn", signed(a_list(provider(service(), service()))), AT)
    assert len({one.id for one in found.services}) == 2


def test_refused_lists_change_nothing() -> None:
    for scheme, data, code in (
        ("vn", signed(a_list()).replace(b">7<", b">8<"), "list-signature-broken"),
        ("none", signed(a_list()), "scheme-unknown"),
    ):
        with pytest.raises(BadRequest) as caught:
            take(snapshot(), scheme, data, AT)
        assert caught.value.problem.code == code


def test_never_back_after_it_was_taken_over() -> None:
    used = take(snapshot(), "vn", signed(a_list()), AT)
    for number, code in ((6, "list-older"), (7, "list-number-reused")):
        with pytest.raises(BadRequest) as caught:
            take(used, "vn", signed(numbered(a_list(), number).replace("Authority", "Other")), AT)
        assert caught.value.problem.code == code


def test_a_scheme_is_added_or_replaced() -> None:
    found = with_scheme(snapshot(), replace(VN, name="New"))
    assert [one.name for one in found.schemes] == ["New"]
    assert len(with_scheme(found, replace(VN, id="other")).schemes) == 2


# --- what counts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "uses"),
    [
        ("CA/QC", SIGNATURE),
        ("CA/PKC", SIGNATURE),
        ("NationalRootCA-QC", SIGNATURE),
        ("TSA/QTST", TIMESTAMP),
        ("TSA", TIMESTAMP),
        ("TSA/TSS-QC", TIMESTAMP),
        ("TSA/TSS-AdESQCandQES", TIMESTAMP),
    ],
)
def test_types_that_give_an_anchor(name: str, uses: frozenset[AnchorUse]) -> None:
    assert only(one_service(state(kind=TYPES + name))).uses == uses


@pytest.mark.parametrize(
    "name", ["Certstatus/OCSP", "Certstatus/OCSP/QC", "Certstatus/CRL", "IdV", "unspecified", "EDS/Q"]
)
def test_types_that_give_none(name: str) -> None:
    found = result(one_service(state(kind=TYPES + name)))
    assert (found.snapshot.anchors, found.problems, len(found.snapshot.services)) == ((), (), 1)


def test_a_type_or_status_that_is_not_known_gives_none_and_is_told() -> None:
    assert (anchors(one_service(state(kind=TYPES + "CA/New"))), codes(one_service(state(kind=TYPES + "CA/New")))) == (
        (),
        ["service-type-unknown"],
    )
    assert (anchors(one_service(state("urn:fine"))), codes(one_service(state("urn:fine")))) == ((), ["status-unknown"])


@pytest.mark.parametrize(
    ("status", "trusted"),
    [
        ("granted", True),
        ("recognisedatnationallevel", True),
        ("undersupervision", True),
        ("supervisionincessation", True),
        ("accredited", True),
        ("setbynationallaw", True),
        ("withdrawn", False),
        ("deprecatedatnationallevel", False),
        ("supervisionceased", False),
        ("supervisionrevoked", False),
        ("accreditationceased", False),
        ("accreditationrevoked", False),
        ("deprecatedbynationallaw", False),
        ("Granted", False),
    ],
)
def test_statuses(status: str, *, trusted: bool) -> None:
    assert bool(anchors(one_service(state(SVC + status)))) is trusted


@pytest.mark.parametrize(
    ("information", "trusted"),
    [
        ((), True),
        (("ForeSignatures",), True),
        (("ForeSeals",), True),
        (("ForWebSiteAuthentication", "ForeSeals"), True),
        (("RootCA-QC",), True),
        (("ForWebSiteAuthentication",), False),
    ],
)
def test_a_ca_for_web_sites_alone_is_no_anchor_for_signatures(information: tuple[str, ...], *, trusted: bool) -> None:
    told = extension(*(INFORMATION + one for one in information)) if information else ""
    assert bool(anchors(one_service(state(extensions=told)))) is trusted


def test_qualifiers_are_kept() -> None:
    told = extension(INFORMATION + "ForeSeals", INFORMATION + "ForeSignatures")
    (service_,) = result(one_service(state(extensions=told))).snapshot.services
    assert service_.history[0].qualifiers == (INFORMATION + "ForeSeals", INFORMATION + "ForeSignatures")


def test_a_critical_extension_that_is_not_known_takes_trust_away_for_its_stretch() -> None:
    strange = '<Extension Critical="true"><Strange xmlns="urn:x"/></Extension>'
    xml = one_service(state(since=at(2023), extensions=strange), state(since=at(2020)))
    assert only(xml).spans == (Span(day(2020), day(2023)),)
    assert "critical-extension-gives-no-trust" in codes(xml)


def test_meanings_are_read_strictly() -> None:
    for data in (b"x = 1", b"status = []\ntype = []", b"[[status]]\nuri = 'a'\ntrusted = 1\nclause = ''\nnote = ''\n"):
        with pytest.raises(CouldNotJudge):
            parse_meanings(data)


# --- history ---------------------------------------------------------------------------------------------------------


def test_stretches_of_trust_from_the_whole_history() -> None:
    xml = one_service(
        state(WITHDRAWN, at(2024)),
        state(GRANTED, at(2020)),
        state(SVC + "supervisionceased", at(2018)),
        state(SVC + "accredited", at(2014)),
        state(SVC + "undersupervision", at(2012)),
    )
    anchor = only(xml)
    assert anchor.spans == (Span(day(2012), day(2018)), Span(day(2020), day(2024)))
    assert anchor.trusted_until == day(2024)
    (service_,) = result(xml).snapshot.services
    assert [one.since for one in service_.history] == [day(year) for year in (2024, 2020, 2018, 2014, 2012)]
    assert codes(xml) == []


def test_a_status_that_is_yet_to_come_counts_from_its_start() -> None:
    xml = one_service(state(WITHDRAWN, at(2027)), state(GRANTED, at(2020)))
    assert only(xml).spans == (Span(day(2020), day(2027)),)
    assert codes(xml) == ["status-to-come"]
    assert only(one_service(state(GRANTED, at(2027)))).spans == (Span(day(2027), None),)


def test_never_trusted_is_no_anchor_rather_than_one_without_stretches() -> None:
    assert anchors(one_service(state(WITHDRAWN, at(2024)), state(SVC + "supervisionrevoked", at(2020)))) == ()


@pytest.mark.parametrize("since", ["", "2024-01-01", "2024-01-01T00:00:00", "soon"])
def test_a_present_status_without_a_clear_start_takes_the_last_stretch(since: str) -> None:
    xml = one_service(state(GRANTED, since), state(GRANTED, at(2020)), state(SVC + "accredited", at(2015)))
    assert only(xml).spans == (Span(day(2015), day(2020)),)
    assert "history-unclear" in codes(xml)
    assert anchors(one_service(state(GRANTED, since))) == ()


def test_an_earlier_status_without_a_clear_start_takes_all_before_the_present() -> None:
    xml = one_service(state(GRANTED, at(2024)), state(WITHDRAWN, ""), state(GRANTED, at(2015)))
    assert only(xml).spans == (Span(day(2024), None),)
    both = (state(GRANTED, ""), state(WITHDRAWN, ""), state(GRANTED, at(2018)), state(GRANTED, at(2015)))
    assert anchors(one_service(*both)) == ()


def test_an_earlier_status_after_the_present_one_contradicts_it() -> None:
    xml = one_service(state(GRANTED, at(2020)), state(GRANTED, at(2022)), state(GRANTED, at(2015)))
    assert only(xml).spans == (Span(day(2015), day(2020)),)
    assert "history-contradictory" in codes(xml)


def test_of_two_statuses_at_one_instant_the_first_counts() -> None:
    last = one_service(state(WITHDRAWN, at(2020)), state(GRANTED, at(2020)), state(GRANTED, at(2015)))
    assert only(last).spans == (Span(day(2015), day(2020)),)
    assert codes(last) == ["history-doubled"]
    first = one_service(state(GRANTED, at(2020)), state(WITHDRAWN, at(2020)))
    assert only(first).spans == (Span(day(2020), None),)


def test_a_type_that_changes_gives_an_anchor_for_each_use() -> None:
    xml = one_service(state(GRANTED, at(2022), kind=TYPES + "TSA/QTST"), state(GRANTED, at(2018)))
    found = {one.uses: one.spans for one in anchors(xml)}
    assert found == {SIGNATURE: (Span(day(2018), day(2022)),), TIMESTAMP: (Span(day(2022), None),)}


def test_a_closed_list_ends_all_trust_when_it_was_issued() -> None:
    assert only(a_list().replace(UPDATE, "<NextUpdate></NextUpdate>")).spans == (Span(day(2022), ISSUED),)


# --- who -------------------------------------------------------------------------------------------------------------


def renewed() -> Identity:
    """The same name and key in another certificate."""
    return issue(Spec("Service CA", ec_key("Service CA"), day(2016), day(2041), ca=True))


def ski(data: bytes) -> str:
    return f"<DigitalId><X509SKI>{b64(data)}</X509SKI></DigitalId>"


def key_id(one: Identity) -> bytes:
    return bytes(Certificate.parse(one.der).asn1.public_key.sha1)


def test_each_certificate_of_a_service_is_an_anchor() -> None:
    found = anchors(one_service(state(who=identity(service_ca().der, renewed().der))))
    assert {one.certificate for one in found} == {service_ca().der, renewed().der}
    assert len({one.service for one in found}) == 1


def test_another_certificate_in_the_past_gives_no_trust_then() -> None:
    other = identity(service_ca("Other CA").der)
    xml = one_service(state(since=at(2022)), state(since=at(2018), who=other), state(since=at(2015)))
    assert only(xml).spans == (Span(day(2015), day(2018)), Span(day(2022), None))
    assert codes(xml) == ["identity-changed"]


@pytest.mark.parametrize("known", [True, False])
def test_a_history_that_names_the_key_only(*, known: bool) -> None:
    key = key_id(service_ca() if known else service_ca("Other CA"))
    xml = one_service(state(since=at(2022)), state(since=at(2018), who=identity(inner=ski(key))))
    start = day(2018) if known else day(2022)
    assert only(xml).spans == (Span(start, None),)
    assert ("identity-changed" in codes(xml)) is not known


def test_the_same_name_and_key_in_another_certificate_is_the_same_service() -> None:
    xml = one_service(state(since=at(2022)), state(since=at(2018), who=identity(renewed().der)))
    assert only(xml).spans == (Span(day(2018), None),)


@pytest.mark.parametrize(
    "who",
    [
        identity(inner=ski(b"0123")),
        identity(inner="<DigitalId><X509SubjectName>CN=Service CA</X509SubjectName></DigitalId>"),
    ],
    ids=["key", "name"],
)
def test_a_service_without_certificate_gives_no_anchor_and_is_told(who: str) -> None:
    xml = one_service(state(who=who))
    assert (anchors(xml), codes(xml)) == ((), ["service-without-certificate"])
    (service_,) = result(xml).snapshot.services
    assert service_.key_ids or service_.subjects


def test_a_history_that_names_the_subject_only_gives_no_trust_then() -> None:
    name = "<DigitalId><X509SubjectName>CN=Service CA, O=Test authority, C=VN</X509SubjectName></DigitalId>"
    xml = one_service(state(since=at(2022)), state(since=at(2018), who=identity(inner=name)))
    assert only(xml).spans == (Span(day(2022), None),)


def test_names_in_another_language_where_there_is_no_better() -> None:
    xml = one_service(state()).replace(
        names("ServiceName", vi="Dịch vụ", en="Service"), names("ServiceName", de="Dienst")
    )
    assert only(xml).name == "Dienst"


# --- whatever the history --------------------------------------------------------------------------------------------

INSTANTS = st.integers(0, 40).map(lambda months: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(days=30 * months))
STATUSES = st.sampled_from([GRANTED, WITHDRAWN, SVC + "accredited", "urn:unknown"])
KINDS = st.sampled_from([CA_QC, TYPES + "TSA", TYPES + "IdV"])
WHO = ListIdentity(certificates=(service_ca().der,))


def a_state(since: datetime | None, status: str, kind: str) -> ServiceState:
    return ServiceState(kind, (), WHO, status, since)


def anchor_of(spans: tuple[Span, ...]) -> Anchor:
    return Anchor(b"", "", spans=spans, trusted_until=spans[-1].end)


def trusts(state: ServiceState | None, use: AnchorUse) -> bool:
    return state is not None and use in meanings().uses(state)


@given(st.dictionaries(INSTANTS, st.tuples(STATUSES, KINDS), min_size=1, max_size=8), INSTANTS)
@settings(max_examples=200, deadline=None)
def test_stretches_agree_with_the_history(told: dict[datetime, tuple[str, str]], instant: datetime) -> None:
    states = [a_state(since, *told[since]) for since in sorted(told, reverse=True)]
    subject = Service(tuple(states))
    found = trusted_spans(subject, service_ca().der, meanings())
    for use in AnchorUse:
        trusted = use in found and anchor_of(found[use]).trusted_at(instant)
        assert trusted is trusts(subject.state_at(instant), use)


@given(
    st.lists(st.tuples(st.none() | INSTANTS, STATUSES, KINDS), min_size=1, max_size=8),
    INSTANTS,
    st.none() | INSTANTS,
)
@settings(max_examples=200, deadline=None)
def test_whatever_stands_in_a_history_stretches_are_in_order_and_never_more_than_it_says(
    told: list[tuple[datetime | None, str, str]], instant: datetime, until: datetime | None
) -> None:
    subject = Service(tuple(a_state(*one) for one in told))
    for use, spans in trusted_spans(subject, service_ca().der, meanings(), until).items():
        assert spans
        assert all(span.start is not None and (span.end is None or span.start < span.end) for span in spans)
        for before, after in pairwise(spans):
            assert before.end is not None
            assert after.start is not None
            assert before.end < after.start
        if anchor_of(spans).trusted_at(instant):
            assert trusts(subject.state_at(instant), use)
            assert until is None or instant < until
