"""A process of open pages: one socket an answer, and when each word of it was first there."""

import asyncio
import gc
import time
from dataclasses import dataclass, field
from typing import Final

import uvloop

from services.shared.bus.subjects import chat_group
from services.shared.stream_token import StreamKeys
from tests.load.answering import Answer, Order, answer_orders
from tests.load.answers.text import Words
from tests.load.loader.handshake import Offer
from tests.load.loader.opening import open_one
from tests.load.loader.sockets import ClientSocket, Texts

_TOKEN_SECONDS: Final = 3600
_QUIET_SECONDS: Final = 3.0
_LOOK_AGAIN_SECONDS: Final = 0.005


@dataclass(slots=True)
class Page:
    """The words of one page; arrivals are nanoseconds of the monotonic clock, 0 for none."""

    words: Words
    arrivals: list[int]
    missing: int
    frames: int = 0
    size: int = 0

    def take(self, data: bytes, texts: Texts) -> None:
        """Note when the words came that were not there before."""
        now = time.monotonic_ns()
        self.frames += len(texts)
        for start, end in texts:
            self.size += end - start
            for number in self.words.numbers(data, start, end):
                if not self.arrivals[number]:
                    self.arrivals[number] = now
                    self.missing -= 1


@dataclass(slots=True)
class Pages:
    """The orders that the process carries out."""

    open: dict[int, tuple[Page, ClientSocket]] = field(default_factory=dict)
    lost: int = 0

    async def carry_out(self, order: Order) -> Answer:
        """Open pages of these answers, or wait for their words, close them and tell."""
        match order:
            case {"do": "open", "answers": answers, "words": words, "port": port, "key": key}:
                keys = StreamKeys([key])
                for answer in answers:
                    await self._open(answer, words, port, keys)
                return {"opened": len(self.open)}
            case {"do": "close"}:
                return await self._close()
            case _:
                raise ValueError(f"no such order: {order}")

    async def _open(self, answer: int, words: int, port: int, keys: StreamKeys) -> None:
        group = chat_group(answer + 1)
        token = keys.mint(f"user-{answer}", group, seconds=_TOKEN_SECONDS)
        page = Page(Words(answer), [0] * words, words)
        offer = Offer(port, f"/ws/turbo_stream/{group}/", token)
        self.open[answer] = page, await open_one(offer, page.take, self._count_end)

    async def _close(self) -> Answer:
        """Wait until all is there, or nothing more comes; then tell, in the order of opening."""
        pages = [page for page, _ in self.open.values()]
        progress, since = -1, time.monotonic()
        while (missing := sum(page.missing for page in pages)) and not self.lost:
            if missing != progress:
                progress, since = missing, time.monotonic()
            if time.monotonic() - since > _QUIET_SECONDS:
                break
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        for _, socket in self.open.values():
            socket.close()
        self.open.clear()
        return _told(pages, self.lost)

    def _count_end(self) -> None:
        self.lost += 1


def _told(pages: list[Page], lost: int) -> Answer:
    return {
        "arrivals": [page.arrivals for page in pages],
        "frames": sum(page.frames for page in pages),
        "size": sum(page.size for page in pages),
        "lost": lost,
    }


async def _main() -> None:
    # A collection would delay what is timed.
    gc.disable()
    await answer_orders(Pages().carry_out)


if __name__ == "__main__":
    uvloop.run(_main())
