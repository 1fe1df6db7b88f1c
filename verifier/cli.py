"""The command line: reads the options and hands over to one module of `verifier.commands`; judging needs no database.

Exit codes of `validate`: 0 every file TOTAL_PASSED, 1 all judged and some not passed, 2 usage, 3 some not judged.
A command's module is loaded when it is asked for, so that help and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from uuid import UUID

from verifier import __version__
from verifier.commands.law_options import add_law
from verifier.commands.shared import INTERRUPTED, NOT_JUDGED, USAGE, Surroundings, complain, where
from verifier.errors import BadRequest, CouldNotIssue, CouldNotJudge
from verifier.outside.clock import SystemClock
from verifier.workers.pool import start_fork_server

FORMATS = ("text", "json")
"""Forms of the report; `commands.forms.FORMS` makes them."""

KINDS = ("consular-certification", "consular-legalization", "certified-ecopy", "agency-document", "apostille")
"""What can be issued: `signing.records.Kind`."""

ALGORITHMS = (
    *("rsa-pss-sha256", "rsa-pss-sha384", "rsa-pss-sha512"),
    *("rsa-pkcs1-sha256", "rsa-pkcs1-sha384", "rsa-pkcs1-sha512", "ecdsa-sha256", "ecdsa-sha384"),
)
"""Signature algorithms: `signing.records.Algorithm`."""

KEYS_IN_ORDER = (
    "In this order: `keys new`; restart every process of the service, so that each knows the new key; `keys rotate`,"
    " as the user of the service, again and again until it names the old key as no longer in use. Keep the old key as"
    " long as there are backups that were sealed with it."
)

JUDGING = ("validate", "replay", "issue", "sign", "augment")
"""Commands that need workers."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    if argv is None:
        sys.excepthook = _last_words
        signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return run(argv, Surroundings(os.environ, sys.stdout, sys.stderr, SystemClock()))


def run(argv: Sequence[str] | None, around: Surroundings) -> int:
    """Run the command in these surroundings; every expected mistake is one line on standard error."""
    try:
        with contextlib.redirect_stdout(around.out), contextlib.redirect_stderr(around.err):
            args = _parser().parse_args(argv)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else USAGE
    logging.getLogger("verifier").addHandler(logging.NullHandler())  # faults are told in the answer
    try:
        if args.module in JUDGING:
            start_fork_server()  # gets ready while the command is loaded
        code: int = importlib.import_module(f"verifier.commands.{args.module}").run(args, around)
    except BadRequest as error:
        complain(around, error.problem)
        return USAGE
    except (CouldNotJudge, CouldNotIssue) as error:
        complain(around, error.problem)
        return NOT_JUDGED
    except BrokenPipeError:  # whoever read our output has gone
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), around.out.fileno())
        return NOT_JUDGED
    except KeyboardInterrupt:
        print("verifier: interrupted", file=around.err)
        return INTERRUPTED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verifier", description="Judges digital signatures on PDF documents.")
    parser.add_argument("--version", action="version", version=f"verifier {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_validate(commands.add_parser("validate", help="judge files"))
    _add_replay(commands.add_parser("replay", help="judge a file again by recorded evidence"))
    _add_trust(commands.add_parser("trust", help="the trust store").add_subparsers(required=True, metavar="COMMAND"))
    database = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="COMMAND")
    upgrade = database.add_parser("upgrade", help="bring the schema at DATABASE_URL up to this release")
    upgrade.set_defaults(module="db_upgrade")
    _add_archive(commands.add_parser("archive", help="packages of dossiers"))
    _add_audit(commands.add_parser("audit", help="the audit log").add_subparsers(required=True, metavar="COMMAND"))
    relay = commands.add_parser("relay", help="deliver messages of the outbox and do recurring jobs until stopped")
    relay.set_defaults(module="relay")
    _add_signer(commands.add_parser("signer", help="hold the signing keys and sign confirmed acts until stopped"))
    _add_issue(commands.add_parser("issue", help="mark and sign a document as an authority, and judge what came out"))
    _add_sign(commands.add_parser("sign", help="sign a document with a key at hand: no mark, no number, no register"))
    _add_augment(commands.add_parser("augment", help="bring a signed document to B-LTA, or renew its time stamp"))
    _add_keys(commands.add_parser("keys", help="keys that seal files and secrets", description=KEYS_IN_ORDER))
    _add_outbox(commands.add_parser("outbox", help="messages that could not be delivered"))
    cases = commands.add_parser("cases", help="dossiers").add_subparsers(required=True, metavar="COMMAND")
    check = cases.add_parser("check", help="prove that dossiers agree with log, numbers, money, messages and files")
    check.add_argument("--files", action="store_true", help="open every stored file and reckon its SHA-256")
    check.set_defaults(module="cases_check")
    reindex = cases.add_parser("reindex", help="write anew by what words dossiers are found")
    reindex.add_argument("--after", type=UUID, metavar="ID", help="go on behind this dossier, as an earlier run said")
    reindex.set_defaults(module="cases_reindex")
    add_law(commands.add_parser("law", help="ask the law: procedures, fees, deadlines, grounds, forms"))
    _add_accounts(commands)
    demo = commands.add_parser("demo", help="run a demonstration with its own database and PKI")
    demo.add_argument("--port", type=int, default=8000, help="of the site; its PKI and identity provider take the next")
    demo.set_defaults(module="demo")
    code = commands.add_parser("demo-code", help="the sign-in code of an account of the demonstration")
    code.add_argument("login", metavar="NAME")
    code.add_argument("--port", type=int, default=8000, help="of the demonstration's web site")
    code.set_defaults(module="demo_code")
    return parser


