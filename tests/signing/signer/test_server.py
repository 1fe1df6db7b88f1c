"""The socket: who may ask, how much and how long; what a client is told where nobody answers."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from verifier.errors import BadRequest, CouldNotIssue
from verifier.signing.records import Algorithm, HeldKey, Role
from verifier.signing.signer.client import SignerClient
from verifier.signing.signer.protocol import LARGEST_REQUEST, Deadline, receive
from verifier.signing.signer.server import Doors, Server, listening

KEY = HeldKey("seal", "G10", Role.AGENCY, Algorithm.ECDSA_SHA384, b"\1\2", (b"\3", b""), "pkcs11", "token-absent")
MANDATE = UUID(int=5)


class Standing:
    """Answers without keys or database."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.go = threading.Event()
        self.go.set()
        self.began = threading.Event()
        self.failure: Exception | None = None

    def keys(self) -> tuple[HeldKey, ...]:
        self.began.set()
        self.go.wait(10)
        if self.failure:
            raise self.failure
        return (KEY,)

    def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
        self.asked.append((token, tuple(issuances)))
        return MANDATE

    def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
        self.asked.append((issuance, role, attributes))
        return b"\0signature"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "signer.sock"


@pytest.fixture
def answers() -> Standing:
    return Standing()


@contextmanager
def serving(path: Path, answers: Standing, doors: Doors | None = None) -> Iterator[Server]:
    with listening(path) as listener:
        server = Server(listener, answers, doors or Doors())
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            answers.go.set()
            server.stop()
            thread.join(10)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(CouldNotIssue) as refusal:
        act()
    return refusal.value.problem.code


def test_questions_and_answers(path: Path, answers: Standing) -> None:
    act = uuid4()
    with serving(path, answers):
        client = SignerClient(path)
        assert client.keys() == (KEY,)
        assert client.confirm("token", [act]) == MANDATE
        assert client.sign(act, Role.PERSON, b"\xff\0") == b"\0signature"
    assert answers.asked == [("token", (act,)), (act, Role.PERSON, b"\xff\0")]


def test_eight_threads_at_once(path: Path, answers: Standing) -> None:
    with serving(path, answers), ThreadPoolExecutor(8) as pool:
        client = SignerClient(path)
        made = list(pool.map(lambda _: client.sign(MANDATE, Role.AGENCY, b"x"), range(200)))
    assert made == [b"\0signature"] * 200


def test_nobody_there(path: Path) -> None:
    assert code_of(SignerClient(path).keys) == "signer-absent"


def test_nobody_behind_the_socket(path: Path) -> None:
    dead_at(path)
    assert code_of(SignerClient(path).keys) == "signer-absent"


def dead_at(path: Path) -> None:
    """Leave a socket as a killed server does."""
    path.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def test_answer_too_late(path: Path, answers: Standing) -> None:
    answers.go.clear()
    with serving(path, answers):
        assert code_of(SignerClient(path, deadline=0.1).keys) == "signer-busy"


def test_too_many_questions(path: Path, answers: Standing) -> None:
    answers.go.clear()
    with serving(path, answers, Doors(threads=1)), ThreadPoolExecutor(1) as pool:
        first = pool.submit(SignerClient(path).keys)
        assert answers.began.wait(10)
        assert code_of(SignerClient(path).keys) == "signer-busy"
        answers.go.set()
        assert first.result() == (KEY,)


def test_fault_inside_is_told_without_its_words(path: Path, answers: Standing) -> None:
    answers.failure = RuntimeError("postgresql://user:password@host")
    with serving(path, answers), capture_logs() as logs, pytest.raises(CouldNotIssue) as refusal:
        SignerClient(path).keys()
    assert refusal.value.problem.code == "signer-fault"
    assert "password" not in str(logs) + str(refusal.value)


def test_refusal_keeps_its_words(path: Path, answers: Standing) -> None:
    answers.failure = CouldNotIssue("token-absent", "the token is away", key="seal")
    with serving(path, answers), pytest.raises(CouldNotIssue) as refusal:
        SignerClient(path).keys()
    assert refusal.value.problem == answers.failure.problem


