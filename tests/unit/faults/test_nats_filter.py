"""What the proxy before nats-server takes out, and that it leaves all else byte for byte."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.nats_filter import BusMessage, NatsFilter

HEADERS = b"NATS/1.0\r\nNats-Sequence: 7\r\n\r\n"


def headed(subject: str, payload: bytes) -> bytes:
    sizes = f"{len(HEADERS)} {len(HEADERS) + len(payload)}"
    return f"HMSG {subject} 3 {sizes}\r\n".encode() + HEADERS + payload + b"\r\n"


def plain(subject: str, payload: bytes, reply: str = "") -> bytes:
    words = " ".join(("MSG", subject, "3", *([reply] if reply else []), str(len(payload))))
    return words.encode() + b"\r\n" + payload + b"\r\n"


INFO = b'INFO {"server_id":"x"} \r\n'
SUBJECTS = st.sampled_from(["live.turbo_stream.page_1", "_INBOX_realtime.x", "a"])
UNITS = st.one_of(
    st.sampled_from([INFO, b"PING\r\n", b"PONG\r\n", b"+OK\r\n", b"-ERR 'x'\r\n"]),
    st.builds(headed, SUBJECTS, st.binary(max_size=40)),
    st.builds(plain, SUBJECTS, st.binary(max_size=40), st.sampled_from(["", "reply.to"])),
)


def fed(passing: NatsFilter, data: bytes, cuts: list[int]) -> bytes:
    ends = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    pieces = [data[start:end] for start, end in pairwise(ends)]
    return b"".join(passing.feed(piece) for piece in pieces)


@given(st.lists(UNITS), st.lists(st.integers(0, 400)))
def test_everything_passes_unchanged_however_it_is_cut(units: list[bytes], cuts: list[int]) -> None:
    data = b"".join(units)
    assert fed(NatsFilter(lambda _: False), data, cuts) == data


@given(st.lists(UNITS), st.lists(st.integers(0, 400)))
def test_the_chosen_messages_are_taken_out_whole_and_nothing_else(
    units: list[bytes], cuts: list[int]
) -> None:
    passing = NatsFilter(lambda message: message.subject.startswith("live."))
    kept = [unit for unit in units if b" live." not in unit.partition(b"\r\n")[0]]
    assert fed(passing, b"".join(units), cuts) == b"".join(kept)


def test_a_message_is_shown_with_its_subject_its_headers_and_its_payload() -> None:
    seen: list[BusMessage] = []

    def see(message: BusMessage) -> bool:
        seen.append(message)
        return False

    passing = NatsFilter(see)
    passing.feed(headed("a.b", b"one") + plain("c", b"MSG a 1 5\r\ntwo", "reply.to"))
    assert seen == [BusMessage("a.b", HEADERS + b"one"), BusMessage("c", b"MSG a 1 5\r\ntwo")]
