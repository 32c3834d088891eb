"""Cursors: one way to write each, and nothing else is taken for one."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.shared.bus.position import Cursor, CursorError, Epoch, epoch_of

VALID = re.compile(r"[0-9a-f]{8}\.(0|[1-9][0-9]{0,18})", re.ASCII)


@given(st.from_regex(VALID, fullmatch=True))
def test_a_cursor_is_written_as_it_is_read(text: str) -> None:
    cursor = Cursor.parse(text)
    assert str(cursor) == text
    assert cursor == Cursor(Epoch(text[:8]), int(text[9:]))


@given(st.text())
@example("none")
@example("0f3a99c1")
@example("0F3A99C1.1")
@example("0f3a99c1.01")
@example("0f3a99c1.-1")
@example("0f3a99c1.1\n")
@example("0f3a99c1.\u0661")
@example("0f3a99c1.99999999999999999999")
@example('0f3a99c1.1"><script>')
@example("0f3a99c1.1.2")
def test_any_other_text_is_refused(text: str) -> None:
    if VALID.fullmatch(text):
        return
    with pytest.raises(CursorError):
        Cursor.parse(text)


def test_an_epoch_is_that_of_one_stream_at_one_time() -> None:
    assert epoch_of("TURBO_STREAM", "2026-11-22T10:11:12.123456789Z") == "4ad86c42"
    times = [f"2026-11-22T10:11:12.{digit}Z" for digit in range(10)]
    assert len({epoch_of("TURBO_STREAM", time) for time in times}) == len(times)
    assert epoch_of("OTHER", times[0]) != epoch_of("TURBO_STREAM", times[0])
