"""`python -m tests.conformance`: our WebSockets against the Autobahn Testsuite, on both loops.

The exit status is 0 if no case failed, 1 if one did, 2 if the testsuite can't be run here.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final, override

import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from services.realtime.upgrade.websocket_protocol import WebSocketProtocol, hold
from services.realtime.websocket.frames import TEXT, binary_frame, text_frame
from services.realtime.websocket.held_socket import HeldSocket
from tests.conformance.report import Report
from tests.conformance.testsuite import UnavailableError, install, run
from tests.support.servers import serving

MESSAGE_BYTES: Final = 16 * 1024 * 1024
LOOPS: Final = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class EchoSocket(HeldSocket):
    """Sends back what comes."""

    __slots__ = ()

    @override
    def message_received(self, opcode: int, payload: bytes) -> None:
        self.send(text_frame(payload) if opcode == TEXT else binary_frame(payload))


async def echo(socket: WebSocket) -> None:
    """Hold every client."""
    hold(socket, EchoSocket(), None)


async def judge(python: Path) -> Report:
    """Serve the echo and let the testsuite judge it."""
    app = Starlette(routes=[WebSocketRoute("/", echo)])
    async with serving(app, websockets=WebSocketProtocol, message_bytes=MESSAGE_BYTES) as address:
        return await run(python, f"ws://{address}")


def main() -> int:
    """Print what the testsuite says of either loop."""
    try:
        python = install()
        reports = {}
        for name, factory in LOOPS.items():
            with asyncio.Runner(loop_factory=factory) as runner:
                reports[name] = runner.run(judge(python))
            _say(f"{name}: {reports[name]}")
    except UnavailableError as error:
        _say(f"The conformance tests can't be run here: {error}")
        return 2
    return 1 if any(report.failed for report in reports.values()) else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the program's answer


if __name__ == "__main__":
    sys.exit(main())