def _add_signer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keys", type=Path, required=True, metavar="FILE", help="keys to hold (TOML, mode 600)")
    seal = "secret that seals what officers confirm, made at the first start; FILE.seal otherwise"
    parser.add_argument("--seal", type=Path, metavar="FILE", help=seal)
    parser.add_argument("--socket", type=Path, metavar="PATH", help="Unix socket; VERIFIER_SIGNER_SOCKET otherwise")
    more = "another user who may ask; may be given several times (the socket is then open to the folder's group)"
    parser.add_argument("--allow-uid", type=int, action="append", default=[], metavar="UID", help=more)
    parser.add_argument("--development", action="store_true", help="keys in PKCS#12 files are taken; not in production")
    parser.set_defaults(module="signer")


def _add_issue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the document, as it came in")
    parser.add_argument("--kind", required=True, choices=KINDS, help="what is issued")
    parser.add_argument("--dossier", default="", metavar="CODE", help="code of the dossier")
    parser.add_argument("--level", choices=("B-LT", "B-LTA"), help="VERIFIER_ISSUE_LEVEL otherwise")
    said = "a particular that the mark says, as country=Laos; may be given several times"
    parser.add_argument("--say", action="append", default=[], metavar="NAME=VALUE", help=said)
    where = "on a page, or on a cover that holds the document; else on a page where that may be"
    parser.add_argument("--placement", choices=("page", "allonge"), help=where)
    parser.add_argument("--replaces", metavar="ID", help="the issued document that this one takes the place of")
    officer = "who issues; password and one-time code are asked for, or taken from OFFICER_PASSWORD and OFFICER_CODE"
    parser.add_argument("--officer", default="", metavar="LOGIN", help=officer)
    parser.add_argument("--output", type=Path, required=True, metavar="PATH", help="the issued document")
    parser.set_defaults(module="issue")


def _add_augment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a signed PDF of which every signature holds")
    parser.add_argument("--level", choices=("B-LT", "B-LTA"), default="B-LTA", help="PAdES baseline level")
    tsa = "time-stamping authority; may be given several times, asked in order; VERIFIER_TSA otherwise"
    parser.add_argument("--tsa", action="append", default=[], metavar="URL", help=tsa)
    parser.add_argument("--output", type=Path, required=True, metavar="PATH", help="another file than FILE")
    _add_store(parser)
    parser.set_defaults(module="augment")


