"""The demonstration PKI: keys on disk, certificates by declaration, CRL, OCSP and TSA over HTTP on loopback."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from asn1crypto import pem
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

DECLARATION = Path(__file__).with_name("pki.yml")
KIND = "rsa-2048"
"""Of keys of which nothing else is declared."""
PUBLIC_SERVICE = "cong-vu"
"""The architecture of the keys that authorities issue with."""
STAMPERS = ("tsa", "spare")
"""Labels of the time-stamping authorities, under different roots."""


class DemoPki:
    """The PKI with its keys in `folder` and its services at `http://127.0.0.1:{port}`."""

    def __init__(self, folder: Path, port: int) -> None:
        self._declared = yaml.safe_load(DECLARATION.read_text(encoding="utf-8"))
        self._kinds: Mapping[str, list[str]] = self._declared.pop("key-kinds")
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @cached_property
    def _config(self) -> Any:
        """What is declared, with keys; made when first asked for, as it takes a second."""
        _make_keys(self._declared, self._kinds, self.folder)
        return CertomancerConfig(self._declared, key_search_dir=str(self.folder), external_url_prefix=self.url)

    def certificate(self, label: str, arch: str = "demo") -> Any:
        """The certificate of that label, as asn1crypto reads it."""
        return self._config.get_pki_arch(ArchLabel(arch)).get_cert(CertLabel(label))

    def key(self, label: str, arch: str = "demo") -> Any:
        """The private key of that label, as asn1crypto PrivateKeyInfo."""
        return self._config.get_pki_arch(ArchLabel(arch)).key_set.get_private_key(KeyLabel(label))

    def pem(self, label: str, arch: str = "demo") -> bytes:
        """The certificate in PEM."""
        return bytes(pem.armor("CERTIFICATE", self.certificate(label, arch).dump()))

    @property
    def stampers(self) -> tuple[str, ...]:
        """Addresses of the time-stamping authorities, in the order in which they are asked."""
        return tuple(f"{self.url}/demo/tsa/{label}" for label in STAMPERS)

    def serve(self, files: Mapping[str, bytes]) -> BaseWSGIServer:
        """Answer on loopback, in a thread, until `shutdown` is called on what is returned; `files` by their paths."""
        animator = Animator(AnimatorArchStore(self._config.pki_archs), with_web_ui=False)
        pages: dict[str, Any] = {
            path: Response(content, mimetype="application/vnd.etsi.tsl+xml") for path, content in files.items()
        }
        site = DispatcherMiddleware(animator, pages)
        server = make_server("127.0.0.1", self.port, site, threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, name="demo-pki", daemon=True).start()
        return server


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 — the name is the base class's
        """Say nothing: a demonstration prints what to try, not what is fetched."""


def _make_keys(declared: dict[str, Any], kinds: Mapping[str, list[str]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kind_of = {file: kind for kind, files in kinds.items() for file in files}
    for keyset in declared["keysets"].values():
        for entry in keyset["keys"].values():
            path = folder / entry["path"]
            if not re.fullmatch(r"[a-z-]+\.pem", entry["path"]) or path.exists():
                continue
            key = _key(kind_of.get(path.name, KIND))
            clear = serialization.NoEncryption()
            text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, clear)
            path.touch(mode=0o600)
            path.write_bytes(text)


def _key(kind: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if kind == "p-256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))
