"""One connection of a page, and what comes over it."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from tests.support.chatting.websocket import ABNORMAL, TEXT, WebSocket

# 45 seconds of silence where heartbeats come every 20.
STALE_SECONDS: Final = 45.0
STALE: Final = (ABNORMAL, "stale")
REWOUND: Final = (1000, "rewound")


class Screen(Protocol):
    """Shows the frames that come."""

    def show(self, payload: bytes) -> bool:
        """Show one frame; return whether it asks for the page to be loaded again."""

    def advance(self, payload: bytes) -> None:
        """Take a heartbeat."""


class Visit:
    """Passes text frames to the page until the connection ends or is silent for too long."""

    __slots__ = ("_ending", "_heard", "_loop", "_opened", "_reload", "_screen", "socket")

    def __init__(self, screen: Screen, reload: Callable[[], object]) -> None:
        self._screen = screen
        self._reload = reload
        self._loop = asyncio.get_running_loop()
        self._ending: asyncio.Future[tuple[int, str]] = self._loop.create_future()
        self._heard = self._loop.time()
        self._opened: float | None = None
        self.socket: WebSocket | None = None

    def lasted(self) -> float:
        """Return for how many seconds it has been open; 0 where it never was."""
        return 0.0 if self._opened is None else self._loop.time() - self._opened

    async def outcome(self, socket: WebSocket, stale_seconds: float) -> tuple[int, str]:
        """Wait for the end, or for a silence that is too long; the socket is gone afterwards."""
        self.socket = socket
        self._opened = self._loop.time()
        try:
            while not self._ending.done():
                left = self._heard + stale_seconds - self._loop.time()
                if left <= 0:
                    return STALE
                await asyncio.wait([self._ending], timeout=left)
            return self._ending.result()
        finally:
            self._ending.cancel()
            socket.abort()

    def end(self, code: int, reason: str) -> None:
        """Give the connection up."""
        if not self._ending.done():
            self._ending.set_result((code, reason))

    def frame(self, opcode: int, payload: bytes) -> None:
        """Take what came, unless the connection has been given up."""
        self._heard = self._loop.time()
        if self._ending.done():
            return
        try:
            if opcode != TEXT:
                self._screen.advance(payload)
            elif self._screen.show(payload):
                self._reload()
        except (AssertionError, ValueError) as error:
            self._ending.set_exception(error)

    def ended(self, code: int, reason: str) -> None:
        """Take how the connection ended."""
        self.end(code, reason)
