"""The one table of who may use which route, and the guard that holds it on every request; no entry, no entrance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from flask import Flask, Response, current_app, g, redirect, request, url_for

from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.scopes import CREATE, FILE_CASES, READ, READ_CASES
from verifier.errors import BadRequest

Identify = Callable[[], Caller]
"""Tells who sends the current request."""


@dataclass(frozen=True)
class Rule:
    """Who may use a route."""

    everybody: bool = False
    """Nobody needs to be signed in."""
    roles: frozenset[Role] = frozenset(Role)
    """People with one of these roles; those without any role too where all are named."""
    scope: str = ""
    """The OAuth scope by which machine clients may use it; empty where they may not, unless everybody may."""
    form_token: bool = True
    """Its forms carry a token whoever sends them; else only those of somebody who is signed in."""
    asks: bool = True
    """It matters who asks; else nobody is looked for, and everybody is a visitor there."""
    applicants: bool = False
    """Applicants may use it for what is their own: whoever brings a dossier's code and secret token, or signed in by
    electronic identity. Whether it is theirs is for the route to look."""

    def admits(self, caller: Caller) -> bool:
        """Tell whether the caller may use the route."""
        if caller.client is not None:
            return self.scope in caller.scopes if self.scope else self.everybody
        if self.everybody:
            return True
        if caller.person is not None:
            return self.roles == frozenset(Role) or bool(self.roles & caller.roles)
        return self.applicants and (caller.claim is not None or bool(caller.identities))


EVERYBODY = Rule(everybody=True, form_token=False)
ANONYMOUS = Rule(everybody=True, form_token=False, asks=False)
"""For everybody, and the same for all."""
SIGNING_IN = Rule(everybody=True)
"""For those who are about to sign in: open to everybody, but its forms are guarded like those behind it."""
SIGNED_IN = Rule()


def only(*roles: Role) -> Rule:
    """Return the rule for people with one of these roles."""
    return Rule(roles=frozenset(roles))


def calls(scope: str, *, visitors: bool) -> Rule:
    """Return the rule for calls of the API: machine clients with the scope; nobody's too where visitors may call."""
    return Rule(everybody=visitors, roles=frozenset(), scope=scope, form_token=False)


def dossiers(scope: str = "", *roles: Role, applicants: bool = True) -> Rule:
    """Return the rule for calls about dossiers: officers by their session, clients with the scope, applicants."""
    wanted = frozenset(roles or (Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK))
    return Rule(roles=wanted, scope=scope, form_token=False, applicants=applicants)


ADMINISTRATORS = only(Role.ADMINISTRATOR)
STAFF = only(Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK, Role.ADMINISTRATOR, Role.AUDITOR)
"""Whoever works for an authority."""
OFFICERS = only(Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK)
"""Who works on its dossiers."""

