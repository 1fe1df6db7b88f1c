"""`verifier sign`: a plain signature with a key at hand, judged before it is given out; no mark, number or register."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import NameOID

from verifier.commands.shared import ALL_PASSED, Surroundings, content, settings_of
from verifier.commands.workshop import Workshop, give_out, logs, secret_file, secret_of, workshop
from verifier.errors import BadRequest, CouldNotIssue
from verifier.law.marks import FOLDER
from verifier.outside.clock import Clock
from verifier.plain import visible
from verifier.signing.keys.chain import KeyChain
from verifier.signing.keys.keyfile import Entry, InFile, OnToken, TokenPlace, secret_in
from verifier.signing.pdf.cms import attributes, signature_of, signed, with_token
from verifier.signing.pdf.extension import Extension, extension
from verifier.signing.pdf.writing import embedded, prepared
from verifier.signing.records import Algorithm, Drawing, Field, HeldKey, Kind, Level, Place, Role, Stamped
from verifier.verdict import Changes, Conclusion, DocumentVerdict, Outcome, SignatureVerdict

SECRET = "KEY_SECRET"  # noqa: S105 - the name of a variable
KEY = "key"
LEAST_MM = 5.0
"""Of a box in which a name can be read."""
NAMES = "Signature"
BARE, STAMPED = "B-B", "B-T"

_PROBLEMS = {
    "secret-open": "the file of the key, or that of its secret, is open to others; run: chmod 600",
    "key-mismatch": "the certificate is that of another key",
    "password-wrong": "the file does not open with this password, or is broken",
    "pin-wrong": "the token refused the PIN",
    "token-absent": "no token of that name is there",
    "algorithm-unfit": "this algorithm is for other keys",
    "key-weak": "the key is too short",
    "pkcs12-refused": "keys in files are for development only",
}


@dataclass(frozen=True)
class _Wish:
    """What is to be signed, and how."""

    source: Path
    out: Path
    level: str
    field: str
    box: Place | None
    reason: str
    location: str
    stampers: tuple[str, ...]


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Sign the file; nothing is written unless our own judge accepts it. BadRequest, CouldNotIssue, CouldNotJudge."""
    settings = settings_of(around, args.trust_store)
    logs(settings, around)
    wish = _wish(args, settings.tsa)
    with contextlib.ExitStack() as stack:
        entry = stack.enter_context(_entry(args, around))
        development = around.env.get("VERIFIER_ENV", "").strip() != "production"
        keys = KeyChain((entry,), development=development, env=around.env)
        stack.callback(keys.close)
        here = stack.enter_context(workshop(settings, around))
        told = _signed(wish, keys, here)
    print(json.dumps(told, ensure_ascii=False), file=around.out)
    return ALL_PASSED


def _wish(args: argparse.Namespace, configured: tuple[str, ...]) -> _Wish:
    stampers = tuple(args.tsa) or configured
    if args.level != BARE and not stampers:
        raise BadRequest("bad-option", f"{args.level} needs --tsa or VERIFIER_TSA", option="--tsa")
    content(args.file)  # that it can be read is told before anything is asked for
    if not args.output.parent.is_dir() or args.output.is_dir():
        raise BadRequest("bad-option", f"--output: {args.output} cannot be written", option="--output")
    if args.output.exists() and args.output.samefile(args.file):
        raise BadRequest("bad-option", "--output is the document itself", option="--output")
    place = _place(args.box) if args.box else None
    return _Wish(args.file, args.output, args.level, args.field, place, args.reason, args.location, stampers)


def _place(text: str) -> Place:
    try:
        page, *box = text.split(",")
        left, top, width, height = (float(one) for one in box)
        place = Place(int(page), left, top, width, height)
    except ValueError:
        raise _bad("--box", "wants PAGE,LEFT,TOP,WIDTH,HEIGHT, as 1,120,240,60,20") from None
    if place.page < 1 or min(width, height) < LEAST_MM or min(left, top) < 0:
        raise _bad("--box", f"wants a page from 1 and at least {LEAST_MM:g} mm of width and height")
    return place


# --- the key ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _entry(args: argparse.Namespace, around: Surroundings) -> Iterator[Entry]:
    """Give the key as `signing.keys` wants it; certificates of a PKCS#12 file are laid beside it."""
    with contextlib.ExitStack() as stack:
        file = args.secret_file or stack.enter_context(secret_file(secret_of(around, SECRET, "Password or PIN")))
        if args.p12:
            certificates = _of_p12(args, file)
            where: InFile | OnToken = InFile(args.p12, file)
        else:
            where, certificates = _on_token(args, file), _pem(args)
        public = certificates[0].public_key()
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in certificates).decode()
        beside = stack.enter_context(secret_file(pem))
        yield Entry(KEY, "", Role.AGENCY, _algorithm(args.algorithm, public), beside, where)


def _of_p12(args: argparse.Namespace, file: Path) -> list[x509.Certificate]:
    if args.certificate:
        return _pem(args)
    try:
        opened = load_pkcs12(content(args.p12), secret_in(file).encode())
    except PermissionError:
        raise _bad("--secret-file", "is open to others; run: chmod 600") from None
    except (OSError, ValueError):
        raise CouldNotIssue("password-wrong", "the file does not open with its password, or is broken") from None
    if opened.cert is None:
        raise _bad("--p12", "holds no certificate; name it with --certificate")
    return [opened.cert.certificate, *(one.certificate for one in opened.additional_certs)]


def _on_token(args: argparse.Namespace, file: Path) -> OnToken:
    if not args.token or not (args.key_label or args.key_id) or not args.certificate:
        raise _bad("--pkcs11-module", "needs --token, --certificate, and --key-label or --key-id")
    try:
        key_id = bytes.fromhex(args.key_id)
    except ValueError:
        raise _bad("--key-id", "is hexadecimal") from None
    return OnToken(TokenPlace(args.pkcs11_module.resolve(), args.token, file), args.key_label, key_id)


