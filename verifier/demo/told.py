"""What the demonstration says when it is ready: where to look, what to try, who to be."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from verifier.demo.mailbox import PATH as MAIL
from verifier.demo.people import DemoAccount, DemoMachine

ROLES = {
    "reception": "tiếp nhận · reception",
    "specialist": "chuyên viên · specialist",
    "leader": "lãnh đạo · leader",
    "clerk": "văn thư · clerk",
    "administrator": "quản trị · administrator",
    "auditor": "kiểm tra nhật ký · auditor",
    "relying_agency": "cơ quan tiếp nhận · relying agency",
}


def tell(
    port: int, samples: Sequence[tuple[str, str, Path]], people: Sequence[DemoAccount], machine: DemoMachine
) -> None:
    """Print it; the last line says how to stop."""
    url = f"http://127.0.0.1:{port}"
    print(f"\n  Mở · open   {url}")
    _tell_people(url, port, people)
    width, names = max(len(vi) for vi, _, _ in samples), max(len(path.name) for _, _, path in samples)
    print(f"\n  Tài liệu mẫu · samples in {samples[0][2].parent}")
    for vi, en, path in samples:
        print(f"    {path.name:{names}} {vi:{width}}  {en}")
    _tell_issuing(url, samples)
    _tell_cases(url)
    print(f"\n  curl -F file=@{samples[0][2]} {url}/api/v1/validations")
    print(f"  Máy khách · machine client (docs/api-clients.md): {machine.client_id}\n    {machine.key_file}")
    print(f"  API: {url}/api/v1/docs     Ctrl-C: dừng · stop\n", flush=True)


def _tell_people(url: str, port: int, people: Sequence[DemoAccount]) -> None:
    print(f"\n  Đăng nhập · sign in   {url}/sign-in")
    print("    Nhanh nhất: nút “Định danh trình diễn” rồi chọn một người · quickest: its button, then choose a person")
    print(f"    Hoặc mật khẩu và mã · or password and code: {sys.argv[0]} demo-code TÊN · NAME --port {port}")
    names = max(len(one.name) for one in people)
    passwords = max(len(one.password) for one in people)
    for one in people:
        line = f"{one.login:15} {one.password:{passwords}}  {one.name:{names}}  {one.authority:9} {ROLES[one.role]}"
        print(f"    {line}")


def _tell_issuing(url: str, samples: Sequence[tuple[str, str, Path]]) -> None:
    print(f"\n  Phát hành · issue   {url}/officer/issuances/new")
    print("    lanhdao          chứng nhận lãnh sự, hợp pháp hóa, Apostille · consular marks and Apostilles")
    print(
        "    paris.lanhsu     như trên tại cơ quan đại diện, và bản sao điện tử · the same at a mission, and e-copies"
    )
    print("    phuong.chutich   bản sao điện tử có chứng thực · certified e-copies")
    print(f"    Thử với · try with {samples[0][2].name}, hoặc · or {samples[8][2].name}; verifier issue --help")


def _tell_cases(url: str) -> None:
    print(f"\n  Hồ sơ · dossiers   {url}/officer/cases   (hồ sơ mẫu đang được lập · samples are being made, see below)")
    print("    tiepnhan         nhận, kiểm tra, yêu cầu bổ sung, thu phí · takes in, checks, takes fees")
    print("    chuyenvien       thẩm định, đề xuất · examines and proposes")
    print("    lanhdao          duyệt, ký số hồ sơ chờ ký · approves, signs what waits to be signed")
    print("    phuong.tiepnhan, phuong.chuyenvien, phuong.chutich   chứng thực · certification at a ward")
    print(f"    người nộp · applicants: {url}/dossier")
    print(f"    thư đã gửi, có đường dẫn nhận kết quả · mail that was sent, with links to results: {url}{MAIL}")