def test_another_user(path: Path, answers: Standing) -> None:
    with serving(path, answers) as server:
        server._users = frozenset({os.geteuid() + 1})
        assert code_of(lambda: SignerClient(path).confirm("token", [MANDATE])) == "signer-refused"
    assert answers.asked == []


def frame(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


@pytest.mark.parametrize(
    "sent",
    [
        frame(b'{"do":"keys"}'.ljust(LARGEST_REQUEST + 1)),
        b"\0\0",
        frame(b'{"do":"keys"}')[:-1],
        frame(b"\xff\xff"),
        frame(b"[1]"),
        frame(b"[" * 60_000),
        frame(b'{"do":"steal"}'),
        frame(b'{"do":"confirm","token":7,"issuances":[]}'),
        frame(b'{"do":"confirm","token":"t","issuances":["x"]}'),
        frame(b'{"do":"sign","issuance":"x","role":"person","attributes":""}'),
        frame(b'{"do":"sign","issuance":"00000000-0000-0000-0000-000000000000","role":"clerk","attributes":""}'),
        frame(b'{"do":"sign","issuance":"00000000-0000-0000-0000-000000000000","role":"person","attributes":"?"}'),
    ],
    ids=[
        "too-long",
        "half-head",
        "half",
        "no-text",
        "no-object",
        "deep",
        "unknown",
        "token",
        "id",
        "act",
        "role",
        "b64",
    ],
)
def test_no_question(sent: bytes, path: Path, answers: Standing) -> None:
    with serving(path, answers, Doors(read_seconds=5)), capture_logs() as logs:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            with suppress(OSError):  # what is too long is not read to its end
                caller.sendall(sent)
                caller.shutdown(socket.SHUT_WR)
            told = receive(caller, 10_000, Deadline(10))
        assert SignerClient(path).keys() == (KEY,)  # it goes on
    assert told["problem"]["code"] == "signer-question"
    assert [one["event"] for one in logs] == ["refused"]
    assert answers.asked == []


def test_caller_that_says_nothing(path: Path, answers: Standing) -> None:
    with serving(path, answers, Doors(read_seconds=0.05)), socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
        assert receive(caller, 10_000, Deadline(10))["problem"]["code"] == "signer-question"


def test_no_token_stands_in_the_log(path: Path, answers: Standing) -> None:
    with serving(path, answers), capture_logs() as logs:
        SignerClient(path).confirm("hidden-token", [MANDATE])
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            caller.sendall(frame(b'{"do":"confirm","token":"hidden-token","issuances":7}'))
            receive(caller, 10_000, Deadline(10))
    assert logs
    assert "hidden-token" not in str(logs)


# --- the place -------------------------------------------------------------------------------------------------------


def test_modes(path: Path) -> None:
    with listening(path):
        assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    assert not path.exists()


def test_modes_for_another_user(path: Path) -> None:
    with listening(path, shared=True):
        assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o750, 0o660)


def refused(path: Path, *, shared: bool = False) -> str:
    with pytest.raises(BadRequest) as refusal, listening(path, shared=shared):
        pass
    return refusal.value.problem.code


@pytest.mark.parametrize(("mode", "users"), [(0o750, "own"), (0o701, "own"), (0o755, "group"), (0o770, "group")])
def test_folder_open_to_others(mode: int, users: str, path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(mode)
    assert refused(path, shared=users == "group") == "bad-option"


def test_live_server_keeps_its_place(path: Path, answers: Standing) -> None:
    with serving(path, answers):
        assert refused(path) == "socket-in-use"
        (path.parent / "signer.sock.lock").unlink()
        assert refused(path) == "socket-in-use"
        assert SignerClient(path).keys() == (KEY,)


def test_server_whose_socket_was_removed_keeps_its_place(path: Path, answers: Standing) -> None:
    with serving(path, answers):
        path.unlink()
        assert refused(path) == "socket-in-use"


def test_dead_server_is_replaced(path: Path, answers: Standing) -> None:
    dead_at(path)
    with serving(path, answers):
        assert SignerClient(path).keys() == (KEY,)


def test_file_in_the_place(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"precious")
    assert refused(path) == "bad-option"
    assert path.read_bytes() == b"precious"


def test_address_too_long(tmp_path: Path) -> None:
    assert refused(tmp_path / ("x" * 110)) == "bad-option"
