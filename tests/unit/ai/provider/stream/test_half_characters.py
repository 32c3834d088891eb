"""Characters that are cut in two: by chunks, by events, and by the network."""

import json
from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.ai.provider.stream.chunks import ChunkReader
from tests.support.provider import stream
from tests.support.scripted import DONE, STOP, choice, chunk, event

EMOJI = "\N{GRINNING FACE}"
BROKEN = "\N{REPLACEMENT CHARACTER}"


def said(field: str, data: bytes) -> bytes:
    """Write a chunk whose delta has this field, of exactly these bytes."""
    return event(b'{"choices":[{"delta":{"%b":"%b"}}]}' % (field.encode(), data))


def content(*parts: bytes) -> list[bytes]:
    return [said("content", part) for part in parts]


async def test_halves_in_two_chunks_are_one_character() -> None:
    cases = {
        (rb"Emoji \ud83d", rb"\ude00 joined"): f"Emoji {EMOJI} joined",
        (rb"\ud83d", rb"\ude00"): EMOJI,
        (rb"\ud83d", b"", rb"\ude00"): EMOJI,
        (rb"\ud83d\ude00\ud83d", rb"\ude00\ud83d", rb"\ude00"): EMOJI * 3,
        (rb"\ud83d", rb"\udca9"): "\N{PILE OF POO}",
        (rb"a\ud83d", b"b"): f"a{BROKEN}b",
        (rb"a\ud83d",): f"a{BROKEN}",
        (rb"\ud83d", rb"\ud83d", rb"\ude00"): f"{BROKEN}{EMOJI}",
        (rb"\ude00 low",): f"{BROKEN} low",
        (rb"low \ude00", rb"\ud83d"): f"low {BROKEN}{BROKEN}",
        (rb"\ude00\ud83d",): BROKEN * 2,
        ("Caf\u00e9".encode()[:-1], "\u00e9!".encode()[1:]): "Caf\u00e9!",
        (b"\xf0\x9f", b"\x98", b"\x80."): f"{EMOJI}.",
        (b"\xf0\x9f", b"x"): f"{BROKEN}x",
        (b"a\xffb",): f"a{BROKEN}b",
        (b"\xed\xa0\xbd\xed\xb8\x80",): EMOJI,
        (b"\xed\xa0\xbd", b"\xed\xb8\x80!"): f"{EMOJI}!",
        (b"\xed\xa0\xbd\xed", b"\xb8\x80!"): f"{EMOJI}!",
        (b"\xed", b"\x95\x9c"): "\ud55c",
    }
    got = {parts: (await stream(*content(*parts), STOP, DONE)).text for parts in cases}
    assert got == cases


async def test_halves_are_joined_in_each_member_that_has_text() -> None:
    ways: list[Callable[[str], object]] = [
        lambda said: {"message": {"content": said}},
        lambda said: {"delta": {}, "message": {"content": said}},
        lambda said: {"delta": {"role": "assistant"}, "message": {"content": said}},
        lambda said: {"text": said},
        lambda said: {"delta": {"refusal": said}},
        lambda said: {"delta": {"content": [{"type": "text", "text": said}]}},
        lambda said: {"message": {"content": [{"type": "text", "text": said}]}},
        lambda said: {"delta": {"reasoning": said}},
        lambda said: {"delta": {"reasoning_content": said}},
        lambda said: {"delta": {"reasoning_details": [{"text": said}]}},
        lambda said: {"delta": {"content": [{"thinking": said}]}},
    ]
    for way in ways:
        parts = [json.dumps({"choices": [way(said)]}) for said in ("a\ud83d", "\ude00b", "c")]
        got = await stream(*(event(part.encode()) for part in parts), STOP)
        assert got.text + got.reasoning == f"a{EMOJI}bc", parts


async def test_a_message_with_all_that_came_in_halves_repeats_it() -> None:
    parts = ("Long enough, a\ud83d", "\ude00b", f"Long enough, a{EMOJI}b")
    got = await stream(*(choice(message={"content": part}) for part in parts), STOP)
    assert got.text == f"Long enough, a{EMOJI}b"


async def test_a_half_waits_for_more_of_its_kind_and_is_replaced_at_the_end() -> None:
    idle = event(b'{"choices":[{"delta":{"role":"assistant"}}],"usage":null}')
    first, second = content(rb"\ud83d", rb"\ude00")
    thought = said("reasoning", rb"Hm \ud83d")
    cases: dict[tuple[bytes, ...], tuple[str, str]] = {
        (first, idle, event(b'{"choices":[]}'), second, STOP): ("", EMOJI),
        (thought, said("content", rb"\ude00 So."), STOP): (f"Hm {BROKEN}", f"{BROKEN} So."),
        (thought, STOP): (f"Hm {BROKEN}", ""),
        (chunk("<think>Hm</think>"), said("content", rb"So \ud83d")): ("Hm", f"So {BROKEN}"),
    }
    for parts, expected in cases.items():
        got = await stream(*parts)
        assert (got.reasoning, got.text) == expected, parts


async def test_a_character_may_come_in_two_reads() -> None:
    whole = chunk("x").replace(b"x", f"Gr\u00fc\u00dfe {EMOJI}".encode())
    for cut in range(1, len(whole)):
        got = await stream(whole[:cut], whole[cut:], STOP)
        assert got.text == f"Gr\u00fc\u00dfe {EMOJI}"


@given(st.text(alphabet=f"a\u00e9\u20ac\ud55c{EMOJI}\U0001f4a9", max_size=12), st.data())
def test_however_text_is_cut_into_chunks_it_is_the_same(text: str, data: st.DataObject) -> None:
    written = st.sampled_from(["escaped", "bytes", "cesu-8"])
    kind = data.draw(written)
    units = _units(text, kind)
    cuts = data.draw(st.lists(st.integers(0, len(units)), max_size=6).map(sorted))
    reader, got = ChunkReader(), ""
    for begin, end in pairwise([0, *cuts, len(units)]):
        chunk_ = said("content", b"".join(units[begin:end]))
        got += reader.read(chunk_.removeprefix(b"data: ")).text
    assert got + reader.finish(is_done=True).text == text


def _units(text: str, kind: str) -> list[bytes]:
    """Write text as JSON has it, in the smallest parts that it can be cut into."""
    if kind == "bytes":
        return [bytes([byte]) for byte in text.encode()]
    halves = text.encode("utf-16-be")
    codes = [int.from_bytes(halves[n : n + 2]) for n in range(0, len(halves), 2)]
    if kind == "escaped":
        return [json.dumps(chr(code))[1:-1].encode() for code in codes]
    return [bytes([byte]) for code in codes for byte in chr(code).encode(errors="surrogatepass")]
