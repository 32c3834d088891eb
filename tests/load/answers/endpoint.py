"""An endpoint process that notes, by the machine's clock, when it was asked, wrote and was left."""

import asyncio
import gc
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast, override

import uvloop

from tests.load.answering import Answer, Order, answer_orders
from tests.load.answers import wire
from tests.load.answers.text import asked_for, chunk_text

_OTHER_WORDS: Final = 3
_LOOK_AGAIN_SECONDS: Final = 0.002
_WAIT_SECONDS: Final = 300.0
# uvloop counts timers in milliseconds: one may ring that much too early.
_GRAIN_SECONDS: Final = 0.001


@dataclass(slots=True)
class Stamps:
    """The moments of one answer, in nanoseconds of the monotonic clock."""

    asked: int
    sent: "array[int]" = field(default_factory=lambda: array("q"))
    """One for each chunk."""
    left: int | None = None
    """When the client closed the connection before the answer's end."""


@dataclass(slots=True)
class Stream:
    """An answer on its way."""

    transport: asyncio.Transport
    stamps: Stamps
    answer: int
    words: int
    interval: float
    on_end: Callable[[], None]
    due: float = 0.0
    timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Write the head and the first chunk."""
        self.transport.write(wire.STREAM_HEAD)
        self.due = asyncio.get_running_loop().time()
        self.go_on()

    def go_on(self) -> None:
        """Write the chunks that are due, each by itself, and come back for the next."""
        loop = asyncio.get_running_loop()
        sent = self.stamps.sent
        while len(sent) < self.words and self.due <= loop.time() + _GRAIN_SECONDS:
            chunk = wire.content(chunk_text(self.answer, len(sent)))
            sent.append(time.monotonic_ns())
            self.transport.write(chunk)
            self.due += self.interval
        if len(sent) < self.words:
            self.timer = loop.call_at(self.due, self.go_on)
        else:
            self.transport.write(wire.ending(self.words))
            self.on_end()

    def leave(self) -> None:
        """Note that the client has gone, and write no more."""
        self.stamps.left = time.monotonic_ns()
        if self.timer is not None:
            self.timer.cancel()


class Connection(asyncio.Protocol):
    """One connection of a client, which asks for one thing after the other."""

    def __init__(self, answers: dict[int, Stamps]) -> None:
        self._answers = answers
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self._stream: Stream | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._rest += data
        while taken := wire.take_request(self._rest):
            request, self._rest = taken
            if self._transport is not None:
                self._serve(request, self._transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._stream is not None:
            self._stream.leave()

    def _serve(self, request: wire.Request, transport: asyncio.Transport) -> None:
        if request.body is None:
            transport.write(wire.listing(request.path))
            return
        asked = Stamps(time.monotonic_ns())
        order = asked_for(request.question)
        # Anything else asks for a title.
        answer, words, rate = order or (0, _OTHER_WORDS, 1000)
        if order:
            self._answers[answer] = asked
        self._stream = Stream(transport, asked, answer, words, 1 / rate, self._end)
        self._stream.begin()

    def _end(self) -> None:
        self._stream = None


@dataclass(slots=True)
class Endpoint:
    """The orders that the process carries out."""

    answers: dict[int, Stamps] = field(default_factory=dict)

    async def carry_out(self, order: Order) -> Answer:
        """Listen, or tell what happened: to an answer so far, once it had so much or was left."""
        match order:
            case {"do": "listen"}:
                return await self._listen()
            case {"do": "begun", "answer": answer, "words": words}:
                return await _until(lambda: self._written(answer) >= words)
            case {"do": "left", "answer": answer}:
                found = await _until(lambda: self.answers[answer].left is not None)
                return {**found, "left": self.answers[answer].left}
            case {"do": "stamps", "answers": answers}:
                told = [self.answers[answer] for answer in answers]
                return {"asked": [each.asked for each in told], "sent": [[*t.sent] for t in told]}
            case _:
                raise ValueError(f"no such order: {order}")

    async def _listen(self) -> Answer:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self.answers), "127.0.0.1", 0)
        return {"port": server.sockets[0].getsockname()[1]}

    def _written(self, answer: int) -> int:
        return len(self.answers[answer].sent) if answer in self.answers else 0


async def _until(is_so: Callable[[], bool]) -> Answer:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _WAIT_SECONDS
    # An event would have to be set at every chunk, for the few that are waited for.
    while not (found := is_so()) and loop.time() < deadline:  # noqa: ASYNC110 - see above
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    return {"found": found}


async def _main() -> None:
    # A collection would delay what is timed.
    gc.disable()
    await answer_orders(Endpoint().carry_out)


if __name__ == "__main__":
    uvloop.run(_main())
