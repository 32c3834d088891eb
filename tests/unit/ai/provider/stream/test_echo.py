"""Telling an echo of the begun text from what is new: no character is doubled, none is lost."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ai.provider.ask import prefill_of
from services.ai.provider.errors import ContinuationRefusedError
from services.ai.provider.stream.echo import LEAST, PROBE, EchoFilter
from services.ai.provider.stream.repeats import ThoughtFilter

ANEW = None
"""What is new is undecidable: the answer starts over."""

PROSE = (
    "The sea is salt, for rivers carry what they wash out of the rocks.\n\n"
    "1. Rain takes up carbon dioxide.\n2. It wears the stone away.\n\n"
    "```python\ndef salt(water):\n    return water - water.pure\n```\n\n"
    "| sea | salt |\n| --- | ---: |\n| Dead Sea | 34 % |\n| Baltic | 1 % |\n\n"
    "That is all there is to it."
)
REPETITIVE = (
    "ha ha ha ha ha ha ha ha ha ha ha ha!",
    "hahahahahahahahahahahahahahahahahahahaha!",
    "哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈。",
    "- the same line\n" * 9,
    "```\nx += 1\nx += 1\nx += 1\nx += 1\nx += 1\n```\n",
    "Happy birthday to you,\nhappy birthday to you,\nhappy birthday, dear Ada,\n" * 2,
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 1 | 2 |\n| 1 | 2 |\n| 1 | 3 |\n",
    "1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 4",
)


def new(begun: str, parts: list[str], *, is_whole: bool = True) -> str | None:
    """Return what is new in these parts, or ANEW."""
    echo = EchoFilter(begun)
    try:
        said = "".join([*map(echo.feed, parts), echo.finish(is_whole=is_whole)])
    except ContinuationRefusedError:
        return ANEW
    assert echo.feed("") + echo.finish(is_whole=is_whole) == ""
    return said


def echoes(begun: str) -> Iterator[str]:
    """Yield the echoes that endpoints send before the rest of the answer."""
    yield prefill_of(begun)
    yield prefill_of(begun).lstrip()


def chunkings(text: str) -> Iterator[list[str]]:
    yield [text]
    yield list(text)
    yield [text[at : at + 5] for at in range(0, len(text), 5)]


def cuts(whole: str) -> Iterator[tuple[str, str]]:
    """Yield the begun text at every cut, and what an endpoint adds to the prefill."""
    for at in range(1, len(whole) + 1):
        begun = whole[:at]
        if begun.strip():
            yield begun, whole[len(prefill_of(begun)) :]


def test_an_echo_is_dropped_at_every_cut() -> None:
    for begun, rest in cuts(PROSE):
        for echo in echoes(begun):
            for parts in chunkings(echo + rest):
                is_short = len(prefill_of(begun)) < LEAST
                expected = ANEW if is_short else PROSE[len(begun) :]
                assert new(begun, parts) == expected, (begun, parts)


def test_an_echo_in_a_chunk_of_its_own_is_dropped_at_every_cut() -> None:
    for begun, rest in cuts(PROSE):
        if len(prefill_of(begun)) >= LEAST:
            assert new(begun, [prefill_of(begun), rest]) == PROSE[len(begun) :]
            assert new(begun, [prefill_of(begun), *rest]) == PROSE[len(begun) :]


def test_a_continuation_is_kept_at_every_cut() -> None:
    for begun, rest in cuts(PROSE):
        for parts in chunkings(rest):
            assert new(begun, parts) == PROSE[len(begun) :], (begun, parts)


def test_text_that_repeats_itself_is_right_or_begins_anew_and_mostly_continues() -> None:
    for whole in REPETITIVE:
        restarts = 0
        for begun, rest in cuts(whole):
            for sent in (rest, *(echo + rest for echo in echoes(begun))):
                for parts in chunkings(sent):
                    assert new(begun, parts) in {whole[len(begun) :], ANEW}, (begun, parts)
            restarts += new(begun, list(rest)) is ANEW
        assert restarts <= len(whole) / 10 or " " not in whole, whole


def test_new_text_is_told_from_an_echo() -> None:
    cases: list[tuple[str, str, str | None]] = [
        # Only the last line comes again, or its part, or the last paragraph.
        ("It is so.\n\n- the first of all\n- the se", "- the second of", ANEW),
        ("It is so.\n\n- the first\n- the second of th", "- the second of them", "em"),
        ("It is so.\n\nA paragraph of\ntwo li", "A paragraph of\ntwo lines.", "nes."),
        ("It is so.\n\n    return water.salt", "return water.salt + 1", " + 1"),
        # Behind a line break the same line may be the next.
        ("We sing.\nWe all live in a yellow house,\n", "We all live in a yellow house,", ANEW),
        ("It is so.\n}\n", "}\n}", "}\n}"),
        ("It is so.\n    }\n", "    }\n}", "    }\n}"),
        ("def add(a, b):\n    ...\n\ndef sub(a, b):\n", "def sub(a, b):\n    return a", ANEW),
        ("It is so.\n\n- one\n", "- one\n- two", ANEW),
        ("It is so.\n\n- one\n", "- two\n- one", "- two\n- one"),
        # Two rows that begin alike are two rows.
        ("| a long first cell | 1 |\n| a long first cell | 2", " |\n| a", " |\n| a"),
        (
            "| a long first cell | 1 |\n| a long first cell | 2 |\n",
            "| a long first cell | 3",
            "| a long first cell | 3",
        ),
        # The answer is begun again in other words, or nearly.
        ("The capital of France is the beauti", "The capital of France is Paris.", ANEW),
        ("The ocean is salt. It", "The answer is: it", "The answer is: it"),
        ("Yes", "Yes, it is.", ANEW),
        # The echo is all that comes.
        ("A sentence that was whole.", "A sentence that was whole.", ""),
        ("A sentence that was whole.", "A sentence that was", ANEW),
        # Text that comes twice because the whole answer does.
        ("I will not chat in class.\n", "I will not chat in class.\nI will not chat in", ANEW),
        (
            "I will not chat in class.\n",
            "\nI will not chat in class.\n",
            "I will not chat in class.\n",
        ),
        # White space alone, and none at all.
        ("A sentence.\n\n", "\n\n\nAnother.", "\nAnother."),
        ("A sentence. ", "\n\nAnother.", "\n\nAnother."),
        ("\n\nA sentence of some length.", "A sentence of some length. More.", " More."),
        ("\n \n", "Something.", "Something."),
        ("", "Something.", "Something."),
        ("A sentence.", "", ""),
    ]
    for begun, sent, expected in cases:
        for parts in chunkings(sent):
            assert new(begun, parts) == expected, (begun, parts)


WORDS = st.text(alphabet="ab \n", min_size=1, max_size=60)
UNLIKE = st.text(alphabet="abcdefghij .\n|-", min_size=1, max_size=200)


def divided(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


@given(UNLIKE | WORDS, st.integers(0), st.lists(st.integers(0), max_size=8), st.booleans())
@example("ab" * 30, 16, [], False)
def test_an_echo_is_never_shown_twice(whole: str, at: int, cuts: list[int], trims: bool) -> None:
    begun = whole[: at % len(whole) + 1]
    echo = prefill_of(begun).lstrip() if trims else prefill_of(begun)
    parts = divided(echo + whole[len(prefill_of(begun)) :], cuts)
    if begun.strip():
        assert new(begun, parts) in {whole[len(begun) :], ANEW}


@given(UNLIKE | WORDS, st.integers(0), st.lists(st.integers(0), max_size=8))
def test_nothing_new_is_lost(whole: str, at: int, cuts: list[int]) -> None:
    begun = whole[: at % len(whole) + 1]
    rest = whole[len(prefill_of(begun)) :]
    # Nothing can tell such a rest from an echo.
    lines = {prefill_of(begun).lstrip(), *(line.lstrip() for line in _tails(prefill_of(begun)))}
    if any(len(line) >= LEAST and rest.lstrip().startswith(line) for line in lines):
        return
    assert new(begun, divided(rest, cuts)) in {whole[len(begun) :], ANEW}


def _tails(text: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    for number in range(len(lines)):
        yield "".join(lines[number:])


@given(st.text(alphabet="ab \n", min_size=1, max_size=80), st.integers(1, 9), UNLIKE)
def test_nothing_that_may_be_new_is_held_back_for_long(unit: str, times: int, more: str) -> None:
    begun = unit * times
    echo = EchoFilter(begun)
    with suppress(ContinuationRefusedError):
        for character in begun + more:
            echo.feed(character)
            held = echo.held.lstrip()
            assert len(held) <= PROBE or prefill_of(begun).count(held[:PROBE]) == 1


def test_text_that_repeats_itself_for_long_is_given_up_early() -> None:
    echo = EchoFilter("哈" * 10_000)
    assert [echo.feed("哈") for _ in range(PROBE - 1)] == [""] * (PROBE - 1)
    with pytest.raises(ContinuationRefusedError):
        echo.feed("哈")


def test_text_that_is_alike_is_dropped_where_the_answer_breaks_off() -> None:
    for sent in ("The sea is salt, for", "The"):
        assert new(PROSE[:90], [sent], is_whole=False) == ""
    assert new("The sea is salt, for", ["The sea is salt, for rivers"], is_whole=False) == " rivers"


def test_a_long_text_is_compared_in_a_moment() -> None:
    begun = "".join(f"{number} lines were written here\n" for number in range(2_000))
    assert new(begun, divided(begun, list(range(0, len(begun), 4)))) == ""


THOUGHTS = "The user asks for salt.\n\nSo I answer."


def test_thoughts_that_come_again_are_dropped() -> None:
    cases = {
        THOUGHTS: "",
        THOUGHTS + " Quickly.": " Quickly.",
        f"\n{THOUGHTS}": "",
        "The user asks again.": "The user asks again.",
        "The user": "",
    }
    for sent, expected in cases.items():
        for parts in chunkings(sent):
            thoughts = ThoughtFilter(THOUGHTS + "\n")
            assert "".join(map(thoughts.feed, parts)) == expected, parts
