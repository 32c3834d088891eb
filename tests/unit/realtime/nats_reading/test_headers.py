"""Headers as they stand on the wire: the last of a name counts."""

import pytest

from services.realtime.nats_reading.headers import number_in, read_headers, text_in, write_headers

SEQUENCE = b"\r\nNats-Sequence: "


def headers(*lines: str, first: str = "NATS/1.0") -> bytes:
    return "\r\n".join([first, *lines, "", ""]).encode()


def test_the_servers_header_counts_and_not_a_publishers_in_front_of_it() -> None:
    wire = headers("Nats-Sequence: 9000", "X-Nats-Sequence: 8", "Nats-Sequence: 7")
    assert number_in(wire, SEQUENCE) == 7
    assert read_headers(wire)["Nats-Sequence"] == "7"


def test_a_header_that_is_no_number_is_none() -> None:
    for line in ("Other: 7", "Nats-Sequence: x", "Nats-Sequence: ", "X: 7 8"):
        with pytest.raises(ValueError, match=r"."):
            number_in(headers(line), SEQUENCE)


def test_a_text_and_a_status_are_read_where_there_is_one() -> None:
    wire = headers("A: b: c", "Nats-Time-Stamp: 2026-11-22T19:07:36Z", first="NATS/1.0 204 EOB")
    assert text_in(wire, b"\r\nNats-Time-Stamp: ") == "2026-11-22T19:07:36Z"
    assert text_in(wire, b"\r\nMissing: ") is None
    assert read_headers(wire)["A"] == "b: c"
    for first, status in (("NATS/1.0 204 EOB", "204"), ("NATS/1.0 503", "503"), ("NATS/1.0", None)):
        assert read_headers(headers(first=first)).get("Status") == status, first


def test_what_the_library_has_read_is_read_from_what_is_written_of_it() -> None:
    read = {"Status": "204", "Nats-Sequence": "7"}
    assert read_headers(write_headers(read)) == read
    assert number_in(write_headers(read), SEQUENCE) == 7
    assert read_headers(write_headers(None)) == {}
