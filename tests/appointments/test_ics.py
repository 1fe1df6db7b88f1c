from __future__ import annotations

from dataclasses import replace

from tests.appointments.conftest import WHO, Desked, at
from verifier.appointments.ics import calendar_file


def lines(data: bytes) -> dict[str, str]:
    """The properties of a file, its folded lines joined again (RFC 5545 section 3.1)."""
    text = data.replace(b"\r\n ", b"").decode()
    return dict(line.split(":", 1) for line in text.split("\r\n") if line)


def test_the_file_says_when_and_where_and_nothing_of_who_comes(here: Desked) -> None:
    one, place = here.booked(at(8)), here.world.authority
    data = calendar_file(one, place, here.first, "vi", here.world.clock.now())
    told = lines(data)

    assert told["DTSTART"] == "20260303T010000Z"
    assert told["DTEND"] == "20260303T011500Z"
    assert told["DTSTAMP"] == "20260302T080000Z"
    assert told["UID"].startswith(str(one.id))
    assert told["SUMMARY"] == "Lịch hẹn tại Đại sứ quán Việt Nam tại Xứ Thử"
    assert told["LOCATION"] == "Đại sứ quán Việt Nam tại Xứ Thử\\, 1 Phố Thử\\; Quầy 1 (Chứng thực)"
    assert (told["SEQUENCE"], told["STATUS"]) == ("0", "CONFIRMED")
    assert not any(word in data.decode() for word in (WHO.name, WHO.email, WHO.phone))


def test_lines_end_and_fold_as_they_must(here: Desked) -> None:
    place = replace(here.world.authority, name_vi="Cục Lãnh sự " * 20)
    data = calendar_file(here.booked(at(8)), place, here.first, "vi", here.world.clock.now())

    assert data.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    assert data.decode().count("\n") == data.decode().count("\r\n")
    assert lines(data)["SUMMARY"] == f"Lịch hẹn tại {place.name_vi}"


def test_a_move_and_a_cancellation_take_the_place_of_the_earlier_file(here: Desked) -> None:
    one = here.booked(at(8))
    moved = here.book.move(here.officer, one.id, at(9))
    ended = here.book.cancel(here.officer, one.id)
    place, now = here.world.authority, here.world.clock.now()
    files = [lines(calendar_file(each, place, here.first, "en", now)) for each in (one, moved, ended)]

    assert len({told["UID"] for told in files}) == 1
    assert [told["SEQUENCE"] for told in files] == ["0", "1", "2"]
    assert files[2]["STATUS"] == "CANCELLED"
    assert files[0]["SUMMARY"] == "Appointment at Embassy of Viet Nam in Testland"