ACCESS: Mapping[str, Rule] = {
    "scrape": ANONYMOUS,
    "health.live": ANONYMOUS,
    "health.ready": ANONYMOUS,
    "docs.openapi": ANONYMOUS,
    "docs.page": ANONYMOUS,
    "docs.problem": ANONYMOUS,
    "docs.static": ANONYMOUS,
    "oauth.token": ANONYMOUS,
    "oauth.metadata": ANONYMOUS,
    "api.index": calls(READ, visitors=False),
    "api.create": calls(CREATE, visitors=True),
    "api.read": calls(READ, visitors=True),
    "api.delete": calls(CREATE, visitors=True),
    "public.static": ANONYMOUS,
    "public.preferences": EVERYBODY,
    "public.home": EVERYBODY,
    "public.upload_page": EVERYBODY,
    "public.upload": EVERYBODY,
    "public.result": EVERYBODY,
    "public.progress": EVERYBODY,
    "public.picture": EVERYBODY,
    "public.report": EVERYBODY,
    "public.evidence": EVERYBODY,
    "public.delete": EVERYBODY,
    "check.show": EVERYBODY,
    "check.lookup": EVERYBODY,
    **dict.fromkeys(("delivery.show", "delivery.fetch", "delivery.renew"), EVERYBODY),
    **dict.fromkeys(("procedures.index", "procedures.which", "procedures.show"), EVERYBODY),
    **dict.fromkeys(
        (
            "law_api.procedures",
            "law_api.procedure",
            "law_api.fee",
            "law_api.deadline",
            "law_api.grounds",
            "law_api.components",
            "law_api.calendar",
            "law_api.branch",
            "law_api.form",
        ),
        ANONYMOUS,
    ),
    **dict.fromkeys(("law_data.index", "law_data.examples", "law_data.form"), STAFF),
    **dict.fromkeys(
        ("cases.index", "cases.board", "cases.show", "cases.act", "cases.record", "cases.report"), OFFICERS
    ),
    **dict.fromkeys(("cases.sign", "cases.annul"), only(Role.LEADER)),
    **dict.fromkeys(("cases.new", "cases.file_new"), only(Role.RECEPTION)),
    **dict.fromkeys(("dossier.enter", "dossier.look", "dossier.act", "dossier.record"), EVERYBODY),
    "officer.validations": only(Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK),
    "account.sign_in": SIGNING_IN,
    "account.enter": SIGNING_IN,
    "account.second_factor": SIGNING_IN,
    "account.prove": SIGNING_IN,
    "account.enrol": SIGNING_IN,
    "account.confirm": SIGNING_IN,
    "account.identity": SIGNING_IN,
    "account.returned": SIGNING_IN,
    "account.invited": SIGNING_IN,
    "account.accept": SIGNING_IN,
    "account.link_identity": SIGNING_IN,
    "account.arrive": SIGNED_IN,
    "account.sign_out": SIGNED_IN,
    "account.extend": SIGNED_IN,
    "account.show": SIGNED_IN,
    "account.end_session": SIGNED_IN,
    "account.end_other_sessions": SIGNED_IN,
    "account.password": SIGNED_IN,
    "account.change_password": SIGNED_IN,
    "account.recovery_codes": SIGNED_IN,
    "account.new_recovery_codes": SIGNED_IN,
    "account.codes_kept": SIGNED_IN,
    "account.replace_factor": SIGNED_IN,
    "account.confirm_factor": SIGNED_IN,
    "account.step_up": SIGNED_IN,
    "account.prove_again": SIGNED_IN,
    "account.step_up_by_identity": SIGNED_IN,
    "authorities.list_all": SIGNED_IN,
    "authorities.show": SIGNED_IN,
    "authorities.change": only(Role.ADMINISTRATOR),
    "authorities.propose": only(Role.ADMINISTRATOR),
    "proposals.waiting": only(Role.ADMINISTRATOR, Role.LEADER, Role.SPECIALIST),
    "proposals.show": only(Role.ADMINISTRATOR, Role.LEADER, Role.SPECIALIST),
    "proposals.approval": only(Role.LEADER),
    "proposals.approve": only(Role.LEADER),
    "proposals.reject": only(Role.LEADER),
    "proposals.withdraw": only(Role.ADMINISTRATOR, Role.SPECIALIST),
    "signing_keys.index": only(Role.ADMINISTRATOR, Role.LEADER),
    "signing_keys.picture": only(Role.ADMINISTRATOR, Role.LEADER),
    "signing_keys.grant": ADMINISTRATORS,
    "signing_keys.end": ADMINISTRATORS,
    "trust_api.show": ANONYMOUS,
    **dict.fromkeys(
        ("trust.state", "trust.history", "trust.snapshot", "trust.diff", "trust.authorities", "trust.authority"), STAFF
    ),
    "trust.choose_signature": only(Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK),
    "trust.compare": only(Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK),
    "trust.choose": only(Role.ADMINISTRATOR, Role.SPECIALIST),
    "trust.change": only(Role.ADMINISTRATOR, Role.SPECIALIST),
    **dict.fromkeys(
        (
            "issuing.index",
            "issuing.show",
            "issuing.progress",
            "issuing.report",
            "issuing.document",
            "issuing.original",
            "issuing.sheet",
            "issuing.batches",
            "issuing.batch",
            "issuing.batch_progress",
            "issuances_api.index",
            "issuances_api.read",
            "issuances_api.document",
            "issuances_api.sheet",
        ),
        OFFICERS,
    ),
    **dict.fromkeys(
        (
            "issuing.new",
            "issuing.order",
            "issuing.confirm",
            "issuing.cancel",
            "issuing.annul",
            "issuing.new_batch",
            "issuing.add_files",
            "issuing.confirm_batch",
            "issuing.stop_batch",
            "issuing.resume_batch",
            "placing.show",
            "placing.place",
            "placing.picture",
            "placing.leaf",
            "placing.mark",
            "placing.covering",
            "issuances_api.create",
            "issuances_api.annul",
            "issuances_api.cancel",
        ),
        only(Role.LEADER),
    ),
    **dict.fromkeys(
        (
            "registers_api.index",
            "registers_api.read",
            "registers_api.entries",
            "registers_api.volumes",
            "registers_api.find",
            "registers_api.printed",
            "registers_api.closing_page",
            "registers_api.tracking_book",
            "registers_api.control_sheet",
        ),
        OFFICERS,
    ),
    **dict.fromkeys(("registers_api.open_volume", "registers_api.correct"), only(Role.CLERK, Role.LEADER)),
    **dict.fromkeys(("registers_api.close", "registers_api.sign_closing"), only(Role.LEADER)),
    **dict.fromkeys(("cases_api.upload", "cases_api.command"), dossiers(FILE_CASES)),
    "payments_api.of_case": dossiers(READ_CASES),
    "payments_api.link": dossiers(FILE_CASES),
    "payments_api.callback": ANONYMOUS,
    **dict.fromkeys(
        ("payments_api.reconciliation", "payments_api.reconcile", "payments_api.remittance"),
        dossiers("", Role.RECEPTION, Role.LEADER, Role.CLERK, applicants=False),
    ),
    **dict.fromkeys(("cases_api.sign", "cases_api.annul"), only(Role.LEADER)),
    "cases_api.specialists": dossiers("", applicants=False),
    "cases_api.file": dossiers(FILE_CASES, Role.RECEPTION, applicants=False),
    "cases_api.index": dossiers(READ_CASES, applicants=False),
    "cases_api.mine": Rule(roles=frozenset(), form_token=False, applicants=True),
    **dict.fromkeys(
        (
            "cases_api.read",
            "cases_api.papers",
            "cases_api.record",
            "cases_api.log",
            "cases_api.deadline",
            "cases_api.deliveries",
            "cases_api.offers",
        ),
        dossiers(READ_CASES),
    ),
    **dict.fromkeys(
        (
            "appointments_api.slots",
            "appointments_api.index",
            "appointments_api.read",
            "appointments_api.calendar",
        ),
        dossiers(READ_CASES),
    ),
    **dict.fromkeys(
        (
            "appointments_api.create",
            "appointments_api.move",
            "appointments_api.cancel",
            "appointments_api.wait",
            "appointments_api.stop_waiting",
        ),
        dossiers(FILE_CASES),
    ),
    **dict.fromkeys(
        ("archive_api.due", "archive_api.packages", "archive_api.file"),
        dossiers(applicants=False),
    ),
    "archive_api.pack": dossiers("", Role.RECEPTION, Role.CLERK, applicants=False),
    **dict.fromkeys(("appointments_api.no_show", "appointments_api.waiting"), dossiers(applicants=False)),
    **dict.fromkeys(
        ("appointments_api.list_desks", "appointments_api.list_closures"),
        dossiers("", *OFFICERS.roles, Role.ADMINISTRATOR, applicants=False),
    ),
    **dict.fromkeys(
        (
            "appointments_api.add_desk",
            "appointments_api.change_desk",
            "appointments_api.plan_closure",
            "appointments_api.close",
            "appointments_api.lift",
        ),
        dossiers("", Role.LEADER, Role.ADMINISTRATOR, applicants=False),
    ),
    **dict.fromkeys(("own_cases.sign_in", "own_cases.show", "own_cases.sign_out"), EVERYBODY),
    **dict.fromkeys(
        ("audit.index", "audit.chain", "audit.check", "audit.check_now", "audit.export_csv", "audit.export_lines"),
        only(Role.AUDITOR),
    ),
    "people.index": ADMINISTRATORS,
    "people.new": ADMINISTRATORS,
    "people.show": ADMINISTRATORS,
    "people.edit": ADMINISTRATORS,
    "people.grant": ADMINISTRATORS,
    "people.end_grant": ADMINISTRATORS,
    "people.close": ADMINISTRATORS,
    "people.reopen": ADMINISTRATORS,
    "people.end_sessions": ADMINISTRATORS,
    "people.reset": ADMINISTRATORS,
    "people.invitation": ADMINISTRATORS,
    "clients.index": ADMINISTRATORS,
    "clients.new": ADMINISTRATORS,
    "clients.show": ADMINISTRATORS,
    "clients.add_key": ADMINISTRATORS,
    "clients.end_key": ADMINISTRATORS,
    "clients.disable": ADMINISTRATORS,
    "clients.enable": ADMINISTRATORS,
    "letters.index": ADMINISTRATORS,
    "letters.retry": ADMINISTRATORS,
    "letters.drop": ADMINISTRATORS,
}
"""Rule by endpoint. The tests are made out of this table: every route, every role, own and other authority."""


