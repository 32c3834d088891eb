"""A process of clients: opens thousands of sockets and counts, with little work for each frame."""

import asyncio
import gc
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from services.shared.bus.subjects import check_group
from services.shared.stream_token import StreamKeys
from tests.load.answering import Answer, Order, answer_orders
from tests.load.loader.handshake import Offer, RefusedError
from tests.load.loader.opening import open_all
from tests.load.loader.resuming import NotResumedError, resume
from tests.load.loader.sockets import ClientSocket
from tests.load.loader.tally import Tally
from tests.load.percentiles import percentile
from tests.load.schedule import group_name

TOKEN_SECONDS = 3600
QUIET_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.02


@dataclass(slots=True)
class Crowd:
    """The clients of this process."""

    tally: Tally = field(default_factory=Tally)
    clients: list[ClientSocket] = field(default_factory=list)

    async def carry_out(self, order: Order) -> Answer:
        """Do what an order says: open, count, resume or close."""
        match order.pop("do"):
            case "open":
                return await self._open(**order)
            case "count":
                return await self._count(**order)
            case "resume":
                return await self._resume(**order)
            case "close":
                return self._close()
            case unknown:
                raise ValueError(f"no such order: {unknown}")

    async def _open(self, sizes: list[int], in_flight: int, *, timed: bool, **to: Any) -> Answer:
        """Open `sizes[n]` sockets in group n; tokens are minted before the clock starts."""
        groups = (number for number, size in enumerate(sizes) for _ in range(size))
        offers = [_offer(number, user, **to) for user, number in enumerate(groups)]
        sink = self.tally.count_timed if timed else self.tally.count
        began = time.perf_counter()
        clients, refusals = await open_all(offers, in_flight, sink, self.tally.count_end)
        self.clients += clients
        seconds = time.perf_counter() - began
        return {"opened": len(clients), "refusals": refusals[:1], "seconds": seconds}

    async def _count(self, expected: int) -> Answer:
        """Wait for so many frames, or until no more come; return the counts, and reset them."""
        tally, progress, since = self.tally, -1, time.perf_counter()
        while tally.frames < expected and time.perf_counter() - since < QUIET_SECONDS:
            if tally.frames != progress:
                progress, since = tally.frames, time.perf_counter()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        delays = sorted(tally.delays)
        p50, p99 = ((percentile(delays, share) if delays else 0) for share in (0.5, 0.99))
        counted = {"frames": tally.frames, "reads": tally.reads, "ended": tally.ended}
        tally.reset()
        return {**counted, "p50_ns": p50, "p99_ns": p99}

    async def _resume(self, cursors: list[tuple[int, str]], missed: int, **to: Any) -> Answer:
        """Come back to each group, one after the other, having missed so many publications."""
        taken: list[float] = []
        failures: list[str] = []
        for user, (group, since) in enumerate(cursors):
            try:
                taken.append(await resume(_offer(group, user, since=since, **to), missed))
            except (NotResumedError, RefusedError, OSError) as error:
                failures.append(f"group {group} from {since}: {error}")
        p95 = percentile(sorted(taken), 0.95) if taken else 0
        return {"p95_ms": p95, "failed": len(failures), "failures": failures[:3]}

    def _close(self) -> Answer:
        for client in self.clients:
            client.close()
        closed = len(self.clients)
        self.clients.clear()
        self.tally.reset()
        return {"closed": closed}


def _offer(group: int, user: int, *, key: str | None, path: str, **rest: Any) -> Offer:
    name = group_name(group)
    token = None
    if key is not None:
        token = StreamKeys([key]).mint(f"user-{user}", check_group(name), seconds=TOKEN_SECONDS)
    return Offer(path=path.format(group=name), token=token, **rest)


async def _main() -> None:
    # Ten thousand clients are no garbage, and looking through them would delay what is timed.
    gc.disable()
    await answer_orders(Crowd().carry_out)


if __name__ == "__main__":
    uvloop.run(_main())
