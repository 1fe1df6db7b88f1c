"""Parts of the pages: geometry, memory of pictures, words of the chrome."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

import pytest

from verifier.accounts.security_log import TOPIC as SECURITY_LOG
from verifier.notices.carriers import PORTAL_RESULT, PORTAL_STATUS
from verifier.notices.telling import TOPIC
from verifier.storage.blobs import StoredFile
from verifier.verdict import Widget
from verifier.web import locale
from verifier.web.public.drawing import Row, place, reach, shown_size
from verifier.web.public.pictures import PagePictures
from verifier.web.public.services import PageSize
from verifier.workers.carriers import BLOB_DELETE

SOURCES = Path(__file__).parents[2] / "verifier" / "web"
DEMO = Path(__file__).parents[2] / "verifier" / "demo"
CORNER = Widget(1, (10.0, 20.0, 110.0, 60.0))


@pytest.mark.parametrize(
    ("rotation", "box"),
    [
        (0, (10, 740, 100, 40)),
        (90, (20, 10, 40, 100)),
        (180, (490, 20, 100, 40)),
        (270, (740, 490, 40, 100)),
    ],
)
def test_box_turns_with_the_page(rotation: int, box: tuple[float, ...]) -> None:
    page = PageSize(0, 0, 600, 800, rotation)
    assert place(CORNER, page) == box
    assert shown_size(page) == ((800, 600) if rotation in (90, 270) else (600, 800))


def test_box_counts_from_the_crop_box() -> None:
    assert place(CORNER, PageSize(5, 10, 600, 800)) == (5, 740, 100, 40)


def test_box_is_cut_at_the_edge_and_never_too_small() -> None:
    assert place(Widget(1, (-50, 0, 2, 100)), PageSize(0, 0, 600, 800)) == (0, 700, 8, 100)


@pytest.mark.parametrize("rect", [(0, 0, 0, 0), (700, 0, 800, 50), (10, 900, 50, 950)])
def test_what_is_not_visible_has_no_box(rect: tuple[float, float, float, float]) -> None:
    assert place(Widget(1, rect), PageSize(0, 0, 600, 800)) is None


def test_reversed_corners_are_the_same_box() -> None:
    assert place(Widget(1, (110, 60, 10, 20)), PageSize(0, 0, 600, 800)) == (10, 740, 100, 40)


def row(revision: int) -> Row:
    return Row("Chữ ký 1", "ok", "ok", "…", revision)


def test_reach_ends_where_the_signed_revision_ends() -> None:
    drawn = reach((row(1), row(3)), ("1", "2", "3"))
    assert drawn is not None
    first, last = drawn.bars
    assert first.end < last.end <= drawn.width
    assert first.after is not None
    assert last.after is None


@pytest.mark.parametrize("revisions", [1, 13])
def test_reach_is_drawn_only_where_it_can_be_read(revisions: int) -> None:
    assert reach((row(1),), tuple(map(str, range(revisions)))) is None


def stored(name: str) -> StoredFile:
    return StoredFile(name, lambda: nullcontext(Path(name)))


def test_pictures_are_drawn_once_and_the_oldest_forgotten() -> None:
    drawn: list[int] = []

    def draw(_: Path, page: int, __: int) -> bytes:
        drawn.append(page)
        return bytes(60)

    pictures = PagePictures(draw, lambda _: (PageSize(0, 0, 1, 1),), capacity=100)
    for page in (1, 1, 2, 1):
        pictures.picture(stored("a"), page, 100)
    assert drawn == [1, 2, 1]


def test_page_sizes_are_measured_once() -> None:
    asked: list[Path] = []

    def measure(path: Path) -> tuple[PageSize, ...]:
        asked.append(path)
        return (PageSize(0, 0, 1, 1),)

    pictures = PagePictures(lambda *_: b"", measure)
    assert pictures.pages(stored("a")) == pictures.pages(stored("a"))
    assert asked == [Path("a")]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize(("key", "words"), locale.texts().items())
def test_both_languages_say_the_same(key: str, words: Mapping[str, str]) -> None:
    assert set(words) == {"vi", "en"}, key
    assert placeholders(words["vi"]) == placeholders(words["en"]), key
    assert "!" not in "".join(words.values()), key


def built(sources: str) -> re.Pattern[str]:
    """Keys that are put together: `f"a-{b}-c"` in code, `"a-" ~ b` in templates, and `-one` of what is counted."""
    formatted = re.findall(r'f"([a-z][\w-]*-\{[^"]*|\{\w+\}-[\w-]+)"', sources)
    formatted += re.findall(r"f'([a-z][\w-]*-\{\w+\})'", sources)  # within another
    joined = [f"{start}{{}}" for start in re.findall(r'"([a-z][\w-]*-)" [~+]', sources)]
    patterns = [re.sub(r"\{[^}]*\}", r"[\\w-]+", one) for one in (*formatted, *joined)]
    return re.compile("|".join((*patterns, *(f"{key}-one" for key in locale.texts()))))


def test_every_text_is_used_and_every_key_has_a_text() -> None:
    files = (*SOURCES.rglob("*.html"), *SOURCES.rglob("*.py"), *DEMO.rglob("*.html"))
    sources = "".join(file.read_text("utf-8") for file in files)
    asked = set(re.findall(r"""(?:\bt|\bsay|\braw|\braw_text)\("([\w-]+)["\s]*[,)]""", sources))
    assert asked <= set(locale.texts())
    told_elsewhere = (
        *("state-", "too-many", "no-file", "remove", "see-result"),  # by scripts
        *("action-", "actor-", "subject-", "detail-", "audit-broken-"),  # by words of the audit log
        *("topic-", "job-"),  # by what is in the outbox, and by the jobs that run
    )
    made = built(sources)
    unused = {key for key in locale.texts() if f'"{key}"' not in sources and not made.fullmatch(key)}
    assert not {key for key in unused if not key.startswith(told_elsewhere)}


def test_messages_and_jobs_have_words() -> None:
    sources = "".join(file.read_text("utf-8") for file in SOURCES.parent.rglob("*.py"))
    jobs = re.findall(r'Job\(\s*"([\w-]+)"', sources)
    assert {key for key in locale.texts() if key.startswith("job-")} == {f"job-{one}" for one in jobs}
    topics = {f"topic-{one}" for one in (BLOB_DELETE, SECURITY_LOG, TOPIC, PORTAL_STATUS, PORTAL_RESULT)}
    assert {key for key in locale.texts() if key.startswith("topic-")} == topics


@pytest.mark.parametrize(
    ("choices", "found"),
    [((None, None), "vi"), (("en", "vi"), "en"), (("xx", "en"), "en"), (("", "zz"), "vi")],
)
def test_language_is_the_first_known_choice(choices: tuple[str | None, ...], found: str) -> None:
    assert locale.language(*choices) == found


def test_one_is_not_many() -> None:
    assert locale.text("page-count", "en", count=1) == "1 page"
    assert locale.text("page-count", "en", count=2) == "2 pages"


def test_hashes_are_cut_into_fours() -> None:
    assert locale.groups_of_four("abcdefghij") == ["abcd", "efgh", "ij"]