def _add_sign(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a PDF")
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--p12", type=Path, metavar="FILE", help="key and certificates (PKCS#12), for development")
    key.add_argument("--pkcs11-module", type=Path, metavar="FILE", help="library of a token (PKCS#11)")
    parser.add_argument("--token", default="", metavar="LABEL", help="which token")
    parser.add_argument("--key-label", default="", metavar="LABEL", help="which key of the token")
    parser.add_argument("--key-id", default="", metavar="HEX", help="the same by its id")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="the key's certificate and its issuers (PEM)")
    pin = "password or PIN (mode 600); else KEY_SECRET of the environment, or asked for"
    parser.add_argument("--secret-file", type=Path, metavar="FILE", help=pin)
    parser.add_argument("--algorithm", choices=ALGORITHMS, help="else RSASSA-PSS with SHA-256, or ECDSA by the curve")
    tsa = "time-stamping authority; may be given several times, asked in order; VERIFIER_TSA otherwise"
    parser.add_argument("--tsa", action="append", default=[], metavar="URL", help=tsa)
    levels = ("B-B", "B-T", "B-LT", "B-LTA")
    parser.add_argument("--level", choices=levels, default="B-LTA", help="PAdES baseline level (default: B-LTA)")
    parser.add_argument("--field", default="", metavar="NAME", help="of the signature field; an empty one is filled")
    box = "where it shows: page, then millimetres from the top left corner; else it is invisible"
    parser.add_argument("--box", default="", metavar="PAGE,LEFT,TOP,WIDTH,HEIGHT", help=box)
    parser.add_argument("--reason", default="", metavar="TEXT")
    parser.add_argument("--location", default="", metavar="TEXT")
    _add_store(parser)
    parser.add_argument("--output", type=Path, required=True, metavar="PATH", help="the signed document")
    parser.set_defaults(module="sign")


def _add_keys(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(required=True, metavar="COMMAND")
    new = acts.add_parser("new", help="add a key to VERIFIER_KEY_FILE and make it current", description=KEYS_IN_ORDER)
    new.add_argument("--name", default="", help="a-z, 0-9 and -, at most 32; the day where none is given")
    rotating = acts.add_parser("rotate", help="seal everything anew with the current key", description=KEYS_IN_ORDER)
    listing = acts.add_parser("list", help="name the keys, and how much each seals")
    for one, module in ((new, "keys_new"), (rotating, "keys_rotate"), (listing, "keys_list")):
        one.set_defaults(module=module)


def _add_validate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    _add_store(parser)
    parser.add_argument("--snapshot", metavar="ID", help="judge by a trust snapshot that was kept (6 digits or more)")
    parser.add_argument("--at", metavar="ISO8601", help="judge as if it were this instant (UTC where no offset stands)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="validation policy (TOML)")
    parser.add_argument("--document-kind", metavar="CODE", help="kind of document, on which competence depends")
    parser.add_argument(
        "--filed-at",
        metavar="PLACE",
        help="home, or mission:CC[,CC…] with the states a Vietnamese mission is sent to (ISO 3166-1)",
    )
    parser.add_argument("--offline", action="store_true", help="fetch nothing; what is missing is listed as a gap")
    parser.add_argument(
        "--evidence-record",
        type=Path,
        action="append",
        default=[],
        metavar="RECORD",
        help="evidence record (RFC 4998) over the one FILE that is named",
    )
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="write an evidence bundle for each file there")
    _add_common(parser)
    parser.set_defaults(module="validate")


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="evidence bundle (ZIP)")
    parser.add_argument("file", type=Path, metavar="FILE", help="the document it was written for")
    _add_common(parser)
    parser.set_defaults(module="replay")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="passwords to try, one a line")
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    parser.add_argument("--lang", choices=("vi", "en"), default="vi", help="language of the text report")
    parser.add_argument("--output", type=Path, metavar="PATH", help="write there instead of standard output")


