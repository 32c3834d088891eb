"""Lines of thousands of sockets that end at once: a few at a time, and bounded in number."""

import asyncio

import pytest
from structlog.testing import capture_logs

from services.realtime import close_codes
from services.realtime.close_codes import CloseReason, reason_of
from services.realtime.listeners import socket_log
from services.realtime.listeners.socket_log import LINES_AT_ONCE, EndedSocket, SocketLog
from services.realtime.metrics import CLOSE_CODES
from services.shared.bus.subjects import check_group

ENDED = EndedSocket(check_group("chat_1"), "1", "websocket", 1.0, 2, 300, "live", 1006, None)


async def test_the_event_loop_goes_on_between_a_few_lines_and_the_next() -> None:
    lines = SocketLog()
    with capture_logs() as logged:
        writing = asyncio.ensure_future(lines.run())  # noqa: TID251 - it is cancelled below
        for _ in range(10 * LINES_AT_ONCE):
            lines.add(ENDED)
        written: list[int] = []
        while len(logged) < 10 * LINES_AT_ONCE:
            await asyncio.sleep(0)
            written.append(len(logged))
        writing.cancel()
    steps = [after - before for before, after in zip([0, *written], written, strict=False)]
    assert max(steps) <= LINES_AT_ONCE
    assert {line["event"] for line in logged} == {"socket_ended"}


async def test_what_waits_is_bounded_and_what_is_left_out_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket_log, "MAX_WAITING", 5)
    lines = SocketLog()
    with capture_logs() as logged:
        for _ in range(12):
            lines.add(ENDED)
        lines.write_rest()
    assert [line["event"] for line in logged] == ["socket_ended"] * 5 + ["socket_lines_left_out"]
    assert logged[-1]["lines"] == 7


def test_a_line_without_a_trace_makes_none_up() -> None:
    lines = SocketLog()
    with capture_logs() as logged:
        lines.add(ENDED)
        lines.write_rest()
    assert [line["trace_id"] for line in logged] == [None]


def test_every_code_that_we_close_with_has_its_reason() -> None:
    ours = [ending for ending in vars(close_codes).values() if isinstance(ending, CloseReason)]
    assert [reason_of(each.code) for each in ours] == [each.reason for each in ours]
    assert reason_of(close_codes.draining(7).code) == "draining"
    assert {code for code in CLOSE_CODES if code > 4000} == {each.code for each in ours}
    assert reason_of(4999) == "not known"