def caller() -> Caller:
    """Return who sends the current request; a visitor as long as that is not known."""
    return cast("Caller", g.get("caller") or Caller(address=request.remote_addr or ""))


def install(
    app: Flask,
    identify: Identify,
    more: Mapping[str, Rule] | None = None,
    refused: Callable[[], None] = lambda: None,
) -> None:
    """Guard every route of `app`; to be called when all routes are there. ValueError where one has no rule.

    `more` holds rules of routes that are not ours, for tests; `refused` is told of everybody who is known and refused.
    """
    table = app.extensions["access"] = {**ACCESS, **(more or {})}
    if missing := {rule.endpoint for rule in app.url_map.iter_rules()} - table.keys():
        raise ValueError(f"routes without a rule of access: {', '.join(sorted(missing))}")

    @app.before_request
    def guard() -> Response | None:
        if (rule := rule_of(request.endpoint)).asks:
            g.caller = identify()
        if request.endpoint is None:
            return None
        if caller().known and not rule.admits(caller()):
            refused()
        return _judge(rule, caller())


def rule_of(endpoint: str | None) -> Rule:
    """Return the rule of a route; of what is there for everybody where there is no route."""
    table = cast("Mapping[str, Rule]", current_app.extensions["access"])
    return table.get(endpoint or "", EVERYBODY)


def offered(endpoint: str) -> bool:
    """Tell whether there is such a route and the caller may use it."""
    return endpoint in current_app.view_functions and rule_of(endpoint).admits(caller())


def _judge(rule: Rule, who: Caller) -> Response | None:
    """Let pass, lead to the sign-in page, or refuse; what is forbidden and what is not there look the same."""
    if rule.admits(who):
        return None
    machine = request.path.startswith("/api/")
    if not who.known and not machine:
        return cast("Response", redirect(url_for("account.sign_in", next=_wish()), 303))
    if not who.known:
        raise BadRequest("not-signed-in")
    raise BadRequest("not-allowed" if machine else "page-not-found")


def asked() -> str:
    """Return path and query of the current request as they stand in an address."""
    query = request.query_string.decode("ascii", "ignore")
    return quote(request.path) + (f"?{query}" if query else "")


def came_from() -> str:
    """Return the page of ours whose form was sent; empty where that is not known."""
    here, page = request.host_url, request.referrer or ""
    return "/" + page.removeprefix(here) if page.startswith(here) else ""


def _wish() -> str | None:
    """The page that was asked for, to come back to after signing in; of a form that was sent, the page it stood on."""
    return asked() if request.method == "GET" else came_from() or None