def _pem(args: argparse.Namespace) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(content(args.certificate))
    except ValueError:
        raise _bad("--certificate", "holds no certificates in PEM") from None


def _algorithm(wanted: str | None, public: Any) -> Algorithm:
    if wanted:
        return Algorithm(wanted)
    if isinstance(public, rsa.RSAPublicKey):
        return Algorithm.RSA_PSS_SHA256
    long = isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP384R1)
    return Algorithm.ECDSA_SHA384 if long else Algorithm.ECDSA_SHA256


# --- signing ---------------------------------------------------------------------------------------------------------


def _signed(wish: _Wish, keys: KeyChain, here: Workshop) -> dict[str, Any]:
    (key,) = keys.held()
    if key.problem:
        raise CouldNotIssue(key.problem, _PROBLEMS.get(key.problem, ""))
    if problem := here.fitness().problem(key, Kind.AGENCY_DOCUMENT):
        raise CouldNotIssue(problem.code, problem.detail, **problem.params)
    source = here.scratch / "source"
    shutil.copyfile(wish.source, source)  # what is judged, signed and given out is one and the same
    found = here.pool.run(extension, source)
    field = _field(wish, found, key, here.around.clock)
    before = here.judged(source, wish.source.name).outcome
    made, stamps = _made(wish, source, field, keys, here)
    outcome = here.judged(made, wish.out.name).outcome
    mine = _accepted(before, outcome, field.name)
    give_out(made, wish.out)
    return {
        "output": str(wish.out),
        "sha256": outcome.sha256,
        "field": field.name,
        "level": mine.level,
        "indication": mine.indication.value,
        "conclusion": outcome.conclusion.value if isinstance(outcome, DocumentVerdict) else "",
        "added": wish.out.stat().st_size - wish.source.stat().st_size,
        "time_stamps": [{"tsa": one.tsa, "at": one.at.isoformat()} for one in stamps],
    }


def _field(wish: _Wish, found: Extension, key: HeldKey, clock: Clock) -> Field:
    if found.hindrances:
        raise CouldNotIssue("not-extendable", hindrance=found.hindrances[0])
    name = wish.field
    if not name and found.certified:
        name = found.empty_fields[0]
    if not name:
        name = next(
            one for n in range(1, len(found.field_names) + 2) if (one := f"{NAMES}{n}") not in found.field_names
        )
    drawing = _drawing(key, wish.box) if wish.box else None
    return Field(name, Role.AGENCY, wish.box, drawing, reason=wish.reason, location=wish.location, at=clock.now())


def _drawing(key: HeldKey, place: Place) -> Drawing:
    subject = x509.load_der_x509_certificate(key.certificate).subject
    name, office = (_said(subject, oid) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME))
    told = {"name": name, "office": office, "width": place.width_mm, "height": place.height_mm}
    pdf = typst.compile(
        Path(__file__).with_name("stamp.typ"),
        format="pdf",
        font_paths=[FOLDER / "fonts"],
        sys_inputs={"told": json.dumps(told)},
    )
    return Drawing(bytes(pdf), place.width_mm, place.height_mm, f"Ký bởi: {name}\n{office}".strip())


def _said(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return next((visible(str(one.value)) for one in subject.get_attributes_for_oid(oid)), "")


def _made(wish: _Wish, source: Path, field: Field, keys: KeyChain, here: Workshop) -> tuple[Path, tuple[Stamped, ...]]:
    """Return the signed file, and the time stamps it got."""
    (key,), pool, out = keys.held(), here.pool, here.scratch / "signed"
    room = pool.run(prepared, source, out, field, key.algorithm.digest)
    told = attributes(room.digest, key.certificate, key.algorithm)
    cms = signed(told, keys.sign(key.name, told), key.certificate, key.chain, key.algorithm)
    if wish.level == BARE:
        pool.run(embedded, out, room, cms)
        return out, ()
    stampers = here.stampers(wish.stampers)
    stamp = stampers.token(signature_of(cms))
    pool.run(embedded, out, room, with_token(cms, stamp.token))
    if wish.level == STAMPED:
        return out, (stamp,)
    whole = here.scratch / "whole"
    completed = here.long_term(stampers, key.certificate).completed(out, whole, Level(wish.level))
    return whole, (stamp, *completed.stamps)


def _accepted(before: Outcome, after: Outcome, name: str) -> SignatureVerdict:
    """Return our signature, which must hold, as must every earlier one that did; CouldNotIssue `own-judge-refused`."""
    if not isinstance(after, DocumentVerdict):
        raise _refused(f"not judged: {after.problem.code}")
    mine = next((one for one in after.signatures if one.field_name == name), None)
    if mine is None or mine.indication is not Conclusion.TOTAL_PASSED:
        raise _refused(f"{name}: {mine.indication.value} {mine.sub_indication or ''}".strip() if mine else "not found")
    if after.changes_after_last_signature is Changes.SUSPICIOUS:
        raise _refused("suspicious changes after the last signature")
    now = {one.field_name: one for one in after.signatures}
    for one in before.signatures if isinstance(before, DocumentVerdict) else ():
        new = now.get(one.field_name)
        if new is None or (one.indication is Conclusion.TOTAL_PASSED and new.indication is not one.indication):
            raise _refused(f"the earlier signature {one.field_name} does not hold any more")
    return mine


def _refused(why: str) -> CouldNotIssue:
    return CouldNotIssue("own-judge-refused", why, why=why)


def _bad(option: str, why: str) -> BadRequest:
    return BadRequest("bad-option", f"{option} {why}", option=option)