def _add_trust(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _add_snapshots(commands)
    importing = commands.add_parser("import-root", help="activate a pending root whose fingerprint fits")
    importing.add_argument("file", type=Path, metavar="FILE", help="the root certificate (PEM or DER)")
    inspecting = commands.add_parser("inspect", help="say what trusted lists (TS 119 612) are, and who signed them")
    inspecting.add_argument("files", nargs="+", metavar="FILE")
    pin = "certificates that may sign the lists (PEM, DER); may be given several times"
    inspecting.add_argument("--pin", type=Path, action="append", default=[], metavar="CERTFILE", help=pin)
    inspecting.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    inspecting.add_argument("--at", metavar="ISO8601", help="as if it were this instant (UTC where no offset stands)")
    inspecting.set_defaults(module="trust_inspect")
    _add_trust_import(commands.add_parser("import", help="take trusted lists over into the trust store"))
    publishing = commands.add_parser("publish", help="write whom the trust store trusts as a signed list (TS 119 612)")
    publishing.add_argument("--about", type=Path, required=True, metavar="TOML", help="who keeps the list, and where")
    publishing.add_argument("--key", type=Path, required=True, metavar="PEM", help="key that signs the list")
    publishing.add_argument("--password-file", type=Path, metavar="FILE", help="opens the key")
    publishing.add_argument("--certificate", type=Path, required=True, metavar="CERTFILE", help="of that key")
    publishing.add_argument("--days", type=int, default=90, help="until the next list is due, at most 183")
    publishing.add_argument("--output", type=Path, required=True, metavar="XML", help="the list; its successor there")
    for parser, module in ((importing, "trust_import"), (publishing, "trust_publish")):
        _add_store(parser)
        parser.set_defaults(module=module)


def _add_snapshots(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = commands.add_parser("list", help="one line for each list, anchor and authority, and for roots that wait")
    which = "the first digits of its id, 6 or more; a kept one of the trust store or of the service"
    showing = commands.add_parser("show", help="all that stands in a trust snapshot")
    showing.add_argument(
        "id", nargs="?", default="", metavar="ID", help=f"{which}; the present one where none is given"
    )
    comparing = commands.add_parser("diff", help="what is different between two trust snapshots")
    comparing.add_argument("before", metavar="A", help=f"{which}; or the folder of a trust store")
    comparing.add_argument("after", metavar="B", help="the same")
    history = commands.add_parser("history", help="when the trust store changed, through whom, and how much")
    for parser in (listing, showing, comparing, history):
        parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    modules = ("trust_list", "trust_show", "trust_diff", "trust_history")
    for parser, module in zip((listing, showing, comparing, history), modules, strict=True):
        _add_store(parser)
        parser.set_defaults(module=module)


def _add_trust_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="lists, lists of lists and their pivots; or addresses")
    parser.add_argument("--scheme", default="", metavar="ID", help="which one; else told by territory and kind")
    pin = "certificates that may sign the list, got another way; needed for the first one; may be given several times"
    parser.add_argument("--pin", type=Path, action="append", default=[], metavar="CERTFILE", help=pin)
    parser.add_argument("--name", default="", help="of the scheme; else as the list tells")
    parser.add_argument("--location", default="", metavar="URL", help="where newer lists are fetched")
    parser.add_argument("--branch", default="", choices=("vn-public", "vn-government", "foreign", "own"))
    parser.add_argument("--territory", default="", metavar="CC", help="that the list must name; else as it tells")
    parser.add_argument("--refresh", default="", choices=("automatic", "by-hand"), help="how newer lists come in")
    register = "take entries of the register of authorities over too, where the list carries them"
    parser.add_argument("--brings-authorities", action="store_true", help=register)
    parser.add_argument("--by", default="", metavar="NAME", help="who imports, for the record")
    parser.add_argument("--at", metavar="ISO8601", help="as if it were this instant (UTC where no offset stands)")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    _add_store(parser)
    parser.set_defaults(module="trust_import_lists")


def _add_archive(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = acts.add_parser("verify", help="check a package by nothing but the file")
    verify.add_argument("file", metavar="FILE", help="the ZIP")
    verify.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    verify.set_defaults(module="archive_verify")


def _add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser("verify", help="check the log at DATABASE_URL and name the first broken link")
    what = verify.add_mutually_exclusive_group()
    mark = "a head that was printed before; may be given again"
    what.add_argument("--head", action="append", default=[], metavar="NUMBER:HASH", help=mark)
    what.add_argument("--subject", nargs=2, metavar=("KIND", "ID"), help="check the chain of this subject only")
    verify.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    verify.set_defaults(module="audit_verify")
    head = commands.add_parser("head", help="print how far the log goes, to be written down elsewhere")
    head.set_defaults(module="audit_head")


def _add_outbox(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(module="outbox")
    acts = parser.add_subparsers(required=True, metavar="COMMAND", dest="act")
    acts.add_parser("list", help="list messages that were given up")
    retry = acts.add_parser("retry", help="have one tried again, under its old key")
    drop = acts.add_parser("drop", help="delete one for good")
    for act in (retry, drop):
        act.add_argument("id", metavar="ID")
    drop.add_argument("--reason", required=True, help="why; stands in the audit log")


def _add_accounts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    authorities = commands.add_parser("authority", help="authorities").add_subparsers(required=True, metavar="COMMAND")
    adding = authorities.add_parser("add", help="add an authority, which nobody can do on a page")
    adding.add_argument("--code", required=True, help="agency code, e.g. G10.18")
    adding.add_argument("--kind", required=True, help="ministry, local_office, mission, commune, notary_office, agency")
    adding.add_argument("--name-vi", required=True, metavar="NAME")
    adding.add_argument("--name-en", required=True, metavar="NAME")
    adding.add_argument("--time-zone", default="Asia/Ho_Chi_Minh", metavar="ZONE")
    adding.set_defaults(module="authority_add")
    people = commands.add_parser("person", help="people").add_subparsers(required=True, metavar="COMMAND")
    inviting = people.add_parser("invite", help="open an account, as for the first administrator, and print its link")
    inviting.add_argument("--authority", required=True, metavar="CODE")
    inviting.add_argument("--login", required=True, metavar="NAME", help="name to sign in with")
    inviting.add_argument("--name", default="", help="full name, family name first")
    inviting.add_argument("--role", action="append", default=[], help="e.g. administrator; may be given several times")
    inviting.add_argument("--reset", action="store_true", help="the account is there: forget how it signs in")
    inviting.set_defaults(module="person_invite")


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--trust-store", type=Path, metavar="DIR", help="trust store, or a folder of certificates")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _last_words(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Say what nobody expected in one line, and end with the code for a file that was not judged."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        print(f"verifier: internal-error: {where(error)}", file=sys.stderr, flush=True)
    os._exit(NOT_JUDGED)


if __name__ == "__main__":
    sys.exit(main())
