"""The reader of a client's bytes: valid, invalid and arbitrary ones, cut anywhere."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.realtime.websocket.faults import ProtocolFaultError
from services.realtime.websocket.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT
from services.realtime.websocket.reader import Event, FrameReader, unmask
from tests.support.client_frames import client_close, client_frame

LIMIT = 1000

keys = st.binary(min_size=4, max_size=4)
controls = st.builds(
    lambda opcode, payload, key: (client_frame(payload, opcode, key=key), (opcode, payload)),
    st.sampled_from([PING, PONG]),
    st.binary(max_size=125),
    keys,
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, list[Event]]:
    """One message in fragments with control frames between them, and what is to be read."""
    opcode = draw(st.sampled_from([TEXT, BINARY]))
    payload = draw(st.text(max_size=200)).encode() if opcode == TEXT else draw(st.binary())
    cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=4)))
    edges = [0, *cuts, len(payload)]
    data, events = b"", []
    for number, (start, end) in enumerate(pairwise(edges)):
        for frame, event in draw(st.lists(controls, max_size=2)):
            data += frame
            events.append(event)
        data += client_frame(
            payload[start:end],
            CONTINUATION if number else opcode,
            final=number == len(cuts),
            key=draw(keys),
        )
    return data, [*events, (opcode, payload)]


def read(*pieces: bytes) -> tuple[list[Event], int | None]:
    """Read the pieces by one reader: what came out, and the code of the fault at the end."""
    reader = FrameReader(LIMIT)
    events: list[Event] = []
    try:
        for piece in pieces:
            events.extend(reader.read(piece))
    except ProtocolFaultError as fault:
        return events, fault.code
    return events, None


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def each_byte(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(st.lists(messages(), max_size=4), st.lists(st.integers(0), max_size=8))
def test_a_valid_stream_gives_the_same_events_however_it_is_cut(
    stream: list[tuple[bytes, list[Event]]], places: list[int]
) -> None:
    data = b"".join(part for part, _ in stream)
    expected = [event for _, events in stream for event in events]
    assert read(data) == (expected, None)
    assert read(*cut(data, places)) == (expected, None)
    assert read(*each_byte(data)) == (expected, None)


@given(st.lists(messages(), max_size=3), st.lists(st.integers(0), max_size=8))
def test_a_reader_is_idle_exactly_between_messages_and_frames(
    stream: list[tuple[bytes, list[Event]]], places: list[int]
) -> None:
    """A new reader may take the place of an idle one."""
    data = b"".join(part for part, _ in stream)
    kept, renewed = FrameReader(LIMIT), FrameReader(LIMIT)
    for piece in cut(data, places):
        assert list(kept.read(piece)) == list(renewed.read(piece))
        assert kept.idle == renewed.idle
        renewed = FrameReader(LIMIT) if renewed.idle else renewed
    assert kept.idle


@given(st.binary(max_size=400), st.lists(st.integers(0), max_size=8))
def test_any_bytes_at_all_raise_nothing_but_a_protocol_fault(
    data: bytes, places: list[int]
) -> None:
    whole = read(data)
    assert read(*cut(data, places)) == whole
    assert read(*each_byte(data)) == whole


@given(messages(), st.integers(0), st.integers(0, 255), st.lists(st.integers(0), max_size=8))
def test_one_wrong_byte_in_a_valid_stream_raises_nothing_but_a_protocol_fault(
    message: tuple[bytes, list[Event]], place: int, value: int, places: list[int]
) -> None:
    data = bytearray(message[0])
    data[place % len(data)] = value
    assert read(*cut(bytes(data), places)) == read(bytes(data))


@given(st.binary(max_size=300), keys, st.integers(0, 300))
def test_unmasking_is_the_rfcs_loop(payload: bytes, key: bytes, position: int) -> None:
    expected = bytes(byte ^ key[(position + at) % 4] for at, byte in enumerate(payload))
    assert unmask(payload, key, position) == expected


FAULTS = [
    (client_frame(b"hi", key=None), 1002),
    (client_frame(b"", PING, key=None), 1002),
    *[(client_frame(b"hi", reserved=bit), 1002) for bit in (0x10, 0x20, 0x40, 0x70)],
    *[(client_frame(b"", opcode), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
    *[(client_frame(b"", opcode, final=False), 1002) for opcode in (CLOSE, PING, PONG)],
    (client_frame(bytes(126), PING), 1002),
    (client_frame(bytes(125), PING, width=2), 1002),
    (client_frame(bytes(125), BINARY, width=2), 1002),
    (client_frame(bytes(125), BINARY, width=8), 1002),
    (client_frame(bytes(200), BINARY, width=8), 1002),
    (b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1002),
    (client_frame(b"rest", CONTINUATION), 1002),
    (client_frame(b"a", final=False) + client_frame(b"b"), 1002),
    (client_frame(b"\xff"), 1007),
    (client_frame(b"\xc3"), 1007),
    (client_frame(b"\xed\xa0\x80"), 1007),
    (client_frame(b"\xc0\xaf"), 1007),
    (client_frame(b"\xf4\x90\x80\x80"), 1007),
    (client_frame(b"\xc3", final=False) + client_frame(b"x", CONTINUATION), 1007),
    (client_frame(bytes(LIMIT + 1), BINARY), 1009),
    *[(client_close(code), 1002) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999)],
    *[(client_close(code), 1002) for code in (5000, 65535)],
    (client_frame(b"\x03", CLOSE), 1002),
    (client_close(1000, b"\xff"), 1007),
]


def test_what_a_client_may_not_send_is_a_fault_with_its_code() -> None:
    before = client_frame(b"before")
    for data, code in FAULTS:
        assert read(before + data) == ([(TEXT, b"before")], code), data
        assert read(before, *each_byte(data)) == ([(TEXT, b"before")], code), data


def test_close_codes_that_may_be_sent_are_read() -> None:
    for code in (None, 1000, 1001, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999):
        frame = client_close(code, "grüß dich".encode()) if code else client_close(None)
        events, fault = read(frame)
        assert fault is None, code
        assert [opcode for opcode, _ in events] == [CLOSE], code


def test_text_that_can_no_longer_be_utf8_fails_before_the_frame_is_whole() -> None:
    good = "κόσμε".encode()
    for bad in (b"\xff", b"\xc0", b"\xed\xa0\x80", b"\xf4\x90", b"\xf8"):
        frame = client_frame(good + bad + b"x" * 500)
        assert read(frame[: 8 + len(good) + len(bad)]) == ([], 1007), bad


def test_a_message_that_is_too_large_is_refused_by_its_header_alone() -> None:
    assert read(client_frame(bytes(LIMIT + 1), BINARY)[:8]) == ([], 1009)
    assert read(client_frame(bytes(LIMIT), BINARY)) == ([(BINARY, bytes(LIMIT))], None)
    first = client_frame(bytes(LIMIT - 10), BINARY, final=False)
    assert read(first, client_frame(bytes(11), CONTINUATION)[:6]) == ([], 1009)


def test_control_frames_do_not_count_towards_the_size_of_a_message() -> None:
    first = client_frame(bytes(LIMIT), BINARY, final=False)
    pings = client_frame(bytes(125), PING) * 20
    events, fault = read(first + pings + client_frame(b"", CONTINUATION))
    assert (len(events), fault) == (21, None)
